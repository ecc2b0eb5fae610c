// The parts of the task haq: what the agent sees, ranges, and damages that are guessed.
#include <gtest/gtest.h>

#include <cmath>

#include "assay/sim.h"
#include "haq.h"
#include "report.hpp"
#include "temp_dir.hpp"

using assay_test::Report;
using assay_test::TempDir;

namespace {

const char* const net_json = R"({"schema": 1, "name": "four", "description": "for tests",
  "input": {"shape": [4, 8, 8], "seed": 1}, "layers": [
    {"name": "a", "op": "conv2d", "out_channels": 8, "kernel": 3, "padding": 1},
    {"name": "b", "op": "conv2d", "out_channels": 8, "kernel": 3, "stride": 2, "padding": 1,
     "groups": 8},
    {"name": "p", "op": "pool", "kind": "global_avg"},
    {"name": "f", "op": "linear", "out_features": 5}]})";

class HaqParts : public testing::Test {
  protected:
    void SetUp() override {
        const std::string path = dir_.write("four.json", net_json);
        ASSERT_EQ(assay_workload_load(path.c_str(), nullptr, &workload_, report_), ASSAY_OK)
            << report_.text();
        ranges_ = {2, 8, 3, 6, true, false};
    }
    ~HaqParts() override {
        haq_damage_free(&damage_);
        haq_layers_free(&layers_);
        assay_workload_free(&workload_);
    }
    assay_status make() {
        return haq_layers_make(workload_, "four.json", &ranges_, &layers_, report_);
    }

    TempDir dir_;
    Report report_;
    assay_workload* workload_ = nullptr;
    haq_ranges ranges_{};
    haq_layers layers_{};
    haq_damage damage_{};
};

} // namespace

TEST_F(HaqParts, TheEndsKeepEightBits) {
    ASSERT_EQ(make(), ASSAY_OK);
    ASSERT_EQ(layers_.count, 3u);
    EXPECT_EQ(layers_.total, 4u);
    for (size_t end : {0, 2}) {
        const haq_bits b = haq_clamp(&layers_.layers[end], {2, 3});
        EXPECT_EQ(b.w, 8u);
        EXPECT_EQ(b.a, 8u);
    }
    const haq_bits low = haq_clamp(&layers_.layers[1], {1, 1});
    const haq_bits high = haq_clamp(&layers_.layers[1], {16, 16});
    EXPECT_EQ(low.w, 2u);
    EXPECT_EQ(low.a, 3u);
    EXPECT_EQ(high.w, 8u);
    EXPECT_EQ(high.a, 6u);
}

TEST_F(HaqParts, PoliciesSpeakOfMatrixLayersOnly) {
    ASSERT_EQ(make(), ASSAY_OK);
    const haq_bits bits[] = {{8, 8}, {3, 4}, {8, 8}};
    assay_layer_policy policy[4];
    haq_policy(&layers_, bits, policy);
    EXPECT_EQ(policy[1].w_bits, 3u);
    EXPECT_EQ(policy[1].a_bits, 4u);
    EXPECT_EQ(policy[2].w_bits, 0u) << "the pooling";
    EXPECT_EQ(policy[3].w_bits, 8u);
}

TEST_F(HaqParts, WithCodebooksWeightsShareValuesAndActivationsStay) {
    ranges_.codebooks = true;
    ASSERT_EQ(make(), ASSAY_OK);
    const haq_bits bits[] = {{8, 8}, {3, 8}, {8, 8}};
    assay_layer_policy policy[4];
    haq_policy(&layers_, bits, policy);
    EXPECT_EQ(policy[1].codebook_bits, 3u);
    EXPECT_EQ(policy[1].w_bits, 0u);
    EXPECT_EQ(policy[1].a_bits, 0u);
    const double params = layers_.layers[1].params;
    EXPECT_EQ(haq_weight_bytes(&layers_, 1, 3), (params * 3 + 8 * 32) / 8) << "8 values of 32 bits";
    layers_.codebooks = false;
    EXPECT_EQ(haq_weight_bytes(&layers_, 1, 3), params * 3 / 8);
}

