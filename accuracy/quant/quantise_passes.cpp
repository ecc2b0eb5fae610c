// The passes over whole tensors, apart from the rest so that what a loop must not contain (calls,
// branches, aliases that the compiler cannot exclude) is seen at a glance. `ivdep`: `out` may be
// `in`, but no iteration reads what another one writes.
#include <algorithm>

#include "clip.hpp"
#include "quantise_step.hpp"

namespace assay {
namespace {

// Sums side by side, so that vectors may be used without reordering any one of them; in float, but
// not for longer than their rounding stays below 1e-5 of the sum.
constexpr size_t lanes = 64, block_values = lanes * 128;

double block_error(const Quantiser& quantiser, const float* values, size_t count) {
    const float scale = quantiser.scale, zero = quantiser.zero;
    const auto low = static_cast<float>(quantiser.low), high = static_cast<float>(quantiser.high);
    float sums[lanes] = {};
    for (size_t i = 0; i < count; i += lanes) {
        size_t width = std::min(lanes, count - i);
        for (size_t l = 0; l < width; ++l) {
            float v = values[i + l];
            float d = (quantised_float(scale, zero, low, high, v) - zero) * scale - v;
            sums[l] += d * d;
        }
    }
    double sum = 0;
    for (float s : sums) {
        sum += s;
    }
    return sum;
}

} // namespace

void fake_quantise(const Quantiser& quantiser, const float* in, float* out, size_t count) {
    const float scale = quantiser.scale, zero = quantiser.zero;
    const auto low = static_cast<float>(quantiser.low), high = static_cast<float>(quantiser.high);
#pragma GCC ivdep
    for (size_t i = 0; i < count; ++i) {
        out[i] = (quantised_float(scale, zero, low, high, in[i]) - zero) * scale;
    }
}

void relu_fake_quantise(const Quantiser& quantiser, float limit, const float* in, float* out,
                        size_t count) {
    const float scale = quantiser.scale, zero = quantiser.zero;
    const auto low = static_cast<float>(quantiser.low), high = static_cast<float>(quantiser.high);
    const float most = limit > 0 ? limit : __builtin_inff();
#pragma GCC ivdep
    for (size_t i = 0; i < count; ++i) {
        float x = in[i] > 0 ? in[i] : 0;
        x = x < most ? x : most;
        out[i] = (quantised_float(scale, zero, low, high, x) - zero) * scale;
    }
}

void quantise_all(const Quantiser& quantiser, const float* in, int32_t* out, size_t count) {
    const float scale = quantiser.scale, zero = quantiser.zero;
    const auto low = static_cast<float>(quantiser.low), high = static_cast<float>(quantiser.high);
    for (size_t i = 0; i < count; ++i) {
        out[i] = static_cast<int32_t>(quantised_float(scale, zero, low, high, in[i]));
    }
}

double squared_error(const Quantiser& quantiser, const float* values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i += block_values) {
        sum += block_error(quantiser, values + i, std::min(block_values, count - i));
    }
    return sum;
}

} // namespace assay
