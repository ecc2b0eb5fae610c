// What the host computes between the layers of a machine, in fixed point, and a plain float
// reference of every op.
#pragma once

#include <cstdint>
#include <vector>

#include "workload.hpp"

namespace assay {

struct FixedTensor { // value = values[i] / 2^frac_bits, CHW order
    Shape shape;
    int frac_bits = 0;
    std::vector<int16_t> values;
};

// The largest frac_bits in 0 .. total_bits - 1 at which the greatest |value| still fits (and 1.0,
// if `reserve_one`: the activation of a bias column), or 0 if none does. Rounds half away from zero
// and saturates to total_bits (2..16).
FixedTensor fixed_from_float(const std::vector<float>& values, const Shape& shape,
                             unsigned total_bits, bool reserve_one);
std::vector<float> float_from_fixed(const FixedTensor& tensor);

// Any op but fc, conv and matmul; includes the layer's relu. Averages round half away from zero and
// divide by the window clipped to the padded image (Caffe); padding is never the maximum. concat
// and add first bring their inputs to the smallest frac_bits among them (rounding half away from
// zero), add saturates; mul keeps the frac_bits of its first input. gelu, sigmoid, tanh and
// layer_norm (over the channels of each position, without scale and offset) are computed in double
// and rounded to at most 14, 14, 14 and 12 fractional bits. softmax is the identity: it does not
// change the order of the classes, and its output has no place in the fixed-point range. batch_norm
// is the identity too: its factors are not known.
FixedTensor host_op(const Layer& layer, const std::vector<const FixedTensor*>& inputs);

// The inputs that output pixel (oy, ox) of a conv layer multiplies, in the column order of its
// weight matrix; zeros for padding. `column` holds in.c * kernel_h * kernel_w values.
void im2col_vector(const Layer& layer, const FixedTensor& in, uint32_t oy, uint32_t ox,
                   int16_t* column);

// The input of a layer that stands alone: dense, drawn from the layer's seed, signed as a_signed
// says. Values of layer.in in CHW order.
std::vector<float> detached_input(const Layer& layer);

// The layer in float, biases and relu included, softmax computed. `inputs` in CHW order, sizes as
// infer_shapes accepted them.
std::vector<float> float_forward(const Layer& layer,
                                 const std::vector<const std::vector<float>*>& inputs);

// Every layer of the workload in order; the results of all layers.
std::vector<std::vector<float>> float_forward_all(const assay_workload& workload);

} // namespace assay
