// The operators that the ONNX importer knows: a table, in parts.
#pragma once

#include <string>

#include "onnx_graph.hpp"

namespace assay {

struct OnnxOp {
    const char* name;
    size_t least_inputs;
    // Sets the node's outputs, or gives a message.
    void (*read)(OnnxGraph& graph, const OnnxNode& node);
};

// NULL if there is none.
const OnnxOp* find_onnx_op(const std::string& name);

// A part of the table, which ends with a NULL name.
extern const OnnxOp onnx_matrix_ops[];      // on an array, and the normalization that folds into it
extern const OnnxOp onnx_window_ops[];      // pooling, padding
extern const OnnxOp onnx_elementwise_ops[]; // sums, products, functions of one value
extern const OnnxOp onnx_shape_ops[];       // what moves no data, and constants that are computed
extern const OnnxOp onnx_part_ops[];        // what takes tensors apart and puts them together

// ---- Shared by the parts ----

// {channels, height, width} of [batch, channels, height, width] or [batch, channels, width].
bool onnx_image(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value, Shape& out);
// [batch, channels, (height,) width]
Dims onnx_image_dims(const OnnxGraph& graph, const Shape& shape, size_t rank);
// Strides, dilations and padding of a window over `layer.in`, whose kernel is known.
bool onnx_window(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value, Layer& layer);
// One or two sizes of an attribute into height and width.
bool onnx_sizes(OnnxGraph& graph, const OnnxNode& node, const char* attribute, size_t spatial,
                uint32_t& height, uint32_t& width);
// Axis in 0 .. rank - 1, or false with a message.
bool onnx_axis(OnnxGraph& graph, const OnnxNode& node, int64_t axis, size_t rank, size_t& out);
// A layer that reads one value in the shape it has; the output has its dimensions.
void onnx_plain_layer(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value, Op op,
                      bool is_signed);
// Values of a constant of 32-bit floats; false if they are not known. Never NaN or infinite: that
// is a mistake, and counts as not known.
bool onnx_floats(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value,
                 std::vector<float>& out);
// Layer normalization spelled out, which starts with the mean at `node` (onnx_patterns.cpp): true
// if it was one; its nodes are done.
bool onnx_layer_norm(OnnxGraph& graph, const OnnxNode& node);

} // namespace assay
