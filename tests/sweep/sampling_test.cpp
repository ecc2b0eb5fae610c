// Which points a specification means: grids, and points that are drawn.
#include <algorithm>
#include <cmath>
#include <map>

#include "sobol.h"
#include "sweep_files.hpp"

using namespace assay_test;

// ---- Sobol's sequence ----

TEST(Sobol, BeginsAsPublished) {
    // The first points in three dimensions, in the order of Gray codes.
    const double expected[][3] = {{0, 0, 0},
                                  {0.5, 0.5, 0.5},
                                  {0.75, 0.25, 0.25},
                                  {0.25, 0.75, 0.75},
                                  {0.375, 0.375, 0.625},
                                  {0.875, 0.875, 0.125},
                                  {0.625, 0.125, 0.875},
                                  {0.125, 0.625, 0.375}};
    sobol s;
    sobol_begin(&s, 3, nullptr);
    for (const auto& row : expected) {
        double point[3];
        sobol_next(&s, point);
        for (int d = 0; d < 3; ++d) {
            EXPECT_EQ(point[d], row[d]);
        }
    }
}

// The first 2^k points have one in each of 2^k equal intervals, in every dimension: what makes a
// direction matrix regular. With any shift.
TEST(Sobol, EveryDimensionIsStratified) {
    for (const bool shifted : {false, true}) {
        uint32_t shift[SOBOL_DIMENSIONS];
        for (uint32_t d = 0; d < SOBOL_DIMENSIONS; ++d) {
            shift[d] = 2654435761u * (d + 1);
        }
        sobol s;
        sobol_begin(&s, SOBOL_DIMENSIONS, shifted ? shift : nullptr);
        std::vector<std::set<int>> seen(SOBOL_DIMENSIONS);
        for (int i = 0; i < 1024; ++i) {
            double point[SOBOL_DIMENSIONS];
            sobol_next(&s, point);
            for (int d = 0; d < SOBOL_DIMENSIONS; ++d) {
                ASSERT_GE(point[d], 0);
                ASSERT_LT(point[d], 1);
                seen[d].insert(static_cast<int>(point[d] * 1024));
            }
        }
        for (const auto& strata : seen) {
            EXPECT_EQ(strata.size(), 1024u);
        }
    }
}

TEST(Sobol, NoTwoDimensionsAreTheSame) {
    sobol s;
    sobol_begin(&s, SOBOL_DIMENSIONS, nullptr);
    std::set<std::string> columns;
    std::vector<std::string> text(SOBOL_DIMENSIONS);
    for (int i = 0; i < 64; ++i) {
        double point[SOBOL_DIMENSIONS];
        sobol_next(&s, point);
        for (int d = 0; d < SOBOL_DIMENSIONS; ++d) {
            text[d] += std::to_string(point[d]) + " ";
        }
    }
    EXPECT_EQ(std::set<std::string>(text.begin(), text.end()).size(), size_t{SOBOL_DIMENSIONS});
}

// ---- Grids ----

class Sampling : public SweepTest {};

TEST_F(Sampling, AGridHasAllCombinationsTheFirstOptionSlowest) {
    open(spec(R"(, "vary": {"rows": [8, 2], "cols": [4, 16]})"));
    EXPECT_EQ(lines(), (std::vector<std::string>{"8 4 dense small", "8 16 dense small",
                                                 "2 4 dense small", "2 16 dense small"}));
}

TEST_F(Sampling, OptionsOfSomeMachinesVaryOnThemAlone) {
    open(spec(R"(, "vary": {"rows": [2, 4], "pe_count": [8, 16], "clock_mhz": [100]})",
              R"("dense.json", "sparse.json")", R"("fc.json", "small.json")"));
    EXPECT_EQ(lines(),
              (std::vector<std::string>{"2 none 100 dense fc", "2 none 100 dense small",
                                        "4 none 100 dense fc", "4 none 100 dense small",
                                        "none 8 100 sparse fc", "none 8 100 sparse small",
                                        "none 16 100 sparse fc", "none 16 100 sparse small"}));
}

