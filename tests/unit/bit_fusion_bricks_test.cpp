// Bit bricks against plain multiplication.
#include <gtest/gtest.h>

#include "bricks.hpp"
#include "rng.h"

using namespace assay::bit_fusion;

namespace {

struct Range {
    int32_t low, high;
};

Range range_of(unsigned width, bool is_signed) {
    const int32_t size = int32_t{1} << width;
    return is_signed ? Range{-size / 2, size / 2 - 1} : Range{0, size - 1};
}

int64_t sum_of_passes(int32_t w, int32_t a, unsigned w_width, unsigned a_width, bool w_signed,
                      bool a_signed) {
    int64_t sum = 0;
    for (unsigned pass = 0; pass < passes(w_width, a_width); ++pass) {
        sum += pass_product(w, a, w_width, a_width, w_signed, a_signed, pass);
    }
    return sum;
}

int32_t draw(assay_rng& rng, Range range) {
    const uint64_t values = static_cast<uint64_t>(int64_t{range.high} - range.low) + 1;
    // The ends of the range are where signs and carries go wrong.
    switch (assay_rng_below(&rng, 8)) {
    case 0:
        return range.low;
    case 1:
        return range.high;
    default:
        return static_cast<int32_t>(range.low +
                                    static_cast<int64_t>(assay_rng_below(&rng, values)));
    }
}

} // namespace

TEST(Bricks, EveryProductOfUpTo8BitsIsExact) {
    for (unsigned w_width : {2u, 4u, 8u}) {
        for (unsigned a_width : {2u, 4u, 8u}) {
            for (unsigned signs = 0; signs < 4; ++signs) {
                const bool w_signed = signs & 1, a_signed = signs & 2;
                const Range ws = range_of(w_width, w_signed), as = range_of(a_width, a_signed);
                for (int32_t w = ws.low; w <= ws.high; ++w) {
                    for (int32_t a = as.low; a <= as.high; ++a) {
                        ASSERT_EQ(fused_product(w, a, w_width, a_width, w_signed, a_signed),
                                  int64_t{w} * a)
                            << w << " * " << a << ", widths " << w_width << ", " << a_width;
                    }
                }
            }
        }
    }
}

TEST(Bricks, RandomProductsOf16BitsAreExactAndTheSumOfTheirPasses) {
    assay_rng rng = assay_rng_seed(1, "bricks");
    for (unsigned w_width : {2u, 4u, 8u, 16u}) {
        for (unsigned a_width : {2u, 4u, 8u, 16u}) {
            for (int i = 0; i < 4000; ++i) {
                const bool w_signed = i & 1, a_signed = i & 2;
                const int32_t w = draw(rng, range_of(w_width, w_signed));
                const int32_t a = draw(rng, range_of(a_width, a_signed));
                const int64_t exact = int64_t{w} * a;
                ASSERT_EQ(fused_product(w, a, w_width, a_width, w_signed, a_signed), exact);
                ASSERT_EQ(sum_of_passes(w, a, w_width, a_width, w_signed, a_signed), exact);
            }
        }
    }
}

TEST(Bricks, DigitsFitTheirBrick) {
    for (int32_t value = -32768; value <= 65535; ++value) {
        for (unsigned i = 0; i < 8; ++i) {
            const bool is_signed = value < 32768;
            const int32_t d = digit(value, i, 16, is_signed);
            ASSERT_GE(d, i == 7 && is_signed ? -2 : 0);
            ASSERT_LE(d, i == 7 && is_signed ? 1 : 3);
        }
    }
}

// Sharma et al.: 16 products of 2 bits in a cycle, one of 8 bits, 16-bit operands in four passes.
TEST(Bricks, ProductsPerCycleAreThePublishedOnes) {
    EXPECT_EQ(fused_products(2, 2), 16u);
    EXPECT_EQ(fused_products(2, 4), 8u);
    EXPECT_EQ(fused_products(4, 4), 4u);
    EXPECT_EQ(fused_products(2, 8), 4u);
    EXPECT_EQ(fused_products(8, 4), 2u);
    EXPECT_EQ(fused_products(8, 8), 1u);
    EXPECT_EQ(fused_products(16, 16), 1u);
    EXPECT_EQ(fused_products(16, 2), 4u);
    EXPECT_EQ(fused_products(1, 3), 8u);
    EXPECT_EQ(fused_products(5, 7), 1u);
    EXPECT_EQ(passes(8, 8), 1u);
    EXPECT_EQ(passes(9, 8), 2u);
    EXPECT_EQ(passes(16, 16), 4u);
    for (unsigned w = 1; w <= 16; ++w) { // no more bricks than there are
        for (unsigned a = 1; a <= 16; ++a) {
            const unsigned bricks = fused_products(w, a) * brick_width(w) * brick_width(a) / 4;
            EXPECT_EQ(bricks, bricks_per_unit * passes(w, a)) << w << ", " << a;
        }
    }
}
