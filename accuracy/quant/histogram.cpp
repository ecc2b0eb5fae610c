#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>

#include "calibration.hpp"

namespace assay {
namespace {

constexpr size_t histogram_bins = 2048;
// Small enough for both passes over a piece to find it in the second-level cache.
constexpr size_t piece_values = 1 << 16;
// Several partial results side by side, so that the compiler may use vectors without reordering the
// values of any one of them.
constexpr size_t lanes = 64;
// Runs of equal values (zeros after a ReLU) would wait for each other in a single table.
constexpr size_t tables = 4;

// Ranges stay where their inverse times the number of bins is a normal float.
constexpr float least_range = 0x1p-100f, greatest_range = 0x1p127f;

float finite_or_zero(float value) {
    return std::fabs(value) <= FLT_MAX ? value : 0;
}

struct Extremes {
    float min, max;
    uint64_t zeros;
};

Extremes extremes(const float* values, size_t count) {
    float least[lanes], most[lanes];
    uint32_t zeros[lanes] = {};
    std::fill(least, least + lanes, FLT_MAX);
    std::fill(most, most + lanes, -FLT_MAX);
    for (size_t i = 0; i < count; i += lanes) {
        size_t width = std::min(lanes, count - i);
        for (size_t l = 0; l < width; ++l) {
            float v = finite_or_zero(values[i + l]);
            least[l] = v < least[l] ? v : least[l];
            most[l] = v > most[l] ? v : most[l];
            zeros[l] += v == 0;
        }
    }
    uint64_t sum = 0;
    for (uint32_t z : zeros) {
        sum += z;
    }
    return {*std::min_element(least, least + lanes), *std::max_element(most, most + lanes), sum};
}

} // namespace

// The least power of two above `magnitude`; bins that fall together are added.
void Histogram::widen(float magnitude) {
    bins_.resize(histogram_bins, 0);
    float wanted = std::max(range_, least_range);
    unsigned shift = 0;
    while (wanted <= magnitude && wanted < greatest_range) {
        wanted *= 2;
        ++shift;
    }
    if (shift > 0 && range_ > 0) {
        std::vector<uint64_t> wider(histogram_bins, 0);
        for (size_t i = 0; i < histogram_bins; ++i) {
            wider[i >> std::min(shift, 31u)] += bins_[i];
        }
        bins_.swap(wider);
    }
    range_ = wanted;
}

void Histogram::add_piece(const float* values, size_t count) {
    Extremes seen = extremes(values, count);
    min_ = count_ ? std::min(min_, seen.min) : seen.min;
    max_ = count_ ? std::max(max_, seen.max) : seen.max;
    count_ += count;
    zeros_ += seen.zeros;
    widen(max_magnitude());
    std::array<std::array<uint32_t, histogram_bins>, tables> counted{};
    const float per_unit = histogram_bins / range_;
    auto bin = [per_unit](float value) {
        float position = std::fabs(finite_or_zero(value)) * per_unit;
        return static_cast<uint32_t>(std::min(position, histogram_bins - 1.0f));
    };
    size_t i = 0;
    for (; i + tables <= count; i += tables) {
        for (size_t t = 0; t < tables; ++t) {
            ++counted[t][bin(values[i + t])];
        }
    }
    for (; i < count; ++i) {
        ++counted[0][bin(values[i])];
    }
    for (size_t b = 0; b < histogram_bins; ++b) {
        bins_[b] += uint64_t{counted[0][b]} + counted[1][b] + counted[2][b] + counted[3][b];
    }
}

void Histogram::add(const float* values, size_t count) {
    for (size_t i = 0; i < count; i += piece_values) {
        add_piece(values + i, std::min(piece_values, count - i));
    }
}

} // namespace assay
