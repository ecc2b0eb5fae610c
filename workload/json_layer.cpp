#include "json_layer.hpp"

#include "file_weights.hpp"
#include "graph.hpp"
#include "json_geometry.hpp"
#include "json_integers.hpp"
#include "json_tensors.hpp"
#include "json_weights.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

class LayerReader {
  public:
    LayerReader(JsonFile& file, const assay_json* object, const std::string& place, JsonNet& net)
        : file_(file), object_(object), place_(place), where_(file.where(place)), net_(net) {}

    void read() {
        size_t mistakes = assay_report_count(file_.report);
        bool sound = false;
        read_name();
        if (read_op(file_, object_, place_, layer_)) {
            read_output(file_, object_, place_, layer_);
            read_tensor_names(file_, object_, place_, layer_);
            size_t before = assay_report_count(file_.report);
            stated_ = read_geometry(file_, object_, place_, layer_);
            bool stated_well = assay_report_count(file_.report) == before;
            bool inputs_known = read_inputs();
            check_stated_input(stated_well);
            sound = assay_report_count(file_.report) == mistakes && inputs_known && infer();
            read_values(sound);
        }
        net_.sound.push_back(sound);
        net_.workload.layers.push_back(std::move(layer_));
    }

  private:
    bool has_weights() const { return layer_.op == Op::fc || layer_.op == Op::conv; }

    void read_values(bool shapes_known) {
        if (from_file()) {
            read_file_weights(shapes_known);
        } else if (has_weights()) {
            read_weights(file_, object_, place_, shapes_known, layer_);
        }
        if (activations_) {
            read_activations(file_, activations_, place_ + ".activations", shapes_known, layer_);
        }
        read_expected(file_, object_, place_, shapes_known, layer_);
    }

    // The network's weights file holds what the layer does not say itself.
    bool from_file() const {
        return net_.tensors && has_parameters() && !assay_json_get(object_, "weights");
    }

    bool has_parameters() const {
        return has_weights() || layer_.op == Op::layer_norm || layer_.op == Op::batch_norm;
    }

    void read_file_weights(bool shapes_known) {
        for (const char* key : {"bias", "bias_column"}) {
            if (assay_json_get(object_, key)) {
                file_.fail(place_ + "." + key, "the network's weights file says it");
            }
        }
        if (shapes_known && !take_file_weights(net_.tensors, layer_, file_.report)) {
            file_.fail(place_, "cannot take its parameters from the network's weights file");
        }
    }

    void read_name() {
        const char* name = nullptr;
        if (assay_json_read_string(object_, "name", where_.c_str(), true, &name, file_.report)) {
            layer_.name = name;
            if (layer_.name == "input" || !net_.ids.emplace(layer_.name, id()).second) {
                file_.fail(place_ + ".name", text("%s is already taken", assay_quote(name).text));
            }
        }
    }

    int id() const { return static_cast<int>(net_.workload.layers.size()); }

    // ---- Inputs: true if the shapes of all of them are known ----

    bool read_inputs() {
        const assay_json* names = assay_json_get(object_, "inputs");
        activations_ = has_weights() ? assay_json_get(object_, "activations") : nullptr;
        if (activations_) {
            layer_.inputs = {-1};
            if (names) {
                file_.fail(place_ + ".inputs", "a layer with \"activations\" reads no others");
            }
            return true;
        }
        return names ? read_input_names(names) : read_layer_before();
    }

    // A list of unrelated shapes is a workload too: what does not fit the layer before stands
    // alone.
    bool read_layer_before() {
        bool known = id() == 0 || net_.sound.back();
        if (id() > 0 && known && stated_.whole() &&
            !fits(layer_, stated_.shape(), net_.workload.layers.back().out)) {
            return stand_alone();
        }
        return add_input(id() - 1);
    }

    bool stand_alone() {
        layer_.detached = true;
        shapes_ = {stated_.shape()};
        return stated_.whole();
    }

