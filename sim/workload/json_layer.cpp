#include "json_layer.hpp"

#include "graph.hpp"
#include "json_weights.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

// In the order of enum Op.
const char* const op_names[] = {"fc",     "conv", "maxpool", "avgpool", "global_avgpool",
                                "concat", "relu", "add",     "softmax", nullptr};

const char* const fc_keys[] = {"name",        "op",           "inputs",  "relu",
                               "in_features", "out_features", "weights", "bias",
                               "bias_column", "activations",  nullptr};
const char* const conv_keys[] = {"name",   "op",      "inputs",      "relu",   "in",
                                 "kernel", "stride",  "pad",         "groups", "out_channels",
                                 "bias",   "weights", "activations", nullptr};
const char* const pool_keys[] = {"name",   "op",  "inputs",    "relu", "kernel",
                                 "stride", "pad", "ceil_mode", nullptr};
const char* const plain_keys[] = {"name", "op", "inputs", "relu", nullptr};

const char* const* legal_keys(Op op) {
    switch (op) {
    case Op::fc:
        return fc_keys;
    case Op::conv:
        return conv_keys;
    case Op::maxpool:
    case Op::avgpool:
        return pool_keys;
    default:
        return plain_keys;
    }
}

class LayerReader {
  public:
    LayerReader(JsonFile& file, const assay_json* object, const std::string& place, JsonNet& net)
        : file_(file), object_(object), place_(place), where_(file.where(place)), net_(net) {}

    void read() {
        size_t mistakes = assay_report_count(file_.report);
        bool sound = false;
        if (read_head()) {
            bool inputs_known = read_inputs();
            read_geometry();
            sound = assay_report_count(file_.report) == mistakes && inputs_known && infer();
            read_values(sound);
        }
        net_.sound.push_back(sound);
        net_.workload.layers.push_back(std::move(layer_));
    }

  private:
    void read_values(bool shapes_known) {
        if (layer_.op == Op::fc || layer_.op == Op::conv) {
            read_weights(file_, object_, place_, shapes_known, layer_);
        }
        if (activations_) {
            read_activations(file_, activations_, place_ + ".activations", shapes_known, layer_);
        }
    }

    // False if the op is not known: then no other key has a meaning.
    bool read_head() {
        const char* name = nullptr;
        size_t op = 0;
        if (assay_json_read_string(object_, "name", where_.c_str(), true, &name, file_.report)) {
            layer_.name = name;
            int id = static_cast<int>(net_.workload.layers.size());
            if (layer_.name == "input" || !net_.ids.emplace(layer_.name, id).second) {
                file_.fail(place_ + ".name", text("%s is already taken", assay_quote(name).text));
            }
        }
        if (!assay_json_read_choice(object_, "op", where_.c_str(), op_names, true, &op,
                                    file_.report)) {
            return false;
        }
        layer_.op = static_cast<Op>(op);
        assay_json_check_keys(object_, legal_keys(layer_.op), where_.c_str(), file_.report);
        assay_json_read_bool(object_, "relu", where_.c_str(), false, &layer_.relu, file_.report);
        return true;
    }

    // ---- Inputs: true if the shapes of all of them are known ----

    bool read_inputs() {
        const assay_json* names = assay_json_get(object_, "inputs");
        if (layer_.op == Op::fc || layer_.op == Op::conv) {
            activations_ = assay_json_get(object_, "activations");
        }
        if (activations_) {
            layer_.inputs = {-1};
            if (names) {
                file_.fail(place_ + ".inputs", "a layer with \"activations\" reads no others");
            }
            return true;
        }
        if (!names) {
            return add_input(static_cast<int>(net_.workload.layers.size()) - 1);
        }
        return read_input_names(names);
    }

    bool read_input_names(const assay_json* names) {
        if (assay_json_kind_of(names) != ASSAY_JSON_ARRAY || assay_json_size(names) == 0) {
            file_.fail(place_ + ".inputs", "expected an array of layer names or \"input\"");
            return false;
        }
        bool known = true;
        for (const assay_json* m = assay_json_first(names); m; m = assay_json_next(m)) {
            std::string name = assay_json_string(m);
            auto found = net_.ids.find(name);
            bool self = found != net_.ids.end() &&
                        found->second == static_cast<int>(net_.workload.layers.size());
            if (name == "input") {
                known &= add_input(-1);
            } else if (found != net_.ids.end() && !self) {
                known &= add_input(found->second);
            } else {
                file_.fail(place_ + ".inputs",
                           text("%s is not a layer above this one (a layer can only read layers "
                                "above it)",
                                assay_quote(name.c_str()).text));
                known = false;
            }
        }
        return known;
    }