TEST_F(Sampling, RangesAreSteppedThrough) {
    open(spec(R"(, "vary": {"wbuf_bytes": {"from": 64, "to": 1024, "steps": 5, "scale": "log"},
                             "clock_mhz": {"from": 100, "to": 200, "steps": 3}})"));
    std::set<std::string> buffers, clocks;
    for (size_t i = 0; i < points(); ++i) {
        buffers.insert(value(i, 0));
        clocks.insert(value(i, 1));
    }
    EXPECT_EQ(buffers, (std::set<std::string>{"64", "128", "256", "512", "1024"}));
    EXPECT_EQ(clocks, (std::set<std::string>{"100", "150", "200"}));
    EXPECT_EQ(points(), 15u);
}

TEST_F(Sampling, IntegersAreRoundedAndRepeatedOnesMerged) {
    open(spec(R"(, "vary": {"rows": {"from": 1, "to": 4, "steps": 8}, "cols": [4, 4]})"));
    EXPECT_EQ(points(), 4u);
    ASSERT_EQ(assay_sweep_note_count(sweep_), 2u);
    EXPECT_NE(std::string(assay_sweep_note(sweep_, 0)).find("vary.rows: 4 of the values"),
              std::string::npos);
}

TEST_F(Sampling, ConstraintsCoverVariedAndFixedOptions) {
    open(spec(R"(, "vary": {"rows": [2, 4, 8], "cols": [2, 4, 8]},
                   "where": ["rows * cols <= 16", "wbuf_bytes / 1024 == 4"])"));
    EXPECT_EQ(points(), 6u);
    for (size_t i = 0; i < points(); ++i) {
        EXPECT_LE(number(i, 0) * number(i, 1), 16);
    }
    EXPECT_NE(refused(spec(R"(, "vary": {"rows": [2]}, "where": ["wbuf_bytes == 1"])"))
                  .find("no point keeps the constraints"),
              std::string::npos);
}

TEST_F(Sampling, AConstraintIsAboutMachinesThatHaveItsOptions) {
    open(spec(R"(, "vary": {"rows": [2, 4], "pe_count": [8, 16]},
                   "where": ["rows > 2", "pe_count < 16"])",
              R"("dense.json", "sparse.json")", R"("fc.json")"));
    EXPECT_EQ(lines(), (std::vector<std::string>{"4 none dense fc", "none 8 sparse fc"}));
}

