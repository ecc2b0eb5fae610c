#include "fixed_point.hpp"

#include <algorithm>
#include <cmath>

#include "contract.h"

namespace assay {
namespace {

constexpr int64_t least = INT32_MIN, greatest = INT32_MAX;

} // namespace

FixedFactor fixed_factor(double factor) {
    ASSAY_REQUIRE(factor >= 0 && factor < 0x1p30);
    FixedFactor out;
    int64_t fraction = std::llround(std::frexp(factor, &out.shift) * 0x1p31);
    if (fraction == int64_t{1} << 31) { // rounded up to one
        fraction /= 2;
        ++out.shift;
    }
    if (out.shift < -31) {
        return {};
    }
    out.fraction = static_cast<int32_t>(fraction);
    return out;
}

int32_t rounding_high_product(int32_t a, int32_t b) {
    int64_t product = int64_t{a} * b + (int64_t{1} << 30);
    return static_cast<int32_t>(std::min(product >> 31, greatest));
}

int32_t rounding_shift(int32_t x, int exponent) {
    int64_t half = exponent > 0 ? int64_t{1} << (exponent - 1) : 0;
    int64_t magnitude = (std::abs(int64_t{x}) + half) >> exponent;
    return static_cast<int32_t>(x < 0 ? -magnitude : magnitude);
}

int32_t rescale(int32_t x, const FixedFactor& factor) {
    int64_t shifted = int64_t{x} * (int64_t{1} << std::max(factor.shift, 0));
    auto start = static_cast<int32_t>(std::clamp(shifted, least, greatest));
    return rounding_shift(rounding_high_product(start, factor.fraction),
                          std::max(-factor.shift, 0));
}

} // namespace assay
