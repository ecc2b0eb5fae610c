#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "codebook.hpp"
#include "rng.h"

using namespace assay;

namespace {

// Half of them zeros, as after pruning.
std::vector<float> pruned_values(size_t n, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "codebook test");
    std::vector<float> out;
    for (size_t i = 0; i < n; ++i) {
        auto v = static_cast<float>(assay_rng_normal(&rng));
        out.push_back(std::fabs(v) < 0.67f ? 0 : v);
    }
    return out;
}

double squared_error(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    }
    return sum;
}

// What retraining does: half the squared distance of the shared weights from a target.
double loss(const Codebook& book, const std::vector<float>& target) {
    return squared_error(expand(book), target) / 2;
}

} // namespace

TEST(Codebook, FewDistinctValuesAreKeptExactly) {
    const std::vector<float> weights{0.5f, 0, -2, 0.5f, 7};
    Codebook with_zero = share_by_kmeans(weights, 2, true),
             plain = share_by_kmeans(weights, 2, false);
    EXPECT_EQ(with_zero.values, (std::vector<float>{0, -2, 0.5f, 7}));
    EXPECT_EQ(with_zero.codes, (std::vector<uint16_t>{2, 0, 1, 2, 3}));
    EXPECT_EQ(plain.values, (std::vector<float>{-2, 0, 0.5f, 7}));
    EXPECT_EQ(expand(with_zero), weights);
    EXPECT_EQ(expand(plain), weights);
}

TEST(Codebook, PrunedWeightsStayZero) {
    std::vector<float> weights = pruned_values(3000, 1);
    for (unsigned bits = 1; bits <= 8; ++bits) {
        Codebook book = share_by_kmeans(weights, bits, true);
        std::vector<float> shared = expand(book);
        ASSERT_LE(book.values.size(), size_t{1} << bits);
        for (size_t i = 0; i < weights.size(); ++i) {
            ASSERT_EQ(weights[i] == 0, book.codes[i] == 0);
            ASSERT_EQ(weights[i] == 0, shared[i] == 0);
        }
    }
}

TEST(Codebook, MoreBitsAreCloser) {
    std::vector<float> weights = pruned_values(3000, 2);
    for (bool keep_zero : {false, true}) {
        double before = squared_error(weights, std::vector<float>(weights.size(), 0));
        for (unsigned bits = 1; bits <= 8; ++bits) {
            double error =
                squared_error(weights, expand(share_by_kmeans(weights, bits, keep_zero)));
            EXPECT_LT(error, before) << bits;
            before = error;
        }
    }
}

TEST(Codebook, IterationsImproveTheLinearStart) {
    std::vector<float> weights = pruned_values(3000, 3);
    auto error = [&](unsigned iterations) {
        return squared_error(weights, expand(share_by_kmeans(weights, 4, true, iterations)));
    };
    EXPECT_LT(error(1), error(0));
    EXPECT_LT(error(3), error(1));
    EXPECT_LT(error(300), error(3));
}

// At a fixed point every value is the mean of its weights, so nothing moves.
TEST(Codebook, ConvergedValuesAreMeans) {
    std::vector<float> weights = pruned_values(3000, 4);
    for (bool keep_zero : {false, true}) {
        Codebook book = share_by_kmeans(weights, 3, keep_zero), moved = book;
        recentre(moved, weights.data(), keep_zero);
        for (size_t k = 0; k < book.values.size(); ++k) {
            EXPECT_NEAR(book.values[k], moved.values[k], 1e-6);
        }
    }
}

TEST(Codebook, RecentreTakesMeansAndLeavesZero) {
    Codebook book{{0, 1, 5, 9}, {0, 1, 1, 3}};
    const float weights[] = {100, 2, 4, 8};
    Codebook free = book;
    recentre(book, weights, true);
    EXPECT_EQ(book.values, (std::vector<float>{0, 3, 5, 8})); // 5: no weight has it
    recentre(free, weights, false);
    EXPECT_EQ(free.values, (std::vector<float>{100, 3, 5, 8}));
}

TEST(Codebook, GradientIsThatOfFiniteDifferences) {
    std::vector<float> weights = pruned_values(400, 5), target = pruned_values(400, 6);
    for (bool keep_zero : {false, true}) {
        Codebook book = share_by_kmeans(weights, 3, keep_zero);
        std::vector<float> shared = expand(book), slope;
        std::transform(shared.begin(), shared.end(), target.begin(), std::back_inserter(slope),
                       [](float w, float t) { return w - t; });
        std::vector<float> gradient = centroid_gradient(book, slope.data(), keep_zero);
        ASSERT_EQ(gradient.size(), book.values.size());
        for (size_t k = keep_zero ? 1 : 0; k < book.values.size(); ++k) {
            Codebook up = book, down = book;
            up.values[k] += 0.01f;
            down.values[k] -= 0.01f;
            double numeric =
                (loss(up, target) - loss(down, target)) / (double{up.values[k]} - down.values[k]);
            EXPECT_NEAR(gradient[k], numeric, 1e-3 * (1 + std::fabs(numeric))) << k;
        }
        if (keep_zero) {
            EXPECT_EQ(gradient[0], 0);
        }
    }
}

TEST(Codebook, AllZerosAndNothing) {
    Codebook zeros = share_by_kmeans(std::vector<float>(5, 0.0f), 4, true);
    EXPECT_EQ(zeros.values, std::vector<float>{0});
    EXPECT_EQ(zeros.codes, std::vector<uint16_t>(5, 0));
    EXPECT_TRUE(share_by_kmeans({}, 4, false).values.empty());
}