TEST_F(Sampling, ChoicesAndSwitchesVary) {
    open(spec(R"(, "vary": {"image_mapping": ["im2col", "channels"], "shared_ports": [true, false]},
                   "where": ["image_mapping == 'im2col' or not shared_ports"])"));
    EXPECT_EQ(lines(),
              (std::vector<std::string>{"im2col true dense small", "im2col false dense small",
                                        "channels false dense small"}));
}

TEST_F(Sampling, WhatRulesForbidIsAResultWithAReason) {
    // An entry of 8 + 8 bits does not fit a word of 8.
    open(spec(R"(, "vary": {"index_bits": [8], "codebook_bits": [8], "spmat_width_bits": [8, 64]})",
              R"("sparse.json")", R"("fc.json")"));
    const assay_sweep_result r = assay_sweep_result_at(sweep_, 0);
    EXPECT_EQ(r.status, ASSAY_POINT_INVALID);
    EXPECT_NE(std::string(r.error), "");
    EXPECT_EQ(assay_sweep_result_at(sweep_, 1).status, ASSAY_POINT_MISSING);
}

// ---- Drawn ----

TEST_F(Sampling, ALatinHypercubeHasOnePointInEveryStratum) {
    open(spec(R"(, "sampling": "latin", "points": 50, "seed": 7, "vary": {
                   "clock_mhz": {"from": 100, "to": 200},
                   "unit_pj_per_cycle": {"from": 0.01, "to": 100, "scale": "log"}})"));
    ASSERT_EQ(points(), 50u);
    std::set<int> linear, logarithmic;
    for (size_t i = 0; i < points(); ++i) {
        linear.insert(static_cast<int>((number(i, 0) - 100) / 2));
        logarithmic.insert(static_cast<int>(std::log10(number(i, 1) / 0.01) / 4 * 50));
    }
    EXPECT_EQ(linear.size(), 50u);
    EXPECT_EQ(logarithmic.size(), 50u);
}

// The same check says no to points that are merely random.
TEST_F(Sampling, RandomPointsAreNoLatinHypercube) {
    open(spec(R"(, "sampling": "random", "points": 50, "seed": 7, "vary": {
                   "clock_mhz": {"from": 100, "to": 200}})"));
    std::set<int> strata;
    for (size_t i = 0; i < points(); ++i) {
        strata.insert(static_cast<int>((number(i, 0) - 100) / 2));
    }
    EXPECT_LT(strata.size(), 45u);
    EXPECT_GT(strata.size(), 20u);
}

TEST_F(Sampling, SobolWithoutASeedIsThePublishedSequence) {
    open(spec(R"(, "sampling": "sobol", "points": 3, "vary": {
                   "clock_mhz": {"from": 100, "to": 200},
                   "unit_pj_per_cycle": {"from": 0, "to": 1}})"));
    EXPECT_EQ(lines(), (std::vector<std::string>{"150 0.5 dense small", "175 0.25 dense small",
                                                 "125 0.75 dense small"}));
}

TEST_F(Sampling, TheSameSeedDrawsTheSameAndAnotherDoesNot) {
    for (const std::string sampling : {"random", "latin", "sobol"}) {
        const auto draw = [&](const std::string& seed) {
            open(spec(", \"sampling\": \"" + sampling + "\", \"points\": 20, \"seed\": " + seed +
                      R"(, "vary": {"rows": {"from": 1, "to": 200}, "cols": {"from": 1, "to": 200,
                         "scale": "log"}})"));
            return lines();
        };
        const std::vector<std::string> first = draw("1");
        EXPECT_EQ(draw("1"), first) << sampling;
        EXPECT_NE(draw("2"), first) << sampling;
        EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 20u) << sampling;
    }
}

TEST_F(Sampling, DrawnPointsKeepConstraintsAndRanges) {
    for (const std::string sampling : {"random", "latin", "sobol"}) {
        open(spec(", \"sampling\": \"" + sampling + R"(", "points": 60, "vary": {
                     "rows": {"from": 1, "to": 16}, "cols": {"from": 1, "to": 16}},
                     "where": ["rows * cols <= 64", "rows > cols"])"));
        ASSERT_EQ(points(), 60u);
        for (size_t i = 0; i < points(); ++i) {
            EXPECT_LE(number(i, 0) * number(i, 1), 64);
            EXPECT_GT(number(i, 0), number(i, 1));
            EXPECT_GE(number(i, 1), 1);
            EXPECT_EQ(number(i, 0), std::floor(number(i, 0)));
        }
    }
}

TEST_F(Sampling, PointsAreSharedOutEvenlyAndMachinesAreTheSameForAllWorkloads) {
    open(spec(R"(, "sampling": "latin", "points": 11, "vary": {"rows": {"from": 1, "to": 200},
                   "pe_count": {"from": 1, "to": 200}})",
              R"("dense.json", "sparse.json")", R"("fc.json", "small.json")"));
    EXPECT_EQ(points(), 11u);
    std::map<std::string, std::vector<std::string>> of;
    for (size_t i = 0; i < points(); ++i) {
        const assay_sweep_point_info info = assay_sweep_point(sweep_, i);
        of[std::string(info.hw) + " " + info.workload].push_back(value(i, 0) + value(i, 1));
    }
    EXPECT_EQ(of["dense fc"].size(), 3u);
    EXPECT_EQ(of["dense fc"], of["dense small"]);
    EXPECT_EQ(of["sparse fc"].size(), 3u);
    EXPECT_EQ(of["sparse small"].size(), 2u);
    EXPECT_TRUE(
        std::equal(of["sparse small"].begin(), of["sparse small"].end(), of["sparse fc"].begin()));
}

