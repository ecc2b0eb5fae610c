#include <gtest/gtest.h>

#include <cmath>

#include "fixed_point.hpp"
#include "rng.h"

using namespace assay;

namespace {

int32_t any_int32(assay_rng* rng) {
    auto bits = static_cast<uint32_t>(assay_rng_next(rng));
    return static_cast<int32_t>(bits) >> assay_rng_below(rng, 31); // of every magnitude
}

// The definitions as the paper's library (gemmlowp) states them: a nudge and a division that
// truncates; a mask and a threshold.
int32_t defined_high_product(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    int64_t product = int64_t{a} * b, one = 1;
    int64_t nudge = product >= 0 ? one << 30 : 1 - (one << 30);
    return static_cast<int32_t>((product + nudge) / (one << 31));
}

int64_t defined_shift(int64_t x, int exponent) {
    int64_t mask = (int64_t{1} << exponent) - 1;
    int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

} // namespace

TEST(FixedPoint, AgreesWithTheDefinitions) {
    assay_rng rng = assay_rng_seed(1, "fixed point test");
    for (int i = 0; i < 200000; ++i) {
        int32_t a = any_int32(&rng), b = any_int32(&rng);
        ASSERT_EQ(rounding_high_product(a, b), defined_high_product(a, b)) << a << " " << b;
        auto exponent = static_cast<int>(assay_rng_below(&rng, 32));
        ASSERT_EQ(rounding_shift(a, exponent), defined_shift(a, exponent)) << a << exponent;
    }
    EXPECT_EQ(rounding_high_product(INT32_MIN, INT32_MIN), INT32_MAX);
    EXPECT_EQ(rounding_high_product(INT32_MIN, INT32_MAX), -INT32_MAX);
    EXPECT_EQ(rounding_shift(INT32_MIN, 31), -1);
}

TEST(FixedPoint, HalvesRoundAwayFromZeroInShifts) {
    EXPECT_EQ(rounding_shift(5, 1), 3);
    EXPECT_EQ(rounding_shift(-5, 1), -3);
    EXPECT_EQ(rounding_shift(6, 2), 2);
    EXPECT_EQ(rounding_shift(-6, 2), -2);
    EXPECT_EQ(rounding_shift(-7, 0), -7);
}

TEST(FixedPoint, FactorsAreExactTo31Bits) {
    for (double factor : {1.0, 0.5, 0.75, 1e-9, 0.0003, 0.9999999999, 3.5, 1e6, 0x1p-32}) {
        FixedFactor f = fixed_factor(factor);
        EXPECT_NEAR(std::ldexp(f.fraction, f.shift - 31) / factor, 1, 0x1p-31) << factor;
        EXPECT_GE(f.fraction, 1 << 30);
    }
    EXPECT_EQ(fixed_factor(0).fraction, 0);
    EXPECT_EQ(fixed_factor(0x1p-33).fraction, 0);
}

TEST(FixedPoint, RescaleIsTheRoundedProduct) {
    assay_rng rng = assay_rng_seed(2, "fixed point test");
    for (int i = 0; i < 100000; ++i) {
        int32_t x = any_int32(&rng) >> 8;
        double factor = std::exp2(8 * assay_rng_unit(&rng) - 14);
        // Twice rounded and 31 bits of the factor: at most one beside the rounded product.
        EXPECT_NEAR(rescale(x, fixed_factor(factor)), x * factor, 1.0) << x << " " << factor;
    }
    // Beyond 32 bits it is wrong, but it stays beyond every output's range and keeps its sign.
    EXPECT_GT(rescale(INT32_MAX, fixed_factor(1000)), 1 << 30);
    EXPECT_LT(rescale(INT32_MIN, fixed_factor(1000)), -(1 << 30));
    EXPECT_EQ(rescale(100, fixed_factor(0)), 0);
}
