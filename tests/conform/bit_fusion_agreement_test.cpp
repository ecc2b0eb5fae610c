// clocked == event on every counter of every PE and on every output, over random machines and
// layers, and both outputs equal the plain reference.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "bit_fusion_cases.hpp"

using namespace assay;
using namespace assay::bit_fusion;
using tiled::LayerCase;
using tiled::LayerRun;
using tiled::MakeDesign;

namespace {

constexpr uint64_t seed = 20261123;
constexpr uint64_t cases = 420;
constexpr uint64_t macs = 12000;

// Numbers of the stall causes.
enum {
#define ASSAY_STALL(name, unit, help) stall_##name,
    ASSAY_TILED_STALLS(ASSAY_STALL)
#undef ASSAY_STALL
};

} // namespace

TEST(BitFusionAgreement, ClockedAndEventAgreeOnEveryCounterOfEveryPe) {
    uint64_t run = 0;
    std::map<std::string, uint64_t> layouts;
    std::set<std::pair<unsigned, unsigned>> widths;
    uint64_t partial = 0, held = 0, batches = 0, passes = 0, dilated = 0;
    for (uint64_t i = 0; i < cases; ++i) {
        const Options options = make_options(seed, i);
        const LayerCase c = tiled::make_layer_case(seed, i, macs);
        // The best mapping in one case of three, else any: the best ones leave no partial sums.
        const MakeDesign make = [&] {
            return i % 3 == 0 ? make_design(options) : make_any_mapping(options, i * 7919);
        };
        const LayerRun clocked = run_layer(make, c, ASSAY_MODEL_CLOCKED);
        if (!clocked.fits) {
            continue;
        }
        ++run;
        const LayerRun event = run_layer(make, c, ASSAY_MODEL_EVENT);
        ASSERT_EQ(first_difference(clocked, event), "") << c.text << "; " << event.out.note;
        ASSERT_EQ(event.out.mismatches, 0u) << c.text << "; " << event.out.note;
        ASSERT_EQ(event.out.compared, c.nest().outputs());
        ++layouts[event.out.note.substr(0, event.out.note.find_first_of(" ;"))];
        widths.insert({c.w_bits, c.a_bits});
        partial += event.counter("output_load_bits") > 0 && options.output_preload == 0;
        held += options.shared_ports;
        batches += c.batch > 1;
        passes += c.w_bits > 8 || c.a_bits > 8;
        dilated += c.nest().dilation_h > 1;
    }
    // The set is only worth something if it goes everywhere.
    EXPECT_GE(run, 200u);
    for (const char* layout : {"dense", "im2col", "published", "channels", "taps", "patches"}) {
        EXPECT_GE(layouts[layout], 4u) << layout;
    }
    EXPECT_GE(widths.size(), 120u);
    EXPECT_GE(partial, 20u);
    EXPECT_GE(held, 40u);
    EXPECT_GE(batches, 30u);
    EXPECT_GE(passes, 100u);
    EXPECT_GE(dilated, 20u);
}

TEST(BitFusionAgreement, TimingOnlyGivesTheSameTimesAsWithOutputs) {
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

// A block of outputs that is wide and then one that is narrow, an issue or two each, while
// transfers hold the array now and then: the wide one's last column may be the later one, or not.
TEST(BitFusionAgreement, HoldsBetweenAWideAndANarrowBlock) {
    uint64_t run = 0, held = 0;
    for (uint64_t i = 0; i < 300; ++i) {
        Options options = make_options(seed + 2, i);
        options.shared_ports = 1;
        options.cols = 4 + i % 5;
        options.wbuf_bytes = options.rows * options.cols * options.buffer_halves * 64;
        options.obuf_bytes = options.cols * options.buffer_halves * 64;
        LayerCase c = tiled::make_layer_case(seed + 2, i, macs);
        Layer& layer = c.layer;
        layer = Layer();
        layer.name = "narrow";
        layer.op = Op::conv;
        layer.in = {static_cast<uint32_t>(1 + i % 7), 1, 2};
        layer.out = {static_cast<uint32_t>(options.cols * (1 + i % 4) + 1 + i % 3), 1, 2};
        const MakeDesign make = [&] { return make_any_mapping(options, i * 7919); };
        const LayerRun clocked = run_layer(make, c, ASSAY_MODEL_CLOCKED);
        if (!clocked.fits) {
            continue;
        }
        ++run;
        const LayerRun event = run_layer(make, c, ASSAY_MODEL_EVENT);
        ASSERT_EQ(first_difference(clocked, event), "") << c.text << "; " << event.out.note;
        held += event.out.stalls.at(stall_port) > 0;
    }
    EXPECT_GE(run, 100u);
    EXPECT_GE(held, 50u);
}
