// How far answers are from those of the float network.
#include <gtest/gtest.h>

#include <cmath>

#include "divergence.hpp"

using assay::Answers;
using assay::divergence;

namespace {

Answers answers(const std::vector<float>& logits, size_t classes) {
    Answers out;
    out.add(logits.data(), logits.size() / classes, classes);
    return out;
}

} // namespace

TEST(Divergence, IsTheMeanOverImagesOfWhatTheDefinitionSays) {
    // Probabilities {3/4, 1/4} and {1/2, 1/2} against {1/2, 1/2} and {1/2, 1/2}.
    const float three = std::log(3.0F);
    const Answers wanted = answers({three, 0, 5, 5}, 2), got = answers({1, 1, -2, -2}, 2);
    const double first = 0.75 * std::log(1.5) + 0.25 * std::log(0.5);
    EXPECT_NEAR(divergence(wanted, got), first / 2, 1e-7);
    EXPECT_NEAR(divergence(got, wanted), 0.5 * (std::log(2.0 / 3) + std::log(2.0)) / 2, 1e-7);
    EXPECT_EQ(divergence(wanted, wanted), 0);
}

TEST(Divergence, OnlyDifferencesOfLogitsMatter) {
    const Answers a = answers({1, 2, 4}, 3), shifted = answers({1001, 1002, 1004}, 3);
    EXPECT_NEAR(divergence(a, shifted), 0, 1e-12);
    const Answers sure = answers({0, 200, 0}, 3);
    EXPECT_TRUE(std::isfinite(divergence(a, sure)));
    EXPECT_GT(divergence(a, sure), 50);
}

TEST(Divergence, OfOtherImagesOrClassesIsUnknown) {
    EXPECT_TRUE(std::isnan(divergence(Answers{}, Answers{})));
    EXPECT_TRUE(std::isnan(divergence(answers({1, 2}, 2), answers({1, 2, 3, 4}, 2))));
    EXPECT_TRUE(std::isnan(divergence(answers({1, 2, 3, 4}, 2), answers({1, 2, 3, 4}, 4))));
}
