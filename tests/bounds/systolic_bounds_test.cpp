// The dense arrays against arithmetic: closed forms of a fold, peak rates, unique bytes, TPU v1's
// roofline; and the search against what the simulation says of other mappings.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "context.hpp"
#include "report.hpp"
#include "systolic_cases.hpp"

using namespace assay;
using namespace assay::systolic;
using tiled::LayerCase;
using tiled::LayerRun;

namespace {

LayerCase linear(uint32_t inputs, uint32_t outputs, uint64_t batch) {
    LayerCase c;
    c.layer.name = "linear";
    c.layer.op = Op::fc;
    c.layer.in = {inputs, 1, 1};
    c.layer.out = {outputs, 1, 1};
    c.batch = batch;
    return c;
}

LayerCase convolution(uint32_t channels, uint32_t outputs, uint32_t image, uint32_t kernel,
                      uint32_t groups) {
    LayerCase c;
    c.layer.name = "convolution";
    c.layer.op = Op::conv;
    c.layer.in = {channels, image, image};
    c.layer.out = {outputs, image, image};
    c.layer.kernel_h = c.layer.kernel_w = kernel;
    c.layer.pad_top = c.layer.pad_left = c.layer.pad_bottom = c.layer.pad_right = kernel / 2;
    c.layer.groups = groups;
    return c;
}

Options wide_memory(uint64_t rows, uint64_t cols, uint64_t dataflow) {
    Options o = default_options();
    o.rows = rows;
    o.cols = cols;
    o.dataflow = dataflow;
    o.dram_bits_per_cycle = 65536;
    o.dram_latency_cycles = 1;
    return o;
}

Options shipped(const std::string& name) {
    assay_test::Report report;
    assay_hw* hw = nullptr;
    const std::string path = std::string(std::getenv("ASSAY_SOURCE_ROOT")) + "/hw_configs/" + name;
    EXPECT_EQ(assay_hw_load(path.c_str(), &hw, report), ASSAY_OK) << report.text();
    const Options options = *static_cast<const Options*>(assay_hw_values(hw));
    assay_hw_free(&hw);
    return options;
}

// What a fold alone takes on the array, from the first setup cycle to the last result.
uint64_t fold_cycles(const Options& o, const Nest& nest) {
    const Array array = array_at(o, nest);
    const Cut cut(nest, array, Layout(), {nest.batch, 1, nest.out_c, nest.in_c, 1, 1});
    EXPECT_EQ(cut.folds(), 1u);
    return cut.setup(nullptr) + cut.issue() + cut.drain();
}

LayerRun run(const Options& o, const LayerCase& c) {
    return run_layer([&] { return make_design(o); }, c, ASSAY_MODEL_EVENT, false);
}

// A fully connected layer between others: its input and output stay on chip.
LayerOutcome run_on_chip(const Options& options, const LayerCase& c) {
    const ContextScope context;
    const auto machine = tiled::make_machine(make_design(options), ASSAY_MODEL_EVENT, nullptr);
    const FixedTensor none;
    const LayerTask task = {c.layer,
                            none,
                            c.batch,
                            c.w_bits,
                            c.a_bits,
                            Place::sram,
                            false,
                            false,
                            true,
                            false,
                            false,
                            nullptr,
                            [](void*, double) { return true; },
                            nullptr};
    LayerOutcome out;
    assay_test::Report report;
    EXPECT_EQ(machine->run(task, out, report), ASSAY_OK) << report.text();
    return out;
}

} // namespace

// SCALE-Sim (Samajdar et al., 2018, equation 1) gives 2 * rows + cols + T - 2 cycles for a fold
// that fills the array, T the dimension that is time. os is exactly that; ws and is have one more
// cycle, in which the accumulators below the array take the sum.
TEST(SystolicBounds, AFoldTakesItsClosedForm) {
    for (uint64_t rows : {1u, 4u, 16u}) {
        for (uint64_t cols : {1u, 3u, 8u}) {
            for (uint64_t time : {1u, 5u, 40u}) {
                const auto nest = [&](uint64_t depth, uint64_t outputs, uint64_t pixels) {
                    return linear(static_cast<uint32_t>(depth), static_cast<uint32_t>(outputs),
                                  pixels)
                        .nest();
                };
                const uint64_t published = 2 * rows + cols + time - 2;
                const Options ws = wide_memory(rows, cols, dataflow_ws);
                const Options os = wide_memory(rows, cols, dataflow_os);
                const Options is = wide_memory(rows, cols, dataflow_is);
                EXPECT_EQ(fold_cycles(ws, nest(rows, cols, time)), published + 1);
                EXPECT_EQ(fold_cycles(is, nest(rows, time, cols)), published + 1);
                EXPECT_EQ(fold_cycles(os, nest(time, cols, rows)), published);
            }
        }
    }
}

