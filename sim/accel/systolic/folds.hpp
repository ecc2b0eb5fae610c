// How a tile lies on the array: it is cut into folds, each of which the array can hold at once.
//
// ws, os and is see a matrix product: pixels x depth (input) by depth x outputs (weights). A block
// is one group, or several side by side: their weights are a block diagonal. Two of the three
// dimensions lie on rows and columns, the third is time:
//     ws: depth x outputs, time pixels     os: pixels x outputs, time depth
//     is: depth x pixels,  time outputs
// rs: a set of PEs computes rows of one output channel from one input channel: a row of PEs per
// kernel row, a column per output row; time is the output row times the kernel row. Sets are
// stacked: down along one dimension (of group, out_c, in_c, batch), to the right along another.
#pragma once

#include <algorithm>
#include <array>

#include "systolic.hpp"

namespace assay::systolic {

using Counts = std::array<uint64_t, loop_count>; // elements of a tile
Counts counts_of(const Tile& tile);

constexpr uint64_t divide_up(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

// As a Mapping's variant carries it.
struct Layout {
    uint64_t groups = 1;                       // ws, os, is: of a block
    Loop down = loop_out_c, right = loop_in_c; // rs: along which sets are stacked
    bool keeps_inputs = false; // in their buffer, from the first tile of outputs to the last
    unsigned variant() const {
        return static_cast<unsigned>(groups << 7 | uint64_t{keeps_inputs} << 6 | right << 3 | down);
    }
};
inline Layout layout_of(unsigned variant) {
    return {variant >> 7, static_cast<Loop>(variant & 7), static_cast<Loop>(variant >> 3 & 7),
            (variant >> 6 & 1) != 0};
}

// The array at a layer's widths.
struct Array {
    uint64_t rows = 1, cols = 1;
    Dataflow dataflow = dataflow_ws;
    unsigned mac_bits = 8, w_parts = 1, a_parts = 1;
    uint64_t psum_bits = sum_bits;
    uint64_t channels = 1;       // rs: that a PE adds up before a sum leaves it
    uint64_t filters = 1;        // rs: that share a fetched input row
    uint64_t sums_per_cycle = 0; // rs: of the networks on chip; 0: no limit
    // rs: cycles that `sums` outputs take, one of each PE column's sets, of `products` each. The
    // networks bring their earlier values first.
    uint64_t window(uint64_t products, uint64_t sums) const {
        return sums_per_cycle == 0 ? products : std::max(products, divide_up(sums, sums_per_cycle));
    }
    uint64_t passes() const { return uint64_t{w_parts} * a_parts; }
};
Array array_at(const Options& options, const Nest& nest);

// Folds of one shape.
struct Work {
    uint64_t rows = 0, cols = 0, folds = 0, cycles = 0; // cycles: of one fold, operands only
};
// At most four shapes have folds in any tile.
using Works = std::array<Work, 8>;

// What of a tile follows from its sizes alone.
class Cut {
  public:
    Cut(const Nest& nest, const Array& array, const Layout& layout, const Counts& n);
    Works works() const;
    uint64_t folds() const;
    // From the first operand to the last, gaps between folds included.
    uint64_t issue() const;
    // Before the tile's first fold can begin, after the last one of a tile like `previous` (null:
    // the layer's first).
    uint64_t setup(const Cut* previous) const;
    uint64_t drain() const;
    tiled::BufferBits buffer_bits(bool continues) const;
    // rs: sets that a tile of these sizes uses, and kernel rows of one.
    uint64_t sets(Loop loop) const;
    uint64_t set_rows() const { return kernel_rows_; }

  private:
    struct Gemm { // one block
        uint64_t blocks = 0, depth = 0, outputs = 0, pixels = 0;
        uint64_t down = 0, right = 0, cycles = 0; // on rows, on columns, of a fold
        uint64_t folds(const Array& a) const {
            return blocks * divide_up(down, a.rows) * divide_up(right, a.cols);
        }
    };
    Gemm gemm(uint64_t groups, uint64_t blocks) const;
    uint64_t gap(uint64_t cycles) const;
    uint64_t first_cycles() const;
    uint64_t last_cycles() const;
    uint64_t gemm_drain() const;
    uint64_t row_issue() const;
    uint64_t row_drain() const;
    tiled::BufferBits gemm_bits(bool continues) const;
    tiled::BufferBits row_bits(bool continues) const;
    uint64_t row_input_elements() const;
    const Nest& nest_;
    const Array& array_;
    const Layout layout_;
    const Counts n_;
    std::array<Gemm, 2> gemm_{}; // whole blocks, and what is left
    uint64_t kernel_rows_ = 1;   // rs
};

// rs: in[i * stride + k * dilation] was fetched for an earlier i, or this i and a smaller k.
bool fetched_before(uint64_t i, uint64_t k, uint64_t stride, uint64_t dilation, uint64_t kernel);
// Distinct elements that `count` windows touch.
uint64_t distinct(uint64_t count, uint64_t stride, uint64_t dilation, uint64_t taps);

} // namespace assay::systolic
