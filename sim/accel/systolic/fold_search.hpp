// The best mapping of a layer, by enumeration of the whole space that the contract declares.
#pragma once

#include <limits>
#include <vector>

#include "folds.hpp"

namespace assay::systolic {

// What a mapping is predicted to take. Less of the goal (cycles, or energy) is better, then fewer
// cycles, then fewer bits to and from memory, then fewer to and from the buffers.
struct Estimate {
    double goal = std::numeric_limits<double>::infinity();
    uint64_t cycles = UINT64_MAX, dram_bits = UINT64_MAX, buffer_bits = UINT64_MAX;
    bool better_than(const Estimate& other) const;
};

struct Found {
    Layout layout;
    Mapping mapping;
    Estimate estimate; // cycles UINT64_MAX: nothing fits
};

// Layouts that the options allow for a layer.
std::vector<Layout> layouts_for(const Options& options, const Nest& nest, const Array& array);
// Bytes of each buffer that a tile takes; and what there is for one.
struct Bytes {
    uint64_t weight = 0, input = 0, output = 0;
};
Bytes bytes_of(const Options& options);
Bytes bytes_for(const Options& options, const Nest& nest, const Counts& n);
// The best tiling of a layer in one layout.
Found search(const Options& options, const Nest& nest, const Layout& layout);
// Every mapping of the declared space that fits, with its estimate: for tests.
std::vector<Found> every_mapping(const Options& options, const Nest& nest, const Layout& layout);
// The smallest tile of a layout: what is needed if nothing fits.
Counts smallest_tile(const Nest& nest, const Array& array, const Layout& layout);

} // namespace assay::systolic
