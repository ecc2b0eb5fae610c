// The folds of a tile in order, and what meets in them: for whoever works with values.
#pragma once

#include "folds.hpp"

namespace assay::systolic {

struct Fold {
    uint64_t rows = 0, cols = 0, steps = 0; // steps: products of one PE, a pass counted once
    // ws, os, is: the block, and where the fold begins in it.
    uint64_t first_group = 0, groups = 1, first_down = 0, first_right = 0;
    // rs: of the first set, counted within the tile.
    Counts first{};
    uint64_t kernel_row = 0, kernel_rows = 1;
    uint64_t channels = 1;     // rs: that a PE adds up, one kernel row after the other
    bool adds = false;         // to sums that are in the output buffer (rs: all sets do)
    bool fetches_input = true; // rs: the filters before did not
};

// What a PE multiplies.
struct Product {
    uint64_t batch = 0, group = 0, in_c = 0, out_c = 0, tap = 0, y = 0, x = 0; // y, x: output
    uint64_t out_group = 0; // of the output; another one than the input's beside the diagonal
    bool linked() const { return group == out_group; }
};

class Schedule {
  public:
    Schedule(const Nest& nest, const Array& array, const Layout& layout, const Tile& tile);
    bool next(Fold& fold); // false: no more
    Product product(const Fold& fold, uint64_t row, uint64_t col, uint64_t step) const;
    // rs: the set has no channel left for this step.
    bool idle(const Fold& fold, uint64_t row, uint64_t col, uint64_t step) const;
    // rs: the PE is the one for which the element is fetched; others on its diagonal, in later
    // windows and in sets of other outputs share it.
    bool fetches_input(const Fold& fold, uint64_t row, uint64_t col, uint64_t step) const;
    bool fetches_weight(const Fold& fold, uint64_t row, uint64_t col, uint64_t step) const;
    // rs: the set's sums go to a place that none before it has written in this tile.
    bool adds(const Fold& fold, uint64_t row, uint64_t col) const;

  private:
    bool next_gemm(Fold& fold);
    bool next_rows(Fold& fold);
    uint64_t set_of(Loop loop, const Fold& fold, uint64_t row, uint64_t col) const;
    Product of_gemm(const Fold& fold, uint64_t depth, uint64_t pixel, uint64_t output) const;
    Product of_rows(const Fold& fold, uint64_t row, uint64_t col, uint64_t step) const;
    const Nest& nest_;
    const Array& array_;
    const Layout layout_;
    const Tile tile_;
    const Counts n_;
    const Cut cut_;
    Fold at_;
    bool started_ = false;
};

int32_t input_of(const tiled::Operands& operands, const Product& product);
int32_t weight_of(const tiled::Operands& operands, const Product& product); // 0 if not linked
uint32_t& sum_of(const tiled::Operands& operands, const Product& product);

} // namespace assay::systolic
