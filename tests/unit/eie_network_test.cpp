// Layers hand tensors over: what one leaves in DRAM the next reads from there, what stays on chip
// is not charged, and weights that do not fit together are loaded again.
#include "sim_abi.hpp"

using namespace sim_abi_test;

namespace {

uint64_t stall(const assay_layer_result& layer, const std::string& name) {
    for (size_t i = 0; i < layer.stall_count; ++i) {
        if (name == layer.stall_cycles[i].name) {
            return layer.stall_cycles[i].value;
        }
    }
    throw std::runtime_error("no stall " + name);
}

class EieNetwork : public SimAbi {
  protected:
    const assay_result& run_json(const char* json) {
        load(json, workload_);
        machine_.reset();
        must(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, machine_.out(), report_));
        const assay_run_settings settings = assay_default_run_settings();
        must(assay_machine_run(machine_, workload_, &settings, result_.out(), report_));
        return *result_;
    }
    Workload workload_;
};

const char* const two_fc = R"({"schema": 1, "name": "two", "layers": [
  {"name": "a", "op": "fc", "in_features": 64, "out_features": 64,
   "weights": {"kind": "statistical", "density": 0.5},
   "activations": {"kind": "statistical", "density": 0.5}},
  {"name": "b", "op": "fc", "out_features": 32,
   "weights": {"kind": "statistical", "density": 0.5}}]})";

const char* const conv_fc =
    R"({"schema": 1, "name": "net", "input": {"shape": [4, 6, 6]}, "layers": [
  {"name": "conv", "op": "conv", "out_channels": 16, "kernel": [3, 3], "pad": [1, 1, 1, 1],
   "weights": {"kind": "statistical", "density": 0.5}},
  {"name": "fc", "op": "fc", "out_features": 10,
   "weights": {"kind": "statistical", "density": 0.5}}]})";

const char* const conv_pool_fc =
    R"({"schema": 1, "name": "net", "input": {"shape": [4, 6, 6]}, "layers": [
  {"name": "conv", "op": "conv", "out_channels": 16, "kernel": [3, 3], "pad": [1, 1, 1, 1],
   "weights": {"kind": "statistical", "density": 0.5}},
  {"name": "pool", "op": "maxpool", "kernel": [2, 2], "stride": [2, 2]},
  {"name": "fc", "op": "fc", "out_features": 10,
   "weights": {"kind": "statistical", "density": 0.5}}]})";

} // namespace

TEST_F(EieNetwork, VectorsStayInTheRegisters) {
    const assay_result& r = run_json(two_fc);
    EXPECT_EQ(r.total.dram_bytes, 0u);
    EXPECT_EQ(counter(r.layers[1], "act_sram_reads"), 0u);
    EXPECT_EQ(stall(r.layers[0], "write_back") + stall(r.layers[1], "act_load"), 0u);
}

TEST_F(EieNetwork, AFeatureMapThatFitsStaysInActivationSram) {
    const assay_result& r = run_json(conv_fc);
    EXPECT_EQ(r.total.dram_bytes, 0u);
    EXPECT_GT(counter(r.layers[0], "act_sram_writes"), 0u);
    EXPECT_GT(counter(r.layers[1], "act_sram_reads"), 0u) << "not in the registers by magic";
}

TEST_F(EieNetwork, WhatDoesNotFitIsWrittenOnceAndReadAgain) {
    set("act_sram_bytes", "128"); // 64 activations a PE; the map is 16 x 36 / 8 = 72
    const assay_result& r = run_json(conv_fc);
    EXPECT_EQ(counter(r.layers[0], "dram_write_bits"), 16u * 36 * 16);
    EXPECT_EQ(counter(r.layers[1], "dram_read_bits"), 16u * 36 * 16);
}

TEST_F(EieNetwork, TheHostReadsAndLeavesTensorsInDram) {
    const assay_result& r = run_json(conv_pool_fc);
    EXPECT_EQ(counter(r.layers[0], "dram_write_bits"), 16u * 36 * 16);
    EXPECT_EQ(counter(r.layers[2], "dram_read_bits"), 16u * 9 * 16);
}

// 200 outputs of 16 bits through one bit a cycle.
TEST_F(EieNetwork, OutputsTakeBandwidth) {
    set("act_sram_bytes", "32");
    set("act_registers", "4");
    set("dram_bits_per_cycle", "1");
    const assay_result& r = run_json(R"({"schema": 1, "name": "wide", "layers": [
      {"name": "fc", "op": "fc", "in_features": 8, "out_features": 200,
       "weights": {"kind": "statistical", "density": 0.5},
       "activations": {"kind": "statistical", "density": 0.5}}]})");
    EXPECT_EQ(counter(r.layers[0], "dram_write_bits"), 200u * 16);
    EXPECT_GE(r.layers[0].cycles, 200u * 16);
    EXPECT_GT(stall(r.layers[0], "dram"), 0u);
}

TEST_F(EieNetwork, WeightsThatDoNotFitTogetherAreLoadedBeforeEachLayer) {
    set("spmat_bytes", "320"); // a: about 256 entries a PE, b: about 128
    const assay_result& r = run_json(two_fc);
    for (size_t i : {0u, 1u}) {
        const uint64_t bits = counter(r.layers[i], "io_bits");
        EXPECT_EQ(bits, counter(r.layers[i], "stored_entries") * 8) << "pointers do fit";
        EXPECT_GE(r.layers[i].io_cycles * 128, bits);
        EXPECT_GT(r.layers[i].io_energy_j, 0);
        EXPECT_NE(strstr(r.layers[i].note, "do not fit together"), nullptr);
    }
    EXPECT_EQ(r.total.io_cycles, r.layers[0].io_cycles + r.layers[1].io_cycles);
}

