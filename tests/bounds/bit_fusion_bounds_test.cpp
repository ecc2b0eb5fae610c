// What no schedule can beat, and sums that must come out, on random machines and layers.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "bit_fusion_cases.hpp"

using namespace assay;
using namespace assay::bit_fusion;

namespace {

struct Drawn {
    Options options;
    tiled::LayerCase layer;
    tiled::LayerRun run;
};

Drawn draw(uint64_t index, uint64_t macs) {
    Drawn d;
    d.options = make_options(31, index);
    d.layer = tiled::make_layer_case(31, index, macs);
    d.run = run_layer([&] { return make_any_mapping(d.options, index * 104729); }, d.layer,
                      ASSAY_MODEL_EVENT, false);
    return d;
}

} // namespace

TEST(BitFusionBounds, WorkTrafficAndAccounting) {
    uint64_t run = 0;
    for (uint64_t i = 0; i < 300; ++i) {
        const Drawn d = draw(i, 200000);
        if (!d.run.fits) {
            continue;
        }
        ++run;
        const Nest n = d.layer.nest();
        const BitFusion design(d.options);
        const auto& out = d.run.out;
        SCOPED_TRACE(d.layer.text);
        ASSERT_GE(static_cast<double>(out.cycles),
                  static_cast<double>(n.macs()) / design.peak_macs(n));
        ASSERT_EQ(d.run.counter("products"), n.macs());
        // Results leave once at least; so do the weights, and they come in.
        ASSERT_GE(d.run.counter("output_store_bits"), n.outputs() * d.options.output_bits);
        ASSERT_GE(d.run.counter("weight_load_bits"), n.weight_elements() * n.w_bits);
        ASSERT_GE(d.run.counter("dram_read_bits"), d.run.counter("weight_load_bits"));
        ASSERT_EQ(d.run.counter("dram_read_bits"), d.run.counter("input_load_bits") +
                                                       d.run.counter("weight_load_bits") +
                                                       d.run.counter("output_load_bits"));
        ASSERT_EQ(d.run.counter("dram_write_bits"), d.run.counter("output_store_bits"));
        ASSERT_GE(out.cycles * d.options.dram_bits_per_cycle, out.dram_bits);
        // A lane's operand is read once for all columns.
        ASSERT_GE(d.run.counter("input_read_bits") * d.options.cols, n.macs() * n.a_bits);
        ASSERT_GE(d.run.counter("weight_read_bits"), n.macs() * n.w_bits);
        ASSERT_GE(d.run.counter("output_write_bits"), n.outputs() * 32);
        // Every PE's cycles have a cause.
        const size_t each = out.pe_counters.size() / out.pe_count;
        for (size_t pe = 0; pe < out.pe_count; ++pe) {
            const auto begin = out.pe_counters.begin() + static_cast<std::ptrdiff_t>(pe * each);
            ASSERT_EQ(
                std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(each), uint64_t{0}),
                out.cycles);
        }
        ASSERT_LE(out.useful_pe_cycles, d.run.counter("active_pe_cycles"));
    }
    EXPECT_GE(run, 150u);
}

// With buffers that hold everything, every element is moved once.
TEST(BitFusionBounds, ALayerThatFitsIsMovedOnce) {
    uint64_t compared = 0;
    for (uint64_t i = 0; i < 80; ++i) {
        Options o = default_options();
        o.wbuf_bytes = o.ibuf_bytes = o.obuf_bytes = 1 << 28;
        o.image_mapping = image_channels;
        const tiled::LayerCase c = tiled::make_layer_case(32, i, 200000);
        const Nest n = c.nest();
        if (n.groups > 1 || n.stride_h > 1 || n.stride_w > 1) {
            continue; // weights with zeros; rows between windows that nobody needs
        }
        const std::vector<Found> all = every_mapping(o, n, Layout());
        const auto least =
            std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
                return a.estimate.dram_bits < b.estimate.dram_bits;
            });
        ASSERT_NE(least, all.end());
        const auto pick = static_cast<uint64_t>(least - all.begin());
        const auto run =
            run_layer([&] { return make_any_mapping(o, pick); }, c, ASSAY_MODEL_EVENT, false);
        ASSERT_TRUE(run.fits);
        EXPECT_EQ(run.out.dram_bits, least->estimate.dram_bits) << c.text;
        EXPECT_EQ(run.counter("weight_load_bits"), n.weight_elements() * n.w_bits) << c.text;
        EXPECT_LE(run.counter("input_load_bits"), n.input_elements() * n.a_bits) << c.text;
        EXPECT_EQ(run.counter("output_load_bits"), 0u) << c.text;
        EXPECT_EQ(run.counter("output_store_bits"), n.outputs() * 32) << c.text;
        ++compared;
    }
    EXPECT_GE(compared, 15u);
}

// Narrow operands are never slower on the same machine, and six bits compute as eight.
TEST(BitFusionBounds, WidthsStepWhereTheBricksDo) {
    tiled::LayerCase c = tiled::make_layer_case(33, 0, 1000);
    c.layer = Layer();
    c.layer.op = Op::conv;
    c.layer.in = {256, 14, 14};
    c.layer.out = {256, 14, 14};
    c.layer.kernel_h = c.layer.kernel_w = 3;
    c.layer.pad_top = c.layer.pad_left = 1;
    Options o = default_options();
    o.dram_bits_per_cycle = 65536; // computing decides
    const auto cycles = [&](unsigned w, unsigned a) {
        c.w_bits = w;
        c.a_bits = a;
        return run_layer([&] { return make_design(o); }, c, ASSAY_MODEL_EVENT, false);
    };
    EXPECT_EQ(cycles(6, 6).counter("issue_cycles"), cycles(8, 8).counter("issue_cycles"));
    EXPECT_EQ(cycles(3, 8).counter("issue_cycles"), cycles(4, 8).counter("issue_cycles"));
    EXPECT_EQ(cycles(8, 8).counter("issue_cycles"), 2 * cycles(4, 8).counter("issue_cycles"));
    EXPECT_EQ(cycles(8, 8).counter("issue_cycles"), 16 * cycles(2, 2).counter("issue_cycles"));
    EXPECT_EQ(cycles(16, 8).counter("issue_cycles"), 2 * cycles(8, 8).counter("issue_cycles"));
    EXPECT_EQ(cycles(16, 16).counter("issue_cycles"), 4 * cycles(8, 8).counter("issue_cycles"));
    EXPECT_EQ(8 * cycles(6, 8).counter("weight_load_bits"),
              6 * cycles(8, 8).counter("weight_load_bits"));
}
