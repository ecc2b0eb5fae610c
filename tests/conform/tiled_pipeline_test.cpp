// clocked == event on every counter of the pipeline, over random step lists; and both keep within
// bounds that follow from the steps alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "context.hpp"
#include "temp_dir.hpp"
#include "tiled_cases.hpp"

using namespace assay;
using namespace assay::tiled;

namespace {

constexpr uint64_t seed = 20261123;
constexpr uint64_t cases = 800;

struct Totals {
    uint64_t loads[operand_count] = {}, load_bits[operand_count] = {};
    uint64_t stores = 0, store_bits = 0, issue = 0, setup = 0;
};

Totals totals_of(const PipelineCase& c) {
    Totals t;
    for (const Step& step : c.steps) {
        for (size_t operand = 0; operand < operand_count; ++operand) {
            t.loads[operand] += step.load_bits[operand] > 0;
            t.load_bits[operand] += step.load_bits[operand];
        }
        t.stores += step.store_bits > 0;
        t.store_bits += step.store_bits;
        t.issue += step.issue_cycles;
        t.setup += step.setup_cycles;
    }
    return t;
}

// Nobody has to know the contract for these.
void expect_bounds(const PipelineCase& c, const PipelineCounters& k) {
    const Totals t = totals_of(c);
    ASSERT_EQ(k.steps, c.steps.size()) << c.text;
    ASSERT_EQ(k.array.sum(), k.cycles) << c.text;
    ASSERT_EQ(k.array.issue, t.issue) << c.text;
    ASSERT_EQ(k.array.setup, t.setup) << c.text;
    ASSERT_EQ(k.array.port > 0 && !c.options.shared_ports, false) << c.text;
    ASSERT_EQ(k.stores, t.stores) << c.text;
    ASSERT_EQ(k.store_bits, t.store_bits) << c.text;
    uint64_t loads = 0, load_bits = 0, transactions = 0, read = 0, written = 0;
    for (size_t operand = 0; operand < operand_count; ++operand) {
        ASSERT_EQ(k.loads[operand], t.loads[operand]) << c.text;
        ASSERT_EQ(k.load_bits[operand], t.load_bits[operand]) << c.text;
        loads += t.loads[operand];
        load_bits += t.load_bits[operand];
    }
    for (size_t i = 0; i < k.channels.size(); ++i) {
        const DramCounters& d = k.channels[i];
        const uint64_t used = d.busy_cycles + d.row_cycles + d.turnaround_cycles + d.refresh_cycles;
        ASSERT_LE(used, k.cycles) << c.text;
        ASSERT_GE(d.busy_cycles * c.options.channels[i].bits_per_cycle, d.read_bits + d.write_bits)
            << c.text;
        ASSERT_GE(d.busy_cycles, d.transactions) << c.text;
        transactions += d.transactions;
        read += d.read_bits;
        written += d.write_bits;
    }
    ASSERT_EQ(transactions, loads + t.stores) << c.text;
    ASSERT_EQ(read, load_bits) << c.text;
    ASSERT_EQ(written, t.store_bits) << c.text;
}

// How often the set goes where it should.
struct Seen {
    uint64_t port = 0, buffer = 0, sums = 0, setup = 0, rows = 0, turned = 0, refreshed = 0,
             contended = 0, held_by_window = 0;

    void add(const PipelineCase& c, const PipelineCounters& k) {
        port += k.array.port > 0;
        buffer += k.array.buffer > 0;
        sums += k.array.load_output > 0;
        setup += k.array.setup > 0;
        contended += k.contention_cycles > 0;
        held_by_window += c.options.window < 8;
        rows += count(k, &DramCounters::row_cycles);
        turned += count(k, &DramCounters::turnaround_cycles);
        refreshed += count(k, &DramCounters::refresh_cycles);
    }
    static uint64_t count(const PipelineCounters& k, uint64_t DramCounters::*what) {
        return std::any_of(k.channels.begin(), k.channels.end(),
                           [what](const DramCounters& d) { return d.*what > 0; });
    }
};

// The case's steps; their number is in id[0].
StepSource source_of(const PipelineCase& c) {
    return [&c, next = size_t{0}](Step& step) mutable {
        if (next == c.steps.size()) {
            return false;
        }
        step = c.steps[next];
        step.visit.id[0] = next++;
        return true;
    };
}

} // namespace

