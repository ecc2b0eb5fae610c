#include "nn_json_node.hpp"

#include <utility>

#include "file_weights.hpp"
#include "graph.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

const char* const type_names[] = {"conv", "fc",     "maxpool",    "gap",
                                  "add",  "concat", "shortcut_a", nullptr};
const Op ops[] = {Op::conv, Op::fc,     Op::maxpool,     Op::global_avgpool,
                  Op::add,  Op::concat, Op::pad_channels};

const char* const node_keys[] = {
    "id",     "name",      "type",     "in",           "weight",    "bias",       "shape",
    "stride", "pad",       "groups",   "act",          "kernel",    "in_shape",   "out_shape",
    "macs",   "ch_before", "ch_after", "weight_scale", "weight_zp", "bias_scale", "out_scale",
    "out_zp", "out_dtype", "nnz",      "eie_entries",  nullptr};

constexpr int unsound = -2;
constexpr uint64_t most_inputs = 1024;

} // namespace

void NnNodes::read(const assay_json* node, const std::string& place) {
    const size_t mistakes = assay_report_count(file_.report);
    Layer layer;
    std::vector<Shape> shapes;
    bool sound = is_object(file_, node, place) && read_type(node, place, layer);
    if (sound) {
        read_name(node, place, layer.name);
        sound = read_inputs(node, place, layer, shapes);
        read_window(node, place, layer);
        read_weights(node, place, layer);
        read_output(node, place, layer);
    }
    sound = sound && assay_report_count(file_.report) == mistakes;
    if (sound) {
        check_shape(node, "in_shape", place, shapes[0]);
        sound = layer.op == Op::pad_channels
                    ? append_shortcut(node, std::move(layer), std::move(shapes), place)
                    : append(std::move(layer), shapes, place);
    }
    if (sound) {
        check_shape(node, "out_shape", place, out_.layers.back().out);
    }
    last_layer_.push_back(sound ? static_cast<int>(out_.layers.size()) - 1 : unsound);
}

bool NnNodes::read_type(const assay_json* node, const std::string& place, Layer& layer) {
    const std::string where = file_.where(place);
    size_t type = 0;
    uint64_t id = last_layer_.size();
    assay_json_check_keys(node, node_keys, where.c_str(), file_.report);
    assay_json_read_uint(node, "id", where.c_str(), last_layer_.size(), last_layer_.size(), true,
                         &id, file_.report);
    if (!assay_json_read_choice(node, "type", where.c_str(), type_names, true, &type,
                                file_.report)) {
        return false;
    }
    layer.op = ops[type];
    return true;
}

void NnNodes::read_name(const assay_json* node, const std::string& place, std::string& name) {
    const char* text_ = nullptr;
    if (!assay_json_read_string(node, "name", file_.where(place).c_str(), true, &text_,
                                file_.report)) {
        return;
    }
    name = text_;
    if (name == "input" || !names_.emplace(name, last_layer_.size()).second) {
        file_.fail(place + ".name", text("%s is already taken", assay_quote(text_).text));
    }
}

// True if the shapes of all of them are known.
bool NnNodes::read_inputs(const assay_json* node, const std::string& place, Layer& layer,
                          std::vector<Shape>& shapes) {
    const assay_json* list = assay_json_get(node, "in");
    bool good = list && assay_json_kind_of(list) == ASSAY_JSON_ARRAY && assay_json_size(list) > 0 &&
                assay_json_size(list) <= most_inputs;
    bool known = good;
    const auto nodes = static_cast<double>(last_layer_.size());
    for (const assay_json* m = good ? assay_json_first(list) : nullptr; m && good;
         m = assay_json_next(m)) {
        const double id = assay_json_number(m);
        good = assay_json_kind_of(m) == ASSAY_JSON_NUMBER && id >= -1 && id < nodes &&
               id == static_cast<double>(static_cast<int>(id));
        if (!good) {
            break;
        }
        const int from = id < 0 ? -1 : last_layer_[static_cast<size_t>(id)];
        known = known && from != unsound;
        layer.inputs.push_back(from);
        shapes.push_back(from < 0 ? out_.input_shape : out_.layers[static_cast<size_t>(from)].out);
    }
    if (!good) {
        file_.fail(place + ".in", "expected a list of ids of nodes above this one, or -1: the "
                                  "network's input");
    }
    return good && known;
}

