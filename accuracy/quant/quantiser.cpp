#include "quantiser.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "contract.h"
#include "quantise_step.hpp"

namespace assay {
namespace {

constexpr unsigned max_bits = 16;

// A step between the least normal and the greatest float: dividing by it is always defined.
float usable_scale(double scale) {
    return static_cast<float>(std::clamp(scale, double{std::numeric_limits<float>::min()},
                                         double{std::numeric_limits<float>::max()}));
}

void require_legal(float clip, unsigned bits) {
    ASSAY_REQUIRE(bits >= 1 && bits <= max_bits);
    ASSAY_REQUIRE(clip > 0 && std::isfinite(clip));
}

} // namespace

Quantiser symmetric_quantiser(float clip, unsigned bits) {
    require_legal(clip, bits);
    if (bits == 1) {
        return {usable_scale(2.0 * clip), -0.5f, -1, 0};
    }
    int32_t high = (1 << (bits - 1)) - 1;
    return {usable_scale(double{clip} / high), 0, -high, high};
}

Quantiser half_wave_quantiser(float clip, unsigned bits) {
    require_legal(clip, bits);
    int32_t high = (1 << bits) - 1;
    return {usable_scale(double{clip} / high), 0, 0, high};
}

Quantiser asymmetric_quantiser(float min, float max, unsigned bits) {
    double from = std::min(min, 0.0f), to = std::max(max, 0.0f);
    if (from == to) {
        to = 1;
    }
    ASSAY_REQUIRE(std::isfinite(min) && std::isfinite(max));
    require_legal(1, bits);
    int32_t half = 1 << (bits - 1);
    float scale = usable_scale((to - from) / (2 * half - 1));
    double zero = std::nearbyint(-from / scale) - half;
    return {scale, static_cast<float>(zero), -half, half - 1};
}

int32_t quantise(const Quantiser& quantiser, float value) {
    return static_cast<int32_t>(quantised_float(quantiser.scale, quantiser.zero,
                                                static_cast<float>(quantiser.low),
                                                static_cast<float>(quantiser.high), value));
}

float dequantise(const Quantiser& quantiser, int32_t q) {
    return (static_cast<float>(q) - quantiser.zero) * quantiser.scale;
}

} // namespace assay