// Jouppi et al.: a matrix of B x 256 by 256 x 256 takes B cycles, if B is large enough to hide the
// 256 cycles in which the next tile of weights moves in.
TEST(SystolicBounds, TpuTakesBCyclesForATile) {
    const Options o = wide_memory(256, 256, dataflow_ws);
    for (uint64_t batch : {256u, 512u, 2048u}) {
        const LayerCase c = linear(1024, 512, batch);
        const Array array = array_at(o, c.nest());
        const Nest nest = c.nest();
        const Cut cut(nest, array, Layout(), {batch, 1, 512, 1024, 1, 1});
        EXPECT_EQ(cut.folds(), 8u);
        EXPECT_EQ(cut.issue(), 8 * batch);
    }
    const Nest narrow =
        linear(1024, 512, 32).nest(); // weights are late: 256 cycles from fold to fold
    const Array array = array_at(o, narrow);
    EXPECT_EQ(Cut(narrow, array, Layout(), {32, 1, 512, 1024, 1, 1}).issue(), 7 * 256u + 32);
}

// The knee of its roofline is at about 1350 products per byte of weights: below it a layer takes as
// long as its weights take to come, above it as long as its products.
TEST(SystolicBounds, TpuRooflineHasItsKneeAt1350ProductsPerWeightByte) {
    const Options o = shipped("tpu_v1.json");
    const auto cycles = [&](uint64_t batch) {
        return static_cast<double>(run_on_chip(o, linear(2048, 2048, batch)).cycles);
    };
    const double weights = 2048.0 * 2048 * 8 / 389; // cycles in which they come
    const double tiles = 64;
    EXPECT_NEAR(cycles(8) / weights, 1, 0.02);
    EXPECT_NEAR(cycles(675) / weights, 1, 0.05);
    EXPECT_NEAR(cycles(2048) / (2048 * tiles), 1, 0.05);
    EXPECT_NEAR(cycles(1800) / (1800 * tiles), 1, 0.05);
    const double knee = weights / tiles; // products per weight at which both take as long
    EXPECT_NEAR(knee, 1350, 10);
    EXPECT_NEAR(cycles(1348) / weights, 1, 0.08);
}

// A layer whose inputs and outputs are in DRAM, too: the unified buffer holds its inputs from the
// first columns of outputs to the last, so that every bit moves once.
TEST(SystolicBounds, TpuReadsALonelyLayersInputsOnce) {
    for (uint64_t batch : {512u, 1024u, 2048u}) {
        const LayerRun r = run(shipped("tpu_v1.json"), linear(4096, 4096, batch));
        EXPECT_EQ(r.counter("input_load_bits"), batch * 4096 * 8);
        EXPECT_EQ(r.counter("output_load_bits"), 0u);
        const auto moved = static_cast<double>(r.out.dram_bits) / 389;
        const double computed = static_cast<double>(batch) * 256;
        EXPECT_LE(static_cast<double>(r.out.cycles), 1.35 * std::max(moved, computed)) << batch;
    }
}

// Eyeriss adds a kernel row of four input channels before a sum leaves a PE (12 words of inputs),
// and its networks take four sums a cycle, not the 56 of 14 columns of four sets in 12 cycles.
TEST(SystolicBounds, EyerissWaitsForItsSums) {
    Options o = shipped("eyeriss_168pe.json");
    const Nest nest = convolution(8, 4, 14, 3, 1).nest();
    const Counts tile = {1, 1, 4, 8, 14, 14};
    const Layout layout = {1, loop_out_c, loop_in_c, false};
    const Array limited = array_at(o, nest);
    const Cut cut(nest, limited, layout, tile);
    EXPECT_EQ(limited.channels, 4u);
    EXPECT_EQ(limited.filters, 224u / 12);
    EXPECT_EQ(cut.issue(), 2u * 14 * (4 * 14 / 4));
    EXPECT_EQ(cut.drain(), 3u + 4 * 14 / 4 - 1);
    EXPECT_EQ(cut.buffer_bits(false).output_write, 2u * 4 * 14 * 14 * 16);
    o.sum_words_per_cycle = 0;
    const Array free = array_at(o, nest);
    EXPECT_EQ(Cut(nest, free, layout, tile).issue(), 2u * 14 * 12);
    EXPECT_EQ(Cut(nest, free, layout, tile).drain(), 3u);
    o.input_spad = 3; // a sum for every input channel
    const Array narrow = array_at(o, nest);
    EXPECT_EQ(Cut(nest, narrow, layout, tile).buffer_bits(false).output_write,
              8u * 4 * 14 * 14 * 16);
}

// Less energy of moving data than the fastest mapping, and not faster than that.
TEST(SystolicSearch, MinimisesWhatItIsToldTo) {
    Options o = shipped("eyeriss_168pe.json");
    LayerCase c = convolution(128, 128, 112, 3, 1);
    c.batch = 3;
    c.w_bits = c.a_bits = 16;
    const LayerRun careful = run(o, c);
    o.mapping_goal = goal_cycles;
    const LayerRun fast = run(o, c);
    EXPECT_LT(careful.out.dram_bits, fast.out.dram_bits);
    EXPECT_GE(careful.out.cycles, fast.out.cycles);
}