void NnNodes::read_window(const assay_json* node, const std::string& place, Layer& layer) {
    uint32_t pair[2] = {1, 1}, sides[4] = {0, 0, 0, 0};
    const bool pool = layer.op == Op::maxpool;
    if (pool && read_uints(file_, node, "kernel", place, 2, 1, max_window, true, pair)) {
        layer.kernel_h = pair[0];
        layer.kernel_w = pair[1];
    }
    if (read_uints(file_, node, "stride", place, 2, 1, max_window, pool, pair)) {
        layer.stride_h = pair[0];
        layer.stride_w = pair[1];
    }
    if (read_uints(file_, node, "pad", place, 4, 0, max_window, false, sides)) {
        layer.pad_top = sides[0];
        layer.pad_left = sides[1];
        layer.pad_bottom = sides[2];
        layer.pad_right = sides[3];
    }
}

void NnNodes::read_weights(const assay_json* node, const std::string& place, Layer& layer) {
    const std::string where = file_.where(place);
    const char *weight = nullptr, *bias = nullptr, *other = nullptr;
    const bool conv = layer.op == Op::conv;
    if (!is_matrix(layer.op)) {
        return;
    }
    if (assay_json_read_string(node, "weight", where.c_str(), true, &weight, file_.report)) {
        layer.tensors.weight = {weight};
    }
    if (assay_json_read_string(node, "bias", where.c_str(), false, &bias, file_.report)) {
        layer.tensors.bias = {bias};
    }
    const struct {
        const char *key, *owner, *ending;
    } others[] = {{"weight_scale", weight, "_scale"},
                  {"weight_zp", weight, "_zp"},
                  {"bias_scale", bias, "_scale"}};
    for (const auto& o : others) {
        if (assay_json_read_string(node, o.key, where.c_str(), false, &other, file_.report) &&
            (!o.owner || other != o.owner + std::string(o.ending))) {
            file_.fail(place + "." + o.key,
                       text("must be the tensor's own name and \"%s\"", o.ending));
        }
    }
    weight_shape_.assign(conv ? 4 : 2, 1);
    if (read_uints(file_, node, "shape", place, weight_shape_.size(), 1, max_dimension, true,
                   weight_shape_.data())) {
        layer.out.c = weight_shape_[0];
    }
    if (conv) {
        uint64_t groups = 1;
        assay_json_read_uint(node, "groups", where.c_str(), 1, max_dimension, false, &groups,
                             file_.report);
        layer.groups = static_cast<uint32_t>(groups);
        layer.kernel_h = weight_shape_[2];
        layer.kernel_w = weight_shape_[3];
        if (layer.kernel_h > max_window || layer.kernel_w > max_window) {
            file_.fail(place + ".shape", text("kernels have at most %llu rows and columns",
                                              static_cast<unsigned long long>(max_window)));
        }
    }
}

// The activation function, and how integers are stored.
void NnNodes::read_output(const assay_json* node, const std::string& place, Layer& layer) {
    static const char* const functions[] = {"none", "relu", "relu6", nullptr};
    static const char* const types[] = {"i8", "u8", nullptr};
    const std::string where = file_.where(place);
    size_t function = 0, type = 0;
    double scale = 0, zero = 0;
    assay_json_read_choice(node, "act", where.c_str(), functions, false, &function, file_.report);
    layer.relu = function > 0;
    layer.relu_limit = function == 2 ? 6 : 0;
    if (!assay_json_get(node, "out_scale")) {
        return;
    }
    assay_json_read_real(node, "out_scale", where.c_str(), 1e-30, 1e30, true, &scale, file_.report);
    assay_json_read_choice(node, "out_dtype", where.c_str(), types, true, &type, file_.report);
    const double low = type == 0 ? -128 : 0;
    assay_json_read_real(node, "out_zp", where.c_str(), low, low + 255, true, &zero, file_.report);
    layer.integer = {static_cast<float>(scale), static_cast<int32_t>(zero), type == 0};
}

