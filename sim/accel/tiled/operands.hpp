// The integers that a tiled machine multiplies: from the workload's real numbers, or drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host_ops.hpp"
#include "nest.hpp"

namespace assay::tiled {

// value = integers[i] * scale
struct IntTensor {
    std::vector<int32_t> values;
    double scale = 1;
};

// Inclusive range of an integer of 1 .. 16 bits; one signed bit holds -1 and 0.
int32_t lowest(unsigned bits, bool is_signed);
int32_t highest(unsigned bits, bool is_signed);

// False, with messages, if integers that the layer was given do not fit the nest's widths.
bool check_given(const Layer& layer, const Nest& nest, assay_report* report);

// Linear and symmetric: the greatest magnitude takes the greatest integer; rounds half away from
// zero; negative values become 0 where integers are unsigned. Batch images after the first are the
// first, rotated by one element each. Integers that the layer was given stay as they are. Without
// values: drawn uniformly from the whole range.
IntTensor input_integers(const Layer& layer, const FixedTensor& tensor, const Nest& nest);
// [group * out_c][in_c][kernel_h][kernel_w], likewise; drawn if the layer has no values.
IntTensor weight_integers(const Layer& layer, const Nest& nest);

// How many sums of the first image are not what the layer expects, none if it expects nothing; a
// message tells the first.
uint64_t count_unexpected(const Layer& layer, const std::vector<uint32_t>& sums,
                          assay_report* report);

// Sums of the first image to a tensor of 16-bit fixed point: scaled, bias added (a bias column's,
// too), ReLU applied.
FixedTensor output_tensor(const Layer& layer, const std::vector<uint32_t>& sums, double scale);

} // namespace assay::tiled