// Inputs and sums of a tile may have any shares of a pooled buffer.
TEST(SystolicSearch, PoolsBuffers) {
    Options o = default_options();
    o.buffer_halves = 1;
    o.ibuf_bytes = 60;
    o.obuf_bytes = 260;
    const LayerCase c = linear(64, 64, 1); // 64 bytes in, 256 out
    const auto sizes = [&] { return search(o, c.nest(), Layout()).mapping.tile; };
    EXPECT_LT(sizes()[loop_in_c], 64u);
    o.pooled_buffers = 1;
    EXPECT_EQ(sizes()[loop_in_c], 64u);
    o.obuf_bytes = 259;
    EXPECT_LT(sizes()[loop_in_c], 64u);
}

TEST(SystolicBounds, NothingIsFasterThanItsProductsOrItsBytes) {
    uint64_t run_count = 0;
    for (uint64_t i = 0; i < 300; ++i) {
        const Options o = make_options(77, i);
        const LayerCase c = tiled::make_layer_case(77, i, 60000);
        const LayerRun r = run(o, c);
        if (!r.fits) {
            continue;
        }
        ++run_count;
        const Nest n = c.nest();
        const double peak = make_design(o)->peak_macs(n);
        EXPECT_GE(static_cast<double>(r.out.cycles) * peak, static_cast<double>(n.macs()))
            << c.text;
        EXPECT_GE(r.counter("weight_load_bits"), n.weight_elements() * n.w_bits) << c.text;
        EXPECT_GE(r.counter("output_store_bits"), n.outputs() * output_bits(o, n)) << c.text;
        EXPECT_GE(r.out.cycles * o.dram_bits_per_cycle, r.out.dram_bits) << c.text;
        EXPECT_LE(r.out.useful_pe_cycles, r.counter("active_pe_cycles")) << c.text;
        EXPECT_GE(r.counter("output_write_bits"), n.outputs() * o.psum_bits) << c.text;
    }
    EXPECT_GE(run_count, 150u);
}

TEST(SystolicBounds, DepthwiseLayersLieSideBySide) {
    Options o = wide_memory(64, 64, dataflow_ws);
    const LayerCase c = convolution(128, 128, 14, 3, 128);
    o.depthwise_mapping = depthwise_single;
    const LayerRun single = run(o, c);
    o.depthwise_mapping = depthwise_packed;
    const LayerRun packed = run(o, c);
    o.depthwise_mapping = depthwise_auto;
    EXPECT_EQ(run(o, c).out.cycles, std::min(single.out.cycles, packed.out.cycles));
    // 7 groups of 9 taps on 64 rows.
    EXPECT_NEAR(static_cast<double>(single.out.cycles) / static_cast<double>(packed.out.cycles), 7,
                1.5);
}

// The prediction against the simulation, and the chosen mapping against all others of its space.
TEST(SystolicSearch, PredictsAndChoosesWell) {
    std::vector<double> errors, lost;
    for (uint64_t i = 0; i < 240; ++i) {
        Options o = make_options(99, i);
        o.shared_ports = 0; // the estimate does not know about them
        o.mapping_goal = goal_cycles;
        o.dram_banks = o.dram_turnaround_cycles = o.dram_refresh_interval_cycles = 0;
        const LayerCase c = tiled::make_layer_case(99, i, 30000);
        const LayerRun best = run(o, c);
        if (!best.fits) {
            continue;
        }
        const auto simulated = static_cast<double>(best.out.cycles);
        const auto predicted = static_cast<double>(predicted_cycles(o, c.nest()));
        errors.push_back(std::abs(predicted - simulated) / simulated);
        double least = simulated;
        for (uint64_t pick = 0; pick < 12; ++pick) {
            const LayerRun other = run_layer([&] { return make_any_mapping(o, pick * 7919 + i); },
                                             c, ASSAY_MODEL_EVENT, false);
            least = std::min(least, static_cast<double>(other.out.cycles));
        }
        lost.push_back(simulated / least - 1);
    }
    ASSERT_GE(errors.size(), 120u);
    std::sort(errors.begin(), errors.end());
    std::sort(lost.begin(), lost.end());
    RecordProperty("median_error_percent", static_cast<int>(100 * errors[errors.size() / 2]));
    EXPECT_LE(errors[errors.size() / 2], 0.05);
    EXPECT_LE(errors[errors.size() * 9 / 10], 0.20);
    EXPECT_LE(lost[lost.size() * 9 / 10], 0.04);
    EXPECT_LE(lost.back(), 0.35);
}

TEST(SystolicSearch, SaysWhatIsMissing) {
    Options o = default_options();
    o.obuf_bytes = 4;
    const LayerRun r = run(o, linear(64, 64, 1));
    EXPECT_FALSE(r.fits);
    EXPECT_NE(r.message.find("256 of the output buffer (2)"), std::string::npos) << r.message;
}
