#include "json_geometry.hpp"

#include "graph.hpp"
#include "text.hpp"

namespace assay {
namespace {

// The canonical names first: messages list them in this order.
const char* const op_texts[] = {"conv2d",       "linear",  "matmul",  "pool",           "concat",
                                "add",          "mul",     "relu",    "batch_norm",     "gelu",
                                "layer_norm",   "sigmoid", "tanh",    "softmax",        "slice",
                                "pad_channels", "maxpool", "avgpool", "global_avgpool", "conv",
                                "fc",           nullptr};
const Op ops[] = {Op::conv,
                  Op::fc,
                  Op::matmul,
                  Op::maxpool,
                  Op::concat,
                  Op::add,
                  Op::mul,
                  Op::relu,
                  Op::batch_norm,
                  Op::gelu,
                  Op::layer_norm,
                  Op::sigmoid,
                  Op::tanh,
                  Op::softmax,
                  Op::slice,
                  Op::pad_channels,
                  Op::maxpool,
                  Op::avgpool,
                  Op::global_avgpool,
                  Op::conv,
                  Op::fc};
constexpr size_t pool_text = 3;
const char* const pool_kinds[] = {"max", "avg", "global_avg", nullptr};
const Op pool_ops[] = {Op::maxpool, Op::avgpool, Op::global_avgpool};

// Keys of every op, and of those with parameters in a weights file.
#define ASSAY_COMMON_KEYS                                                                          \
    "name", "op", "inputs", "relu", "relu_limit", "integer", "a_bits", "a_signed"
#define ASSAY_TENSOR_KEYS "tensors", "batch_norm", "epsilon"
#define ASSAY_VALUE_KEYS ASSAY_TENSOR_KEYS, "weights", "bias", "activations", "expected"
#define ASSAY_IMAGE_KEYS "in_channels", "in_height", "in_width"

const char* const linear_keys[] = {ASSAY_COMMON_KEYS, ASSAY_VALUE_KEYS, "in_features",
                                   "out_features",    "rows",           "w_bits",
                                   "w_signed",        "bias_column",    nullptr};
const char* const conv_keys[] = {ASSAY_COMMON_KEYS, ASSAY_VALUE_KEYS, ASSAY_IMAGE_KEYS, "in",
                                 "kernel",          "stride",         "padding",        "pad",
                                 "dilation",        "groups",         "w_bits",         "w_signed",
                                 "out_channels",    nullptr};
const char* const matmul_keys[] = {ASSAY_COMMON_KEYS, "heads",  "rows",     "inner",
                                   "columns",         "w_bits", "w_signed", nullptr};
const char* const pool_keys[] = {
    ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, "kind", "kernel", "stride", "padding", "pad",
    "ceil_mode",       nullptr};
const char* const softmax_keys[] = {ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, "groups", nullptr};
const char* const global_keys[] = {ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, "kind", nullptr};
const char* const norm_keys[] = {ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, ASSAY_TENSOR_KEYS, nullptr};
const char* const slice_keys[] = {ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, "from_channel", "channels",
                                  "from_row",        "rows",           nullptr};
const char* const pad_keys[] = {ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, "before", "after", nullptr};
const char* const plain_keys[] = {ASSAY_COMMON_KEYS, ASSAY_IMAGE_KEYS, nullptr};

const char* const* legal_keys(Op op) {
    switch (op) {
    case Op::fc:
        return linear_keys;
    case Op::conv:
        return conv_keys;
    case Op::matmul:
        return matmul_keys;
    case Op::maxpool:
    case Op::avgpool:
        return pool_keys;
    case Op::global_avgpool:
        return global_keys;
    case Op::softmax:
        return softmax_keys;
    case Op::batch_norm:
    case Op::layer_norm:
        return norm_keys;
    case Op::slice:
        return slice_keys;
    case Op::pad_channels:
        return pad_keys;
    default:
        return plain_keys;
    }
}

bool is_pool(Op op) {
    return op == Op::maxpool || op == Op::avgpool || op == Op::global_avgpool;
}

class GeometryReader {
  public:
    GeometryReader(const JsonFile& file, const assay_json* object, const std::string& place,
                   Layer& layer)
        : file_(file), object_(object), place_(place), where_(file.where(place)), layer_(layer) {}

    StatedInput read() {
        read_bits();
        switch (layer_.op) {
        case Op::fc:
            read_linear();
            break;
        case Op::matmul:
            read_matmul();
            break;
        case Op::slice:
            read_slice();
            break;
        case Op::pad_channels:
            read_stated_image();
            read_size("before", false, max_dimension, layer_.channels_before, 0);
            read_size("after", false, max_dimension, layer_.channels_after, 0);
            break;
        default:
            read_image();
        }
        return stated_;
    }

  private:
    bool has(const char* key) const { return assay_json_get(object_, key) != nullptr; }

    // Unchanged if absent or wrong.
    void read_size(const char* key, bool required, uint64_t high, uint32_t& out, uint64_t low = 1) {
        uint64_t value = 0;
        if (assay_json_read_uint(object_, key, where_.c_str(), low, high, required, &value,
                                 file_.report)) {
            out = static_cast<uint32_t>(value);
        }
    }

    void read_bits() {
        uint32_t w_bits = 0, a_bits = 0;
        read_size("a_bits", false, max_bits, a_bits);
        assay_json_read_bool(object_, "a_signed", where_.c_str(), false, &layer_.a_signed,
                             file_.report);
        if (is_matrix(layer_.op)) {
            read_size("w_bits", false, max_bits, w_bits);
            assay_json_read_bool(object_, "w_signed", where_.c_str(), false, &layer_.w_signed,
                                 file_.report);
        }
        layer_.w_bits = w_bits;
        layer_.a_bits = a_bits;
    }