TEST_F(Sampling, MorePointsThanThereAreAreRefused) {
    const std::string text =
        refused(spec(R"(, "sampling": "random", "points": 10, "vary": {"rows": [1, 2, 3]})"));
    EXPECT_NE(text.find("only 3 that keep the constraints were found"), std::string::npos) << text;
    EXPECT_NE(refused(spec(R"(, "sampling": "random", "points": 1, "vary": {"rows": [1, 2]})",
                           R"("dense.json")", R"("fc.json", "small.json")"))
                  .find("at least 2 are needed"),
              std::string::npos);
}

// ---- Parts ----

TEST_F(Sampling, ShardsAreAPartition) {
    open(spec(R"(, "vary": {"rows": {"from": 1, "to": 50, "steps": 50}})"));
    std::multiset<size_t> all;
    for (unsigned shard = 1; shard <= 7; ++shard) {
        sweep_selection part;
        ASSERT_EQ(sweep_select(sweep_, nullptr, shard, 7, &part, report_), ASSAY_OK);
        EXPECT_GE(part.count, 7u);
        EXPECT_LE(part.count, 8u);
        all.insert(part.points, part.points + part.count);
        sweep_selection_free(&part);
    }
    EXPECT_EQ(all.size(), 50u);
    EXPECT_EQ(std::set<size_t>(all.begin(), all.end()).size(), 50u);
}

// Neighbours are one machine with all workloads: their number must not divide shards by workload.
TEST_F(Sampling, ShardsHaveTheirShareOfEveryWorkload) {
    open(spec(R"(, "vary": {"rows": {"from": 1, "to": 60, "steps": 60}})", R"("dense.json")",
              R"("fc.json", "small.json")"));
    for (unsigned shard = 1; shard <= 4; ++shard) {
        sweep_selection part;
        size_t of_fc = 0;
        ASSERT_EQ(sweep_select(sweep_, nullptr, shard, 4, &part, report_), ASSAY_OK);
        ASSERT_EQ(part.count, 30u);
        for (size_t i = 0; i < part.count; ++i) {
            of_fc += std::string(assay_sweep_point(sweep_, part.points[i]).workload) == "fc";
        }
        EXPECT_EQ(of_fc, 15u);
        sweep_selection_free(&part);
    }
}

TEST_F(Sampling, ListsOfPointsAreWrittenAndRead) {
    open(spec(R"(, "vary": {"rows": {"from": 1, "to": 50, "steps": 50}})"));
    const size_t chosen[] = {0, 1, 2, 7, 30, 31, 49};
    const std::string path = folder_.path("points");
    ASSERT_EQ(sweep_write_points(path.c_str(), chosen, 7, report_), ASSAY_OK);
    sweep_selection part;
    ASSERT_EQ(sweep_select(sweep_, path.c_str(), 1, 1, &part, report_), ASSAY_OK);
    EXPECT_EQ(std::vector<size_t>(part.points, part.points + part.count),
              std::vector<size_t>(chosen, chosen + 7));
    sweep_selection_free(&part);
    ASSERT_EQ(sweep_select(sweep_, path.c_str(), 2, 3, &part, report_), ASSAY_OK);
    EXPECT_EQ(std::vector<size_t>(part.points, part.points + part.count),
              (std::vector<size_t>{1, 7}));
    sweep_selection_free(&part);
    for (const std::string bad : {"50", "3-", "5-2", "x", "1 2 -3", "99999999999999999999"}) {
        Report report;
        folder_.write("points", bad);
        EXPECT_EQ(sweep_select(sweep_, path.c_str(), 1, 1, &part, report), ASSAY_BAD_INPUT) << bad;
        EXPECT_TRUE(report.mentions("is not an index in 0 .. 49")) << report.text();
        sweep_selection_free(&part);
    }
}
