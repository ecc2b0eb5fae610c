// The gaps of an encoded matrix, decoded once: where each entry's sum goes. The event model adds up
// whole columns with it; the clocked model decodes gap by gap like the machine, and the agreement
// tests hold one against the other.
#pragma once

#include <cstdint>
#include <vector>

#include "eie_encode.hpp"

namespace assay::eie {

struct BlockTargets {
    // Accumulator of each entry, pe * rows_per_pe + local row, in storage order. The narrow one
    // where all fit 16 bits: it is read in the innermost loop.
    std::vector<uint16_t> narrow;
    std::vector<uint32_t> wide;
    // Local row of the first and last entry of column c in PE k at [c * pes + k]; none where that
    // entry is padding or there is none. Only rows that really are summed can meet in the adder.
    static constexpr uint16_t none = 0xffff;
    std::vector<uint16_t> first_row, last_row;
};

std::vector<BlockTargets> decode_targets(const EncodedMatrix& matrix);

} // namespace assay::eie