    bool add_input(int id) {
        layer_.inputs.push_back(id);
        if (id < 0) {
            net_.input_read = true;
            shapes_.push_back(net_.workload.input_shape);
            return net_.input_sound;
        }
        shapes_.push_back(net_.workload.layers[static_cast<size_t>(id)].out);
        return net_.sound[static_cast<size_t>(id)];
    }

    // ---- Geometry ----

    bool read_size(const char* key, bool required, uint64_t high, uint32_t& out) {
        uint64_t value = 0;
        bool found = assay_json_read_uint(object_, key, where_.c_str(), 1, high, required, &value,
                                          file_.report);
        out = found ? static_cast<uint32_t>(value) : out;
        return found;
    }

    // The layer's own statement of its input: checked against its producer, or all there is.
    void read_declared_input() {
        bool required = activations_ != nullptr;
        if (layer_.op == Op::fc) {
            declared_ = read_size("in_features", required, max_dimension, in_.c);
        } else {
            uint32_t chw[3];
            declared_ =
                read_uints(file_, object_, "in", place_, 3, 1, max_dimension, required, chw);
            in_ = declared_ ? Shape{chw[0], chw[1], chw[2]} : Shape{};
        }
        if (declared_ && uint64_t{in_.c} * in_.h > max_elements) {
            file_.fail(place_ + ".in", "the input has more than 2^28 elements");
        }
    }

    void read_geometry() {
        if (layer_.op == Op::fc || layer_.op == Op::conv) {
            read_declared_input();
            read_size(layer_.op == Op::fc ? "out_features" : "out_channels", true, max_dimension,
                      layer_.out.c);
        }
        if (layer_.op == Op::conv) {
            read_size("groups", false, max_dimension, layer_.groups);
        }
        if (layer_.op == Op::conv || layer_.op == Op::maxpool || layer_.op == Op::avgpool) {
            read_window();
        }
    }

    void read_window() {
        uint32_t kernel[2], stride[2], pad[4];
        if (read_uints(file_, object_, "kernel", place_, 2, 1, max_window, true, kernel)) {
            layer_.kernel_h = kernel[0];
            layer_.kernel_w = kernel[1];
        }
        if (read_uints(file_, object_, "stride", place_, 2, 1, max_window, false, stride)) {
            layer_.stride_h = stride[0];
            layer_.stride_w = stride[1];
        }
        if (read_uints(file_, object_, "pad", place_, 4, 0, max_window, false, pad)) {
            layer_.pad_top = pad[0];
            layer_.pad_left = pad[1];
            layer_.pad_bottom = pad[2];
            layer_.pad_right = pad[3];
        }
        if (layer_.op != Op::conv) {
            assay_json_read_bool(object_, "ceil_mode", where_.c_str(), false, &layer_.ceil_mode,
                                 file_.report);
        }
    }

    bool infer() {
        if (activations_) {
            shapes_ = {in_};
        } else if (declared_ && shapes_.size() == 1 && !matches_producer()) {
            return false;
        }
        if (shapes_[0].size() > max_elements) {
            file_.fail(place_ + ".in", "the input has more than 2^28 elements");
            return false;
        }
        net_.elements += activations_ ? shapes_[0].size() : 0;
        return infer_shapes(layer_, shapes_, where_, file_.report) &&
               add_to_total(net_.elements, layer_, where_, file_.report);
    }

    bool matches_producer() {
        bool same = layer_.op == Op::fc ? in_.c == shapes_[0].size()
                                        : shape_text(in_) == shape_text(shapes_[0]);
        if (!same) {
            file_.fail(place_, text("declares an input of %s, but reads %s",
                                    layer_.op == Op::fc ? text("%u features", in_.c).c_str()
                                                        : shape_text(in_).c_str(),
                                    shape_text(shapes_[0]).c_str()));
        }
        return same;
    }

    JsonFile& file_;
    const assay_json* object_;
    std::string place_, where_;
    JsonNet& net_;
    Layer layer_;
    const assay_json* activations_ = nullptr;
    std::vector<Shape> shapes_;
    Shape in_;
    bool declared_ = false;
};

} // namespace

void read_layer(JsonFile& file, const assay_json* object, const std::string& place, JsonNet& net) {
    LayerReader(file, object, place, net).read();
}

} // namespace assay
