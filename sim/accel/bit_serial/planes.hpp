// Bit planes, and the arithmetic of a dot-product unit. Sources: BISMO's weighted sum of binary
// products; pairs of planes are walked along anti-diagonals, most significant first, so that the
// sum is shifted by one place where a diagonal begins and the unit needs no barrel shifter.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "product.hpp"

namespace assay::bit_serial {

// What a unit takes at once, for the widest of them.
using Word = std::array<uint64_t, 16>;

// Rows (or columns) of a matrix of bits: [line][plane][64 bits of the depth].
class BitPlanes {
  public:
    BitPlanes(uint64_t lines, unsigned planes, uint64_t depth)
        : planes_(planes), chunks_((depth + 63) / 64), bits_(lines * planes * chunks_, 0) {}
    // Two's complement or plain binary: the lowest `planes` bits of the value.
    void set(uint64_t line, uint64_t position, int32_t value) {
        uint64_t* at = &bits_[line * planes_ * chunks_ + position / 64];
        for (unsigned plane = 0; plane < planes_; ++plane, at += chunks_) {
            *at |= uint64_t{static_cast<uint32_t>(value) >> plane & 1} << (position % 64);
        }
    }
    const uint64_t* plane(uint64_t line, unsigned plane) const {
        return &bits_[(line * planes_ + plane) * chunks_];
    }
    uint64_t chunks() const { return chunks_; }
    // `bits` of the depth from `first` on, zeros beyond its end.
    Word word(uint64_t line, unsigned plane, uint64_t first, uint64_t bits) const;

  private:
    unsigned planes_;
    uint64_t chunks_;
    std::vector<uint64_t> bits_;
};

// Both operands of a tile, as they lie in the buffers.
struct TilePlanes {
    BitPlanes weights, inputs;
};
TilePlanes tile_planes(const tiled::Operands& operands, const Tile& tile, const Product& product);

// One pair of planes: which, whether the sum moves up by one place first, whether it subtracts
// (exactly one of the two is the plane of a sign).
struct Pass {
    unsigned w_plane, a_plane;
    bool shift, negative;
};
std::vector<Pass> passes(const Nest& nest);

// What a unit makes of its sum and a count.
inline uint32_t accumulate(uint32_t sum, bool shift, bool negative, uint32_t count) {
    const uint32_t base = shift ? sum << 1 : sum;
    return negative ? base - count : base + count;
}

// Bits that two planes have in common.
inline uint32_t common_bits(const uint64_t* a, const uint64_t* b, uint64_t chunks) {
    uint32_t count = 0;
    for (uint64_t i = 0; i < chunks; ++i) {
        count += static_cast<uint32_t>(__builtin_popcountll(a[i] & b[i]));
    }
    return count;
}

// Where the sum of a row and a column of the tile belongs.
uint32_t& sum_of(const tiled::Operands& operands, const Tile& tile, uint64_t row, uint64_t col);

} // namespace assay::bit_serial
