// clocked == event on every counter of every PE and on every output, over random machines and
// layers, and both outputs equal the plain reference.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "systolic_cases.hpp"

using namespace assay;
using namespace assay::systolic;
using tiled::LayerCase;
using tiled::LayerRun;
using tiled::MakeDesign;

namespace {

constexpr uint64_t seed = 20261123;
constexpr uint64_t cases = 600;
constexpr uint64_t macs = 8000;

} // namespace

TEST(SystolicAgreement, ClockedAndEventAgreeOnEveryCounterOfEveryPe) {
    std::map<uint64_t, uint64_t> run;
    std::set<std::pair<unsigned, unsigned>> widths;
    uint64_t partial = 0, held = 0, batches = 0, passes = 0, dilated = 0, packed = 0, tall = 0;
    for (uint64_t i = 0; i < cases; ++i) {
        const Options options = make_options(seed, i);
        const LayerCase c = tiled::make_layer_case(seed, i, macs);
        const bool any = i % 3 == 0; // mapping, not only the best
        const MakeDesign make = [&] {
            return any ? make_any_mapping(options, i * 7919) : make_design(options);
        };
        const LayerRun clocked = run_layer(make, c, ASSAY_MODEL_CLOCKED);
        if (!clocked.fits) {
            continue;
        }
        ++run[options.dataflow];
        const LayerRun event = run_layer(make, c, ASSAY_MODEL_EVENT);
        ASSERT_EQ(first_difference(clocked, event), "")
            << c.text << "; dataflow " << options.dataflow << "; " << event.out.note;
        ASSERT_EQ(event.out.mismatches, 0u) << c.text << "; " << event.out.note;
        ASSERT_EQ(event.out.compared, c.nest().outputs());
        widths.insert({c.w_bits, c.a_bits});
        partial += event.counter("output_load_bits") > 0;
        held += options.shared_ports;
        batches += c.batch > 1;
        passes += c.w_bits > options.mac_width() || c.a_bits > options.mac_width();
        dilated += c.nest().dilation_h > 1;
        packed += event.out.note.find("side by side;") != std::string::npos;
        tall += options.dataflow == dataflow_rs && c.nest().kernel_h > options.rows;
    }
    // The set is only worth something if it goes everywhere.
    for (uint64_t flow : {dataflow_ws, dataflow_os, dataflow_is, dataflow_rs}) {
        EXPECT_GE(run[flow], 60u) << flow;
    }
    EXPECT_GE(widths.size(), 120u);
    EXPECT_GE(partial, 20u);
    EXPECT_GE(held, 60u);
    EXPECT_GE(batches, 30u);
    EXPECT_GE(passes, 80u);
    EXPECT_GE(dilated, 20u);
    EXPECT_GE(packed, 8u);
    EXPECT_GE(tall, 8u);
}

TEST(SystolicAgreement, TimingOnlyGivesTheSameTimesAsWithOutputs) {
    for (uint64_t i = 0; i < 60; ++i) {
        const Options options = make_options(seed + 1, i);
        const LayerCase c = tiled::make_layer_case(seed + 1, i, macs);
        const MakeDesign make = [&] { return make_design(options); };
        for (assay_model model : {ASSAY_MODEL_CLOCKED, ASSAY_MODEL_EVENT}) {
            const LayerRun full = run_layer(make, c, model);
            LayerRun timing = run_layer(make, c, model, false);
            timing.out.output = full.out.output;
            ASSERT_EQ(first_difference(full, timing), "") << c.text;
        }
    }
}
