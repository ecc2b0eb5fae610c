// Timelines of tiled machines: what the rows say is what the counters say, both models tell the
// same, and telling changes nothing; over random step lists. Copies of the event model that tell
// one thing wrong (tests/conform/meson.build) are all caught.
#include <gtest/gtest.h>

#include <algorithm>

#include "context.hpp"
#include "tiled_cases.hpp"
#include "timeline_record.hpp"

using namespace assay;
using namespace assay::tiled;
using assay_test::TimelineRecord;

namespace assay::tiled {
#define ASSAY_MUTANT(name) std::unique_ptr<Pipeline> make_##name(const PipelineOptions& options);
#include "timeline_mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::tiled

namespace {

constexpr uint64_t seed = 20261124;
constexpr uint64_t cases = 400;

struct Told {
    TimelineRecord record;
    PipelineCounters counters;
};

Told tell(const PipelineCase& c, MakePipeline make) {
    Told told;
    ContextScope context;
    const std::unique_ptr<Pipeline> pipeline = make(c.options);
    Timeline timeline(TimelineRecord::tell, &told.record);
    timeline.enter("layer", 0);
    pipeline->trace().attach(&timeline, {"DRAM 0", "DRAM 1", "DRAM 2"});
    size_t next = 0;
    const StepSource source = [&](Step& step) {
        const bool more = next < c.steps.size();
        step = more ? c.steps[next++] : Step();
        return more;
    };
    pipeline->run(source, {}, nullptr, {}, told.counters);
    return told;
}

// The first row that says something else than the counters; "" if none does.
std::string contradiction(const Told& told) {
    const TimelineRecord& r = told.record;
    const PipelineCounters& k = told.counters;
    const ArrayCycles& a = k.array;
    const std::pair<const char*, uint64_t> causes[] = {{"issue", a.issue},
                                                       {"fill", a.fill},
                                                       {"setup", a.setup},
                                                       {"load_input", a.load_input},
                                                       {"load_weight", a.load_weight},
                                                       {"load_output", a.load_output},
                                                       {"buffer", a.buffer},
                                                       {"port", a.port},
                                                       {"drain", a.drain}};
    for (const auto& [name, cycles] : causes) {
        if (r.cycles("array", name) != cycles) {
            return name;
        }
    }
    for (size_t i = 0; i < k.channels.size(); ++i) {
        const std::string row = "DRAM " + std::to_string(i);
        const DramCounters& d = k.channels[i];
        if (r.figure(row, "", "beats") != d.busy_cycles || r.cycles(row) < d.busy_cycles ||
            r.figure(row, "", "bits") != d.read_bits + d.write_bits) {
            return row;
        }
    }
    if (r.figure("DRAM", "", "waited") != k.contention_cycles) {
        return "waited";
    }
    const uint64_t moving = r.cycles("load", "move") + r.cycles("store", "move");
    if (moving > r.cycles("DRAM") || (k.channels.size() == 1 && moving != r.cycles("DRAM"))) {
        return "move";
    }
    const std::string wrong = r.disorder();
    return wrong.empty() ? r.hole({"array"}, k.cycles) : wrong;
}

std::string first_unlike(const TimelineRecord& a, const TimelineRecord& b) {
    const std::vector<std::string> left = a.sorted(), right = b.sorted();
    const auto at = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    return (at.first != left.end() ? *at.first : "nothing") + ", " +
           (at.second != right.end() ? *at.second : "nothing");
}

// What the two models tell alike: which of two overlapping transfers of an operand is shown whole
// depends on which is told first.
void keep_comparable(const PipelineCase& c, TimelineRecord& record) {
    if (c.options.channels.size() > 1) {
        const auto sides = [](const assay_test::TimelineEvent& e) {
            return e.row.rfind("load", 0) == 0 || e.row.rfind("store", 0) == 0;
        };
        record.events.erase(std::remove_if(record.events.begin(), record.events.end(), sides),
                            record.events.end());
    }
}

bool is_caught(MakePipeline make) {
    for (uint64_t i = 0; i < cases; ++i) {
        const PipelineCase c = make_pipeline_case(seed, i);
        const Told wrong = tell(c, make), right = tell(c, make_event_pipeline);
        if (first_difference(wrong.counters, right.counters) != "") {
            ADD_FAILURE() << "not only what it tells is wrong";
        }
        if (!contradiction(wrong).empty() || wrong.record.sorted() != right.record.sorted()) {
            return true;
        }
    }
    return false;
}

} // namespace

TEST(TiledTimeline, SaysWhatTheCountersSay) {
    for (uint64_t i = 0; i < cases; ++i) {
        const PipelineCase c = make_pipeline_case(seed, i);
        const Told told = tell(c, make_event_pipeline);
        ASSERT_EQ(contradiction(told), "") << c.text;
        ASSERT_EQ(first_difference(told.counters, run_case(c, make_event_pipeline)), "") << c.text;
    }
}

TEST(TiledTimeline, BothModelsTellTheSame) {
    for (uint64_t i = 0; i < cases; ++i) {
        const PipelineCase c = make_pipeline_case(seed, i);
        Told event = tell(c, make_event_pipeline), clocked = tell(c, make_clocked);
        ASSERT_EQ(contradiction(clocked), "") << c.text;
        keep_comparable(c, event.record);
        keep_comparable(c, clocked.record);
        ASSERT_EQ(event.record.sorted() == clocked.record.sorted(), true)
            << c.text << ": " << first_unlike(event.record, clocked.record);
    }
}

TEST(TiledTimeline, PlantedErrorsAreCaught) {
#define ASSAY_MUTANT(name) EXPECT_TRUE(is_caught(make_##name)) << #name;
#include "timeline_mutants.inc"
#undef ASSAY_MUTANT
}
