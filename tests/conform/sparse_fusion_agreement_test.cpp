// clocked == event on every counter of every PE and on every output, at random widths and lanes;
// and both outputs equal the plain reference, which multiplies without bricks.
#include <gtest/gtest.h>

#include <set>

#include "sparse_fusion_cases.hpp"

using namespace assay;
using assay::eie::Case;
using assay::eie::Counters;
using assay::eie::first_difference;
using assay::eie::run_case;
using assay::sparse_fusion::Widths;

namespace {

constexpr uint64_t seed = 20261123;
constexpr uint64_t cases = 700;

bool wraps(const Case& c) {
    return std::any_of(c.result.begin(), c.result.end(),
                       [](int32_t sum) { return std::abs(int64_t{sum}) > (int64_t{1} << 30); });
}

} // namespace

TEST(SparseFusionAgreement, ClockedAndEventAgreeOnEveryCounterOfEveryPe) {
    uint64_t run = 0, padded = 0, bypassed = 0, together = 0, passes = 0, wrapped = 0;
    std::set<std::pair<unsigned, unsigned>> widths_seen;
    std::set<int> residencies, sources, outputs;
    for (uint64_t i = 0; i < cases; ++i) {
        Case c;
        Widths widths;
        if (!sparse_fusion::make_case(seed, i, c, widths)) {
            continue;
        }
        ++run;
        const Counters clocked = run_case(c, eie::make_clocked);
        const std::vector<int32_t> from_clocked = c.result;
        const Counters event = run_case(c, eie::make_event_model);
        ASSERT_EQ(first_difference(clocked, event), "") << c.text << " (clocked, event)";
        ASSERT_EQ(from_clocked, c.result) << c.text;
        std::vector<int32_t> expected;
        reference(c.codes, c.job.format, c.job.bias, c.plan.vectors, c.job.input, expected);
        ASSERT_EQ(expected, c.result) << c.text;
        ASSERT_TRUE(every_cycle_has_a_cause(event)) << c.text;
        widths_seen.insert({widths.w_bits, widths.a_bits});
        residencies.insert(static_cast<int>(c.plan.residency));
        sources.insert(static_cast<int>(c.plan.source));
        outputs.insert(static_cast<int>(c.plan.output));
        padded += event.total.padding_entries > 0;
        bypassed += event.total.bypasses > 0 && c.job.lanes > 1;
        together += event.total.groups < event.total.entries;
        passes += c.job.passes > 1;
        wrapped += wraps(c);
    }
    EXPECT_GE(run, 450u);
    EXPECT_GE(widths_seen.size(), 120u);
    EXPECT_EQ(residencies.size(), 3u);
    EXPECT_EQ(sources.size(), 3u);
    EXPECT_EQ(outputs.size(), 3u);
    EXPECT_GE(padded, 40u);
    EXPECT_GE(bypassed, 40u);
    EXPECT_GE(together, 80u);
    EXPECT_GE(passes, 80u);
    EXPECT_GE(wrapped, 40u);
}

TEST(SparseFusionAgreement, TimingOnlyGivesTheSameTimesAsWithOutputs) {
    for (uint64_t i = 0; i < 150; ++i) {
        Case c;
        Widths widths;
        if (!sparse_fusion::make_case(seed + 1, i, c, widths)) {
            continue;
        }
        Counters full = run_case(c, eie::make_event_model);
        c.job.outputs = false;
        const Counters timing = run_case(c, eie::make_event_model);
        for (eie::PeCounters& pe : full.pe) { // needs values
            pe.bypasses = 0;
        }
        full.total.bypasses = 0;
        ASSERT_EQ(first_difference(full, timing), "") << c.text;
    }
}

// With one lane, one pass and EIE's widths the machine is EIE.
TEST(SparseFusionAgreement, OneProductAtATimeTakesEiesTime) {
    for (uint64_t i = 0; i < 150; ++i) {
        Case c;
        if (!eie::make_case(seed, i, c)) {
            continue;
        }
        Counters parent = run_case(c, eie::make_event_model);
        c.options.lanes = 16;
        c.job.format.fusion.used = true;
        Counters child = run_case(c, eie::make_event_model);
        for (Counters* counters : {&parent, &child}) { // 32-bit sums do not saturate
            counters->total.saturations = 0;
            for (eie::PeCounters& pe : counters->pe) {
                pe.saturations = 0;
            }
        }
        ASSERT_EQ(first_difference(parent, child), "") << c.text;
    }
}
