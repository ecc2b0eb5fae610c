// Integers that a file gives, for machines that multiply them as they are: nothing is scaled,
// rounded or clipped on the way to the array.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

// One tensor of integers, in the layout of its layer's weights, input or output.
struct GivenIntegers {
    std::string path, tensor;    // the path as the workload file has it, for export
    std::vector<uint64_t> shape; // of the tensor, for messages
    std::vector<int32_t> values;
};

struct IntegerRange {
    int32_t low, high;
};
// Of integers of 1 .. 16 bits, two's complement where signed: one signed bit holds -1 and 0.
IntegerRange integer_range(unsigned bits, bool is_signed);

// "" if all values fit the width, else the first that does not: value, place and legal range.
std::string integer_misfit(const GivenIntegers& given, unsigned bits, bool is_signed);

// "[2, 0, 1]": where element i of a tensor is.
std::string tensor_place(const std::vector<uint64_t>& shape, uint64_t i);

// Sets layer.weights to integers, [out][in / groups][kernel_h][kernel_w]. Who asks for real numbers
// (resolve() in sparse.hpp) gets the same integers, clustered to 8 bits.
void give_weights(Layer& layer, std::shared_ptr<const GivenIntegers> given);

// Identity of what the layer was given; "" if nothing was.
std::string given_hash(const Layer& layer);

} // namespace assay
