// The arithmetic of a PE, stated once for both models and the reference.
//
// EIE (contract section 7): codebook values and activations are two's complement fixed point; a
// product is shifted right with rounding half up and added with saturation to an accumulator of
// act_bits. With a fusion unit in its place (contract of sparse_fusion, section 4): integers of the
// layer's own widths, products by bit bricks, sums of 32 bits that wrap around.
#pragma once

#include <array>
#include <cstdint>

#include "bricks.hpp"

namespace assay::eie {

// Operands of a fusion unit, if the PE has one.
struct FusionFormat {
    bool used = false;
    bool w_signed = true, a_signed = true;
    unsigned w_width = 16, a_width = 16; // in which the bricks compute: 2, 4, 8 or 16
};

struct Format {
    int weight_frac = 0, input_frac = 0, output_frac = 0; // fraction bits
    int shift = 0;                       // weight_frac + input_frac - output_frac, 0 .. 31
    int32_t round = 0;                   // half of the shifted-out unit
    int32_t low = -32768, high = 32767;  // accumulator range
    std::array<int32_t, 256> codebook{}; // fixed-point weights
    FusionFormat fusion;
};

// round(product / 2^shift), half up; products of two 16-bit numbers fit 32 bits, the rounding does
// not always, hence 64.
inline int32_t scaled_product(const Format& f, int32_t weight, int32_t act) {
    return static_cast<int32_t>((int64_t{weight} * act + f.round) >> f.shift);
}

// |sum| < 2^15 and |addend| <= 2^30, so the exact sum fits.
inline int32_t accumulate(const Format& f, int32_t sum, int32_t addend, uint64_t& saturations) {
    const int32_t exact = sum + addend;
    const int32_t kept = exact > f.high ? f.high : exact < f.low ? f.low : exact;
    saturations += kept != exact;
    return kept;
}

// Sums of fusion units: exact modulo 2^32.
inline int32_t wrapping_sum(int32_t sum, int32_t addend) {
    return static_cast<int32_t>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(addend));
}

// Activations travel in 16 bits; an unsigned one of 16 bits has the sign bit's place for its own.
inline int32_t fusion_operand(const FusionFormat& f, int32_t act) {
    return f.a_signed ? act : static_cast<uint16_t>(act);
}

// The low 32 bits of weight * act, by bricks; all passes, or one of them.
inline int32_t fused_product(const FusionFormat& f, int32_t weight, int32_t act) {
    const int64_t product = bit_fusion::fused_product(weight, fusion_operand(f, act), f.w_width,
                                                      f.a_width, f.w_signed, f.a_signed);
    return static_cast<int32_t>(static_cast<uint32_t>(product));
}
inline int32_t fused_pass(const FusionFormat& f, int32_t weight, int32_t act, unsigned pass) {
    const int64_t product = bit_fusion::pass_product(weight, fusion_operand(f, act), f.w_width,
                                                     f.a_width, f.w_signed, f.a_signed, pass);
    return static_cast<int32_t>(static_cast<uint32_t>(product));
}

} // namespace assay::eie
