#include "planes.hpp"

#include <algorithm>

namespace assay::bit_serial {
namespace {

// Depth positions run over the tile's groups, their input channels and the taps: rows fill in their
// own group's stretch.
void pack_weights(const tiled::Operands& o, const Tile& tile, const Product& product,
                  BitPlanes& planes) {
    const Nest& n = *o.nest;
    const Range &group = tile.range[loop_group], &in = tile.range[loop_in_c];
    for (uint64_t row = 0; row < product.m; ++row) {
        const RowPlace place = row_place(tile, row);
        const uint64_t channel = (group.first + place.group) * n.out_c + place.channel;
        uint64_t position = place.group * in.count * n.taps();
        for (uint64_t ic = in.first; ic < in.first + in.count; ++ic) {
            for (uint64_t tap = 0; tap < n.taps(); ++tap) {
                planes.set(row, position++,
                           o.weight_at(channel, ic, tap / n.kernel_w, tap % n.kernel_w));
            }
        }
    }
}

void pack_window(const tiled::Operands& o, const ColPlace& place, uint64_t channel, uint64_t col,
                 uint64_t position, BitPlanes& planes) {
    const Nest& n = *o.nest;
    for (uint64_t ky = 0; ky < n.kernel_h; ++ky) {
        const auto y = static_cast<int64_t>(place.y * n.stride_h + ky * n.dilation_h) -
                       static_cast<int64_t>(n.pad_top);
        for (uint64_t kx = 0; kx < n.kernel_w; ++kx) {
            const auto x = static_cast<int64_t>(place.x * n.stride_w + kx * n.dilation_w) -
                           static_cast<int64_t>(n.pad_left);
            planes.set(col, position++, o.input_at(place.image, channel, y, x));
        }
    }
}

void pack_inputs(const tiled::Operands& o, const Tile& tile, const Product& product,
                 BitPlanes& planes) {
    const Nest& n = *o.nest;
    const Range &group = tile.range[loop_group], &in = tile.range[loop_in_c];
    for (uint64_t col = 0; col < product.n; ++col) {
        const ColPlace place = col_place(tile, col);
        uint64_t position = 0;
        for (uint64_t g = group.first; g < group.first + group.count; ++g) {
            for (uint64_t ic = in.first; ic < in.first + in.count; ++ic) {
                pack_window(o, place, g * n.in_c + ic, col, position, planes);
                position += n.taps();
            }
        }
    }
}

} // namespace

TilePlanes tile_planes(const tiled::Operands& o, const Tile& tile, const Product& product) {
    TilePlanes planes{BitPlanes(product.m, o.nest->w_bits, product.depth),
                      BitPlanes(product.n, o.nest->a_bits, product.depth)};
    pack_weights(o, tile, product, planes.weights);
    pack_inputs(o, tile, product, planes.inputs);
    return planes;
}

std::vector<Pass> passes(const Nest& nest) {
    std::vector<Pass> order;
    for (unsigned weight = nest.w_bits + nest.a_bits - 1; weight-- > 0;) { // 2^weight
        const unsigned lowest = weight < nest.a_bits ? 0 : weight - nest.a_bits + 1;
        for (unsigned w = lowest; w <= std::min(weight, nest.w_bits - 1); ++w) {
            const unsigned a = weight - w;
            const bool w_sign = nest.w_signed && w + 1 == nest.w_bits;
            const bool a_sign = nest.a_signed && a + 1 == nest.a_bits;
            order.push_back({w, a, w == lowest, w_sign != a_sign});
        }
    }
    return order;
}

Word BitPlanes::word(uint64_t line, unsigned plane_number, uint64_t first, uint64_t bits) const {
    const uint64_t* from = plane(line, plane_number);
    const uint64_t end = std::min(first + bits, chunks_ * 64);
    Word word{};
    for (uint64_t i = first; i < end; ++i) {
        const uint64_t to = i - first;
        word[to / 64] |= (from[i / 64] >> (i % 64) & 1) << (to % 64);
    }
    return word;
}

uint32_t& sum_of(const tiled::Operands& operands, const Tile& tile, uint64_t row, uint64_t col) {
    const RowPlace r = row_place(tile, row);
    const ColPlace c = col_place(tile, col);
    const uint64_t group = tile.range[loop_group].first + r.group;
    return operands.sum_at(c.image, group * operands.nest->out_c + r.channel, c.y, c.x);
}

} // namespace assay::bit_serial
