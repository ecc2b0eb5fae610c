// Convolutions, matrix products, and the batch normalization that folds into them.
#include <cmath>

#include "graph.hpp"
#include "onnx_ops.hpp"
#include "onnx_weights.hpp"
#include "text.hpp"

namespace assay {
namespace {

// ---- Weights ----

void attach_weights(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& w, bool by_columns,
                    uint32_t row_size, Layer& layer) {
    layer.w_bits = w.bits;
    layer.w_signed = w.is_signed;
    std::vector<float> values;
    if (!onnx_floats(graph, node, w, values)) {
        return; // only the shape is known
    }
    OnnxMatrix matrix;
    matrix.model = graph.model();
    matrix.tensor = w.tensor;
    matrix.rows = layer.out.c;
    matrix.row_size = row_size;
    matrix.groups = layer.groups;
    matrix.by_columns = by_columns;
    layer.weights = onnx_weights(matrix);
}

// An optional constant input with a value per output.
bool read_bias(OnnxGraph& graph, const OnnxNode& node, size_t input, Layer& layer) {
    const OnnxValue* b = node.input(input).empty() ? nullptr : graph.constant(node, input);
    uint64_t count = 0;
    if (!b) {
        return node.input(input).empty();
    }
    if (!count_of(b->dims, count) || count != layer.out.c) {
        return graph.fail(node, text("the bias has the shape %s, must have %u values",
                                     dims_text(b->dims).c_str(), layer.out.c));
    }
    std::vector<float> values;
    if (onnx_floats(graph, node, *b, values)) {
        layer.weights.bias = std::move(values);
    }
    return true;
}

// ---- Convolution ----

// [out channels, in channels / groups, (height,) width]
bool read_kernel(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& x, const OnnxValue& w,
                 Layer& layer) {
    size_t rank = x.dims.size();
    bool whole = w.dims.size() == rank;
    for (size_t i = 0; whole && i < rank; ++i) {
        int64_t most = static_cast<int64_t>(i < 2 ? max_dimension : max_window);
        whole = w.dims[i] >= 1 && w.dims[i] <= most;
    }
    int64_t groups = node.number("group", 1);
    if (!whole || groups < 1 || groups > x.dims[1] || w.dims[1] * groups != x.dims[1]) {
        return graph.fail(node, text("weights of the shape %s in %lld groups do not fit the input "
                                     "%s",
                                     dims_text(w.dims).c_str(), static_cast<long long>(groups),
                                     dims_text(x.dims).c_str()));
    }
    Dims kernel(w.dims.begin() + 2, w.dims.end()), stated = node.numbers("kernel_shape");
    if (!stated.empty() && stated != kernel) {
        return graph.fail(node, text("kernel_shape is %s, the weights are %s",
                                     dims_text(stated).c_str(), dims_text(w.dims).c_str()));
    }
    layer.out.c = static_cast<uint32_t>(w.dims[0]);
    layer.groups = static_cast<uint32_t>(groups);
    layer.kernel_h = rank == 4 ? static_cast<uint32_t>(kernel[0]) : 1;
    layer.kernel_w = static_cast<uint32_t>(kernel.back());
    return layer.out.c % layer.groups == 0 ||
           graph.fail(node,
                      text("%u groups must divide %u output channels", layer.groups, layer.out.c));
}

void read_conv(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0, true);
    const OnnxValue* w = graph.constant(node, 1);
    Shape in;
    Layer layer;
    layer.op = Op::conv;
    if (!x || !w || !onnx_image(graph, node, *x, in) || !read_kernel(graph, node, *x, *w, layer) ||
        !onnx_window(graph, node, *x, layer)) {
        return;
    }
    in.h -= x->pad[0] + x->pad[2];
    in.w -= x->pad[1] + x->pad[3];
    uint32_t row_size = in.c / layer.groups * layer.kernel_h * layer.kernel_w;
    attach_weights(graph, node, *w, w->exchanged, row_size, layer);
    if (!read_bias(graph, node, 2, layer)) {
        return;
    }
    size_t rank = x->dims.size();
    int id = graph.add_layer(node, std::move(layer), {{x}, {in}});
    if (id >= 0) {
        graph.set_result(node, id, onnx_image_dims(graph, graph.layer(id).out, rank), false, true);
    }
}

// ---- Products ----

uint64_t product(const Dims& dims, size_t end) {
    uint64_t out = 1;
    for (size_t i = 0; i < end; ++i) {
        out *= static_cast<uint64_t>(dims[i]);
    }
    return out;
}

struct Rows {
    uint64_t inputs = 0, count = 0; // of an image
};

bool read_rows(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& x, Rows& out) {
    if (x.dims.empty()) {
        graph.fail(node, "its input has no dimension");
        return false;
    }
    uint64_t size = 0;
    if (!graph.image_size(node, x.dims, size)) {
        return false;
    }
    out.inputs = static_cast<uint64_t>(x.dims.back());
    out.count = size / out.inputs;
    return size % out.inputs == 0 ||
           graph.fail(node, text("the rows of its input %s do not divide into a batch of %llu",
                                 dims_text(x.dims).c_str(),
                                 static_cast<unsigned long long>(graph.batch())));
}

// Every row of x times a constant matrix, which is stored [output][input] if `transposed`.
void add_linear(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& x, const OnnxValue& w,
                bool transposed, bool biased) {
    Rows rows;
    if (!read_rows(graph, node, x, rows)) {
        return;
    }
    if (w.dims.size() != 2 || w.dims[transposed ? 1 : 0] != x.dims.back() ||
        w.dims[transposed ? 0 : 1] < 1) {
        graph.fail(node, text("a matrix of the shape %s%s does not fit the input %s",
                              dims_text(w.dims).c_str(), transposed ? ", transposed," : "",
                              dims_text(x.dims).c_str()));
        return;
    }
    Layer layer;
    layer.linear_rows = rows.count > 1;
    layer.op = layer.linear_rows ? Op::conv : Op::fc;
    layer.out.c = static_cast<uint32_t>(w.dims[transposed ? 0 : 1]);
    Shape in{static_cast<uint32_t>(rows.inputs), static_cast<uint32_t>(rows.count), 1};
    in = rows.count == 1 && x.shape.size() == rows.inputs ? x.shape : in;
    attach_weights(graph, node, w, !transposed != w.exchanged, static_cast<uint32_t>(rows.inputs),
                   layer);
    if (biased && !read_bias(graph, node, 2, layer)) {
        return;
    }
    Dims dims = x.dims;
    dims.back() = layer.out.c;
    int id = graph.add_layer(node, std::move(layer), {{&x}, {in}});
    if (id >= 0) {
        graph.set_result(node, id, std::move(dims), true, true);
    }
}

void read_gemm(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    const OnnxValue* w = graph.constant(node, 1);
    if (!x || !w) {
        return;
    }
    if (node.number("transA", 0) != 0 || node.real("alpha", 1) != 1 || node.real("beta", 1) != 1 ||
        x->dims.size() != 2) {
        graph.fail(node, "only alpha = beta = 1, an input of two dimensions and no transA are "
                         "supported");
        return;
    }
    add_linear(graph, node, *x, *w, node.number("transB", 0) != 0, true);
}

// The left input's rows times the right input, for every head: Layer's matmul.
void add_matmul(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& a, const OnnxValue& b) {
    size_t ra = a.dims.size(), rb = b.dims.size();
    if (ra < 2 || rb < 2 || a.dims[ra - 1] != b.dims[rb - 2] ||
        product(a.dims, ra - 2) != product(b.dims, rb - 2)) {
        graph.fail(node, text("a product of the shapes %s and %s is not supported",
                              dims_text(a.dims).c_str(), dims_text(b.dims).c_str()));
        return;
    }
    uint64_t heads = product(a.dims, ra - 2);
    if (heads % graph.batch() != 0) {
        graph.fail(node, text("%llu products do not divide into a batch of %llu",
                              static_cast<unsigned long long>(heads),
                              static_cast<unsigned long long>(graph.batch())));
        return;
    }
    auto h = static_cast<uint32_t>(heads / graph.batch());
    auto size = [](int64_t d) { return static_cast<uint32_t>(d); };
    uint32_t rows = size(a.dims[ra - 2]), inner = size(a.dims[ra - 1]), cols = size(b.dims[rb - 1]);
    Layer layer;
    layer.op = Op::matmul;
    layer.groups = h;
    uint64_t outputs = uint64_t{h} * cols;
    if (outputs > max_elements) {
        graph.fail(node, "more than 2^28 outputs");
        return;
    }
    layer.out.c = static_cast<uint32_t>(outputs);
    layer.second_by_columns = b.features_last;
    Shape second = b.features_last ? Shape{layer.out.c, inner, 1} : Shape{h * inner, cols, 1};
    layer.w_bits = b.bits;
    layer.w_signed = b.is_signed;
    Dims dims = a.dims;
    dims.back() = cols;
    int id = graph.add_layer(node, std::move(layer), {{&a, &b}, {{h * inner, rows, 1}, second}});
    if (id >= 0) {
        graph.set_result(node, id, std::move(dims), true, true);
    }
}

void read_matmul(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* a = graph.activation(node, 0);
    const OnnxValue* b = graph.value(node, 1);
    if (a && b && b->constant) {
        add_linear(graph, node, *a, *b, false, false);
    } else if (a && b) {
        add_matmul(graph, node, *a, *b);
    }
}

// ---- Batch normalization ----

struct Affine { // per channel; not known: values were not in the file
    bool known = false;
    std::vector<float> factor, offset;
};

bool read_affine(OnnxGraph& graph, const OnnxNode& node, uint64_t channels, Affine& out) {
    std::vector<float> p[4]; // scale, offset, mean, variance
    out.known = true;
    for (size_t i = 0; i < 4; ++i) {
        const OnnxValue* v = graph.constant(node, i + 1);
        if (!v) {
            return false;
        }
        uint64_t count = 0;
        if (!count_of(v->dims, count) || count != channels) {
            return graph.fail(node, text("input %zu has the shape %s, the channels are %llu", i + 1,
                                         dims_text(v->dims).c_str(),
                                         static_cast<unsigned long long>(channels)));
        }
        out.known &= onnx_floats(graph, node, *v, p[i]);
    }
    for (size_t c = 0; out.known && c < channels; ++c) {
        double factor = p[0][c] / std::sqrt(p[3][c] + node.real("epsilon", 1e-5));
        out.factor.push_back(static_cast<float>(factor));
        out.offset.push_back(static_cast<float>(p[1][c] - factor * p[2][c]));
        if (!std::isfinite(out.factor.back()) || !std::isfinite(out.offset.back())) {
            return graph.fail(node, text("channel %zu would be multiplied by %g", c, factor));
        }
    }
    return true;
}

void fold(const Affine& affine, Layer& layer) {
    if (!affine.known) {
        return;
    }
    layer.weights = scaled_weights(layer.weights, affine.factor);
    std::vector<float>& bias = layer.weights.bias;
    bias.resize(affine.offset.size(), 0.0f);
    for (size_t c = 0; c < bias.size(); ++c) {
        bias[c] = bias[c] * affine.factor[c] + affine.offset[c];
    }
}

void read_batch_norm(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    if (!x) {
        return;
    }
    if (x->dims.size() < 2) {
        graph.fail(node, "its input has no channels");
        return;
    }
    Affine affine;
    if (!read_affine(graph, node, static_cast<uint64_t>(x->dims[1]), affine)) {
        return;
    }
    Layer* made = graph.sole_producer(node, 0);
    bool folds = made && (made->op == Op::conv || made->op == Op::fc) && !made->relu &&
                 made->out.c == static_cast<uint64_t>(x->dims[1]);
    if (!folds) {
        onnx_plain_layer(graph, node, *x, Op::batch_norm, true);
        return;
    }
    fold(affine, *made);
    graph.follow(node, 0, *x);
}

} // namespace

const OnnxOp onnx_matrix_ops[] = {
    {"Conv", 2, read_conv},     {"Gemm", 2, read_gemm},
    {"MatMul", 2, read_matmul}, {"BatchNormalization", 5, read_batch_norm},
    {nullptr, 0, nullptr},
};

} // namespace assay
