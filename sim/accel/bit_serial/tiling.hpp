// The space of tilings that the machine chooses from, and what one of them is predicted to cost.
//
// Rows and columns are cut into sets of whole slots, in all ways that differ (ceil(slots / n) of
// them, n = 1, 2, ...); columns by image rows, or by parts of one image row. The depth is cut only
// as far as the buffers make it, innermost, so that partial sums never leave the chip. Either the
// weights or the columns are the outer loop. Grouped layers: one group at a time, or packed.
#pragma once

#include <string>
#include <vector>

#include "product.hpp"

namespace assay::bit_serial {

struct Prediction {
    uint64_t cycles = 0;
    uint64_t load_bits = 0, steps = 0; // break ties, in this order
    bool operator<(const Prediction& other) const;
};

// Groups that the packed mapping lays side by side; 1: it is the same as the single one.
uint64_t packed_groups(const Options& options, const Nest& nest);
// All tilings that fit, with `groups` of them side by side. Deterministic order.
std::vector<Mapping> tilings(const Options& options, const Nest& nest, uint64_t groups);
// What the smallest tile needs and the buffers do not have; empty: it fits.
std::string lacking(const Options& options, const Nest& nest);

// Weights are fetched again for every image.
bool refetches(const Options& options, const Nest& nest);
// Bits of a tile's operands: whole words, zeros of unused bits, padding and block diagonal
// included.
uint64_t weight_bits(const Options& options, const Nest& nest, const Product& product);
uint64_t input_bits(const Options& options, const Nest& nest, const Product& product);

// The cycles without row misses, refresh and contention: what map() minimises.
Prediction predict(const Options& options, const Nest& nest, const Mapping& mapping);

} // namespace assay::bit_serial
