#include "tiling.hpp"

#include <algorithm>

#include "text.hpp"

namespace assay::bit_serial {
namespace {

uint64_t pieces(uint64_t whole, uint64_t piece) {
    return (whole + piece - 1) / piece;
}

constexpr uint64_t most_pieces = 16;

// Sizes of the largest of n equal pieces, each once, largest first: of up to `most_pieces`, then
// halves down to single ones, which are what is left if nothing larger fits.
std::vector<uint64_t> splits(uint64_t whole) {
    std::vector<uint64_t> sizes;
    uint64_t size = whole;
    for (; size > 1 && pieces(whole, size) <= most_pieces;
         size = pieces(whole, pieces(whole, size - 1))) {
        sizes.push_back(size);
    }
    for (; size > 1; size = pieces(size, 2)) {
        sizes.push_back(size);
    }
    sizes.push_back(1);
    return sizes;
}

// A tile's columns: images, rows and columns of them.
struct Columns {
    uint64_t images, height, width;
    uint64_t count() const { return images * height * width; }
};

std::vector<Columns> column_tiles(const Options& o, const Nest& n) {
    std::vector<Columns> tiles;
    if (!refetches(o, n)) {
        for (uint64_t slots : splits(pieces(n.batch, n.pixels() == 1 ? o.cols : 1))) {
            const uint64_t images = slots * (n.pixels() == 1 ? o.cols : 1);
            if (images > 1) {
                tiles.push_back({std::min(images, n.batch), n.out_h, n.out_w});
            }
        }
    }
    for (uint64_t height : splits(n.out_h)) {
        tiles.push_back({1, height, n.out_w});
    }
    for (uint64_t slots : splits(pieces(n.out_w, o.cols))) {
        if (slots * o.cols < n.out_w) {
            tiles.push_back({1, 1, slots * o.cols});
        }
    }
    return tiles;
}

uint64_t result_bits(const Options& o, const Nest& n, bool partial) {
    return partial ? 32 : output_bits(o, n);
}

// Input channels that a tile may have for the operands' buffers.
uint64_t channels_of_operands(const Options& o, const Nest& n, uint64_t groups, uint64_t m,
                              uint64_t columns) {
    const uint64_t row_words = tile_words(o, o.wbuf_bytes) / o.rows; // of a row's own buffer
    const uint64_t col_words = tile_words(o, o.ibuf_bytes) / o.cols;
    const uint64_t words = std::min(row_words / (pieces(m, o.rows) * n.w_bits),
                                    col_words / (pieces(columns, o.cols) * n.a_bits));
    const uint64_t fit = std::min(words * o.dpu_bits / (groups * n.taps()), n.in_c);
    return groups > 1 && fit < n.in_c ? 0 : fit; // packed groups fit a word as they are
}

// And for the results' too; 0: it does not fit.
uint64_t channels_that_fit(const Options& o, const Nest& n, uint64_t groups, uint64_t m,
                           uint64_t columns) {
    const uint64_t channels = channels_of_operands(o, n, groups, m, columns);
    const uint64_t bits = result_bits(o, n, channels < n.in_c);
    return m * columns <= o.obuf_bytes * 8 / o.buffer_halves / bits ? channels : 0;
}

Mapping mapping_of(const Options& o, const Nest& n, uint64_t groups, uint64_t out_c,
                   const Columns& columns, uint64_t in_c, bool weights_outside) {
    Mapping m;
    m.tile = {columns.images, groups, out_c, in_c, columns.height, columns.width};
    const bool image_outside = refetches(o, n);
    if (weights_outside) {
        m.order = {loop_group, loop_out_c, loop_batch, loop_out_h, loop_out_w, loop_in_c};
    } else {
        m.order = {loop_group, loop_batch, loop_out_h, loop_out_w, loop_out_c, loop_in_c};
    }
    if (image_outside) { // moved in front, the others keep their order
        const auto end = std::find(m.order.begin(), m.order.end(), loop_batch);
        std::rotate(m.order.begin(), end, end + 1);
    }
    return m;
}

} // namespace

bool refetches(const Options& options, const Nest& nest) {
    return options.image_at_a_time != 0 && nest.pixels() > 1;
}

uint64_t packed_groups(const Options& options, const Nest& nest) {
    const uint64_t words = options.dpu_bits / nest.depth();
    const uint64_t rows = options.rows / nest.out_c;
    return std::max<uint64_t>(std::min({nest.groups, words, rows}), 1);
}

std::vector<Mapping> tilings(const Options& o, const Nest& n, uint64_t groups) {
    std::vector<Mapping> found;
    const std::vector<Columns> columns = column_tiles(o, n);
    for (uint64_t slots : splits(pieces(groups * n.out_c, o.rows))) {
        const uint64_t out_c = std::min(slots * o.rows, n.out_c);
        for (const Columns& c : columns) {
            const uint64_t in_c = channels_that_fit(o, n, groups, groups * out_c, c.count());
            if (in_c == 0) {
                continue;
            }
            found.push_back(mapping_of(o, n, groups, out_c, c, in_c, true));
            const bool one_column =
                c.count() >= n.batch * n.pixels() || (refetches(o, n) && c.count() == n.pixels());
            if (out_c < n.out_c && !one_column) {
                found.push_back(mapping_of(o, n, groups, out_c, c, in_c, false));
            }
        }
    }
    return found;
}

std::string lacking(const Options& o, const Nest& n) {
    const uint64_t words = pieces(n.taps(), o.dpu_bits), halves = o.buffer_halves;
    const uint64_t m = std::min(o.rows, n.out_c), columns = std::min(o.cols, n.out_w);
    const bool split = channels_of_operands(o, n, 1, m, columns) < n.in_c;
    const uint64_t results = m * columns * result_bits(o, n, split);
    struct Need {
        const char* name;
        uint64_t bytes, has;
    };
    const Need needs[] = {
        {"wbuf_bytes", pieces(o.rows * words * n.w_bits * o.dpu_bits, 8) * halves, o.wbuf_bytes},
        {"ibuf_bytes", pieces(o.cols * words * n.a_bits * o.dpu_bits, 8) * halves, o.ibuf_bytes},
        {"obuf_bytes", pieces(results, 8) * halves, o.obuf_bytes},
    };
    std::string missing;
    for (const Need& need : needs) {
        if (need.bytes > need.has) {
            missing += text("%s%s: %llu, its smallest tile needs %llu", missing.empty() ? "" : "; ",
                            need.name, static_cast<unsigned long long>(need.has),
                            static_cast<unsigned long long>(need.bytes));
        }
    }
    return missing;
}

} // namespace assay::bit_serial
