// What the results tell: fronts and main effects.
#include <cmath>

#include "sweep_files.hpp"

using namespace assay_test;

class Analysis : public SweepTest {
  protected:
    void set(size_t point, double seconds, double energy_j, double area_mm2 = 1) {
        assay_run_totals totals{};
        totals.seconds = seconds;
        totals.energy_j = energy_j;
        totals.area_mm2 = area_mm2;
        totals.utilisation = 1 / seconds;
        ASSERT_EQ(sweep_set_result(sweep_, point, ASSAY_POINT_OK, &totals, ""), ASSAY_OK);
    }
    std::vector<size_t> front(std::vector<assay_metric> metrics) {
        std::vector<char> flags(points());
        EXPECT_EQ(assay_sweep_front(sweep_, metrics.data(), metrics.size(),
                                    reinterpret_cast<bool*>(flags.data())),
                  ASSAY_OK);
        std::vector<size_t> found;
        for (size_t i = 0; i < flags.size(); ++i) {
            if (flags[i] != 0) {
                found.push_back(i);
            }
        }
        return found;
    }
    std::vector<assay_sweep_effect> effects(assay_metric metric) {
        assay_sweep_effect* all = nullptr;
        size_t count = 0;
        EXPECT_EQ(assay_sweep_effects(sweep_, &all, &count), ASSAY_OK);
        std::vector<assay_sweep_effect> some;
        for (size_t i = 0; i < count; ++i) {
            if (all[i].metric == metric) {
                some.push_back(all[i]);
            }
        }
        free(all);
        return some;
    }
};

TEST_F(Analysis, AFrontHasWhatNoOtherBeats) {
    open(spec(R"(, "vary": {"rows": [1, 2, 3, 4, 5, 6]})"));
    set(0, 1, 9);
    set(1, 2, 5);
    set(2, 3, 5); // beaten by 1
    set(3, 4, 1);
    set(4, 2, 5); // equal to 1, which is first
    ASSERT_EQ(sweep_set_result(sweep_, 5, ASSAY_POINT_FAILED, nullptr, "why"), ASSAY_OK);
    EXPECT_EQ(front({ASSAY_METRIC_LATENCY, ASSAY_METRIC_ENERGY}), (std::vector<size_t>{0, 1, 3}));
    EXPECT_EQ(front({ASSAY_METRIC_ENERGY}), (std::vector<size_t>{3}));
    EXPECT_EQ(front({ASSAY_METRIC_UTILISATION}), (std::vector<size_t>{0})); // more is better
}

TEST_F(Analysis, WorkloadsHaveFrontsOfTheirOwn) {
    open(spec(R"(, "vary": {"rows": [1, 2]})", R"("dense.json", "sparse.json")",
              R"("fc.json", "small.json")"));
    ASSERT_EQ(points(), 6u); // 2 x 2 and 1 x 2
    for (size_t i = 0; i < 6; ++i) {
        set(i, 1.0 + static_cast<double>(i), 1);
    }
    EXPECT_EQ(front({ASSAY_METRIC_LATENCY}), (std::vector<size_t>{0, 1}));
}

// Brute force on random costs.
TEST_F(Analysis, FrontsAgreeWithTheDefinition) {
    open(spec(R"(, "vary": {"rows": {"from": 1, "to": 150, "steps": 150}})"));
    uint64_t state = 1;
    std::vector<std::array<double, 3>> costs;
    for (size_t i = 0; i < points(); ++i) {
        std::array<double, 3> c{};
        for (double& value : c) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            value = 1.0 + static_cast<double>(state >> 60);
        }
        costs.push_back(c);
        set(i, c[0], c[1], c[2]);
    }
    std::vector<size_t> expected;
    for (size_t i = 0; i < costs.size(); ++i) {
        bool beaten = false;
        for (size_t k = 0; k < costs.size(); ++k) {
            const bool no_worse = costs[k][0] <= costs[i][0] && costs[k][1] <= costs[i][1] &&
                                  costs[k][2] <= costs[i][2];
            beaten = beaten || (no_worse && (costs[k] != costs[i] || k < i));
        }
        if (!beaten) {
            expected.push_back(i);
        }
    }
    EXPECT_GT(expected.size(), 5u);
    EXPECT_EQ(front({ASSAY_METRIC_LATENCY, ASSAY_METRIC_ENERGY, ASSAY_METRIC_AREA}), expected);
}

// log(seconds) = 2 r + c: variances 4 and 1 over balanced levels.
TEST_F(Analysis, EffectsOfAGridAreSharesOfTheVariance) {
    open(spec(R"(, "vary": {"rows": [1, 2], "cols": [1, 2], "wbuf_bytes": [64, 128]})"));
    ASSERT_EQ(points(), 8u);
    for (size_t i = 0; i < 8; ++i) {
        set(i, std::exp(2 * number(i, 0) + number(i, 1)), 1);
    }
    const auto e = effects(ASSAY_METRIC_LATENCY);
    ASSERT_EQ(e.size(), 3u);
    EXPECT_NEAR(e[0].share, 0.8, 1e-12);
    EXPECT_NEAR(e[1].share, 0.2, 1e-12);
    EXPECT_NEAR(e[2].share, 0, 1e-12);
    EXPECT_NEAR(e[0].factor, std::exp(2.0), 1e-9);
    EXPECT_STREQ(e[0].best, "1");
    EXPECT_EQ(e[0].levels, 2u);
}

TEST_F(Analysis, WhatDoesNothingHasNoShareInDrawnPoints) {
    open(spec(R"(, "sampling": "random", "points": 200, "seed": 3, "vary": {
        "clock_mhz": {"from": 100, "to": 200}, "unit_pj_per_cycle": {"from": 0, "to": 1}})"));
    for (size_t i = 0; i < points(); ++i) {
        set(i, std::exp(number(i, 0) / 10), 1);
    }
    const auto e = effects(ASSAY_METRIC_LATENCY);
    ASSERT_EQ(e.size(), 2u);
    EXPECT_GT(e[0].share, 0.95);
    EXPECT_LT(e[1].share, 0.1);
    EXPECT_EQ(e[0].levels, 8u); // groups
    EXPECT_NE(std::string(e[0].best).find(" .. "), std::string::npos);
}
