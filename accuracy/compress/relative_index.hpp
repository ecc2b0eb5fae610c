// Relative index: a sparse row of weights as the entries that are stored, each with the number of
// zeros before it. A number of `gap_bits` bits ends at 2^gap_bits - 1; where more zeros are in
// between, filler entries of value 0 stand after every 2^gap_bits - 1 of them (Deep Compression,
// section 3; EIE).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

struct IndexedEntries {
    std::vector<uint32_t> at;  // place of each entry's weight (a filler's is that of a zero)
    std::vector<uint8_t> gaps; // zeros skipped before it
};

// Of the weights that are not 0. `gap_bits` 1 .. 8; 0: no index, every weight is an entry.
template <typename T>
IndexedEntries index_entries(const std::vector<T>& weights, unsigned gap_bits) {
    IndexedEntries out;
    const uint32_t span = (1u << gap_bits) - 1;
    uint32_t next = 0; // place after the last entry
    for (size_t i = 0; i < weights.size(); ++i) {
        const auto at = static_cast<uint32_t>(i);
        if (weights[i] == T{0} && gap_bits > 0) {
            continue;
        }
        for (; at - next > span; next += span + 1) {
            out.at.push_back(next + span);
            out.gaps.push_back(static_cast<uint8_t>(span));
        }
        out.at.push_back(at);
        out.gaps.push_back(static_cast<uint8_t>(at - next));
        next = at + 1;
    }
    return out;
}

// How many there are.
template <typename T>
uint64_t count_entries(const std::vector<T>& weights, unsigned gap_bits) {
    uint64_t count = 0, zeros = 0;
    for (const T& w : weights) {
        if (w == T{0} && gap_bits > 0) {
            ++zeros;
        } else {
            count += 1 + (zeros >> gap_bits);
            zeros = 0;
        }
    }
    return count;
}

} // namespace assay
