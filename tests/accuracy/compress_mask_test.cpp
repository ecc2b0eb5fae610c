#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mask.hpp"
#include "rng.h"

using namespace assay;

namespace {

std::vector<float> normal_values(size_t n, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "mask test");
    std::vector<float> out;
    for (size_t i = 0; i < n; ++i) {
        out.push_back(static_cast<float>(assay_rng_normal(&rng)));
    }
    return out;
}

} // namespace

TEST(MagnitudeMask, KeepsTheGreatest) {
    EXPECT_EQ(magnitude_mask({1, -5, 0, 3, -2, 4}, 0.5), (Mask{0, 1, 0, 1, 0, 1}));
}

TEST(MagnitudeMask, OfEqualOnesTheFirst) {
    EXPECT_EQ(magnitude_mask({2, -2, 2, -2}, 0.5), (Mask{1, 1, 0, 0}));
    EXPECT_EQ(magnitude_mask({1, 2, -1, 1, 1}, 0.6), (Mask{1, 1, 1, 0, 0}));
}

TEST(MagnitudeMask, EndsOfTheRange) {
    EXPECT_EQ(magnitude_mask({1, 2}, 0), (Mask{0, 0}));
    EXPECT_EQ(magnitude_mask({0, 0}, 1), (Mask{1, 1}));
    EXPECT_TRUE(magnitude_mask({}, 0.5).empty());
}

TEST(MagnitudeMask, KeepsExactlyTheRoundedShare) {
    for (size_t n : {1, 2, 7, 100, 2357}) {
        const std::vector<float> w = normal_values(n, n);
        for (double d : {0.01, 0.08, 0.25, 0.5, 0.66, 0.999, 1.0}) {
            const Mask mask = magnitude_mask(w, d);
            ASSERT_EQ(count_kept(mask), static_cast<uint64_t>(std::llround(d * double(n))));
            float least_kept = INFINITY, greatest_gone = 0;
            for (size_t i = 0; i < n; ++i) {
                float& bound = mask[i] ? least_kept : greatest_gone;
                bound =
                    mask[i] ? std::min(bound, std::fabs(w[i])) : std::max(bound, std::fabs(w[i]));
            }
            EXPECT_GE(least_kept, greatest_gone) << n << " " << d;
        }
    }
}

TEST(ThresholdMask, ComparesWithTheStandardDeviation) {
    // Mean 0, standard deviation sqrt((4 * 1 + 2 * 16) / 6) = sqrt(6) = 2.449.
    const std::vector<float> w{1, -1, 1, -1, 4, -4};
    EXPECT_EQ(threshold_mask(w, 0.4), (Mask{1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(threshold_mask(w, 0.41), (Mask{0, 0, 0, 0, 1, 1}));
    EXPECT_EQ(threshold_mask(w, 1.64), (Mask{0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(threshold_mask({3, 3}, 0.5), (Mask{1, 1}));
}

TEST(ThresholdMask, KeepsTheNormalDistributionsShare) {
    const Mask mask = threshold_mask(normal_values(100000, 5), 1.0);
    EXPECT_NEAR(double(count_kept(mask)) / 100000, 0.3173, 0.005); // P(|x| > sigma)
}

TEST(ApplyMask, PrunedWeightsBecomePlusZero) {
    std::vector<float> w{-1, 2, -3};
    apply_mask({0, 1, 0}, w);
    EXPECT_EQ(w, (std::vector<float>{0, 2, 0}));
    EXPECT_FALSE(std::signbit(w[0]));
}

TEST(GradualDensity, FallsFromOneToTheAim) {
    EXPECT_DOUBLE_EQ(gradual_density(0.1, 1, 1), 0.1);
    EXPECT_DOUBLE_EQ(gradual_density(0.1, 4, 4), 0.1);
    EXPECT_DOUBLE_EQ(gradual_density(0.2, 1, 2), 0.2 + 0.8 / 8);
    double last = 1, last_fall = 1;
    for (unsigned step = 1; step <= 10; ++step) {
        const double d = gradual_density(0.05, step, 10);
        EXPECT_LT(d, last);
        EXPECT_LT(last - d, last_fall); // less and less
        last_fall = last - d;
        last = d;
    }
}
