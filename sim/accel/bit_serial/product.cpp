#include "product.hpp"

namespace assay::bit_serial {
namespace {

uint64_t pieces(uint64_t whole, uint64_t piece) {
    return (whole + piece - 1) / piece;
}

} // namespace

Product product_of(const Options& options, const Nest& nest, const Tile& tile) {
    Product p;
    const uint64_t groups = tile.range[loop_group].count;
    p.m = groups * tile.range[loop_out_c].count;
    p.n = tile.range[loop_batch].count * tile.pixels();
    p.depth = groups * tile.range[loop_in_c].count * nest.taps();
    p.words = pieces(p.depth, options.dpu_bits);
    p.row_slots = pieces(p.m, options.rows);
    p.col_slots = pieces(p.n, options.cols);
    p.passes = uint64_t{nest.w_bits} * nest.a_bits;
    return p;
}

RowPlace row_place(const Tile& tile, uint64_t row) {
    const uint64_t channels = tile.range[loop_out_c].count;
    return {row / channels, tile.range[loop_out_c].first + row % channels};
}

ColPlace col_place(const Tile& tile, uint64_t col) {
    const uint64_t width = tile.range[loop_out_w].count, pixels = tile.pixels();
    return {tile.range[loop_batch].first + col / pixels,
            tile.range[loop_out_h].first + col % pixels / width,
            tile.range[loop_out_w].first + col % width};
}

} // namespace assay::bit_serial
