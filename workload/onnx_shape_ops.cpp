// Operators that move no data, and the constants that graphs compute shapes with.
#include <algorithm>
#include <cmath>

#include "graph.hpp"
#include "onnx_ops.hpp"
#include "text.hpp"

namespace assay {
namespace {

// ---- The same values in other dimensions ----

// False with a message if the number of elements changes.
bool reshape(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& x, Dims dims) {
    uint64_t before = 0, after = 0;
    count_of(x.dims, before);
    if (!count_of(dims, after) || before != after) {
        return graph.fail(node, text("cannot reshape %s to %s", dims_text(x.dims).c_str(),
                                     dims_text(dims).c_str()));
    }
    OnnxValue out = x;
    if (out.exchanged) {
        out.tensor = nullptr;
        out.exchanged = false;
    }
    out.features_last |= dims.size() <= 2; // [batch, features]
    out.dims = std::move(dims);
    graph.follow(node, 0, std::move(out));
    return true;
}

void read_same(OnnxGraph& graph, const OnnxNode& node) {
    if (const OnnxValue* x = graph.value(node, 0)) {
        graph.follow(node, 0, *x);
    }
}

// 0 keeps a dimension, -1 takes what is left.
void read_reshape(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    Dims dims = node.numbers("shape"); // before operator set 5
    if (!x || !graph.optional_ints(node, 1, dims)) {
        return;
    }
    uint64_t known = 1, all = 0;
    count_of(x->dims, all);
    int64_t* open = nullptr;
    for (size_t i = 0; i < dims.size(); ++i) {
        dims[i] = dims[i] == 0 && i < x->dims.size() ? x->dims[i] : dims[i];
        if (dims[i] == -1 && !open) {
            open = &dims[i];
        } else if (dims[i] < 1 ||
                   __builtin_mul_overflow(known, static_cast<uint64_t>(dims[i]), &known)) {
            graph.fail(node, text("cannot reshape %s to %s", dims_text(x->dims).c_str(),
                                  dims_text(dims).c_str()));
            return;
        }
    }
    if (open) {
        *open = static_cast<int64_t>(all / known);
    }
    reshape(graph, node, *x, std::move(dims));
}

void read_flatten(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    int64_t axis = node.number("axis", 1);
    auto rank = static_cast<int64_t>(x ? x->dims.size() : 0);
    axis += axis < 0 ? rank : 0;
    if (x && (axis < 0 || axis > rank)) {
        graph.fail(node, text("axis %lld of a tensor with %lld dimensions",
                              static_cast<long long>(axis), static_cast<long long>(rank)));
    } else if (x) {
        Dims dims = {1, 1};
        for (size_t i = 0; i < x->dims.size(); ++i) {
            dims[static_cast<int64_t>(i) < axis ? 0 : 1] *= x->dims[i];
        }
        reshape(graph, node, *x, std::move(dims));
    }
}

void read_squeeze(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    Dims axes = node.numbers("axes");
    if (!x || !graph.optional_ints(node, 1, axes)) {
        return;
    }
    std::vector<bool> gone(x->dims.size());
    for (size_t i = 0; axes.empty() && i < gone.size(); ++i) {
        gone[i] = x->dims[i] == 1;
    }
    for (int64_t a : axes) {
        size_t axis = 0;
        if (!onnx_axis(graph, node, a, x->dims.size(), axis)) {
            return;
        }
        gone[axis] = true;
    }
    Dims dims;
    for (size_t i = 0; i < gone.size(); ++i) {
        if (!gone[i]) {
            dims.push_back(x->dims[i]);
        }
    }
    reshape(graph, node, *x, std::move(dims));
}

void read_unsqueeze(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    Dims axes = node.numbers("axes");
    if (!x || !graph.optional_ints(node, 1, axes)) {
        return;
    }
    size_t rank = x->dims.size() + axes.size();
    std::vector<bool> is_new(rank);
    for (int64_t a : axes) {
        size_t axis = 0;
        if (!onnx_axis(graph, node, a, rank, axis)) {
            return;
        }
        if (is_new[axis]) {
            graph.fail(node, "an axis is named twice");
            return;
        }
        is_new[axis] = true;
    }
    Dims dims;
    for (size_t i = 0, from = 0; i < rank; ++i) {
        dims.push_back(is_new[i] ? 1 : x->dims[from++]);
    }
    reshape(graph, node, *x, std::move(dims));
}

// Activations are not moved: see onnx_graph.hpp.
void read_transpose(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    if (!x) {
        return;
    }
    Dims order = node.numbers("perm"), sorted;
    size_t rank = x->dims.size();
    for (size_t i = 0; i < rank; ++i) {
        sorted.push_back(static_cast<int64_t>(i));
    }
    order = order.empty() ? Dims(sorted.rbegin(), sorted.rend()) : order;
    if (!std::is_permutation(order.begin(), order.end(), sorted.begin(), sorted.end())) {
        graph.fail(node, text("perm %s is not an order of %zu dimensions", dims_text(order).c_str(),
                              rank));
        return;
    }
    OnnxValue out = *x;
    for (size_t i = 0; i < rank; ++i) {
        out.dims[i] = x->dims[static_cast<size_t>(order[i])];
    }
    bool moved = order != sorted;
    out.exchanged = moved != x->exchanged;
    out.tensor = moved && rank != 2 ? nullptr : x->tensor;
    out.has_ints = !moved && x->has_ints;
    out.features_last = rank > 0 && (x->features_last == (order.back() == sorted.back()));
    graph.follow(node, 0, std::move(out));
}

// Repeats values, or (constants) names their new dimensions.
void read_expand(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    Dims shape;
    if (!x || !graph.optional_ints(node, 1, shape)) {
        return;
    }
    OnnxValue out;
    out.constant = x->constant;
    out.is_signed = x->is_signed;
    out.features_last = x->features_last;
    out.dims = shape.size() < x->dims.size() ? x->dims : shape;
    for (size_t i = 0; i < std::min(shape.size(), x->dims.size()); ++i) {
        int64_t a = shape[shape.size() - 1 - i], b = x->dims[x->dims.size() - 1 - i];
        out.dims[out.dims.size() - 1 - i] = std::max(a, b);
    }
    graph.set(node, 0, out.dims == x->dims ? *x : out);
}

bool scaled_dims(OnnxGraph& graph, const OnnxNode& node, size_t input, Dims& dims) {
    const OnnxValue* scales = graph.constant(node, input);
    std::vector<float> factors;
    if (!scales || !onnx_floats(graph, node, *scales, factors) || factors.size() != dims.size()) {
        return scales &&
               graph.fail(node, text("input %zu must be %zu constant scales", input, dims.size()));
    }
    for (size_t i = 0; i < dims.size(); ++i) {
        double size = std::floor(static_cast<double>(dims[i]) * static_cast<double>(factors[i]));
        if (!(size >= 1 && size <= static_cast<double>(max_elements))) {
            return graph.fail(node, text("scales %s by %g on axis %zu", dims_text(dims).c_str(),
                                         static_cast<double>(factors[i]), i));
        }
        dims[i] = static_cast<int64_t>(size);
    }
    return true;
}

// Repeats pixels as Expand repeats values; other modes compute new ones.
void read_resize(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    if (!x) {
        return;
    }
    if (node.string("mode", "nearest") != "nearest" || node.has("axes")) {
        graph.fail(node, "only the mode nearest over all axes is supported");
        return;
    }
    // Two inputs, data and scales, before operator set 11; since then the second is a region.
    size_t scales = node.inputs() == 2 ? 1 : 2;
    Dims dims = x->dims, sizes;
    bool good = !node.input(3).empty() ? graph.optional_ints(node, 3, sizes)
                                       : scaled_dims(graph, node, scales, dims);
    if (good && !node.input(3).empty() && sizes.size() != dims.size()) {
        good = graph.fail(node, text("the sizes %s are not those of %zu dimensions",
                                     dims_text(sizes).c_str(), dims.size()));
    }
    if (good) {
        OnnxValue out;
        out.is_signed = x->is_signed;
        out.features_last = x->features_last;
        out.bits = x->bits;
        out.dims = sizes.empty() ? dims : sizes;
        graph.set(node, 0, out.dims == x->dims ? *x : out);
    }
}

// ---- Quantization ----

void read_quantize(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    if (!x) {
        return;
    }
    const OnnxValue* zero = node.input(2).empty() ? nullptr : graph.constant(node, 2);
    OnnxValue out = *x;
    out.tensor = nullptr;
    out.bits = 8;
    out.is_signed = zero && zero->bits == 8 && zero->is_signed; // without a zero point: unsigned
    graph.follow(node, 0, std::move(out));
}

void read_dequantize(OnnxGraph& graph, const OnnxNode& node) {
    if (const OnnxValue* x = graph.value(node, 0)) {
        OnnxValue out = *x;
        out.tensor = nullptr; // the file has integers, the network multiplies their scale
        graph.follow(node, 0, std::move(out));
    }
}

// ---- Constants ----

void read_constant(OnnxGraph& graph, const OnnxNode& node) {
    Dims ints = node.numbers("value_ints");
    if (const Onnx__TensorProto* tensor = node.tensor("value")) {
        std::string fault = tensor_fault(*tensor);
        if (!fault.empty()) {
            graph.fail(node, fault);
            return;
        }
        graph.set(node, 0, graph.from_tensor(*tensor));
    } else if (node.has("value_int")) {
        graph.constant_ints(node, {}, {node.number("value_int", 0)});
    } else if (node.has("value_ints")) {
        graph.constant_ints(node, {static_cast<int64_t>(ints.size())}, ints);
    } else if (node.has("value_float")) {
        OnnxValue out;
        out.constant = true;
        graph.set(node, 0, out);
    } else {
        graph.fail(node, "needs value, value_int, value_ints or value_float");
    }
}

void read_constant_of_shape(OnnxGraph& graph, const OnnxNode& node) {
    Dims shape;
    OnnxValue out;
    uint64_t count = 0;
    if (!graph.optional_ints(node, 0, shape)) {
        return;
    }
    const Onnx__TensorProto* fill = node.tensor("value");
    Dims value;
    out.constant = true;
    out.dims = shape;
    if (fill && tensor_fault(*fill).empty() && tensor_ints(*fill, value) && value.size() == 1 &&
        count_of(shape, count) && count <= max_onnx_ints) {
        out.has_ints = true;
        out.ints.assign(count, value[0]);
    }
    graph.set(node, 0, std::move(out));
}

void read_shape(OnnxGraph& graph, const OnnxNode& node) {
    if (const OnnxValue* x = graph.value(node, 0)) {
        graph.constant_ints(node, {static_cast<int64_t>(x->dims.size())}, x->dims);
    }
}

} // namespace

const OnnxOp onnx_shape_ops[] = {
    {"Identity", 1, read_same},
    {"Dropout", 1, read_same},
    {"Cast", 1, read_same},
    {"Reshape", 1, read_reshape},
    {"Flatten", 1, read_flatten},
    {"Squeeze", 1, read_squeeze},
    {"Unsqueeze", 1, read_unsqueeze},
    {"Transpose", 1, read_transpose},
    {"Expand", 2, read_expand},
    {"Resize", 2, read_resize},
    {"Upsample", 2, read_resize},
    {"QuantizeLinear", 2, read_quantize},
    {"DequantizeLinear", 2, read_dequantize},
    {"Constant", 0, read_constant},
    {"ConstantOfShape", 1, read_constant_of_shape},
    {"Shape", 1, read_shape},
    {nullptr, 0, nullptr},
};

} // namespace assay
