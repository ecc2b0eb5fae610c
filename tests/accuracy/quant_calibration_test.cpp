#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "calibration.hpp"
#include "rng.h"

using namespace assay;

namespace {

std::vector<float> normal_values(size_t n, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "calibration test");
    std::vector<float> out;
    for (size_t i = 0; i < n; ++i) {
        out.push_back(static_cast<float>(assay_rng_normal(&rng)));
    }
    return out;
}

Histogram histogram_of(const std::vector<float>& values) {
    Histogram out;
    out.add(values.data(), values.size());
    return out;
}

double error_of(const Quantiser& q, const std::vector<float>& values) {
    double sum = 0;
    for (float v : values) {
        double d = double{dequantise(q, quantise(q, v))} - v;
        sum += d * d;
    }
    return sum;
}

// numpy.interp at `count` points of linspace(0, 1) of a function given at `from.size()` of them.
std::vector<double> interpolated(const std::vector<double>& from, size_t count) {
    std::vector<double> out;
    for (size_t i = 0; i < count; ++i) {
        double x = count == 1 ? 0 : static_cast<double>(i) / static_cast<double>(count - 1);
        double position = x * static_cast<double>(from.size() - 1);
        auto left = static_cast<size_t>(position);
        size_t right = std::min(left + 1, from.size() - 1);
        double part = position - static_cast<double>(left);
        out.push_back(from[left] * (1 - part) + from[right] * part);
    }
    return out;
}

// HAQ's _compute_threshold step by step, without regard for time: every array is made whole, every
// term is computed.
double haq_threshold(const std::vector<float>& values, unsigned bits) {
    double max = 0;
    for (float v : values) {
        max = std::max(max, std::fabs(double{v}));
    }
    auto bins = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(values.size()))));
    std::vector<double> cumulative(bins, 0);
    double width = max / static_cast<double>(bins);
    for (float v : values) {
        auto bin = std::min(static_cast<size_t>(std::fabs(double{v}) / width), bins - 1);
        cumulative[bin] += 1.0 / static_cast<double>(values.size());
    }
    for (size_t i = 1; i < bins; ++i) {
        cumulative[i] += cumulative[i - 1];
    }
    size_t n = size_t{1} << (bits - 1);
    if (n + 1 > bins) {
        return max;
    }
    double least = std::numeric_limits<double>::infinity(), threshold = 0;
    for (size_t i = n + 1; i <= bins; ++i) {
        std::vector<double> p = cumulative;
        std::fill(p.begin() + static_cast<long>(i) - 1, p.end(), 1.0);
        std::vector<double> head(p.begin(), p.begin() + static_cast<long>(i)), q = p;
        std::vector<double> back = interpolated(interpolated(head, n), i);
        std::copy(back.begin(), back.end(), q.begin());
        double d = 0;
        for (size_t k = 0; k < bins; ++k) {
            d += (cumulative[k] - q[k]) * std::log2(cumulative[k] / q[k]);
        }
        if (d < least) {
            least = d;
            threshold = (static_cast<double>(i) + 0.5) * width;
        }
    }
    return threshold;
}

} // namespace

TEST(Histogram, CountsMagnitudesZerosAndEnds) {
    Histogram h = histogram_of({0, -0.0f, 1, -3, 2.5f, 0.5f});
    EXPECT_EQ(h.count(), 6u);
    EXPECT_EQ(h.zeros(), 2u);
    EXPECT_EQ(h.min(), -3);
    EXPECT_EQ(h.max(), 2.5f);
    EXPECT_EQ(h.max_magnitude(), 3);
    EXPECT_EQ(h.range(), 4); // bins of 4 / 2048
    EXPECT_EQ(h.bins()[0], 2u);
    EXPECT_EQ(h.bins()[512], 1u);
    EXPECT_EQ(h.bins()[1536], 1u);
}

TEST(Histogram, DoesNotDependOnOrderOrPieces) {
    std::vector<float> values = normal_values(200003, 5);
    values[7] = 40; // the range grows early in one order, late in the other
    Histogram whole = histogram_of(values), parts;
    std::reverse(values.begin(), values.end());
    for (size_t i = 0; i < values.size(); i += 777) {
        parts.add(values.data() + i, std::min<size_t>(777, values.size() - i));
    }
    EXPECT_EQ(whole.bins(), parts.bins());
    EXPECT_EQ(whole.range(), parts.range());
    EXPECT_EQ(whole.min(), parts.min());
    EXPECT_EQ(whole.max(), parts.max());
    uint64_t sum = 0;
    for (uint64_t n : whole.bins()) {
        sum += n;
    }
    EXPECT_EQ(sum, values.size());
}

