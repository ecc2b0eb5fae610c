// The mapping search: its estimate against the simulation, and its choice against all the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bit_fusion_cases.hpp"

using namespace assay;
using namespace assay::bit_fusion;

namespace {

Options machine(uint64_t rows, uint64_t cols) {
    Options o = default_options();
    o.rows = rows;
    o.cols = cols;
    o.wbuf_bytes = 128 * rows * cols;
    o.ibuf_bytes = 1024 * rows;
    o.obuf_bytes = 512 * cols;
    o.dram_bits_per_cycle = 12 * rows;
    o.dram_latency_cycles = 20;
    return o;
}

uint64_t simulated(const Options& options, const tiled::LayerCase& c, uint64_t pick) {
    return run_layer([&] { return make_any_mapping(options, pick); }, c, ASSAY_MODEL_EVENT, false)
        .out.cycles;
}

std::vector<Found> all_mappings(const Options& options, const Nest& nest) {
    std::vector<Found> all;
    for (const Layout& layout : layouts_for(options, nest, array_at(options, nest))) {
        const std::vector<Found> some = every_mapping(options, nest, layout);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

double ratio(uint64_t a, uint64_t b) {
    return static_cast<double>(a) / static_cast<double>(b);
}

} // namespace

TEST(BitFusionSearch, TheBestOfASearchIsTheBestOfTheWholeSpace) {
    for (uint64_t i = 0; i < 60; ++i) {
        const Options options = make_options(5, i);
        const Nest nest = tiled::make_layer_case(5, i, 100000).nest();
        for (const Layout& layout : layouts_for(options, nest, array_at(options, nest))) {
            const Shortlist found = search(options, nest, layout);
            const std::vector<Found> all = every_mapping(options, nest, layout);
            ASSERT_EQ(found.list().empty(), all.empty()) << i;
            for (const Found& other : all) {
                ASSERT_FALSE(other.estimate.better_than(found.list().front().estimate)) << i;
            }
        }
    }
}

TEST(BitFusionSearch, EstimatesOfChosenMappingsAreCloseToTheSimulation) {
    std::vector<double> errors;
    for (uint64_t i = 0; i < 200; ++i) {
        const Options options = machine(4 + i % 5, 4 + i % 7);
        const tiled::LayerCase c = tiled::make_layer_case(6, i, 600000);
        if (c.nest().macs() < 20000) {
            continue;
        }
        const Found best = BitFusion(options).choose(c.nest()).best;
        const auto run =
            run_layer([&] { return make_design(options); }, c, ASSAY_MODEL_EVENT, false);
        errors.push_back(std::fabs(ratio(best.estimate.cycles, run.out.cycles) - 1));
    }
    std::sort(errors.begin(), errors.end());
    ASSERT_GE(errors.size(), 40u);
    RecordProperty("median_percent", std::to_string(100 * errors[errors.size() / 2]));
    RecordProperty("p90_percent", std::to_string(100 * errors[errors.size() * 9 / 10]));
    RecordProperty("most_percent", std::to_string(100 * errors.back()));
    EXPECT_LE(errors[errors.size() / 2], 0.001);
    EXPECT_LE(errors[errors.size() * 9 / 10], 0.05);
    EXPECT_LE(errors.back(), 0.05);
}

// Every mapping of small layers is simulated. The worst case is a layer of a few uneven tiles whose
// best mapping is not among those that are looked at closely: the estimate spreads loads evenly.
TEST(BitFusionSearch, TheChosenMappingIsHardlyEverBeaten) {
    double worst = 1, sum = 0;
    uint64_t layers = 0;
    for (uint64_t i = 0; i < 60; ++i) {
        const Options options = machine(4, 4 + i % 5);
        const tiled::LayerCase c = tiled::make_layer_case(7, i, 40000);
        const std::vector<Found> all = all_mappings(options, c.nest());
        if (c.nest().macs() < 4000 || all.empty() || all.size() > 600) {
            continue;
        }
        const auto chosen =
            run_layer([&] { return make_design(options); }, c, ASSAY_MODEL_EVENT, false);
        uint64_t best = chosen.out.cycles;
        for (size_t pick = 0; pick < all.size(); ++pick) {
            best = std::min(best, simulated(options, c, pick));
        }
        worst = std::max(worst, ratio(chosen.out.cycles, best));
        sum += ratio(chosen.out.cycles, best);
        ++layers;
    }
    ASSERT_GE(layers, 15u);
    RecordProperty("worst", std::to_string(worst));
    RecordProperty("mean", std::to_string(sum / static_cast<double>(layers)));
    EXPECT_LE(worst, 1.20);
    EXPECT_LE(sum / static_cast<double>(layers), 1.03);
}

TEST(BitFusionSearch, SaysWhatALayerThatDoesNotFitNeeds) {
    Options options = machine(2, 2);
    options.obuf_bytes = 16;
    options.ibuf_bytes = 16;
    tiled::LayerCase c = tiled::make_layer_case(8, 0, 1000);
    c.layer = Layer();
    c.layer.name = "wide";
    c.layer.op = Op::conv;
    c.layer.in = {1, 9, 9};
    c.layer.out = {1, 1, 1};
    c.layer.kernel_h = c.layer.kernel_w = 9;
    const auto run = run_layer([&] { return make_design(options); }, c, ASSAY_MODEL_EVENT, false);
    EXPECT_FALSE(run.fits);
    EXPECT_NE(run.message.find("layer wide: its smallest tile needs"), std::string::npos)
        << run.message;
    EXPECT_NE(run.message.find("of the input buffer (1)"), std::string::npos) << run.message;
}