    bool read_input_names(const assay_json* names) {
        if (assay_json_kind_of(names) != ASSAY_JSON_ARRAY) {
            file_.fail(place_ + ".inputs", "expected an array of layer names or \"input\"");
            return false;
        }
        if (assay_json_size(names) == 0) {
            return stand_alone();
        }
        bool known = true;
        for (const assay_json* m = assay_json_first(names); m; m = assay_json_next(m)) {
            std::string name = assay_json_string(m);
            auto found = net_.ids.find(name);
            bool self = found != net_.ids.end() && found->second == id();
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
            imply_input();
            net_.input_read = true;
            shapes_.push_back(net_.workload.input_shape);
            return net_.input_sound;
        }
        shapes_.push_back(net_.workload.layers[static_cast<size_t>(id)].out);
        return net_.sound[static_cast<size_t>(id)];
    }

    // Without an "input" the first layer that reads it says what it is.
    void imply_input() {
        Shape shape = stated_.shape();
        if (!net_.input_present && !net_.input_sound && stated_.whole() && is_small(shape)) {
            net_.workload.input_shape = shape;
            net_.input_sound = true;
            net_.input_signed = layer_.a_signed;
        }
    }

    static bool is_small(const Shape& shape) {
        return uint64_t{shape.c} * shape.h <= max_elements && shape.size() <= max_elements;
    }

    // ---- Geometry ----

    void check_stated_input(bool stated_well) {
        if ((activations_ || layer_.detached) && !stated_.whole() && stated_well) {
            const bool linear = layer_.op == Op::fc || layer_.linear_rows;
            const char* key = linear              ? ".in_features"
                              : !stated_.channels ? ".in_channels"
                              : !stated_.height   ? ".in_height"
                                                  : ".in_width";
            file_.fail(place_ + key, "missing, and the layer reads no other");
        } else if (stated_.whole() && !is_small(stated_.shape())) {
            file_.fail(place_, text("the input %s has more than 2^28 elements",
                                    shape_text(stated_.shape()).c_str()));
        }
    }

    bool infer() {
        if (activations_) {
            shapes_ = {stated_.shape()};
        } else {
            flatten_image();
            if ((shapes_.size() == 1 || !has_weights()) && !matches_producer()) {
                return false; // of too many inputs infer_shapes speaks
            }
        }
        net_.elements += activations_ ? shapes_[0].size() : 0;
        return infer_shapes(layer_, shapes_, where_, file_.report) &&
               add_to_total(net_.elements, layer_, where_, file_.report,
                            from_file() || weights_have_values(object_));
    }

    // A linear layer of several rows takes the pixels of an image as its rows.
    void flatten_image() {
        Shape& in = shapes_[0];
        if (layer_.linear_rows && in.w != 1 && stated_.height == uint64_t{in.h} * in.w) {
            in = {in.c, stated_.height, 1};
        }
    }

    // What the layer says about its input must be true, as far as it says it.
    bool matches_producer() {
        const Shape& found = shapes_[0];
        bool same = layer_.op == Op::fc ? !stated_.channels || stated_.channels == found.size()
                                        : (!stated_.channels || stated_.channels == found.c) &&
                                              (!stated_.height || stated_.height == found.h) &&
                                              (!stated_.width || stated_.width == found.w);
        if (!same) {
            file_.fail(place_, text("declares an input of %s, but reads %s", stated_text().c_str(),
                                    shape_text(found).c_str()));
        }
        return same;
    }

    std::string stated_text() const {
        if (layer_.op == Op::fc) {
            return text("%u features", stated_.channels);
        }
        std::string out;
        for (uint32_t side : {stated_.channels, stated_.height, stated_.width}) {
            out += (out.empty() ? "" : "x") + (side ? std::to_string(side) : "?");
        }
        return out;
    }

    JsonFile& file_;
    const assay_json* object_;
    std::string place_, where_;
    JsonNet& net_;
    Layer layer_;
    const assay_json* activations_ = nullptr;
    std::vector<Shape> shapes_;
    StatedInput stated_;
};

} // namespace

void read_layer(JsonFile& file, const assay_json* object, const std::string& place, JsonNet& net) {
    LayerReader(file, object, place, net).read();
}

} // namespace assay
