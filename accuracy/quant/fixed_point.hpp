// Rescaling of integer sums without floating point, as TensorFlow Lite defines it: a factor is a
// 32-bit fraction and a power of two; the product is rounded once at 31 bits and once more by the
// shift.
#pragma once

#include <cstdint>

namespace assay {

// fraction * 2^(shift - 31), fraction in 2^30 .. 2^31 - 1, or 0.
struct FixedFactor {
    int32_t fraction = 0;
    int shift = 0;
};

// `factor` >= 0 and finite. Below 2^-32 it is 0; it must be less than 2^30.
FixedFactor fixed_factor(double factor);

// a * b / 2^31, halves up; -2^31 times itself saturates.
int32_t rounding_high_product(int32_t a, int32_t b);
// x / 2^exponent, halves away from zero; exponent 0 .. 31.
int32_t rounding_shift(int32_t x, int exponent);
// x * factor. What left shifts push out of 32 bits saturates: no longer the product, but beyond any
// output's range.
int32_t rescale(int32_t x, const FixedFactor& factor);

} // namespace assay