TEST_F(EieNetwork, WithoutAChannelTheyAreRefusedTogether) {
    set("spmat_bytes", "320");
    set("dram_bits_per_cycle", "0");
    load(two_fc, workload_);
    must(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, machine_.out(), report_));
    const assay_run_settings settings = assay_default_run_settings();
    EXPECT_EQ(assay_machine_run(machine_, workload_, &settings, result_.out(), report_),
              ASSAY_BAD_INPUT);
    EXPECT_NE(
        strstr(assay_report_text(report_, 0), "the 2 layers do not fit together: they need 0."),
        nullptr)
        << assay_report_text(report_, 0);
}

// Entries stay, pointers of one segment after the other come in.
TEST_F(EieNetwork, IoModeLoadsPointersOnly) {
    set("ptr_bytes", "64"); // 32 pointers
    set("act_registers", "2");
    const assay_result& r = run_json(R"({"schema": 1, "name": "long", "layers": [
      {"name": "fc", "op": "fc", "in_features": 64, "out_features": 16,
       "weights": {"kind": "statistical", "density": 0.5},
       "activations": {"kind": "statistical", "density": 0.5}}]})");
    EXPECT_EQ(counter(r.layers[0], "io_bits"), (64u + 4) * 8 * 16) << "64 columns in 4 batches";
    EXPECT_EQ(counter(r.layers[0], "segments"), 4u);
}

// A layer whose pointers come in segments leaves no room for those of the others.
TEST_F(EieNetwork, AnIoModeLayerTakesTheOthersPointers) {
    set("pe_count", "4");
    set("act_registers", "100");
    set("ptr_bytes", "600"); // 300 pointers; small: 201, big: 401 and one more per batch
    const assay_result& r = run_json(R"({"schema": 1, "name": "io", "input": {"shape": [200, 1, 1]},
      "layers": [
      {"name": "small", "op": "fc", "out_features": 400,
       "weights": {"kind": "statistical", "density": 0.2}},
      {"name": "big", "op": "fc", "out_features": 8,
       "weights": {"kind": "statistical", "density": 0.2}}]})");
    EXPECT_EQ(counter(r.layers[0], "segments"), 1u);
    EXPECT_EQ(counter(r.layers[0], "io_bits"), 201u * 4 * 16);
    EXPECT_EQ(counter(r.layers[1], "segments"), 2u);
    EXPECT_EQ(counter(r.layers[1], "io_bits"), (400u + counter(r.layers[1], "batches")) * 4 * 16);
}

// A padded window is more than the registers that the vector before was left in can hold.
TEST_F(EieNetwork, OnlyAVectorOfItsOwnSizeIsFoundInTheRegisters) {
    set("pe_count", "1");
    set("act_registers", "8");
    const assay_result& r = run_json(R"({"schema": 1, "name": "pad", "input": {"shape": [8, 1, 1]},
      "layers": [
      {"name": "fc", "op": "fc", "out_features": 8, "weights": {"kind": "statistical", "density": 1}},
      {"name": "conv", "op": "conv", "out_channels": 4, "kernel": [3, 3], "pad": [1, 1, 1, 1],
       "weights": {"kind": "statistical", "density": 1}}]})");
    EXPECT_GT(counter(r.layers[0], "act_sram_writes"), 0u);
    EXPECT_GT(counter(r.layers[1], "act_sram_reads"), 0u);
    EXPECT_GT(stall(r.layers[1], "act_load"), 0u);
}

// What fits beside a streamed input stays on chip.
TEST_F(EieNetwork, ASmallOutputStaysWhenTheInputStreams) {
    set("pe_count", "4");
    const assay_result& r = run_json(R"({"schema": 1, "name": "s", "input": {"shape": [4, 40, 40]},
      "layers": [
      {"name": "c", "op": "conv", "out_channels": 4, "kernel": [2, 2], "stride": [20, 20],
       "weights": {"kind": "statistical", "density": 1}},
      {"name": "d", "op": "conv", "out_channels": 4, "kernel": [1, 1],
       "weights": {"kind": "statistical", "density": 1}}]})");
    EXPECT_GT(counter(r.layers[0], "dram_read_bits"), 0u);
    EXPECT_EQ(counter(r.layers[0], "dram_write_bits"), 0u);
    EXPECT_EQ(counter(r.layers[1], "dram_read_bits"), 0u);
}

// Nobody keeps an unread feature map on chip for later layers to overwrite.
TEST_F(EieNetwork, UnreadOutputsLeaveUnlessTheyAreTheLast) {
    const assay_result& r = run_json(R"({"schema": 1, "name": "b", "input": {"shape": [8, 4, 4]},
      "layers": [
      {"name": "x", "op": "conv", "out_channels": 20, "weights": {"kind": "statistical", "density": 0.5},
       "kernel": [1, 1]},
      {"name": "a", "op": "conv", "inputs": ["x"], "out_channels": 30, "kernel": [1, 1],
       "weights": {"kind": "statistical", "density": 0.5}},
      {"name": "b", "op": "conv", "inputs": ["x"], "out_channels": 30, "kernel": [1, 1],
       "weights": {"kind": "statistical", "density": 0.5}}]})");
    EXPECT_EQ(counter(r.layers[0], "dram_write_bits"), 0u) << "read by the next two";
    EXPECT_EQ(counter(r.layers[1], "dram_write_bits"), 30u * 16 * 16);
    EXPECT_EQ(counter(r.layers[2], "dram_write_bits"), 0u);
}
