// The best mapping of a layer, by enumeration of the whole space that the contract declares.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "layout.hpp"

namespace assay::bit_fusion {

// What a mapping is predicted to take. Fewer cycles are better, in grains of a layer (1/64 of the
// cycles that its products take at least), then fewer bits, then fewer cycles: a few cycles are not
// bought with a lot of traffic.
struct Estimate {
    uint64_t grains = UINT64_MAX, dram_bits = UINT64_MAX, cycles = UINT64_MAX;
    bool better_than(const Estimate& other) const {
        return std::tie(grains, dram_bits, cycles) <
               std::tie(other.grains, other.dram_bits, other.cycles);
    }
};
uint64_t grain_of(const Nest& nest, const Array& array);

struct Found {
    Layout layout;
    Mapping mapping;
    Estimate estimate;  // cycles UINT64_MAX: nothing fits
    uint64_t issue = 0; // cycles in which the array takes operands
};

// The few best by estimate, best first. Estimates do not know which transfers meet: these are worth
// a closer look (forecast.hpp).
class Shortlist {
  public:
    static constexpr size_t length = 6;
    void offer(const Found& found);
    Estimate worst() const; // that is kept if there is one more
    const std::vector<Found>& list() const { return list_; }

  private:
    std::vector<Found> list_;
};

// Layouts that the options allow for a layer.
std::vector<Layout> layouts_for(const Options& options, const Nest& nest, const Array& array);
// Words per bank that a buffer's share has: weights, inputs, outputs; and what a tile needs.
struct Words {
    uint64_t weight = 0, input = 0, output = 0;
};
Words words_of(const Options& options, const Array& array);
Words words_for(const Cut& cut, const Counts& n);
// The best tilings of a layer in one layout; none if nothing fits.
Shortlist search(const Options& options, const Nest& nest, const Layout& layout);
// Every mapping of the declared space that fits, with its estimate: for tests.
std::vector<Found> every_mapping(const Options& options, const Nest& nest, const Layout& layout);
// The published blocks, with tiles as the authors' model would choose them.
Found search_published(const Options& options, const Nest& nest, const Layout& layout);
// What the smallest tile of a layout needs and what there is, if nothing fits.
std::string shortage(const Options& options, const Nest& nest, const Layout& layout);

// Input elements that one pass over all tiles moves; im2col moves every element for each use.
uint64_t input_elements(const Nest& nest, const Layout& layout, const Tile& tile);

} // namespace assay::bit_fusion
