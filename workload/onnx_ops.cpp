#include "onnx_ops.hpp"

#include <algorithm>
#include <cmath>

#include "graph.hpp"
#include "text.hpp"

namespace assay {

const OnnxOp* find_onnx_op(const std::string& name) {
    for (const OnnxOp* part :
         {onnx_matrix_ops, onnx_window_ops, onnx_elementwise_ops, onnx_shape_ops, onnx_part_ops}) {
        for (const OnnxOp* op = part; op->name; ++op) {
            if (name == op->name) {
                return op;
            }
        }
    }
    return nullptr;
}

bool onnx_image(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value, Shape& out) {
    size_t rank = value.dims.size();
    if ((rank != 3 && rank != 4) || static_cast<uint64_t>(value.dims[0]) != graph.batch()) {
        return graph.fail(node, text("its input has the shape %s, must be [%llu, channels, "
                                     "height, width] or [%llu, channels, width]",
                                     dims_text(value.dims).c_str(),
                                     static_cast<unsigned long long>(graph.batch()),
                                     static_cast<unsigned long long>(graph.batch())));
    }
    auto at = [&](size_t i) { return static_cast<uint32_t>(value.dims[i]); };
    out = {at(1), rank == 4 ? at(2) : 1, at(rank - 1)};
    return true;
}

Dims onnx_image_dims(const OnnxGraph& graph, const Shape& shape, size_t rank) {
    Dims out = {static_cast<int64_t>(graph.batch()), shape.c};
    if (rank == 4) {
        out.push_back(shape.h);
    }
    out.push_back(shape.w);
    return out;
}

bool onnx_axis(OnnxGraph& graph, const OnnxNode& node, int64_t axis, size_t rank, size_t& out) {
    auto limit = static_cast<int64_t>(rank);
    if (axis < -limit || axis >= limit) {
        return graph.fail(node, text("axis %lld of a tensor with %zu dimensions",
                                     static_cast<long long>(axis), rank));
    }
    out = static_cast<size_t>(axis < 0 ? axis + limit : axis);
    return true;
}

void onnx_plain_layer(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value, Op op,
                      bool is_signed) {
    Shape shape = value.shape;
    Layer layer;
    layer.op = op;
    Dims dims = value.dims;
    bool last = value.features_last;
    if (op == Op::softmax && last && !dims.empty() &&
        shape.c % static_cast<uint64_t>(dims.back()) == 0) {
        layer.groups = shape.c / static_cast<uint32_t>(dims.back()); // heads
    }
    int id = graph.add_layer(node, layer, {{&value}, {shape}});
    if (id >= 0) {
        graph.set_result(node, id, std::move(dims), last, is_signed);
    }
}

bool onnx_floats(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value,
                 std::vector<float>& out) {
    if (!value.tensor || !has_floats(*value.tensor)) {
        return false;
    }
    out = tensor_floats(*value.tensor);
    auto is_finite = [](float v) { return std::isfinite(v); };
    return std::all_of(out.begin(), out.end(), is_finite) ||
           graph.fail(node, "a constant holds a value that is not finite");
}

} // namespace assay
