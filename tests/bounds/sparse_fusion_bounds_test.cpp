// First principles of the issue slot with several lanes, without looking at any other model.
#include <gtest/gtest.h>

#include "sparse_fusion_cases.hpp"

using namespace assay;
using assay::eie::Case;
using assay::eie::Counters;
using assay::eie::run_case;

namespace {

uint64_t products(const Case& c) {
    uint64_t macs = 0;
    for (const auto& input : c.inputs) {
        for (uint32_t col = 0; col < c.codes.cols; ++col) {
            macs += input[col] == 0 ? 0 : c.codes.col_start[col + 1] - c.codes.col_start[col];
        }
    }
    return macs;
}

// "" if every bound holds.
std::string broken_bound(const Case& c, const Counters& m) {
    const uint64_t lanes = c.job.lanes, passes = c.job.passes;
    const uint64_t together = std::min(lanes, c.options.entries_per_word());
    if (m.total.entries - m.total.padding_entries != products(c)) {
        return c.text + ": an entry per product";
    }
    if (m.cycles < m.total.theoretical_cycles) {
        return c.text + ": cycles >= theoretical cycles";
    }
    for (size_t k = 0; k < m.pe.size(); ++k) {
        const eie::PeCounters& pe = m.pe[k];
        const bool holds =
            pe.groups * together >= pe.entries && pe.groups <= pe.entries &&
            pe.issue_cycles == pe.groups * passes && pe.issue_cycles <= m.cycles &&
            m.stall[k].padding <= pe.padding_entries * passes && pe.spmat_reads <= pe.groups &&
            pe.issue_cycles - m.stall[k].padding + eie::stall_sum(m.stall[k]) == m.cycles;
        if (!holds) {
            return c.text + ": PE " + std::to_string(k);
        }
    }
    return "";
}

struct Planted {
    const char* name;
    void (*change)(Counters&);
};

const Planted planted[] = {
    {"a lost cycle", [](Counters& m) { --m.cycles; }},
    {"a cycle without cause", [](Counters& m) { ++m.stall[0].scan; }},
    {"a lost entry", [](Counters& m) { m.total.entries -= m.total.entries > 0; }},
    {"a group too few", [](Counters& m) { m.pe[0].groups /= 2; }},
    {"a free pass", [](Counters& m) { m.pe[0].issue_cycles /= 2; }},
    {"words for nothing", [](Counters& m) { m.pe[0].spmat_reads = m.pe[0].groups + 1; }},
};

} // namespace

TEST(SparseFusionBounds, HoldOnRandomMachinesAndLayers) {
    uint64_t run = 0;
    for (uint64_t i = 0; i < 400; ++i) {
        Case c;
        sparse_fusion::Widths widths;
        if (sparse_fusion::make_case(20261123, i, c, widths)) {
            ASSERT_EQ(broken_bound(c, run_case(c, eie::make_event_model)), "");
            ++run;
        }
    }
    EXPECT_GE(run, 250u);
}

TEST(SparseFusionBounds, CatchPlantedErrors) {
    std::vector<uint64_t> caught(std::size(planted), 0);
    for (uint64_t i = 0; i < 150; ++i) {
        Case c;
        sparse_fusion::Widths widths;
        if (!sparse_fusion::make_case(20261123, i, c, widths)) {
            continue;
        }
        const Counters right = run_case(c, eie::make_event_model);
        for (size_t p = 0; p < std::size(planted); ++p) {
            Counters wrong = right;
            planted[p].change(wrong);
            caught[p] += !broken_bound(c, wrong).empty();
        }
    }
    for (size_t p = 0; p < std::size(planted); ++p) {
        EXPECT_GE(caught[p], 1u) << planted[p].name;
    }
}

// More lanes never issue in more cycles: a group of 2n is at least the two groups of n in it.
TEST(SparseFusionBounds, MoreLanesNeverIssueLonger) {
    uint64_t shorter = 0;
    for (uint64_t i = 0; i < 150; ++i) {
        Case c;
        sparse_fusion::Widths widths;
        if (!sparse_fusion::make_case(7, i, c, widths)) {
            continue;
        }
        c.options.lanes = 16;
        uint64_t before = UINT64_MAX;
        for (uint32_t lanes : {1u, 2u, 4u, 8u, 16u}) {
            c.job.lanes = lanes;
            const uint64_t cycles = run_case(c, eie::make_event_model).total.issue_cycles;
            ASSERT_LE(cycles, before) << c.text << " lanes " << lanes;
            shorter += cycles < before;
            before = cycles;
        }
    }
    EXPECT_GE(shorter, 150u);
}