TEST(Histogram, ValuesThatAreNotFiniteCountAsZero) {
    const float infinity = std::numeric_limits<float>::infinity();
    Histogram h = histogram_of({infinity, -infinity, std::nanf(""), 1, 2, 3.4e38f});
    EXPECT_EQ(h.zeros(), 3u);
    EXPECT_EQ(h.min(), 0);
    EXPECT_EQ(h.max(), 3.4e38f);
    EXPECT_EQ(h.bins().back(), 1u);
    EXPECT_TRUE(std::isfinite(activation_clip(h, Clip::kl, false, 4)));
    EXPECT_TRUE(std::isfinite(activation_clip(h, Clip::mse, false, 4)));
}

TEST(Histogram, EmptyAndAllZeroGiveClipOne) {
    Histogram nothing, zeros = histogram_of(std::vector<float>(100, 0.0f));
    for (Clip method : {Clip::max, Clip::kl, Clip::mse, Clip::haq}) {
        EXPECT_EQ(activation_clip(nothing, method, true, 4), 1);
        EXPECT_EQ(activation_clip(zeros, method, false, 4), 1);
        EXPECT_EQ(weight_clip(std::vector<float>(9, 0.0f).data(), 9, method, 4), 1);
    }
}

TEST(WeightClip, KlIsHaqsThreshold) {
    for (uint64_t seed : {1, 2, 3}) {
        std::vector<float> values = normal_values(5000, seed);
        for (unsigned bits = 1; bits <= 7; ++bits) {
            EXPECT_NEAR(weight_clip(values.data(), values.size(), Clip::kl, bits),
                        haq_threshold(values, bits), 1e-5)
                << seed << " " << bits;
        }
        EXPECT_LT(weight_clip(values.data(), values.size(), Clip::kl, 2),
                  weight_clip(values.data(), values.size(), Clip::max, 2));
    }
}

TEST(WeightClip, KlWithoutAChoiceIsMax) {
    const std::vector<float> few{-1, 0.5f, 2}, equal(100, 0.5f);
    EXPECT_EQ(weight_clip(few.data(), few.size(), Clip::kl, 8), 2);
    EXPECT_EQ(weight_clip(equal.data(), equal.size(), Clip::kl, 2), 0.5f);
}

TEST(WeightClip, HaqUsesMaxFromFiveBitsOn) {
    std::vector<float> values = normal_values(5000, 1);
    auto clip = [&](Clip method, unsigned bits) {
        return weight_clip(values.data(), values.size(), method, bits);
    };
    EXPECT_EQ(clip(Clip::haq, 5), clip(Clip::max, 5));
    EXPECT_EQ(clip(Clip::haq, 4), clip(Clip::kl, 4));
    EXPECT_NE(clip(Clip::haq, 4), clip(Clip::max, 4));
}

TEST(WeightClip, MseIsBetterThanEveryClipOfAFineGrid) {
    std::vector<float> values = normal_values(4000, 9);
    values.push_back(11); // an outlier
    for (unsigned bits = 2; bits <= 8; ++bits) {
        float clip = weight_clip(values.data(), values.size(), Clip::mse, bits);
        double best = error_of(symmetric_quantiser(clip, bits), values);
        for (int i = 1; i <= 1000; ++i) {
            float other = 11.0f * static_cast<float>(i) / 1000;
            EXPECT_LE(best, error_of(symmetric_quantiser(other, bits), values) * 1.01) << other;
        }
    }
}

TEST(WeightClip, MseOfOneBitIsTheMeanMagnitude) {
    const std::vector<float> values{-1, 2, -3, 0};
    EXPECT_EQ(weight_clip(values.data(), values.size(), Clip::mse, 1), 1.5f);
}

TEST(QuantisedWeights, MseIsNeverWorseThanMax) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        std::vector<float> weights = normal_values(16 * 27, seed);
        for (unsigned bits = 1; bits <= 16; ++bits) {
            for (bool per_channel : {false, true}) {
                auto error = [&](Clip method) {
                    return squared_error(
                        weights, quantise_weights(weights, 16, bits, method, per_channel, false));
                };
                EXPECT_LE(error(Clip::mse), error(Clip::max) * (1 + 1e-4)) << seed << " " << bits;
            }
        }
    }
}

