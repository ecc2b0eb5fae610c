// EIE's arithmetic, stated once for both models and the reference (contract §7): codebook values
// and activations are two's complement fixed point; a product is shifted right with rounding half
// up and added with saturation to an accumulator of act_bits.
#pragma once

#include <array>
#include <cstdint>

namespace assay::eie {

struct Format {
    int weight_frac = 0, input_frac = 0, output_frac = 0; // fraction bits
    int shift = 0;                       // weight_frac + input_frac - output_frac, 0 .. 31
    int32_t round = 0;                   // half of the shifted-out unit
    int32_t low = -32768, high = 32767;  // accumulator range
    std::array<int32_t, 256> codebook{}; // fixed-point weights
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

} // namespace assay::eie
