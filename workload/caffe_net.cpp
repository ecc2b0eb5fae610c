// Field meanings and defaults: caffe.proto and the layer sources of BVLC Caffe 1.0.
#include "caffe_net.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "graph.hpp"
#include "prototxt.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

using Names = std::vector<const char*>;

bool contains(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class NetReader {
  public:
    NetReader(const std::string& file, Topology& out, assay_report* report)
        : file_(file), out_(out), report_(report) {}

    bool read(const ProtoField& root) {
        size_t before = assay_report_count(report_);
        for (const ProtoField& f : root.fields) {
            read_top_level(f);
            if (assay_report_count(report_) != before) {
                return false; // a later layer may depend on this one: more messages would mislead
            }
        }
        return !out_.layers.empty() || fail(root, "no layer that computes anything");
    }

  private:
    bool fail(const ProtoField& at, const std::string& message) {
        assay_report_add(report_, "%s:%d: %s", file_.c_str(), at.line, message.c_str());
        return false;
    }

    void read_top_level(const ProtoField& f) {
        if (f.name == "name" && !f.is_message) {
            out_.name = f.value;
        } else if (f.name == "input" && !f.is_message) {
            input_blob_ = f.value;
        } else if (f.name == "input_dim") {
            add_input_dimension(f);
        } else if (f.name == "input_shape" && f.is_message) {
            read_input_shape(f);
        } else if (f.name == "layer" && f.is_message) {
            read_layer(f);
        } else {
            fail(f, text("%s is not understood", assay_quote(f.name.c_str()).text));
        }
    }

    // ---- Scalars ----

    bool number(const ProtoField& f, uint64_t low, uint64_t high, uint32_t& out) {
        char* end = nullptr;
        bool digits = !f.is_message && !f.value.empty() && f.value.size() < 12 &&
                      f.value.find_first_not_of("0123456789") == std::string::npos;
        uint64_t value = digits ? strtoull(f.value.c_str(), &end, 10) : 0;
        if (!digits || value < low || value > high) {
            return fail(f, text("%s: must be a whole number in %llu .. %llu, not %s",
                                f.name.c_str(), static_cast<unsigned long long>(low),
                                static_cast<unsigned long long>(high),
                                assay_quote(f.value.c_str()).text));
        }
        out = static_cast<uint32_t>(value);
        return true;
    }

    static const ProtoField* find(const ProtoField& message, const char* name) {
        for (const ProtoField& f : message.fields) {
            if (f.name == name) {
                return &f;
            }
        }
        return nullptr;
    }

    static const ProtoField& parameters(const ProtoField& layer, const char* name) {
        static const ProtoField none;
        const ProtoField* found = find(layer, name);
        return found ? *found : none;
    }

    bool check_fields(const ProtoField& message, const Names& known) {
        for (const ProtoField& f : message.fields) {
            if (!contains(known, f.name)) {
                return fail(f, text("%s is not understood in %s", assay_quote(f.name.c_str()).text,
                                    message.name.c_str()));
            }
        }
        return true;
    }

    // `name` (repeated: h then w) or `name`_h and `name`_w; kernel_size pairs with kernel_h,
    // kernel_w.
    bool pair(const ProtoField& p, const std::string& name, const std::string& stem, uint64_t low,
              uint32_t& h, uint32_t& w) {
        int seen = 0;
        for (const ProtoField& f : p.fields) {
            bool ok = true;
            if (f.name == name) {
                ok = number(f, low, max_window, seen++ ? w : h);
                w = seen == 1 ? h : w;
            } else if (f.name == stem + "_h") {
                ok = number(f, low, max_window, h);
            } else if (f.name == stem + "_w") {
                ok = number(f, low, max_window, w);
            }
            if (!ok) {
                return false;
            }
        }
        return seen <= 2 || fail(p, text("%s: more than two values", name.c_str()));
    }

    bool window(const ProtoField& p, Layer& layer) {
        layer.kernel_h = layer.kernel_w = 0;
        uint32_t pad_h = 0, pad_w = 0;
        if (!pair(p, "kernel_size", "kernel", 1, layer.kernel_h, layer.kernel_w) ||
            !pair(p, "stride", "stride", 1, layer.stride_h, layer.stride_w) ||
            !pair(p, "pad", "pad", 0, pad_h, pad_w)) {
            return false;
        }
        layer.pad_top = layer.pad_bottom = pad_h;
        layer.pad_left = layer.pad_right = pad_w;
        return (layer.kernel_h && layer.kernel_w) || fail(p, "kernel_size is missing");
    }

    // ---- Input ----

    void add_input_dimension(const ProtoField& f) {
        uint32_t value = 0;
        uint32_t* place[] = {nullptr, &out_.input.c, &out_.input.h, &out_.input.w};
        if (input_dimensions_ >= 4) {
            fail(f, "an input has four dimensions: batch, channels, height, width");
        } else if (number(f, 1, 1 << 20, value) && place[input_dimensions_]) {
            *place[input_dimensions_] = value;
        }
        ++input_dimensions_;
    }

    void read_input_shape(const ProtoField& shape) {
        for (const ProtoField& f : shape.fields) {
            if (f.name == "dim") {
                add_input_dimension(f);
            } else {
                fail(f, "only dim is understood here");
            }
        }
    }

    void read_input_layer(const ProtoField& layer) {
        const ProtoField* top = find(layer, "top");
        const ProtoField* shape = find(parameters(layer, "input_param"), "shape");
        if (!top || !shape) {
            fail(layer, "an Input layer needs top and input_param { shape { dim ... } }");
            return;
        }
        input_blob_ = top->value;
        read_input_shape(*shape);
    }

    // ---- Blobs ----

    bool producer(const ProtoField& bottom, int& id) {
        auto found = blobs_.find(bottom.value);
        if (found != blobs_.end()) {
            id = found->second;
            return true;
        }
        id = -1;
        if (!input_blob_.empty() && bottom.value == input_blob_) {
            return (input_dimensions_ == 4 && out_.input.size() <= max_elements) ||
                   fail(bottom, "the input has no shape of four dimensions, or too large a one");
        }
        return fail(bottom, text("blob %s is not an earlier layer's output",
                                 assay_quote(bottom.value.c_str()).text));
    }

    Shape shape_of(int id) const {
        return id < 0 ? out_.input : out_.layers[static_cast<size_t>(id)].out;
    }

    // ---- Layers ----

    void read_layer(const ProtoField& f) {
        static const Names known = {"name",
                                    "type",
                                    "bottom",
                                    "top",
                                    "param",
                                    "include",
                                    "phase",
                                    "convolution_param",
                                    "inner_product_param",
                                    "pooling_param",
                                    "concat_param",
                                    "dropout_param",
                                    "relu_param",
                                    "softmax_param",
                                    "input_param"};
        const ProtoField* name = find(f, "name");
        const ProtoField* type = find(f, "type");
        if (!name || !type || name->value.empty()) {
            fail(f, "a layer needs a name and a type");
        } else if (!check_fields(f, known)) {
            return;
        } else if (type->value == "Input") {
            read_input_layer(f);
        } else {
            read_computing_layer(f, name->value, *type);
        }
    }

    void read_computing_layer(const ProtoField& f, const std::string& name,
                              const ProtoField& type) {
        Layer layer;
        layer.name = name;
        const ProtoField* top = nullptr;
        bool in_place = false;
        for (const ProtoField& g : f.fields) {
            int id = -1;
            if (g.name == "bottom" && producer(g, id)) {
                layer.inputs.push_back(id);
            }
            top = g.name == "top" ? &g : top;
        }
        if (!top || layer.inputs.empty()) {
            fail(f, "a layer needs a bottom and a top");
            return;
        }
        const ProtoField* bottom = find(f, "bottom");
        in_place = bottom->value == top->value;
        if (type.value == "Dropout") { // identity when a trained network is used
            blobs_[top->value] = layer.inputs[0];
            if (!in_place && layer.inputs[0] >= 0) {
                read_[static_cast<size_t>(layer.inputs[0])] = true; // two names for one output
            }
        } else if (type.value == "ReLU" && in_place && can_fold(layer.inputs[0])) {
            out_.layers[static_cast<size_t>(layer.inputs[0])].relu = true;
        } else if (read_operation(f, type, layer)) {
            append(f, std::move(layer), top->value);
        }
    }

    // Only if nobody read the blob before: earlier readers saw the values without the ReLU.
    bool can_fold(int id) const {
        return id >= 0 && !read_[static_cast<size_t>(id)] &&
               out_.layers[static_cast<size_t>(id)].op != Op::relu;
    }

    bool read_operation(const ProtoField& f, const ProtoField& type, Layer& layer) {
        if (type.value == "Convolution") {
            return read_convolution(parameters(f, "convolution_param"), f, layer);
        }
        if (type.value == "InnerProduct") {
            return read_inner_product(parameters(f, "inner_product_param"), f, layer);
        }
        if (type.value == "Pooling") {
            return read_pooling(parameters(f, "pooling_param"), f, layer);
        }
        if (type.value == "Concat") {
            layer.op = Op::concat;
            return check_default(parameters(f, "concat_param"), "axis", "1");
        }
        if (type.value == "ReLU") {
            layer.op = Op::relu;
            return check_default(parameters(f, "relu_param"), "negative_slope", "0");
        }
        if (type.value == "Softmax") {
            layer.op = Op::softmax;
            return check_default(parameters(f, "softmax_param"), "axis", "1");
        }
        return fail(type,
                    text("layer type %s is not supported (Convolution, InnerProduct, Pooling, "
                         "ReLU, Concat, Dropout, Softmax are)",
                         assay_quote(type.value.c_str()).text));
    }

    bool check_default(const ProtoField& p, const char* key, const char* value) {
        for (const ProtoField& f : p.fields) {
            if (f.name == key && f.value != value) {
                return fail(f, text("%s: only %s is supported", key, value));
            }
        }
        return true;
    }

    bool output_count(const ProtoField& p, const ProtoField& at, Layer& layer) {
        const ProtoField* count = find(p, "num_output");
        // The stream stores a bias for every layer with weights.
        return count ? number(*count, 1, max_dimension, layer.out.c) &&
                           check_default(p, "bias_term", "true")
                     : fail(at, "num_output is missing");
    }

    bool read_convolution(const ProtoField& p, const ProtoField& at, Layer& layer) {
        static const Names known = {"num_output", "kernel_size",   "kernel_h",    "kernel_w",
                                    "stride",     "stride_h",      "stride_w",    "pad",
                                    "pad_h",      "pad_w",         "group",       "dilation",
                                    "bias_term",  "weight_filler", "bias_filler", "engine"};
        layer.op = Op::conv;
        const ProtoField* group = find(p, "group");
        return check_fields(p, known) && output_count(p, at, layer) && window(p, layer) &&
               check_default(p, "dilation", "1") &&
               (!group || number(*group, 1, max_dimension, layer.groups));
    }

    bool read_inner_product(const ProtoField& p, const ProtoField& at, Layer& layer) {
        static const Names known = {"num_output", "bias_term", "weight_filler", "bias_filler"};
        layer.op = Op::fc;
        return check_fields(p, known) && output_count(p, at, layer);
    }

    bool read_pooling(const ProtoField& p, const ProtoField& at, Layer& layer) {
        static const Names known = {"pool",   "kernel_size", "kernel_h",       "kernel_w",
                                    "stride", "stride_h",    "stride_w",       "pad",
                                    "pad_h",  "pad_w",       "global_pooling", "engine"};
        const ProtoField* pool = find(p, "pool");
        const ProtoField* global = find(p, "global_pooling");
        std::string kind = pool ? pool->value : "MAX";
        if (!check_fields(p, known) || (kind != "MAX" && kind != "AVE")) {
            return kind == "MAX" || kind == "AVE" || fail(at, "pool: only MAX and AVE");
        }
        layer.op = kind == "MAX" ? Op::maxpool : Op::avgpool;
        layer.ceil_mode = true;
        if (!global || global->value != "true") {
            return window(p, layer);
        }
        Shape in = shape_of(layer.inputs[0]);
        layer.op = kind == "MAX" ? Op::maxpool : Op::global_avgpool;
        layer.kernel_h = in.h;
        layer.kernel_w = in.w;
        return true;
    }

    void append(const ProtoField& at, Layer layer, const std::string& top) {
        std::vector<Shape> shapes;
        for (int id : layer.inputs) {
            shapes.push_back(shape_of(id));
        }
        bool unique = names_.emplace(layer.name, 0).second;
        std::string where =
            text("%s:%d: layer %s", file_.c_str(), at.line, assay_quote(layer.name.c_str()).text);
        if (!unique || out_.layers.size() >= max_layers) {
            fail(at, unique ? "too many layers" : "a second layer of the same name");
            return;
        }
        if (!infer_shapes(layer, shapes, where, report_) ||
            !add_to_total(elements_, layer, where, report_)) {
            return;
        }
        for (int id : layer.inputs) {
            if (id >= 0) {
                read_[static_cast<size_t>(id)] = true;
            }
        }
        blobs_[top] = static_cast<int>(out_.layers.size());
        out_.layers.push_back(std::move(layer));
        read_.push_back(false);
    }

    const std::string& file_;
    Topology& out_;
    assay_report* report_;
    std::string input_blob_;
    int input_dimensions_ = 0;
    uint64_t elements_ = 0;
    std::map<std::string, int> blobs_, names_;
    std::vector<bool> read_; // per layer: its output has a reader
};

} // namespace

bool read_caffe_net(const std::string& name, const std::string& text, Topology& out,
                    assay_report* report) {
    ProtoField root;
    return parse_prototxt(name, text, root, report) && NetReader(name, out, report).read(root);
}

} // namespace assay
