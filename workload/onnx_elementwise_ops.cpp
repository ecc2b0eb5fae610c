// Sums, products and functions of single values.
#include <algorithm>

#include "graph.hpp"
#include "onnx_ops.hpp"
#include "text.hpp"

namespace assay {
namespace {

// ---- Functions of one value ----

template <Op op, bool is_signed>
void read_function(OnnxGraph& graph, const OnnxNode& node) {
    if (const OnnxValue* x = graph.activation(node, 0)) {
        onnx_plain_layer(graph, node, *x, op, is_signed);
    }
}

// Becomes the last step of the layer before it where nobody else reads that.
void read_relu(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    if (!x) {
        return;
    }
    Layer* made = graph.sole_producer(node, 0);
    if (!made) {
        onnx_plain_layer(graph, node, *x, Op::relu, false);
        return;
    }
    made->relu = true;
    OnnxValue out = *x;
    out.is_signed = false;
    graph.follow(node, 0, std::move(out));
}

// The upper bound of ReLU6 is lost: it changes values, not work.
void read_clip(OnnxGraph& graph, const OnnxNode& node) {
    bool from_zero = node.has("min") && node.real("min", 1) == 0;
    if (!node.input(1).empty()) {
        const OnnxValue* low = graph.constant(node, 1);
        std::vector<float> value;
        from_zero =
            low && onnx_floats(graph, node, *low, value) && value.size() == 1 && value[0] == 0;
    }
    if (from_zero) {
        read_relu(graph, node);
    } else {
        graph.fail(node, "only a constant lower bound of 0 is supported");
    }
}

// x * clamp(x / 6 + 1 / 2): a clamp and a product.
void read_hard_swish(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    if (!x) {
        return;
    }
    Layer clamp, product;
    clamp.op = Op::relu;
    product.op = Op::mul;
    OnnxValue gate = *x;
    gate.producer = graph.add_layer(node, clamp, {{x}, {x->shape}});
    int id = gate.producer < 0 ? gate.producer
                               : graph.add_layer(node, product, {{x, &gate}, {x->shape, x->shape}});
    if (id >= 0) {
        graph.set_result(node, id, x->dims, x->features_last, true);
    }
}

// Known as parts of a layer normalization, whose pattern takes them with it.
void read_norm_part(OnnxGraph& graph, const OnnxNode& node) {
    if (graph.activation(node, 0)) {
        graph.fail(node, "is supported only in a layer normalization that is spelled out");
    }
}

// ---- Sums and products of two values ----

bool broadcast(const Dims& a, const Dims& b, Dims& out) {
    size_t rank = std::max(a.size(), b.size());
    out.assign(rank, 1);
    for (size_t i = 0; i < rank; ++i) {
        int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
        int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (x != y && x != 1 && y != 1) {
            return false;
        }
        out[rank - 1 - i] = x == 1 ? y : x;
    }
    return true;
}

bool integer_result(const std::string& op, int64_t a, int64_t b, int64_t& out) {
    if (op == "Add") {
        return !__builtin_add_overflow(a, b, &out);
    }
    if (op == "Sub") {
        return !__builtin_sub_overflow(a, b, &out);
    }
    if (op == "Mul") {
        return !__builtin_mul_overflow(a, b, &out);
    }
    if (b == 0 || (a == INT64_MIN && b == -1)) {
        return false;
    }
    out = a / b;
    return true;
}

// Constants: integers are computed where one side is a single one or both have as many.
void compute(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& a, const OnnxValue& b,
             const Dims& dims) {
    OnnxValue out;
    out.constant = true;
    out.dims = dims;
    size_t n = std::max(a.ints.size(), b.ints.size());
    uint64_t count = 0;
    auto fits_in = [n](const OnnxValue& v) {
        return v.has_ints && (v.ints.size() == 1 || v.ints.size() == n);
    };
    out.has_ints = fits_in(a) && fits_in(b) && count_of(dims, count) && count == n;
    for (size_t i = 0; out.has_ints && i < n; ++i) {
        out.ints.push_back(0);
        out.has_ints = integer_result(node.op(), a.ints[a.ints.size() == 1 ? 0 : i],
                                      b.ints[b.ints.size() == 1 ? 0 : i], out.ints.back());
    }
    graph.set(node, 0, std::move(out));
}

// A value per output that is added to the result of a product is that product's bias.
bool becomes_bias(OnnxGraph& graph, const OnnxNode& node, size_t input, const OnnxValue& x,
                  const OnnxValue& c) {
    Layer* made = graph.sole_producer(node, input);
    bool takes = made && (made->op == Op::conv || made->op == Op::fc) && !made->relu &&
                 made->weights.bias.empty() && node.op() == "Add";
    size_t axis = x.features_last ? x.dims.size() - 1 : 1;
    size_t ahead = x.dims.size() - c.dims.size(); // broadcast: c is not longer
    for (size_t i = 0; takes && i < c.dims.size(); ++i) {
        takes = c.dims[i] == (ahead + i == axis ? static_cast<int64_t>(made->out.c) : 1);
    }
    uint64_t count = 0;
    if (!takes || !count_of(c.dims, count) || count != made->out.c) {
        return false;
    }
    std::vector<float> values;
    if (onnx_floats(graph, node, c, values)) {
        made->weights.bias = std::move(values);
    }
    OnnxValue out = x;
    out.is_signed = true;
    graph.follow(node, input, std::move(out));
    return true;
}

Op sum_or_product(const std::string& op) {
    return op == "Mul" || op == "Div" ? Op::mul : Op::add;
}

// One factor or offset for all values is part of their scale and no work.
void with_constant(OnnxGraph& graph, const OnnxNode& node, size_t input, const OnnxValue& x,
                   const OnnxValue& c, const Dims& dims) {
    uint64_t count = 0;
    if (dims != x.dims) {
        graph.fail(node, text("a constant of the shape %s makes more of an activation of %s",
                              dims_text(c.dims).c_str(), dims_text(x.dims).c_str()));
    } else if (count_of(c.dims, count) && count == 1) {
        OnnxValue out = x;
        out.is_signed = true;
        graph.follow(node, input, std::move(out));
    } else if (!becomes_bias(graph, node, input, x, c)) {
        onnx_plain_layer(graph, node, x, sum_or_product(node.op()), true);
    }
}

// x * (1 + erf(x / sqrt 2)) / 2 spelled out: the layer of the erf is the whole function.
bool completes_gelu(OnnxGraph& graph, const OnnxValue& x, const OnnxValue& g) {
    return g.producer >= 0 && graph.layer(g.producer).op == Op::gelu &&
           graph.layer(g.producer).inputs == std::vector<int>{x.producer};
}

void two_activations(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& a, const OnnxValue& b,
                     const Dims& dims) {
    bool swap = a.dims != dims && b.dims == dims;
    const OnnxValue &big = swap ? b : a, &small = swap ? a : b;
    if (big.dims != dims) {
        graph.fail(node, text("shapes that both grow, %s and %s, are not supported",
                              dims_text(a.dims).c_str(), dims_text(b.dims).c_str()));
        return;
    }
    Layer layer;
    layer.op = sum_or_product(node.op());
    OnnxGraph::Reads reads{{&big}, {big.shape}};
    // A broadcast operand is small, and a mask is not the output of a layer: only the other counts.
    bool equal = small.producer != OnnxValue::nowhere && big.producer != OnnxValue::nowhere &&
                 shape_text(big.shape) == shape_text(small.shape);
    if (equal) {
        reads = {{&big, &small}, {big.shape, small.shape}};
    } else if (big.producer == OnnxValue::nowhere) {
        onnx_plain_layer(graph, node, big, layer.op, true);
        return;
    }
    bool is_signed = big.is_signed || small.is_signed || node.op() == "Sub";
    bool last = big.features_last;
    int id = graph.add_layer(node, std::move(layer), reads);
    if (id >= 0) {
        graph.set_result(node, id, dims, last, is_signed);
    }
}

void read_binary(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue *a = graph.value(node, 0), *b = graph.value(node, 1);
    Dims dims;
    if (!a || !b) {
        return;
    }
    if (!broadcast(a->dims, b->dims, dims)) {
        graph.fail(node, text("cannot combine the shapes %s and %s", dims_text(a->dims).c_str(),
                              dims_text(b->dims).c_str()));
    } else if (a->constant && b->constant) {
        compute(graph, node, *a, *b, dims);
    } else if (a->constant || b->constant) {
        size_t input = a->constant ? 1 : 0;
        with_constant(graph, node, input, input ? *b : *a, input ? *a : *b, dims);
    } else if (node.op() == "Mul" && completes_gelu(graph, *a, *b)) {
        graph.follow(node, 1, *b);
    } else if (node.op() == "Mul" && completes_gelu(graph, *b, *a)) {
        graph.follow(node, 0, *a);
    } else {
        two_activations(graph, node, *a, *b, dims);
    }
}

} // namespace

const OnnxOp onnx_elementwise_ops[] = {
    {"Relu", 1, read_relu},
    {"Clip", 1, read_clip},
    {"Sigmoid", 1, read_function<Op::sigmoid, false>},
    {"HardSigmoid", 1, read_function<Op::relu, false>}, // a clamp
    {"HardSwish", 1, read_hard_swish},
    {"Tanh", 1, read_function<Op::tanh, true>},
    {"Gelu", 1, read_function<Op::gelu, true>},
    {"Erf", 1, read_function<Op::gelu, true>}, // the Mul that follows belongs to it
    {"Softmax", 1, read_function<Op::softmax, false>},
    {"LogSoftmax", 1, read_function<Op::softmax, true>},
    {"LayerNormalization", 2, read_function<Op::layer_norm, true>},
    {"Add", 2, read_binary},
    {"Sub", 2, read_binary},
    {"Mul", 2, read_binary},
    {"Div", 2, read_binary},
    {"Pow", 2, read_norm_part},
    {"Sqrt", 1, read_norm_part},
    {nullptr, 0, nullptr},
};

} // namespace assay
