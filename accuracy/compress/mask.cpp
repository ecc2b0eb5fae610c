#include "mask.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "contract.h"

namespace assay {

Mask magnitude_mask(const std::vector<float>& weights, double density) {
    ASSAY_REQUIRE(density >= 0 && density <= 1);
    const size_t n = weights.size();
    const auto kept = static_cast<size_t>(std::llround(density * static_cast<double>(n)));
    std::vector<size_t> order(n);
    std::iota(order.begin(), order.end(), size_t{0});
    if (kept < n) {
        std::nth_element(order.begin(), order.begin() + static_cast<ptrdiff_t>(kept), order.end(),
                         [&](size_t a, size_t b) {
                             const float x = std::fabs(weights[a]), y = std::fabs(weights[b]);
                             return x != y ? x > y : a < b;
                         });
    }
    Mask mask(n, 0);
    for (size_t i = 0; i < kept; ++i) {
        mask[order[i]] = 1;
    }
    return mask;
}

Mask threshold_mask(const std::vector<float>& weights, double quality) {
    double sum = 0, squares = 0;
    const auto n = static_cast<double>(weights.size());
    for (float w : weights) {
        sum += static_cast<double>(w);
    }
    for (float w : weights) {
        const double d = static_cast<double>(w) - sum / n;
        squares += d * d;
    }
    const double threshold = quality * std::sqrt(squares / n);
    Mask mask;
    for (float w : weights) {
        mask.push_back(std::fabs(static_cast<double>(w)) >= threshold);
    }
    return mask;
}

void apply_mask(const Mask& mask, std::vector<float>& weights) {
    ASSAY_REQUIRE(mask.size() == weights.size());
    for (size_t i = 0; i < mask.size(); ++i) {
        weights[i] = mask[i] ? weights[i] : 0.0f;
    }
}

uint64_t count_kept(const Mask& mask) {
    return static_cast<uint64_t>(std::count(mask.begin(), mask.end(), uint8_t{1}));
}

double gradual_density(double density, unsigned step, unsigned steps) {
    ASSAY_REQUIRE(step >= 1 && step <= steps);
    const double left = 1 - static_cast<double>(step) / static_cast<double>(steps);
    return density + (1 - density) * left * left * left;
}

} // namespace assay
