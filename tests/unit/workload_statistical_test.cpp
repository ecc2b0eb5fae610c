#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sparse.hpp"
#include "statistical.hpp"
#include "workload_test_files.hpp"

using namespace assay;

namespace {

StatisticalMatrix spec(uint32_t rows, uint32_t cols, double density) {
    StatisticalMatrix s;
    s.stream = "test";
    s.rows = rows;
    s.cols = cols;
    s.density = density;
    return s;
}

struct Counts {
    std::vector<uint64_t> rows, cols;
};

Counts count(const SparseCodes& m) {
    Counts c{std::vector<uint64_t>(m.rows), std::vector<uint64_t>(m.cols)};
    for (uint32_t j = 0; j < m.cols; ++j) {
        c.cols[j] = m.col_start[j + 1] - m.col_start[j];
        for (uint32_t e = m.col_start[j]; e < m.col_start[j + 1]; ++e) {
            ++c.rows[m.row[e]];
        }
    }
    return c;
}

void expect_well_formed(const SparseCodes& m) {
    ASSERT_EQ(m.col_start.size(), size_t{m.cols} + 1);
    ASSERT_EQ(m.col_start.back(), m.row.size());
    ASSERT_EQ(m.code.size(), m.row.size());
    for (uint32_t j = 0; j < m.cols; ++j) {
        for (uint32_t e = m.col_start[j]; e < m.col_start[j + 1]; ++e) {
            ASSERT_LT(m.row[e], m.rows);
            ASSERT_TRUE(e == m.col_start[j] || m.row[e - 1] < m.row[e]);
            ASSERT_GE(m.code[e], 1);
            ASSERT_LT(m.code[e], m.codebook.size());
        }
    }
}

} // namespace

TEST(Statistical, TotalMatchesTheDensityWithinBinomialNoise) {
    struct Case {
        uint32_t rows, cols;
        double density, row_spread, column_spread;
    };
    for (const Case& c : {Case{1000, 700, 0.09, 0, 0}, Case{1000, 700, 0.25, 0.13, 0.082},
                          Case{333, 517, 0.9, 0.5, 0.5}, Case{70, 3000, 0.5, 1.5, 1.0},
                          Case{4096, 50, 0.004, 0.3, 0.2}}) {
        StatisticalMatrix s = spec(c.rows, c.cols, c.density);
        s.row_spread = c.row_spread;
        s.column_spread = c.column_spread;
        SparseCodes m = draw_matrix(s);
        expect_well_formed(m);
        double places = double{1} * c.rows * c.cols;
        // The variance of a sum of unequal Bernoulli draws is at most the binomial one.
        double sigma = std::sqrt(places * c.density * (1 - c.density));
        EXPECT_NEAR(static_cast<double>(m.row.size()), places * c.density, 4 * sigma)
            << c.density << " " << c.row_spread;
    }
}

TEST(Statistical, DensityOneKeepsEverything) {
    StatisticalMatrix s = spec(130, 65, 1);
    s.row_spread = 0.5;
    s.bias_column = true;
    SparseCodes m = draw_matrix(s);
    EXPECT_EQ(m.cols, 66u);
    EXPECT_EQ(m.col_start[65], 130u * 65u);
    EXPECT_GT(m.row.size(), 130u * 65u);
    EXPECT_LE(m.row.size(), 130u * 66u);
}

// The same formula that measured the real layers must read the parameters back.
TEST(Statistical, SpreadsAreWhatWasAskedFor) {
    StatisticalMatrix s = spec(2000, 3000, 0.1);
    s.row_spread = 0.13;
    s.column_spread = 0.3;
    Counts c = count(draw_matrix(s));
    EXPECT_NEAR(excess_spread(c.rows, s.cols), 0.13, 0.02);
    EXPECT_NEAR(excess_spread(c.cols, s.rows), 0.3, 0.03);
    s.row_spread = s.column_spread = 0;
    c = count(draw_matrix(s));
    EXPECT_LT(excess_spread(c.rows, s.cols), 0.03);
    EXPECT_LT(excess_spread(c.cols, s.rows), 0.03);
}

TEST(Statistical, ExcessSpreadOfKnownCounts) {
    EXPECT_EQ(excess_spread({5, 5, 5, 5}, 10), 0); // less than binomial
    // mean 10, variance 200 / 1; p = 0.1: (2 - 0.09) / (1 - 0.01)
    EXPECT_DOUBLE_EQ(excess_spread({0, 20}, 100), std::sqrt((2 - 0.09) / 0.99));
    EXPECT_EQ(excess_spread({7}, 10), 0);
    EXPECT_EQ(excess_spread({0, 0}, 10), 0);
}

TEST(Statistical, SeedAndStreamDecideTheMatrix) {
    StatisticalMatrix a = spec(100, 100, 0.2), other_seed = a, other_stream = a;
    other_seed.seed = 2;
    other_stream.stream = "other";
    EXPECT_EQ(sparse_hash(draw_matrix(a)), sparse_hash(draw_matrix(a)));
    EXPECT_NE(sparse_hash(draw_matrix(a)), sparse_hash(draw_matrix(other_seed)));
    EXPECT_NE(sparse_hash(draw_matrix(a)), sparse_hash(draw_matrix(other_stream)));
}

// Guards against a change of the drawing that the version in the weights' hash does not announce.
TEST(Statistical, DrawingIsFrozen) {
    StatisticalMatrix s = spec(64, 8, 0.25);
    s.row_spread = 0.13;
    s.column_spread = 0.082;
    SparseCodes m = draw_matrix(s);
    EXPECT_EQ(sparse_hash(m), "4d10e46e9196c61164b3a7e3c2aa3b5d");
}

