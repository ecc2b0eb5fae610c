#include <cmath>

#include "clip.hpp"

namespace assay {
namespace {

// 48 steps reach 1/55 of the greatest value: at 2 bits a Gaussian's best clip is a quarter of the
// greatest of a million values; the rest is for outliers.
constexpr double grid_ratio = 0.92;
constexpr int grid_steps = 48;
constexpr int golden_steps = 12;

struct Best {
    const std::function<double(float)>& error_of;
    float clip;
    double error;

    double offer(double candidate) {
        auto c = static_cast<float>(candidate);
        double e = error_of(c);
        if (e < error) {
            clip = c;
            error = e;
        }
        return e;
    }
};

void golden_section(double low, double high, Best& best) {
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    double at_a = best.offer(a), at_b = best.offer(b);
    for (int i = 0; i < golden_steps; ++i) {
        if (at_a < at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - ratio * (high - low);
            at_a = best.offer(a);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + ratio * (high - low);
            at_b = best.offer(b);
        }
    }
}

} // namespace

float least_error_clip(float max, const std::function<double(float)>& error) {
    Best best{error, max, error(max)};
    double candidate = max;
    for (int i = 1; i < grid_steps && candidate * grid_ratio > 0x1p-126; ++i) {
        candidate *= grid_ratio;
        best.offer(candidate);
    }
    double middle = best.clip;
    golden_section(std::max(middle * grid_ratio, 0x1p-126),
                   std::min(middle / grid_ratio, double{max}), best);
    return best.clip;
}

} // namespace assay
