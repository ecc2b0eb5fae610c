// The yardsticks themselves, on numbers that can be checked by hand.
#include "statistics.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "csv.hpp"

using namespace validation;

TEST(ValidationStatistics, ErrorsAreRelativeToThePublishedNumber) {
    Errors errors;
    errors.add(90, 100);
    errors.add(104, 100);
    errors.add(130, 100);
    EXPECT_DOUBLE_EQ(errors.median(), 0.1);
    EXPECT_NEAR(errors.largest(), 0.3, 1e-12);
    EXPECT_NEAR(errors.mean(), 0.08, 1e-12);
    EXPECT_NEAR(errors.quantile(0.3), 0.04, 1e-12);
}

TEST(ValidationStatistics, MedianOfAnEvenNumberIsTheMeanOfTwo) {
    EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
    EXPECT_THROW(median({}), std::runtime_error);
}

TEST(ValidationStatistics, RankCorrelation) {
    EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {10, 100, 1000}), 1);
    EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {3, 2, 1}), -1);
    // Ranks 0, 1, 2, 3 and 0, 1.5, 1.5, 3: covariance 4.5, variances 5 and 4.5.
    EXPECT_NEAR(rank_correlation({1, 2, 3, 4}, {1, 5, 5, 9}), 0.948683298, 1e-9);
}

TEST(ValidationStatistics, GeometricMean) {
    EXPECT_NEAR(geometric_mean({1, 4, 16}), 4, 1e-12);
}

TEST(ValidationCsv, QuotedFieldsMayHoldCommas) {
    const Csv csv("name,note,cycles\nfirst,\"a, b\",7\n");
    ASSERT_EQ(csv.size(), 1u);
    EXPECT_EQ(csv.text(0, "note"), "a, b");
    EXPECT_EQ(csv.count(0, "cycles"), 7u);
}

TEST(ValidationCsv, WhatIsNoTableIsRefused) {
    EXPECT_THROW(Csv(""), std::runtime_error);
    EXPECT_THROW(Csv("a,b\n1\n"), std::runtime_error);
    const Csv csv("a,b\n1,x\n");
    EXPECT_THROW(csv.real(0, "b"), std::runtime_error);
    EXPECT_THROW(csv.text(0, "c"), std::runtime_error);
}
