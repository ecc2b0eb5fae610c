// Random machines, layers and operands for the bit-serial array, and both models' answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bit_serial_design.hpp"

namespace assay::bit_serial {

struct Case {
    Options options{};
    Nest nest;
    Mapping mapping;
    std::vector<int32_t> input, weights;
    std::string text; // for messages: how to see this case again
    tiled::Operands operands(std::vector<uint32_t>& sums) const;
};

// Any widths and signs, 1-pixel maps, strides, dilation, groups, batches, buffers that hardly hold
// a tile, slow and irregular memories.
Case make_case(uint64_t seed, uint64_t index);

struct Outcome {
    tiled::PipelineCounters counters;
    tiled::BufferBits bits;
    std::vector<uint64_t> active_cycles;
    std::vector<uint32_t> sums;
};
Outcome run_event(const Case& c, const tiled::Design& design);
Outcome run_clocked(const Case& c, const tiled::Design& design);

// What differs first, or "" if nothing does.
std::string first_difference(const Outcome& a, const Outcome& b);

} // namespace assay::bit_serial
