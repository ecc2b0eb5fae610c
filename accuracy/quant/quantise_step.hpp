// The one place that says how a value becomes an integer: the scalar functions and the vectorised
// passes are the same operations in the same order, so that they agree to the last bit.
#pragma once

#include "quantiser.hpp"

namespace assay {

// Adding and subtracting it rounds to an integer, halves to even, where |x| < 2^22: unlike
// nearbyint it vectorises on every x86-64.
constexpr float round_by_adding = 12582912; // 1.5 * 2^23

// The integer as a float. Clipped before it is rounded: the bounds are integers, so the result is
// the same and the trick above sees only small values. NaN fails both comparisons: `low`.
inline float quantised_float(float scale, float zero, float low, float high, float value) {
    float t = value / scale + zero;
    t = t > low ? t : low;
    t = t < high ? t : high;
    return (t + round_by_adding) - round_by_adding;
}

} // namespace assay