bool NnNodes::append(Layer layer, const std::vector<Shape>& shapes, const std::string& place) {
    const std::string where = file_.where(place);
    if ((is_matrix(layer.op) && !check_weight_shape(place, layer, shapes[0])) ||
        !infer_shapes(layer, shapes, where, file_.report) ||
        !add_to_total(elements_, layer, where, file_.report)) {
        return false;
    }
    if (tensors_ && is_matrix(layer.op) && !take_file_weights(tensors_, layer, file_.report)) {
        return false;
    }
    out_.layers.push_back(std::move(layer));
    return true;
}

// He et al.'s parameter-free shortcut: every other pixel, and zeros as further channels.
bool NnNodes::append_shortcut(const assay_json* node, Layer layer, std::vector<Shape> shapes,
                              const std::string& place) {
    const std::string where = file_.where(place);
    uint64_t before = 0, after = 0;
    assay_json_read_uint(node, "ch_before", where.c_str(), 0, max_dimension, true, &before,
                         file_.report);
    assay_json_read_uint(node, "ch_after", where.c_str(), 0, max_dimension, true, &after,
                         file_.report);
    layer.channels_before = static_cast<uint32_t>(before);
    layer.channels_after = static_cast<uint32_t>(after);
    if (layer.stride_h > 1 || layer.stride_w > 1) {
        Layer subsample;
        subsample.name = layer.name + ".subsample";
        subsample.op = Op::maxpool;
        subsample.inputs = std::exchange(layer.inputs, {static_cast<int>(out_.layers.size())});
        subsample.stride_h = std::exchange(layer.stride_h, 1);
        subsample.stride_w = std::exchange(layer.stride_w, 1);
        if (!names_.emplace(subsample.name, last_layer_.size()).second) {
            file_.fail(place + ".name",
                       text("%s is already taken", assay_quote(subsample.name.c_str()).text));
            return false;
        }
        if (!append(std::move(subsample), shapes, place)) {
            return false;
        }
        shapes = {out_.layers.back().out};
    }
    return append(std::move(layer), shapes, place);
}

// "shape" repeats what the input and the groups tell.
bool NnNodes::check_weight_shape(const std::string& place, const Layer& layer, const Shape& in) {
    const uint64_t inputs = layer.op == Op::fc ? in.size() : in.c;
    if (uint64_t{weight_shape_[1]} * layer.groups == inputs) {
        return true;
    }
    file_.fail(place + ".shape",
               text("%u inputs a group and %u groups do not make the %llu inputs of the layer",
                    weight_shape_[1], layer.groups, static_cast<unsigned long long>(inputs)));
    return false;
}

// [c, h, w], or [n] where there is no height and width; may be left out.
void NnNodes::check_shape(const assay_json* node, const char* key, const std::string& place,
                          const Shape& found) {
    const assay_json* list = assay_json_get(node, key);
    const bool vector = list && assay_json_size(list) == 1;
    uint32_t sides[3] = {0, 1, 1};
    if (!list ||
        !read_uints(file_, node, key, place, vector ? 1 : 3, 1, max_elements, true, sides)) {
        return;
    }
    const Shape stated{sides[0], sides[1], sides[2]};
    if (shape_text(stated) !=
        shape_text(vector ? Shape{static_cast<uint32_t>(found.size()), 1, 1} : found)) {
        file_.fail(place + "." + key, text("says %s, but it is %s", shape_text(stated).c_str(),
                                           shape_text(found).c_str()));
    }
}

} // namespace assay
