#include "sram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

using namespace assay::cost;

namespace {

constexpr double SramCost::*figures[] = {&SramCost::read_pj, &SramCost::write_pj,
                                         &SramCost::leakage_mw, &SramCost::area_mm2};

const SramPoint* find(SramCell cell, uint32_t bytes, uint32_t width_bits) {
    for (const SramPoint& point : sram_table) {
        if (point.cell == cell && point.bytes == bytes && point.width_bits == width_bits) {
            return &point;
        }
    }
    return nullptr;
}

void expect_same(const SramCost& expected, const SramCost& actual) {
    for (double SramCost::*figure : figures) {
        EXPECT_DOUBLE_EQ(expected.*figure, actual.*figure);
    }
}

void expect_between(const SramCost& low, const SramCost& mid, const SramCost& high) {
    for (double SramCost::*figure : figures) {
        EXPECT_GE(mid.*figure, std::min(low.*figure, high.*figure));
        EXPECT_LE(mid.*figure, std::max(low.*figure, high.*figure));
    }
}

using Step = std::tuple<SramCell, uint32_t, uint32_t>; // cell, width, smaller size

// Doublings of the size at one width in which a figure does not grow.
std::set<Step> falls(double SramCost::*figure) {
    std::set<Step> steps;
    for (const SramPoint& small : sram_table) {
        const SramPoint* large = find(small.cell, 2 * small.bytes, small.width_bits);
        if (large && large->cost.*figure <= small.cost.*figure) {
            steps.emplace(small.cell, small.width_bits, small.bytes);
        }
    }
    return steps;
}

constexpr SramCell hp = SramCell::hp, lop = SramCell::lop, lstp = SramCell::lstp;

TEST(SramTable, HoldsEveryShapeOnceAndInOrder) {
    auto key = [](const SramPoint& p) { return std::make_tuple(p.cell, p.bytes, p.width_bits); };
    for (size_t i = 1; i < sram_table.size(); ++i) {
        EXPECT_LT(key(sram_table[i - 1]), key(sram_table[i])) << i;
    }
    for (SramCell cell : {hp, lop, lstp}) {
        EXPECT_EQ(nullptr, find(cell, 512, 256));
        EXPECT_EQ(nullptr, find(cell, 512, 512));
        EXPECT_EQ(nullptr, find(cell, 1024, 512));
        EXPECT_NE(nullptr, find(cell, 2048, 512));
    }
}

TEST(SramTable, EveryFigureIsPositive) {
    for (const SramPoint& point : sram_table) {
        for (double SramCost::*figure : figures) {
            EXPECT_GT(point.cost.*figure, 0) << point.bytes << " x " << point.width_bits;
        }
    }
}

// The reasons that eie_units.cpp gives for its choice of a transistor type.
TEST(SramTable, HighPerformanceCellsLeakFarMoreThanAPublishedPe) {
    const double published_pe_mw = 9.157; // EIE Table II
    EXPECT_GT(sram_cost(hp, 131072, 64).leakage_mw, 18 * published_pe_mw);
    EXPECT_LT(sram_cost(lop, 131072, 64).leakage_mw, 0.25 * published_pe_mw);
}

// A larger array takes more energy, except where CACTI folds it differently. These are all the
// steps at which it does; a figure that was mistyped in the table would add one.
TEST(SramTable, ReadEnergyGrowsWithSizeExceptAtKnownSteps) {
    const std::set<Step> known = {{hp, 16, 8192},   {hp, 32, 16384},   {hp, 64, 32768},
                                  {hp, 128, 32768}, {hp, 128, 131072}, {lop, 32, 4096},
                                  {lop, 128, 32768}};
    EXPECT_EQ(known, falls(&SramCost::read_pj));
}

TEST(SramTable, WriteEnergyGrowsWithSizeExceptAtKnownSteps) {
    const std::set<Step> known = {{hp, 128, 65536},   {hp, 256, 65536},  {hp, 128, 262144},
                                  {hp, 256, 262144},  {hp, 512, 262144}, {lop, 128, 65536},
                                  {lop, 256, 65536},  {lstp, 64, 65536}, {lstp, 128, 65536},
                                  {lstp, 512, 262144}};
    EXPECT_EQ(known, falls(&SramCost::write_pj));
}

TEST(SramTable, LeakageAndAreaAlwaysGrowWithSize) {
    EXPECT_TRUE(falls(&SramCost::leakage_mw).empty());
    EXPECT_TRUE(falls(&SramCost::area_mm2).empty());
}

TEST(SramTable, WiderWordsTakeMoreToReadExceptAtKnownSteps) {
    std::set<Step> steps;
    for (const SramPoint& narrow : sram_table) {
        const SramPoint* wide = find(narrow.cell, narrow.bytes, 2 * narrow.width_bits);
        if (wide && wide->cost.read_pj <= narrow.cost.read_pj) {
            steps.emplace(narrow.cell, narrow.width_bits, narrow.bytes);
        }
    }
    const std::set<Step> known = {{hp, 32, 8192}, {hp, 64, 262144}, {lstp, 128, 32768}};
    EXPECT_EQ(known, steps);
}

TEST(SramCost, IsTheTablesFigureAtEveryPointOfTheTable) {
    for (const SramPoint& point : sram_table) {
        expect_same(point.cost, sram_cost(point.cell, point.bytes, point.width_bits));
    }
}

TEST(SramCost, MatchesCacti) {
    const SramCost spmat = sram_cost(lop, 131072, 64); // EIE's sparse-matrix SRAM
    EXPECT_DOUBLE_EQ(13.5923, spmat.read_pj);
    EXPECT_DOUBLE_EQ(10.999, spmat.write_pj);
    EXPECT_DOUBLE_EQ(1.8868, spmat.leakage_mw);
    EXPECT_DOUBLE_EQ(0.49886, spmat.area_mm2);
    EXPECT_DOUBLE_EQ(17.6742, sram_cost(hp, 131072, 64).read_pj);
    EXPECT_DOUBLE_EQ(32.2859, sram_cost(lstp, 131072, 64).read_pj);
}

TEST(SramCost, BetweenSizesLiesOnThePowerLaw) {
    const SramCost small = sram_cost(lop, 65536, 64), large = sram_cost(lop, 131072, 64);
    const SramCost mid = sram_cost(lop, 92682, 64); // 2^16.5: the geometric mean
    expect_between(small, mid, large);
    EXPECT_NEAR(std::sqrt(small.read_pj * large.read_pj), mid.read_pj, 1e-4);
    EXPECT_NEAR(std::sqrt(small.area_mm2 * large.area_mm2), mid.area_mm2, 1e-5);
}

TEST(SramCost, BetweenWidthsLiesBetweenTheNeighbours) {
    for (uint64_t width : {17, 24, 31}) {
        expect_between(sram_cost(lop, 16384, 16), sram_cost(lop, 16384, width),
                       sram_cost(lop, 16384, 32));
    }
    expect_between(sram_cost(lop, 16384, 256), sram_cost(lop, 16384, 300),
                   sram_cost(lop, 16384, 512));
}

TEST(SramCost, SmallAndNarrowArraysCostWhatTheSmallestKnownOneDoes) {
    expect_same(sram_cost(lop, 512, 64), sram_cost(lop, 1, 64));
    expect_same(sram_cost(lop, 2048, 512), sram_cost(lop, 512, 512));
    expect_same(sram_cost(lop, 4096, 16), sram_cost(lop, 4096, 1));
}

TEST(SramCost, WideArraysAreLanes) {
    const SramCost lane = sram_cost(lop, 131072, 512), wide = sram_cost(lop, 8 * 131072, 4096);
    for (double SramCost::*figure : figures) {
        EXPECT_DOUBLE_EQ(8 * (lane.*figure), wide.*figure);
    }
}

TEST(SramCost, LargeArraysAreBanksOfWhichOneIsAccessed) {
    const SramCost bank = sram_cost(lop, 2 << 20, 64), large = sram_cost(lop, 5 << 20, 64);
    EXPECT_DOUBLE_EQ(bank.read_pj, large.read_pj);
    EXPECT_DOUBLE_EQ(bank.write_pj, large.write_pj);
    EXPECT_DOUBLE_EQ(2.5 * bank.leakage_mw, large.leakage_mw);
    EXPECT_DOUBLE_EQ(2.5 * bank.area_mm2, large.area_mm2);
}

TEST(SramCost, IsFiniteAndPositiveOverTheWholeOptionRange) {
    for (uint64_t bytes = 1; bytes <= uint64_t{1} << 28; bytes = bytes * 3 + 1) {
        for (uint64_t width : {1, 4, 15, 16, 100, 511, 512, 513, 1000, 4096}) {
            const SramCost cost = sram_cost(lop, bytes, width);
            for (double SramCost::*figure : figures) {
                EXPECT_TRUE(std::isfinite(cost.*figure)) << bytes << " x " << width;
                EXPECT_GT(cost.*figure, 0) << bytes << " x " << width;
            }
        }
    }
}

} // namespace