TEST(QuantisedWeights, PerChannelIsNoWorseThanPerTensor) {
    std::vector<float> weights = normal_values(8 * 100, 3);
    for (size_t i = 0; i < weights.size(); ++i) {
        weights[i] *= std::exp2(-static_cast<float>(i / 100)); // channels of different ranges
    }
    for (unsigned bits = 2; bits <= 12; ++bits) {
        for (bool asymmetric : {false, true}) {
            auto error = [&](bool per_channel) {
                return squared_error(weights, quantise_weights(weights, 8, bits, Clip::mse,
                                                               per_channel, asymmetric));
            };
            EXPECT_LE(error(true), error(false)) << bits << asymmetric;
        }
    }
}

TEST(QuantisedWeights, IntegersAndRealsAgree) {
    std::vector<float> weights = normal_values(6 * 10, 4);
    std::fill(weights.begin(), weights.begin() + 10, 0.0f); // a channel that was pruned away
    for (bool asymmetric : {false, true}) {
        QuantisedWeights out = quantise_weights(weights, 6, 3, Clip::mse, true, asymmetric);
        ASSERT_EQ(out.quantisers.size(), 6u);
        for (size_t i = 0; i < weights.size(); ++i) {
            const Quantiser& q = out.quantisers[i / 10];
            EXPECT_EQ(out.q[i], quantise(q, weights[i]));
            EXPECT_EQ(out.real[i], dequantise(q, out.q[i]));
        }
        EXPECT_EQ(std::vector<float>(out.real.begin(), out.real.begin() + 10),
                  std::vector<float>(10, 0.0f));
    }
    EXPECT_EQ(quantise_weights(weights, 6, 3, Clip::mse, false, false).quantisers.size(), 1u);
}

TEST(QuantisedWeights, SquaredErrorIsTheSum) {
    const std::vector<float> weights{1, -0.6f, 0.2f};
    QuantisedWeights out = quantise_weights(weights, 1, 2, Clip::max, false, false);
    EXPECT_EQ(out.q, (std::vector<int32_t>{1, -1, 0}));
    EXPECT_NEAR(squared_error(weights, out), 0.16 + 0.04, 1e-7);
}

// The histogram's estimate of the best clip must be nearly as good on the values themselves.
TEST(ActivationClip, MseIsNearTheBestOnTheValues) {
    std::vector<float> values = normal_values(50000, 2), positive = values;
    std::replace_if(
        positive.begin(), positive.end(), [](float v) { return v < 0; }, 0.0f);
    for (unsigned bits = 1; bits <= 8; ++bits) {
        for (bool is_signed : {false, true}) {
            const std::vector<float>& seen = is_signed ? values : positive;
            auto error = [&](float clip) {
                return error_of(is_signed ? symmetric_quantiser(clip, bits)
                                          : half_wave_quantiser(clip, bits),
                                seen);
            };
            Histogram h = histogram_of(seen);
            double best = error(activation_clip(h, Clip::mse, is_signed, bits));
            for (int i = 1; i <= 64; ++i) {
                float other = h.max_magnitude() * static_cast<float>(i) / 64;
                EXPECT_LE(best, error(other) * 1.01) << bits << is_signed << other;
            }
        }
    }
}

TEST(ActivationClip, KlCutsTheTailAtLowWidthsOnly) {
    Histogram h = histogram_of(normal_values(100000, 2));
    float at_2 = activation_clip(h, Clip::kl, true, 2),
          at_4 = activation_clip(h, Clip::kl, true, 4);
    EXPECT_LT(at_2, at_4);
    EXPECT_LT(at_4, h.max_magnitude());
    EXPECT_EQ(activation_clip(h, Clip::kl, true, 16), h.max_magnitude()); // more levels than bins
}

TEST(ActivationClip, HaqLimitsToSix) {
    std::vector<float> values = normal_values(20000, 2);
    for (float& v : values) {
        v = std::fabs(v) * 4;
    }
    Histogram h = histogram_of(values);
    EXPECT_EQ(activation_clip(h, Clip::max, false, 8), h.max());
    EXPECT_EQ(activation_clip(h, Clip::haq, false, 5), 6);
    EXPECT_EQ(activation_clip(h, Clip::haq, false, 2),
              std::min(6.0f, activation_clip(h, Clip::kl, false, 2)));
    EXPECT_LT(activation_clip(h, Clip::haq, false, 2), 6);
}