TEST_F(HaqParts, TooFewLayersAreTold) {
    ranges_.keep_ends = false;
    ASSERT_EQ(make(), ASSAY_OK);
    haq_layers_free(&layers_);
    assay_workload_free(&workload_);
    const std::string path = dir_.write("two.json", R"({"schema": 1, "name": "two",
      "description": "for tests", "input": {"shape": [4, 8, 8], "seed": 1}, "layers": [
      {"name": "a", "op": "conv2d", "out_channels": 8, "kernel": 3, "padding": 1},
      {"name": "f", "op": "linear", "out_features": 5}]})");
    ASSERT_EQ(assay_workload_load(path.c_str(), nullptr, &workload_, report_), ASSAY_OK)
        << report_.text();
    ranges_.keep_ends = true;
    EXPECT_EQ(make(), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("has 2 layers that take widths")) << report_.text();
}

// Worked by hand from the ten features of HAQ's environment, each scaled over the layers:
// depthwise, inputs, outputs, stride, kernel, weights, pixels, number, previous action, flag.
TEST_F(HaqParts, TheAgentSeesHaqsTenFeatures) {
    ASSERT_EQ(make(), ASSAY_OK);
    double state[6][HAQ_FEATURES];
    haq_state(&layers_, state[0]);
    // Inputs 4, 8, 8; outputs 8, 8, 5; stride 1, 2, 0; kernel 3, 3, 1; weights 288, 72, 40;
    // pixels 64, 64, 1.
    const double expected[3][8] = {
        {0, 0, 1, 0.5, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 32.0 / 248, 1, 0.5}, {0, 1, 0, 0, 0, 0, 0, 1}};
    for (size_t layer = 0; layer < 3; ++layer) {
        for (size_t kind = 0; kind < 2; ++kind) {
            const double* row = state[2 * layer + kind];
            for (size_t i = 0; i < 8; ++i) {
                EXPECT_DOUBLE_EQ(row[i], expected[layer][i]) << layer << " " << i;
            }
            EXPECT_EQ(row[HAQ_PREVIOUS_ACTION], 1);
            EXPECT_EQ(row[HAQ_FLAG], kind == 0 ? 1 : 0);
        }
    }
}

TEST_F(HaqParts, GuessedDamagesFallWithEachBit) {
    ASSERT_EQ(make(), ASSAY_OK);
    ASSERT_EQ(haq_damage_guess(&layers_, &damage_), ASSAY_OK);
    for (size_t layer = 0; layer < layers_.count; ++layer) {
        for (unsigned bits = 1; bits < 16; ++bits) {
            EXPECT_DOUBLE_EQ(haq_damage_at(&damage_, layer, {bits, bits}),
                             4 * haq_damage_at(&damage_, layer, {bits + 1, bits + 1}));
        }
    }
    // 288 of 400 weights, 18432 of 19624 MACs.
    EXPECT_DOUBLE_EQ(damage_.weights[2], 288.0 / 400 / 16);
    EXPECT_DOUBLE_EQ(damage_.activations[2], 18432.0 / 19624 / 16);
}

TEST_F(HaqParts, SizesAndOperationsNeedNoMachine) {
    ASSERT_EQ(make(), ASSAY_OK);
    haq_cost_table costs;
    const assay_search_settings settings = assay_default_search_settings();
    ASSERT_EQ(haq_costs_measure(&layers_, nullptr, &settings, &costs, report_), ASSAY_OK);
    const haq_bits bits[] = {{8, 8}, {2, 4}, {8, 8}};
    EXPECT_EQ(haq_cost(&costs, HAQ_SIZE, bits), 288 + 72 * 2 / 8.0 + 40);
    EXPECT_EQ(haq_cost(&costs, HAQ_BOPS, bits), 18432.0 * 64 + 1152 * 8 + 40 * 64);
    EXPECT_TRUE(std::isnan(haq_cost(&costs, HAQ_LATENCY, bits)));
    haq_costs_free(&costs);
}
