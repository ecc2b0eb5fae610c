// Layers whose every cycle can be counted by hand: the examples of docs/contracts/sparse_fusion.md.
#include <gtest/gtest.h>

#include "sparse_fusion_cases.hpp"

using namespace assay;
using assay::eie::Case;
using assay::eie::Counters;
using assay::eie::run_case;
using assay::sparse_fusion::Widths;

namespace {

void finish(Case& c, uint32_t pes, unsigned w_bits, unsigned a_bits) {
    const Widths widths{w_bits, a_bits, false};
    assay_options_defaults(&sparse_fusion::option_table, &c.options);
    c.options.pe_count = pes;
    c.matrix = eie::encode(c.codes, pes, 4, 64);
    eie::Options layer = c.options;
    layer.act_bits = widths.act_bits();
    std::string why;
    ASSERT_TRUE(
        make_plan(c.matrix, {1, false, c.codes.cols, c.codes.rows, false}, layer, c.plan, why))
        << why;
    c.job.lanes = widths.lanes(c.options.lanes);
    c.job.passes = widths.passes();
    c.job.act_bits = widths.act_bits();
    c.job.format.fusion = {true, true, false, bit_fusion::brick_width(w_bits),
                           bit_fusion::brick_width(a_bits)};
    for (int i = 0; i < 6; ++i) {
        c.job.format.codebook[static_cast<size_t>(i)] = i;
    }
    c.job.matrix = &c.matrix;
    c.job.plan = &c.plan;
    c.job.input = [&c](uint32_t, int16_t* column) {
        std::copy(c.inputs[0].begin(), c.inputs[0].end(), column);
    };
    c.job.result = &c.result;
}

// EIE's example: matrix and input of section 8 of its contract.
void make_example(Case& c, unsigned w_bits, unsigned a_bits) {
    c.codes.rows = c.codes.cols = 4;
    c.codes.codebook = {0, 1, 2, 3, 4, 5};
    c.codes.col_start = {0, 2, 3, 4, 5};
    c.codes.row = {0, 2, 1, 0, 3};
    c.codes.code = {1, 4, 3, 2, 5};
    c.inputs = {{1, 0, 2, 3}};
    finish(c, 2, w_bits, a_bits);
}

struct Expected {
    unsigned w_bits, a_bits;
    uint64_t cycles, groups0, issue0, scan0, drain0;
};

} // namespace

TEST(SparseFusionExample, EveryWidthTakesTheCyclesOfTheContract) {
    const Expected table[] = {
        {4, 4, 12, 2, 2, 2, 5},    // both entries of column 0 together
        {8, 8, 12, 3, 3, 1, 5},    // one product at a time: EIE's times
        {16, 8, 14, 3, 6, 1, 4},   // two cycles each
        {8, 16, 14, 3, 6, 1, 4},   //
        {16, 16, 20, 3, 12, 1, 4}, // four
    };
    for (const Expected& e : table) {
        for (eie::MakeModel model : {eie::make_event_model, eie::make_clocked}) {
            Case c;
            make_example(c, e.w_bits, e.a_bits);
            const Counters m = run_case(c, model);
            const std::string at = std::to_string(e.w_bits) + " x " + std::to_string(e.a_bits);
            EXPECT_EQ(c.result, (std::vector<int32_t>{5, 0, 4, 15})) << at;
            EXPECT_EQ(m.cycles, e.cycles) << at;
            EXPECT_EQ(m.pe[0].entries, 3u) << at;
            EXPECT_EQ(m.pe[0].groups, e.groups0) << at;
            EXPECT_EQ(m.pe[0].issue_cycles, e.issue0) << at;
            EXPECT_EQ(m.stall[0].fill, 2u) << at;
            EXPECT_EQ(m.stall[0].empty_column, 1u) << at;
            EXPECT_EQ(m.stall[0].scan, e.scan0) << at;
            EXPECT_EQ(m.stall[0].drain, e.drain0) << at;
        }
    }
}

// Columns of 3 and 10 entries in words of 8: the second begins in the first word's last five
// entries, so that four lanes take 4 + 1 from it and 4 + 1 from the next.
TEST(SparseFusionExample, GroupsDoNotCrossWords) {
    for (eie::MakeModel model : {eie::make_event_model, eie::make_clocked}) {
        Case c;
        c.codes.rows = 10;
        c.codes.cols = 2;
        c.codes.codebook = {0, 1};
        c.codes.col_start = {0, 3, 13};
        for (uint32_t row : {0u, 1u, 2u, 0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u}) {
            c.codes.row.push_back(row);
            c.codes.code.push_back(1);
        }
        c.inputs = {{1, 2}};
        finish(c, 1, 4, 4);
        const Counters m = run_case(c, model);
        EXPECT_EQ(m.pe[0].entries, 13u);
        EXPECT_EQ(m.pe[0].groups, 1u + 4u);
        EXPECT_EQ(m.pe[0].spmat_reads, 2u);
        // The second column's first group has row 0 to 3 while 0 to 2 are in the adders.
        EXPECT_EQ(m.pe[0].bypasses, 3u);
        EXPECT_EQ(c.result, (std::vector<int32_t>{3, 3, 3, 2, 2, 2, 2, 2, 2, 2}));
    }
}
