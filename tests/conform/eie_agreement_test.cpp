// clocked == event on every counter of every PE and on every output, over random machines and
// layers; and both outputs equal the plain reference.
#include <gtest/gtest.h>

#include <set>

#include "eie_cases.hpp"

using namespace assay;
using namespace assay::eie;

namespace {

constexpr uint64_t seed = 20260711;
constexpr uint64_t cases = 450;

} // namespace

TEST(EieAgreement, ClockedAndEventAgreeOnEveryCounterOfEveryPe) {
    uint64_t run = 0, refused = 0;
    std::set<int> residencies, sources, outputs;
    uint64_t slides = 0, outer = 0, padded = 0, saturated = 0, bypassed = 0, blocks = 0;
    for (uint64_t i = 0; i < cases; ++i) {
        Case c;
        if (!make_case(seed, i, c)) {
            ++refused;
            continue;
        }
        ++run;
        const Counters clocked = run_case(c, make_clocked);
        const std::vector<int32_t> from_clocked = c.result;
        const Counters event = run_case(c, make_event_model);
        ASSERT_EQ(first_difference(clocked, event), "") << c.text << " (clocked, event)";
        ASSERT_EQ(from_clocked, c.result) << c.text;
        std::vector<int32_t> expected;
        reference(c.codes, c.job.format, c.job.bias, c.plan.vectors, c.job.input, expected);
        ASSERT_EQ(expected, c.result) << c.text;
        residencies.insert(static_cast<int>(c.plan.residency));
        sources.insert(static_cast<int>(c.plan.source));
        outputs.insert(static_cast<int>(c.plan.output));
        slides += c.plan.windows_slide;
        outer += c.plan.segment_outer;
        padded += event.total.padding_entries > 0;
        saturated += event.total.saturations > 0;
        bypassed += event.total.bypasses > 0;
        blocks += event.total.row_blocks > 1;
    }
    EXPECT_GE(run, 300u) << refused << " of " << cases << " layers did not fit their machine";
    // The set is only worth something if it goes everywhere.
    EXPECT_EQ(residencies.size(), 3u);
    EXPECT_EQ(sources.size(), 3u);
    EXPECT_EQ(outputs.size(), 3u);
    EXPECT_GE(slides, 5u);
    EXPECT_GE(outer, 5u);
    EXPECT_GE(padded, 25u);
    EXPECT_GE(saturated, 20u);
    EXPECT_GE(bypassed, 40u);
    EXPECT_GE(blocks, 50u);
}

TEST(EieAgreement, TimingOnlyGivesTheSameTimesAsWithOutputs) {
    for (uint64_t i = 0; i < 100; ++i) {
        Case c;
        if (!make_case(seed + 1, i, c)) {
            continue;
        }
        Counters full = run_case(c, make_event_model);
        c.job.outputs = false;
        const Counters timing = run_case(c, make_event_model);
        for (PeCounters& pe : full.pe) { // these two need values
            pe.bypasses = pe.saturations = 0;
        }
        full.total.bypasses = full.total.saturations = 0;
        ASSERT_EQ(first_difference(full, timing), "") << c.text;
    }
}
