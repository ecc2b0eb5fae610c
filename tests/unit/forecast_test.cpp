// The forecast against the event model, over random pipelines and lists of steps.
#include <gtest/gtest.h>

#include "forecast.hpp"
#include "tiled_cases.hpp"

using namespace assay::tiled;

namespace {

constexpr uint64_t seed = 20261124;

StepSource source_of(const std::vector<Step>& steps, size_t& at) {
    at = 0;
    return [&](Step& step) {
        step = at < steps.size() ? steps[at] : step;
        return at++ < steps.size();
    };
}

// What a forecast knows: one channel, ports of their own.
PipelineCase make_case(uint64_t index) {
    PipelineCase c =
        index % 4 == 0 ? make_regular_case(seed, index) : make_pipeline_case(seed, index);
    c.options.channels.resize(1);
    c.options.shared_ports = false;
    for (Step& step : c.steps) {
        step.load_channel.fill(0);
        step.store_channel = 0;
    }
    return c;
}

} // namespace

TEST(Forecast, IsTheEventModelsTime) {
    uint64_t halves[2] = {}, windows = 0, rows = 0, refreshes = 0;
    for (uint64_t i = 0; i < 400; ++i) {
        const PipelineCase c = make_case(i);
        size_t at;
        Forecaster forecaster(c.options, c.steps.size() + 1);
        const Forecast forecast = forecaster.run(source_of(c.steps, at));
        ASSERT_EQ(forecast.steps, c.steps.size()) << c.text;
        ASSERT_EQ(forecast.cycles, run_case(c, make_event_pipeline).cycles) << c.text;
        ++halves[c.options.halves - 1];
        windows += c.options.window < c.steps.size();
        rows += c.options.channels[0].banks > 0;
        refreshes += c.options.channels[0].refresh_interval_cycles > 0;
    }
    EXPECT_GE(halves[0], 50u);
    EXPECT_GE(halves[1], 50u);
    EXPECT_GE(windows, 50u);
    EXPECT_GE(rows, 50u);
    EXPECT_GE(refreshes, 50u);
}

TEST(Forecast, ForgetsTheLayerBefore) {
    const PipelineCase a = make_case(1), b = make_case(2);
    size_t at;
    Forecaster used(a.options, 1000), fresh(a.options, 1000);
    used.run(source_of(b.steps, at));
    const uint64_t cycles = used.run(source_of(a.steps, at)).cycles;
    EXPECT_EQ(cycles, fresh.run(source_of(a.steps, at)).cycles);
}

// The second half of the steps that were looked at says what the rest takes.
TEST(Forecast, TellsTheWorkOfTheSecondHalf) {
    for (uint64_t i = 0; i < 400; i += 4) {
        const PipelineCase c = make_case(i);
        size_t at;
        Forecaster forecaster(c.options, c.steps.size());
        const Forecast forecast = forecaster.run(source_of(c.steps, at));
        uint64_t issue = 0, late = 0;
        for (size_t k = 0; k < c.steps.size(); ++k) {
            issue += c.steps[k].issue_cycles;
            late += k >= c.steps.size() / 2 && k + 1 < c.steps.size() ? c.steps[k].issue_cycles : 0;
        }
        ASSERT_EQ(forecast.work.issue, issue) << c.text;
        ASSERT_EQ(forecast.late.issue, late) << c.text;
        ASSERT_GE(forecast.late_cycles, late) << c.text;
        ASSERT_LE(forecast.late_cycles, forecast.cycles) << c.text;
        ASSERT_LE(forecast.late.bits, forecast.work.bits) << c.text;
    }
}