TEST(TiledPipeline, ClockedAndEventAgreeOnEveryCounter) {
    Seen seen;
    for (uint64_t i = 0; i < cases; ++i) {
        const PipelineCase c = make_pipeline_case(seed, i);
        const PipelineCounters event = run_case(c, make_event_pipeline);
        ASSERT_EQ(first_difference(run_case(c, make_clocked), event), "")
            << c.text << " (clocked, event)";
        expect_bounds(c, event);
        seen.add(c, event);
    }
    EXPECT_GE(seen.port, 100u);
    EXPECT_GE(seen.buffer, 100u);
    EXPECT_GE(seen.sums, 100u);
    EXPECT_GE(seen.setup, 100u);
    EXPECT_GE(seen.rows, 100u);
    EXPECT_GE(seen.turned, 100u);
    EXPECT_GE(seen.refreshed, 100u);
    EXPECT_GE(seen.contended, 100u);
    EXPECT_GE(seen.held_by_window, 100u);
}

TEST(TiledPipeline, RegularListsAgreeToo) {
    for (uint64_t i = 0; i < 50; ++i) {
        const PipelineCase c = make_regular_case(seed, i);
        const PipelineCounters event = run_case(c, make_event_pipeline);
        ASSERT_EQ(first_difference(run_case(c, make_clocked), event), "") << c.text;
        expect_bounds(c, event);
    }
}

// Two tiles on one channel of 64 bits a cycle and latency 5, by hand:
// cycle 0   both requests of step 0 are raised; weights go first
//       1   weights of step 0, two beats (1, 2), usable from 8; input asked for in 0: 3, usable 9
//       2   weights of step 1 are asked for: after the input, 4 and 5
//       4   input of step 1 is asked for: 6, usable from 12
//       9   step 0: set-up 9, 10, issue 11 .. 14; results in 17; its store asked for in 18
//       15  step 1: set-up 15, 16, issue 17 .. 20, results in 23, store asked for in 24
//       19  store of step 0, one beat; 25: store of step 1, the last event
TEST(TiledPipeline, TwoTilesByHand) {
    PipelineCase c;
    DramOptions channel;
    channel.bits_per_cycle = 64;
    channel.latency_cycles = 5;
    c.options.channels = {channel};
    Step step;
    step.visit.fresh = {true, true, true};
    step.visit.leaves = true;
    step.load_bits = {64, 128, 0};
    step.store_bits = 10;
    step.setup_cycles = 2;
    step.issue_cycles = 4;
    step.drain_cycles = 3;
    c.steps = {step, step};
    for (MakePipeline make : {MakePipeline(make_event_pipeline), MakePipeline(make_clocked)}) {
        const PipelineCounters k = run_case(c, make);
        EXPECT_EQ(k.cycles, 26u);
        EXPECT_EQ(k.array.fill, 9u);
        EXPECT_EQ(k.array.setup, 4u);
        EXPECT_EQ(k.array.issue, 8u);
        EXPECT_EQ(k.array.drain, 5u);
        EXPECT_EQ(k.channels[0].busy_cycles, 8u);
        // Of step 0 the input waits in 1 and 2; of step 1 the weights in 3, the input in 5.
        EXPECT_EQ(k.contention_cycles, 4u);
    }
}

TEST(TiledPipeline, NoStepsTakeNoTime) {
    PipelineCase c;
    c.options.channels = {DramOptions{}};
    EXPECT_EQ(run_case(c, make_event_pipeline).cycles, 0u);
    EXPECT_EQ(run_case(c, make_clocked).cycles, 0u);
}