    void read_linear() {
        uint32_t rows = 1;
        read_size("in_features", false, max_dimension, stated_.channels);
        read_size("out_features", true, max_dimension, layer_.out.c);
        read_size("rows", false, max_dimension, rows);
        if (rows > 1) {
            layer_.op = Op::conv;
            layer_.linear_rows = true;
            if (has("bias_column")) {
                file_.fail(place_ + ".bias_column", "needs a linear layer of one row");
            }
        }
        stated_.height = stated_.channels || rows > 1 ? rows : 0;
        stated_.width = stated_.height ? 1 : 0;
    }

    void read_matmul() {
        uint32_t heads = 1, rows = 0, inner = 0, columns = 0;
        size_t mistakes = assay_report_count(file_.report);
        read_size("heads", false, max_dimension, heads);
        read_size("rows", true, max_dimension, rows);
        read_size("inner", true, max_dimension, inner);
        read_size("columns", true, max_dimension, columns);
        if (uint64_t{heads} * inner > max_dimension || uint64_t{heads} * columns > max_dimension) {
            file_.fail(place_, text("heads * inner and heads * columns must be at most %llu",
                                    static_cast<unsigned long long>(max_dimension)));
        }
        if (assay_report_count(file_.report) == mistakes) {
            layer_.groups = heads;
            layer_.out.c = heads * columns;
            stated_ = {heads * inner, rows, 1};
        }
    }

    void read_slice() {
        layer_.out = {0, 0, 0}; // what is not stated: all that there is
        read_stated_image();
        read_size("from_channel", false, max_dimension, layer_.from_channel, 0);
        read_size("from_row", false, max_dimension, layer_.from_row, 0);
        read_size("channels", false, max_dimension, layer_.out.c);
        read_size("rows", false, max_dimension, layer_.out.h);
    }

    void read_image() {
        read_stated_image();
        if (layer_.op == Op::conv) {
            read_size("out_channels", true, max_dimension, layer_.out.c);
        }
        if (layer_.op == Op::conv || layer_.op == Op::softmax) {
            read_size("groups", false, max_dimension, layer_.groups);
        }
        if (layer_.op == Op::conv || layer_.op == Op::maxpool || layer_.op == Op::avgpool) {
            read_window();
        }
    }

    void read_stated_image() {
        uint32_t chw[3];
        read_size("in_channels", false, max_dimension, stated_.channels);
        read_size("in_height", false, max_dimension, stated_.height);
        read_size("in_width", false, max_dimension, stated_.width);
        if (layer_.op != Op::conv || !has("in")) {
            return;
        }
        if (has("in_channels") || has("in_height") || has("in_width")) {
            file_.fail(place_ + ".in", "says again what in_channels, in_height or in_width says");
        }
        if (read_uints(file_, object_, "in", place_, 3, 1, max_dimension, false, chw)) {
            stated_ = {chw[0], chw[1], chw[2]};
        }
    }

    void read_window() {
        read_pair("kernel", 1, true, layer_.kernel_h, layer_.kernel_w);
        read_pair("stride", 1, false, layer_.stride_h, layer_.stride_w);
        read_padding();
        if (layer_.op == Op::conv) {
            read_pair("dilation", 1, false, layer_.dilation_h, layer_.dilation_w);
        } else {
            assay_json_read_bool(object_, "ceil_mode", where_.c_str(), false, &layer_.ceil_mode,
                                 file_.report);
        }
    }

    void read_pair(const char* key, uint64_t low, bool required, uint32_t& high, uint32_t& wide) {
        std::vector<uint32_t> values;
        if (read_one_or_list(file_, object_, key, place_, {2}, low, max_window, required, values)) {
            high = values.front();
            wide = values.back();
        }
    }

    void read_padding() {
        if (has("pad") && has("padding")) {
            file_.fail(place_ + ".pad", "says again what padding says");
        }
        const char* key = has("pad") ? "pad" : "padding";
        std::vector<uint32_t> p;
        if (!read_one_or_list(file_, object_, key, place_, {2, 4}, 0, max_window, false, p)) {
            return;
        }
        layer_.pad_top = p[0];
        layer_.pad_left = p.size() == 1 ? p[0] : p[1];
        layer_.pad_bottom = p.size() == 4 ? p[2] : layer_.pad_top;
        layer_.pad_right = p.size() == 4 ? p[3] : layer_.pad_left;
    }

    const JsonFile& file_;
    const assay_json* object_;
    std::string place_, where_;
    Layer& layer_;
    StatedInput stated_;
};

} // namespace

bool read_op(const JsonFile& file, const assay_json* object, const std::string& place,
             Layer& layer) {
    const std::string where = file.where(place);
    size_t op = 0, kind = 0;
    if (!assay_json_read_choice(object, "op", where.c_str(), op_texts, true, &op, file.report)) {
        return false;
    }
    layer.op = ops[op];
    bool known = true;
    if (op == pool_text) {
        known = assay_json_read_choice(object, "kind", where.c_str(), pool_kinds, true, &kind,
                                       file.report);
        layer.op = pool_ops[kind];
    } else if (is_pool(layer.op) && assay_json_get(object, "kind")) {
        file.fail(place + ".kind", "the op says it already");
    }
    if (known) {
        assay_json_check_keys(object, legal_keys(layer.op), where.c_str(), file.report);
    }
    return known;
}

StatedInput read_geometry(const JsonFile& file, const assay_json* object, const std::string& place,
                          Layer& layer) {
    return GeometryReader(file, object, place, layer).read();
}

} // namespace assay
