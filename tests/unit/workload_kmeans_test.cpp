#include <gtest/gtest.h>

#include <cmath>

#include "kmeans.hpp"
#include "rng.h"
#include "sparse.hpp"

using namespace assay;

namespace {

std::vector<float> normal_values(size_t n, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "kmeans test");
    std::vector<float> out;
    for (size_t i = 0; i < n; ++i) {
        out.push_back(static_cast<float>(assay_rng_normal(&rng)));
    }
    return out;
}

double squared_error(const std::vector<float>& values, const std::vector<float>& codebook,
                     const std::vector<uint8_t>& codes) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        double d = values[i] - codebook[codes[i]];
        sum += d * d;
    }
    return sum;
}

} // namespace

TEST(ShareWeights, FewDistinctValuesAreKeptExactly) {
    std::vector<float> values{0.5f, 0, -2, 0.5f, 0, 7};
    std::vector<uint8_t> codes;
    std::vector<float> codebook = share_weights(values.data(), values.size(), 2, &codes);
    EXPECT_EQ(codebook, (std::vector<float>{0, -2, 0.5f, 7}));
    EXPECT_EQ(codes, (std::vector<uint8_t>{2, 0, 1, 2, 0, 3}));
}

TEST(ShareWeights, SeparatedGroupsGetTheirMeans) {
    std::vector<float> values{-99, -100, -101, 1, 2, 3, 100, 101, 102, 4};
    std::vector<uint8_t> codes;
    std::vector<float> codebook = share_weights(values.data(), values.size(), 2, &codes);
    EXPECT_EQ(codebook, (std::vector<float>{0, -100, 2.5f, 101}));
}

TEST(ShareWeights, ZerosArePrunedAndAllZerosNeedNoCentroid) {
    std::vector<float> values{0, -0.0f, 0};
    std::vector<uint8_t> codes;
    EXPECT_EQ(share_weights(values.data(), values.size(), 4, &codes), std::vector<float>{0});
    EXPECT_EQ(codes, (std::vector<uint8_t>{0, 0, 0}));
    EXPECT_EQ(share_weights(nullptr, 0, 4, &codes), std::vector<float>{0});
    EXPECT_TRUE(codes.empty());
}

// A fixed point of Lloyd's iteration: nearest centroid for each value, mean of its values for each.
TEST(ShareWeights, ConvergesToAFixedPoint) {
    std::vector<float> values = normal_values(20000, 7);
    std::vector<uint8_t> codes;
    std::vector<float> codebook = share_weights(values.data(), values.size(), 4, &codes);
    ASSERT_EQ(codebook.size(), 16u);
    std::vector<double> sum(16, 0), count(16, 0);
    for (size_t i = 0; i < values.size(); ++i) {
        ASSERT_GE(codes[i], 1);
        double own = std::abs(values[i] - codebook[codes[i]]);
        for (size_t k = 1; k < 16; ++k) {
            ASSERT_LE(own, std::abs(values[i] - codebook[k]) + 1e-6) << i << " " << k;
        }
        sum[codes[i]] += values[i];
        count[codes[i]] += 1;
    }
    for (size_t k = 1; k < 16; ++k) {
        EXPECT_NEAR(sum[k] / count[k], codebook[k], 1e-6) << k;
    }
}

TEST(ShareWeights, MoreBitsNeverFitWorse) {
    std::vector<float> values = normal_values(5000, 3);
    double last = 1e9;
    for (unsigned bits = 1; bits <= 8; ++bits) {
        std::vector<uint8_t> codes;
        std::vector<float> codebook = share_weights(values.data(), values.size(), bits, &codes);
        EXPECT_LE(codebook.size(), size_t{1} << bits);
        double error = squared_error(values, codebook, codes);
        EXPECT_LT(error, last) << bits;
        last = error;
    }
}

TEST(Recluster, WeighsCentroidsByTheirUse) {
    // Three values for one centroid: the mean over entries, (3 * 1 + 1 * 5 + 0 * 100) / 4.
    SparseCodes matrix =
        sparse_from_entries(4, 1, {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}, {3, 0, 2}}, {0, 1, 5, 100});
    double error = -1;
    SparseCodes out = recluster(matrix, 1, &error);
    EXPECT_EQ(out.codebook, (std::vector<float>{0, 2}));
    EXPECT_EQ(out.code, (std::vector<uint8_t>{1, 1, 1, 1}));
    EXPECT_EQ(out.row, matrix.row);
    EXPECT_DOUBLE_EQ(error, std::sqrt((3 * 1.0 + 9.0) / (3 * 1.0 + 25.0)));
}

TEST(Recluster, LeavesAMatrixThatFitsAlone) {
    SparseCodes matrix = sparse_from_entries(2, 1, {{0, 0, 1}, {1, 0, 3}}, {0, 1, 2, 3});
    double error = -1;
    SparseCodes out = recluster(matrix, 2, &error);
    EXPECT_EQ(error, 0);
    EXPECT_EQ(out.code, matrix.code);
    EXPECT_EQ(out.codebook, matrix.codebook);
}

TEST(Recluster, TakesAMatrixWithoutEntries) {
    SparseCodes matrix = sparse_from_entries(2, 1, {}, {0, 1, 2, 3});
    double error = -1;
    SparseCodes out = recluster(matrix, 1, &error);
    EXPECT_EQ(error, 0);
    EXPECT_EQ(out.codebook.size(), 1u);
}
