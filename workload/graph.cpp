#include "graph.hpp"

#include <algorithm>

#include "text.hpp"

namespace assay {
namespace {

struct Context {
    const std::string& where;
    assay_report* report;
    bool fail(const std::string& message) const {
        assay_report_add(report, "%s: %s", where.c_str(), message.c_str());
        return false;
    }
};

// Output length of a sliding window, 0 if it does not fit. With ceil_mode a last window may hang
// over the end, but it must start inside the image or its leading padding (Caffe,
// pooling_layer.cpp).
uint64_t window_count(uint64_t in, uint64_t before, uint64_t after, uint64_t kernel,
                      uint64_t stride, bool ceil_mode) {
    uint64_t padded = in + before + after;
    if (padded < kernel) {
        return 0;
    }
    uint64_t count = (padded - kernel) / stride + 1;
    if (ceil_mode && (padded - kernel) % stride != 0 && count * stride < in + before) {
        ++count;
    }
    return count;
}

// What a dilated kernel covers.
uint64_t reach(uint64_t kernel, uint64_t dilation) {
    return (kernel - 1) * dilation + 1;
}

bool slide(Layer& layer, const Context& context) {
    uint64_t high = reach(layer.kernel_h, layer.dilation_h);
    uint64_t wide = reach(layer.kernel_w, layer.dilation_w);
    uint64_t h = window_count(layer.in.h, layer.pad_top, layer.pad_bottom, high, layer.stride_h,
                              layer.ceil_mode);
    uint64_t w = window_count(layer.in.w, layer.pad_left, layer.pad_right, wide, layer.stride_w,
                              layer.ceil_mode);
    if (h == 0 || w == 0) {
        return context.fail(text("a %llux%llu window does not fit the %s input with its padding",
                                 static_cast<unsigned long long>(high),
                                 static_cast<unsigned long long>(wide),
                                 shape_text(layer.in).c_str()));
    }
    layer.out.h = static_cast<uint32_t>(h);
    layer.out.w = static_cast<uint32_t>(w);
    return true;
}

bool infer_conv(Layer& layer, const Context& context) {
    if (layer.in.c % layer.groups != 0 || layer.out.c % layer.groups != 0) {
        return context.fail(text("%u groups must divide %u input and %u output channels",
                                 layer.groups, layer.in.c, layer.out.c));
    }
    return slide(layer, context);
}

bool infer_pool(Layer& layer, const Context& context) {
    layer.out = layer.in;
    uint32_t most_h = std::max(layer.pad_top, layer.pad_bottom);
    uint32_t most_w = std::max(layer.pad_left, layer.pad_right);
    if (most_h >= layer.kernel_h || most_w >= layer.kernel_w) {
        return context.fail("the padding must be smaller than the kernel, else a window is empty");
    }
    return slide(layer, context);
}

bool infer_concat(Layer& layer, const std::vector<Shape>& inputs, const Context& context) {
    uint64_t channels = 0;
    for (const Shape& shape : inputs) {
        if (shape.h != layer.in.h || shape.w != layer.in.w) {
            return context.fail(text("cannot concatenate %s with %s: height and width differ",
                                     shape_text(layer.in).c_str(), shape_text(shape).c_str()));
        }
        channels += shape.c;
    }
    if (channels > max_elements) {
        return context.fail("too many channels");
    }
    layer.out = layer.in;
    layer.out.c = static_cast<uint32_t>(channels);
    return true;
}

bool infer_equal(Layer& layer, const std::vector<Shape>& inputs, const Context& context) {
    for (const Shape& shape : inputs) {
        if (shape_text(shape) != shape_text(layer.in)) {
            return context.fail(text("cannot %s %s and %s",
                                     layer.op == Op::add ? "add" : "multiply",
                                     shape_text(layer.in).c_str(), shape_text(shape).c_str()));
        }
    }
    layer.out = layer.in;
    return true;
}

// The second input holds the right-hand matrices of the heads, either way round.
bool infer_matmul(Layer& layer, const std::vector<Shape>& inputs, const Context& context) {
    if (!infer_conv(layer, context)) {
        return false;
    }
    uint32_t heads = layer.groups, inner = layer.in.c / heads, columns = layer.out.c / heads;
    const std::string straight = shape_text({heads * inner, columns, 1});
    const std::string by_columns = shape_text({heads * columns, inner, 1});
    const std::string second = inputs.size() == 2 ? shape_text(inputs[1]) : straight;
    layer.second_by_columns = second != straight;
    return second == straight || second == by_columns ||
           context.fail(text("the second input must be %s or %s, not %s", straight.c_str(),
                             by_columns.c_str(), second.c_str()));
}

bool infer_softmax(Layer& layer, const Context& context) {
    layer.out = layer.in;
    return layer.in.c % layer.groups == 0 ||
           context.fail(text("%u groups must divide %u channels", layer.groups, layer.in.c));
}

bool infer_slice(Layer& layer, const Context& context) {
    const uint64_t channels = uint64_t{layer.from_channel} + layer.out.c;
    const uint64_t rows = uint64_t{layer.from_row} + layer.out.h;
    if (channels > layer.in.c || rows > layer.in.h) {
        return context.fail(text("channels %u .. %llu and rows %u .. %llu are not all in the %s "
                                 "input",
                                 layer.from_channel, static_cast<unsigned long long>(channels),
                                 layer.from_row, static_cast<unsigned long long>(rows),
                                 shape_text(layer.in).c_str()));
    }
    // 0: all that are left
    layer.out.c = layer.out.c ? layer.out.c : layer.in.c - layer.from_channel;
    layer.out.h = layer.out.h ? layer.out.h : layer.in.h - layer.from_row;
    layer.out.w = layer.in.w;
    return (layer.out.c > 0 && layer.out.h > 0) || context.fail("nothing is left of the input");
}

bool infer_pad_channels(Layer& layer, const Context& context) {
    const uint64_t channels = uint64_t{layer.channels_before} + layer.in.c + layer.channels_after;
    if (channels > max_elements) {
        return context.fail("too many channels");
    }
    layer.out = layer.in;
    layer.out.c = static_cast<uint32_t>(channels);
    return true;
}

bool infer_op(Layer& layer, const std::vector<Shape>& inputs, const Context& context) {
    switch (layer.op) {
    case Op::fc:
        layer.out.h = layer.out.w = 1;
        return true;
    case Op::conv:
        return infer_conv(layer, context);
    case Op::maxpool:
    case Op::avgpool:
        return infer_pool(layer, context);
    case Op::global_avgpool:
        layer.out = {layer.in.c, 1, 1};
        return true;
    case Op::concat:
        return infer_concat(layer, inputs, context);
    case Op::add:
    case Op::mul:
        return infer_equal(layer, inputs, context);
    case Op::matmul:
        return infer_matmul(layer, inputs, context);
    case Op::softmax:
        return infer_softmax(layer, context);
    case Op::slice:
        return infer_slice(layer, context);
    case Op::pad_channels:
        return infer_pad_channels(layer, context);
    case Op::relu:
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::gelu:
    case Op::sigmoid:
    case Op::tanh:
        layer.out = layer.in;
        return true;
    }
    return false;
}

struct InputCount {
    size_t most;
    const char* text;
};

InputCount input_count(Op op) {
    switch (op) {
    case Op::concat:
    case Op::add:
    case Op::mul:
        return {SIZE_MAX, "one input or more"};
    case Op::matmul:
        return {2, "one input or two"};
    default:
        return {1, "one input"};
    }
}

bool check_input_count(const Layer& layer, size_t count, const Context& context) {
    InputCount legal = input_count(layer.op);
    return (count >= 1 && count <= legal.most) ||
           context.fail(text("%s takes %s, not %zu", op_name(layer.op), legal.text, count));
}

bool check_sizes(const Layer& layer, const Context& context) {
    if (layer.out.size() > max_elements) {
        return context.fail(text("the output %s has more than %llu elements",
                                 shape_text(layer.out).c_str(),
                                 static_cast<unsigned long long>(max_elements)));
    }
    if (!is_matrix(layer.op)) {
        return true;
    }
    uint64_t cols = layer.op == Op::fc ? layer.in.size()
                                       : uint64_t{layer.kernel_h} * layer.kernel_w * layer.in.c;
    if (cols > max_dimension || layer.out.c > max_dimension ||
        cols / layer.groups * layer.out.c > max_elements) {
        return context.fail(text("a %u x %llu weight matrix is over the limit of %llu elements",
                                 layer.out.c, static_cast<unsigned long long>(cols),
                                 static_cast<unsigned long long>(max_elements)));
    }
    return true;
}

} // namespace

bool infer_shapes(Layer& layer, const std::vector<Shape>& inputs, const std::string& where,
                  assay_report* report) {
    Context context{where, report};
    if (!check_input_count(layer, inputs.size(), context)) {
        return false;
    }
    layer.in = inputs[0];
    return infer_op(layer, inputs, context) && check_sizes(layer, context);
}

bool add_to_total(uint64_t& total, const Layer& layer, const std::string& where,
                  assay_report* report, bool has_values) {
    total += layer.out.size() + (has_values ? layer.params() : 0);
    return total <= max_elements ||
           Context{where, report}.fail("activations and weights are over 2^28 elements in all");
}

const Layer* layer_over_max_macs(const std::vector<Layer>& layers, uint64_t batch) {
    uint64_t macs = 0; // below max_macs before each sum, so that none wraps
    for (const Layer& layer : layers) {
        macs += layer.macs();
        if (macs > max_macs / batch) {
            return &layer;
        }
    }
    return nullptr;
}

bool fits(const Layer& layer, const Shape& in, const Shape& producer) {
    if (layer.op == Op::fc) {
        return in.size() == producer.size();
    }
    if (layer.linear_rows) {
        return in.c == producer.c && in.size() == producer.size();
    }
    return in.c == producer.c && in.h == producer.h && in.w == producer.w;
}

uint32_t matrix_rows(const Layer& layer) {
    return layer.out.c;
}

uint32_t matrix_cols(const Layer& layer) {
    return layer.op == Op::fc ? static_cast<uint32_t>(layer.in.size())
                              : layer.in.c * layer.kernel_h * layer.kernel_w;
}

uint64_t stored_weight_count(const Layer& layer) {
    return uint64_t{matrix_rows(layer)} * (matrix_cols(layer) / layer.groups);
}

std::string shape_text(const Shape& shape) {
    return text("%ux%ux%u", shape.c, shape.h, shape.w);
}

uint64_t Layer::macs() const {
    if (op == Op::fc) {
        return uint64_t{matrix_rows(*this)} * matrix_cols(*this);
    }
    return is_matrix(op) ? out.size() * (matrix_cols(*this) / groups) : 0;
}

uint64_t Layer::params() const {
    return op == Op::fc || op == Op::conv ? stored_weight_count(*this) : 0;
}

bool is_matrix(Op op) {
    return op == Op::fc || op == Op::conv || op == Op::matmul;
}

bool is_movement(Op op) {
    return op == Op::concat || op == Op::slice || op == Op::pad_channels;
}

const char* op_name(Op op) {
    switch (op) {
    case Op::fc:
        return "linear";
    case Op::conv:
        return "conv2d";
    case Op::matmul:
        return "matmul";
    case Op::maxpool:
        return "maxpool";
    case Op::avgpool:
        return "avgpool";
    case Op::global_avgpool:
        return "global_avgpool";
    case Op::concat:
        return "concat";
    case Op::relu:
        return "relu";
    case Op::add:
        return "add";
    case Op::mul:
        return "mul";
    case Op::batch_norm:
        return "batch_norm";
    case Op::layer_norm:
        return "layer_norm";
    case Op::gelu:
        return "gelu";
    case Op::sigmoid:
        return "sigmoid";
    case Op::tanh:
        return "tanh";
    case Op::softmax:
        return "softmax";
    case Op::slice:
        return "slice";
    case Op::pad_channels:
        return "pad_channels";
    }
    return "?";
}

const char* layer_op_name(const Layer& layer) {
    return layer.linear_rows ? op_name(Op::fc) : op_name(layer.op);
}

} // namespace assay