TEST(TiledPipeline, ValuesAreComputedOncePerStepInOrder) {
    const PipelineCase c = make_pipeline_case(seed, 1);
    ContextScope context;
    const auto pipeline = make_event_pipeline(c.options);
    std::vector<uint64_t> computed;
    PipelineCounters counters;
    ASSERT_TRUE(pipeline->run(
        source_of(c), [&](const Step& step) { computed.push_back(step.visit.id[0]); }, nullptr, {},
        counters));
    ASSERT_EQ(computed.size(), c.steps.size());
    for (size_t i = 0; i < computed.size(); ++i) {
        EXPECT_EQ(computed[i], i);
    }
}

// Takes twice as long as the steps say, and two cycles more to drain.
class SlowArray : public ArrayModel {
  public:
    void begin(const Step& step) override {
        left_ = 2 * step.issue_cycles;
        drain_ = step.drain_cycles + 2;
    }
    void cycle(bool may_issue) override {
        ++now_;
        if (may_issue && left_ > 0 && --left_ == 0) {
            done_.push_back(std::max(now_ + drain_, done_.empty() ? 0 : done_.back()));
        }
    }
    bool issuing() const override { return left_ > 0; }
    uint64_t drained() const override {
        return static_cast<uint64_t>(
            std::count_if(done_.begin(), done_.end(), [this](uint64_t c) { return c <= now_; }));
    }

  private:
    uint64_t left_ = 0, drain_ = 0, now_ = 0;
    std::vector<uint64_t> done_; // [steps] cycle of the last result
};

TEST(TiledPipeline, TheClockedModelGoesByTheArrayNotByTheSteps) {
    for (uint64_t i = 0; i < 60; ++i) {
        PipelineCase c = make_pipeline_case(seed + 1, i);
        PipelineCounters clocked;
        {
            ContextScope context;
            SlowArray array;
            ASSERT_TRUE(make_clocked(c.options)->run(source_of(c), {}, &array, {}, clocked));
        }
        for (Step& step : c.steps) {
            step.issue_cycles *= 2;
            step.drain_cycles += 2;
        }
        ASSERT_EQ(first_difference(clocked, run_case(c, make_event_pipeline)), "") << c.text;
    }
}

TEST(TiledPipeline, WritesWaveforms) {
    assay_test::TempDir dir;
    const std::string path = dir.path("pipeline.vcd");
    const PipelineCase c = make_regular_case(seed, 0);
    {
        ContextScope context;
        const auto pipeline = make_clocked_pipeline(c.options, path.c_str());
        PipelineCounters counters;
        ASSERT_TRUE(pipeline->run(source_of(c), {}, nullptr, {}, counters));
    }
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    for (const char* name : {" channel0 ", " moving ", " begun ", " request "}) {
        EXPECT_NE(text.find(name), std::string::npos) << name;
    }
}

// A run that was told to stop leaves nothing behind for the next one.
TEST(TiledPipeline, StopsWhenToldAndStartsAfresh) {
    PipelineCase c = make_regular_case(seed, 0);
    for (MakePipeline make : {MakePipeline(make_event_pipeline), MakePipeline(make_clocked)}) {
        const PipelineCounters undisturbed = run_case(c, make);
        ContextScope context;
        const auto pipeline = make(c.options);
        PipelineCounters counters;
        uint64_t given = 0;
        const StepSource endless = [&](Step& step) {
            step = c.steps[given++ % c.steps.size()];
            return true;
        };
        EXPECT_FALSE(pipeline->run(
            endless, {}, nullptr, [] { return false; }, counters));
        ASSERT_TRUE(pipeline->run(source_of(c), {}, nullptr, {}, counters));
        EXPECT_EQ(first_difference(undisturbed, counters), "");
    }
}
