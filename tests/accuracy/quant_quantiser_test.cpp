#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "quantiser.hpp"
#include "rng.h"

using namespace assay;

namespace {

struct Named {
    const char* name;
    Quantiser quantiser;
};

std::vector<Named> every_quantiser(unsigned bits) {
    return {{"symmetric", symmetric_quantiser(1.7f, bits)},
            {"half wave", half_wave_quantiser(1.7f, bits)},
            {"asymmetric", asymmetric_quantiser(-0.4f, 1.7f, bits)},
            {"asymmetric, below 0", asymmetric_quantiser(-1.7f, -0.4f, bits)}};
}

// Twice as wide as the clips above, so that both ends are clipped, and not a multiple of a vector.
std::vector<float> wide_values() {
    std::vector<float> values(10001);
    assay_rng rng = assay_rng_seed(1, "quantiser test");
    for (float& v : values) {
        v = static_cast<float>(8 * assay_rng_unit(&rng) - 4);
    }
    values.insert(values.end(), {0.0f, -0.0f, 1e-40f, 3e38f, -3e38f});
    return values;
}

bool same_bits(float a, float b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

} // namespace

TEST(Quantiser, RangesOfWidths) {
    for (unsigned bits = 2; bits <= 16; ++bits) {
        Quantiser s = symmetric_quantiser(3, bits), h = half_wave_quantiser(3, bits);
        Quantiser a = asymmetric_quantiser(-1, 3, bits);
        int32_t half = 1 << (bits - 1);
        EXPECT_EQ(s.low, 1 - half);
        EXPECT_EQ(s.high, half - 1);
        EXPECT_EQ(h.low, 0);
        EXPECT_EQ(h.high, 2 * half - 1);
        EXPECT_EQ(a.low, -half);
        EXPECT_EQ(a.high, half - 1);
        EXPECT_FLOAT_EQ(dequantise(s, s.high), 3);
        EXPECT_FLOAT_EQ(dequantise(h, h.high), 3);
        EXPECT_NEAR(dequantise(a, a.low), -1, a.scale / 2);
        EXPECT_NEAR(dequantise(a, a.high), 3, a.scale / 2);
    }
}

TEST(Quantiser, OneBitWeightsAreTheTwoSigns) {
    Quantiser q = symmetric_quantiser(0.25f, 1);
    EXPECT_EQ(dequantise(q, quantise(q, -3)), -0.25f);
    EXPECT_EQ(dequantise(q, quantise(q, -0.01f)), -0.25f);
    EXPECT_EQ(dequantise(q, quantise(q, 0)), 0.25f);
    EXPECT_EQ(dequantise(q, quantise(q, 3)), 0.25f);
    EXPECT_EQ(quantise(q, -3), -1);
    EXPECT_EQ(quantise(q, 3), 0);
    Quantiser h = half_wave_quantiser(2, 1);
    EXPECT_EQ(quantise(h, 0.99f), 0);
    EXPECT_EQ(quantise(h, 1.01f), 1);
}

TEST(Quantiser, HalvesGoToTheEvenInteger) {
    Quantiser s = symmetric_quantiser(127, 8); // steps of 1
    for (int i = -126; i <= 125; ++i) {
        float half = static_cast<float>(i) + 0.5f;
        EXPECT_EQ(quantise(s, half), i % 2 == 0 ? i : i + 1) << half;
        EXPECT_EQ(quantise(s, half), std::lrint(half)) << half;
    }
}

TEST(Quantiser, IntegersStayInRangeAndErrorsBelowHalfAStep) {
    const std::vector<float> values = wide_values();
    for (unsigned bits = 1; bits <= 16; ++bits) {
        for (const auto& [name, q] : every_quantiser(bits)) {
            float least = dequantise(q, q.low), most = dequantise(q, q.high);
            for (float v : values) {
                int32_t i = quantise(q, v);
                ASSERT_GE(i, q.low) << name << bits;
                ASSERT_LE(i, q.high) << name << bits;
                float inside = std::fmin(std::fmax(v, least), most);
                ASSERT_LE(std::fabs(dequantise(q, i) - inside), q.scale * 0.5001f + 1e-6f)
                    << name << " " << bits << " bits, " << v;
            }
        }
    }
}

TEST(Quantiser, IsIdempotentAndMonotone) {
    std::vector<float> values = wide_values();
    std::sort(values.begin(), values.end());
    for (unsigned bits = 1; bits <= 16; ++bits) {
        for (const auto& [name, q] : every_quantiser(bits)) {
            int32_t before = q.low;
            for (float v : values) {
                int32_t i = quantise(q, v);
                ASSERT_GE(i, before) << name << bits;
                ASSERT_EQ(quantise(q, dequantise(q, i)), i) << name << " " << bits << " bits " << v;
                before = i;
            }
        }
    }
}

TEST(Quantiser, AsymmetricKeepsZeroExact) {
    const float ranges[][2] = {{-1, 1}, {-0.3f, 2.9f}, {0, 5}, {-5, 0}, {2, 5}, {-5, -2}, {0, 0}};
    for (unsigned bits = 1; bits <= 16; ++bits) {
        for (const auto& range : ranges) {
            Quantiser q = asymmetric_quantiser(range[0], range[1], bits);
            EXPECT_EQ(dequantise(q, quantise(q, 0)), 0) << range[0] << " " << range[1];
            EXPECT_EQ(q.zero, std::nearbyint(q.zero));
            EXPECT_GE(q.zero, q.low);
            EXPECT_LE(q.zero, q.high);
        }
    }
}

TEST(Quantiser, TensorPassesAreTheScalarFunctionsToTheBit) {
    const std::vector<float> values = wide_values();
    std::vector<float> fake(values.size()), relu(values.size());
    std::vector<int32_t> all(values.size());
    for (unsigned bits : {1u, 2u, 3u, 8u, 16u}) {
        for (const auto& [name, q] : every_quantiser(bits)) {
            fake_quantise(q, values.data(), fake.data(), values.size());
            relu_fake_quantise(q, 1.1f, values.data(), relu.data(), values.size());
            quantise_all(q, values.data(), all.data(), values.size());
            for (size_t i = 0; i < values.size(); ++i) {
                float v = values[i], limited = std::fmin(std::fmax(v, 0.0f), 1.1f);
                ASSERT_EQ(all[i], quantise(q, v));
                ASSERT_TRUE(same_bits(fake[i], dequantise(q, all[i]))) << name << v;
                ASSERT_TRUE(same_bits(relu[i], dequantise(q, quantise(q, limited)))) << name << v;
            }
        }
    }
}

TEST(Quantiser, PassesWorkInPlaceAndWithoutALimit) {
    const std::vector<float> values = wide_values();
    Quantiser q = half_wave_quantiser(2, 4);
    std::vector<float> apart(values.size()), in_place = values;
    relu_fake_quantise(q, 0, values.data(), apart.data(), values.size());
    relu_fake_quantise(q, 0, in_place.data(), in_place.data(), in_place.size());
    EXPECT_EQ(apart, in_place);
    in_place = values;
    fake_quantise(q, in_place.data(), in_place.data(), in_place.size());
    EXPECT_EQ(apart, in_place); // the quantiser's own low end is the ReLU
    EXPECT_EQ(*std::max_element(apart.begin(), apart.end()), 2);
}

TEST(Quantiser, NanAndInfinityBecomeEnds) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    Quantiser q = symmetric_quantiser(1, 8);
    EXPECT_EQ(quantise(q, nan), q.low);
    EXPECT_EQ(quantise(q, infinity), q.high);
    EXPECT_EQ(quantise(q, -infinity), q.low);
    std::vector<float> out(9, nan);
    fake_quantise(q, out.data(), out.data(), out.size());
    EXPECT_EQ(out, std::vector<float>(9, -1));
    std::vector<float> in(9, nan);
    relu_fake_quantise(q, 6, in.data(), out.data(), out.size());
    EXPECT_EQ(out, std::vector<float>(9, 0));
}

TEST(Quantiser, ExtremeClipsStayDefined) {
    for (float clip : {1e-45f, 1e-38f, 3e38f}) {
        for (unsigned bits : {1u, 2u, 16u}) {
            for (const Quantiser& q :
                 {symmetric_quantiser(clip, bits), half_wave_quantiser(clip, bits),
                  asymmetric_quantiser(-clip, clip, bits)}) {
                EXPECT_TRUE(std::isnormal(q.scale)) << clip;
                EXPECT_TRUE(std::isfinite(dequantise(q, quantise(q, clip)))) << clip;
            }
        }
    }
}