TEST(Statistical, ColumnsDoNotDependOnTheirNumber) {
    SparseCodes narrow = draw_matrix(spec(200, 10, 0.3)), wide = draw_matrix(spec(200, 20, 0.3));
    for (uint32_t e = 0; e < narrow.row.size(); ++e) {
        ASSERT_EQ(narrow.row[e], wide.row[e]);
    }
    EXPECT_EQ(narrow.col_start.back(), wide.col_start[10]);
}

TEST(Statistical, GroupsAreBlocks) {
    StatisticalMatrix s = spec(40, 60, 0.5);
    s.groups = 4;
    SparseCodes m = draw_matrix(s);
    expect_well_formed(m);
    for (uint32_t j = 0; j < m.cols; ++j) {
        for (uint32_t e = m.col_start[j]; e < m.col_start[j + 1]; ++e) {
            ASSERT_EQ(m.row[e] / 10, j / 15);
        }
    }
    EXPECT_NEAR(static_cast<double>(m.row.size()), 40 * 15 * 0.5, 4 * std::sqrt(150));
}

TEST(Statistical, CodesAreBellShapedWithAGapAroundZero) {
    SparseCodes m = draw_matrix(spec(1000, 1000, 0.1));
    ASSERT_EQ(m.codebook.size(), 16u);
    EXPECT_TRUE(std::is_sorted(m.codebook.begin() + 1, m.codebook.end()));
    EXPECT_LT(m.codebook[7], 0);
    EXPECT_GT(m.codebook[8], 0);
    std::vector<uint64_t> uses(16);
    for (uint8_t code : m.code) {
        ++uses[code];
    }
    EXPECT_EQ(uses[0], 0u);
    EXPECT_TRUE(std::is_sorted(uses.begin() + 1, uses.begin() + 8));
    EXPECT_TRUE(std::is_sorted(uses.rbegin(), uses.rbegin() + 8));
    EXPECT_GT(uses[1], 0u);
    EXPECT_GT(uses[15], 0u);
}

TEST(Statistical, EveryCodebookWidthWorks) {
    for (unsigned bits = 1; bits <= 8; ++bits) {
        StatisticalMatrix s = spec(50, 50, 0.5);
        s.codebook_bits = bits;
        SparseCodes m = draw_matrix(s);
        EXPECT_EQ(m.codebook.size(), size_t{1} << bits);
        expect_well_formed(m);
    }
}

TEST(Statistical, LazyWeightsDrawTheSameMatrix) {
    StatisticalMatrix s = spec(50, 60, 0.2);
    s.bias_column = true;
    Weights weights = statistical_weights(s);
    EXPECT_EQ(weights.codes, nullptr);
    EXPECT_TRUE(weights.bias_column);
    EXPECT_EQ(weights.hash.size(), 32u);
    EXPECT_EQ(sparse_hash(*resolve(weights)), sparse_hash(draw_matrix(s)));
    s.density = 0.21;
    EXPECT_NE(statistical_weights(s).hash, weights.hash);
}

TEST(Activations, HaveExactlyTheDensity) {
    for (double density : {0.0, 0.1, 0.351, 0.5, 1.0}) {
        std::vector<float> a = draw_activations(997, density, false, 5, "x");
        auto active = std::count_if(a.begin(), a.end(), [](float v) { return v != 0; });
        EXPECT_EQ(active, std::llround(997 * density)) << density;
        EXPECT_TRUE(
            std::all_of(a.begin(), a.end(), [](float v) { return v == 0 || v >= 1.0f / 64; }));
    }
}

TEST(Activations, SignedOnesHaveBothSigns) {
    std::vector<float> a = draw_activations(1000, 1, true, 5, "x");
    auto negative = std::count_if(a.begin(), a.end(), [](float v) { return v < 0; });
    EXPECT_NEAR(static_cast<double>(negative), 500, 80);
}

// Sizes and densities of EIE's Table III, in the order inputs, outputs, weight %, activation %.
TEST(Traces, AreTheNineLayersOfTableThree) {
    struct Case {
        const char* file;
        uint32_t in, out;
        double weights, activations;
    };
    for (const Case& c :
         {Case{"alexnet_fc6", 9216, 4096, .09, .351}, Case{"alexnet_fc7", 4096, 4096, .09, .353},
          Case{"alexnet_fc8", 4096, 1000, .25, .375}, Case{"vgg_fc6", 25088, 4096, .04, .183},
          Case{"vgg_fc7", 4096, 4096, .04, .375}, Case{"vgg_fc8", 4096, 1000, .23, .411},
          Case{"neuraltalk_we", 4096, 600, .10, 1}, Case{"neuraltalk_wd", 600, 8791, .11, 1},
          Case{"neuraltalk_lstm", 1201, 2400, .10, 1}}) {
        auto loaded = workload_test::load(workload_test::trace_file(std::string(c.file) + ".json"));
        ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
        EXPECT_EQ(loaded.workload->name, c.file);
        const Layer& layer = loaded.workload->layers.at(0);
        EXPECT_EQ(layer.in.size(), c.in);
        EXPECT_EQ(layer.out.c, c.out);
        auto active = std::count_if(layer.own_input->begin(), layer.own_input->end(),
                                    [](float v) { return v != 0; });
        EXPECT_EQ(active, std::llround(c.in * c.activations));
        auto matrix = resolve(layer.weights);
        double places = double{1} * c.in * c.out, sigma = std::sqrt(places * c.weights);
        EXPECT_NEAR(matrix->col_start[c.in], places * c.weights, 4 * sigma) << c.file;
        EXPECT_EQ(layer.weights.bias_column, std::string(c.file) != "neuraltalk_lstm");
        EXPECT_EQ(matrix->cols, c.in + layer.weights.bias_column);
    }
}
