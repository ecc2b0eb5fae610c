// What a tile size and an order of loops are predicted to take: totals over all tiles, which are
// exact, and what the pipeline can overlap (docs/contracts/bit_fusion.md, "Mapping").
#pragma once

#include "search.hpp"

namespace assay::bit_fusion {

// The loops as far as their order matters: images and pixels move together.
enum Level {
    level_pixels,
    level_in_c,
    level_out_c,
    level_count
};
using Order = std::array<Level, level_count>; // outermost first
constexpr Order orders[] = {
    {level_pixels, level_out_c, level_in_c}, {level_out_c, level_pixels, level_in_c},
    {level_pixels, level_in_c, level_out_c}, {level_in_c, level_pixels, level_out_c},
    {level_out_c, level_in_c, level_pixels}, {level_in_c, level_out_c, level_pixels},
};

// Transfers of one operand over the layer.
struct Transfers {
    uint64_t count = 0, bits = 0, beats = 0;
    uint64_t each() const { return count == 0 ? 0 : divide_up(beats, count); }
};

class Estimator {
  public:
    Estimator(const Options& options, const Nest& nest, const Layout& layout);
    const Array& array() const { return array_; }
    bool fits(const Counts& n) const;
    // The size that is asked about from now on.
    void set_tile(const Counts& tile);
    uint64_t grain() const { return grain_; }
    uint64_t issue_cycles() const { return issue_; } // no order takes less
    Estimate estimate(const Order& order) const;
    Mapping mapping(const Order& order) const;

  private:
    // Transfers of all operands, and what they amount to.
    struct Traffic {
        Transfers input, weight, back, store;
        uint64_t outputs = 0; // tiles
    };
    uint64_t image_elements(const Counts& tile);
    uint64_t fresh(const Order& order, bool pixels, bool in_c, bool out_c) const;
    Transfers transfers(uint64_t count, uint64_t bits) const;
    Traffic traffic(const Order& order) const;
    uint64_t blocked(const Traffic& t, uint64_t steps, uint64_t issue) const;
    uint64_t rounds(const Traffic& t, uint64_t steps, uint64_t issue) const;
    const Options& options_;
    const Nest& nest_;
    const Array array_;
    const Layout layout_;
    const Cut cut_;
    const Words room_;
    const uint64_t grain_;
    uint64_t image_;
    // Of the tile size being asked about.
    Counts tile_{};
    std::array<uint64_t, level_count> trips_{};
    uint64_t groups_ = 1, issue_ = 0, drain_ = 0, input_bits_ = 0, weight_bits_ = 0;
    std::array<uint64_t, 2> touched_tile_{}, touched_{}; // of the last rows and columns asked for
};

} // namespace assay::bit_fusion
