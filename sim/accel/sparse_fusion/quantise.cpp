// Integers of any width from real numbers and fixed point, and back.
#include <algorithm>
#include <cmath>

#include "sparse_fusion.hpp"

namespace assay::sparse_fusion {
namespace {

int32_t rounded_shift(int32_t value, int shift) {
    const int32_t half = shift > 0 ? int32_t{1} << (shift - 1) : 0;
    const int32_t magnitude = (std::abs(value) + half) >> shift;
    return value < 0 ? -magnitude : magnitude;
}

} // namespace

uint32_t Widths::lanes(uint64_t most) const {
    const uint32_t products = bit_fusion::fused_products(w_bits, act_bits());
    return static_cast<uint32_t>(std::min<uint64_t>(products, most));
}

uint32_t Widths::passes() const {
    return bit_fusion::passes(w_bits, act_bits());
}

int32_t largest_integer(unsigned bits, bool is_signed) {
    return bits == 1 ? 1 : (int32_t{1} << (is_signed ? bits - 1 : bits)) - 1;
}

double quantise_codebook(const std::vector<float>& codebook, unsigned bits, bool is_signed,
                         std::array<int32_t, 256>& out) {
    double largest = 0;
    for (float value : codebook) {
        largest = std::max(largest, std::fabs(static_cast<double>(value)));
    }
    const int32_t high = largest_integer(bits, is_signed);
    const double unit = largest > 0 ? largest / high : 1;
    out.fill(0);
    for (size_t i = 0; i < codebook.size(); ++i) {
        const double value = codebook[i] / unit;
        const double kept = bits == 1 && is_signed ? (value > 0) - (value < 0) : std::round(value);
        out[i] = static_cast<int32_t>(std::clamp<double>(kept, is_signed ? -high : 0, high));
    }
    return unit;
}

FixedTensor narrow_tensor(const FixedTensor& tensor, unsigned bits, bool is_signed) {
    int32_t largest = 0;
    for (int16_t value : tensor.values) {
        largest = std::max(largest, std::abs(int32_t{value}));
    }
    const int32_t high = largest_integer(bits, is_signed);
    int shift = 0;
    while (rounded_shift(largest, shift) > high) {
        ++shift;
    }
    FixedTensor narrow{tensor.shape, tensor.frac_bits - shift, tensor.values};
    for (int16_t& value : narrow.values) {
        const int32_t kept = rounded_shift(value, shift);
        value = static_cast<int16_t>(is_signed ? kept : std::max(kept, 0));
    }
    return narrow;
}

Requantiser make_requantiser(double scale, uint32_t largest, unsigned bits, bool is_signed) {
    Requantiser r;
    r.high = std::min(largest_integer(bits, is_signed), 32767);
    r.low = is_signed ? -r.high : 0;
    if (largest == 0) {
        return r;
    }
    // Sums have 32 bits: outputs beyond 2^31 units of a real 1 come from no network.
    constexpr int least_frac = -31, most_frac = 15;
    r.frac_bits = most_frac;
    while (r.frac_bits > least_frac &&
           std::round(std::ldexp(scale * largest, r.frac_bits)) > r.high) {
        --r.frac_bits;
    }
    int exponent = 0;
    const double fraction = std::frexp(std::ldexp(scale, r.frac_bits), &exponent);
    r.factor = std::llround(std::ldexp(fraction, 31));
    r.shift = 31 - exponent;
    if (r.shift > 62) { // every sum rounds to 0
        r.factor = 0;
        r.shift = 62;
    }
    r.shift = std::max(r.shift, 1); // every sum but 0 is out of range
    return r;
}

// |sum| <= 2^31 and factor <= 2^31, so the rounded product fits 64 bits.
int16_t Requantiser::apply(int32_t sum) const {
    const int64_t value = (sum * factor + (int64_t{1} << (shift - 1))) >> shift;
    return static_cast<int16_t>(std::clamp<int64_t>(value, low, high));
}

} // namespace assay::sparse_fusion
