// Networks on tiled machines: where tensors are between layers, batches, layers that are no matrix
// product.
#include "sim_abi.hpp"

using namespace sim_abi_test;

namespace {

// Three layers in a row; the second is no matrix product.
const char* const chain = R"({"schema": 1, "name": "chain", "layers": [
  {"name": "a", "op": "conv2d", "in_channels": 16, "in_height": 12, "in_width": 12,
   "out_channels": 24, "kernel": 3, "padding": 1},
  {"name": "p", "op": "pool", "kind": "max", "kernel": 2, "stride": 2},
  {"name": "b", "op": "conv2d", "out_channels": 8, "kernel": 1}]})";

// c reads b and, two layers later, a.
const char* const fork = R"({"schema": 1, "name": "fork", "layers": [
  {"name": "a", "op": "conv2d", "in_channels": 16, "in_height": 6, "in_width": 6,
   "out_channels": 16, "kernel": 1},
  {"name": "m", "op": "conv2d", "out_channels": 8, "kernel": 1},
  {"name": "b", "op": "conv2d", "out_channels": 16, "kernel": 1},
  {"name": "c", "op": "add", "inputs": ["a", "b"]},
  {"name": "d", "op": "conv2d", "out_channels": 16, "kernel": 1}]})";

const char* const product = R"({"schema": 1, "name": "product", "layers": [
  {"name": "q", "op": "linear", "in_features": 32, "out_features": 32, "rows": 8},
  {"name": "k", "op": "linear", "inputs": ["q"], "out_features": 32, "rows": 8},
  {"name": "s", "op": "matmul", "inputs": ["q", "k"], "heads": 2, "rows": 8, "inner": 16,
   "columns": 8}]})";

class TiledNetwork : public SimAbi, public testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override { must(assay_hw_default(GetParam(), hw_.out(), report_)); }
    uint64_t dram(size_t layer) const {
        const assay_layer_result& l = result_->layers[layer];
        return counter(l, "dram_read_bits") + counter(l, "dram_write_bits");
    }
    uint64_t handed(size_t layer) const { return counter(result_->layers[layer], "handover_bits"); }
    void run_text(const char* json, assay_model model = ASSAY_MODEL_EVENT) {
        Workload net;
        load(json, net);
        machine_.reset();
        open(model);
        run(net);
    }
};

TEST_P(TiledNetwork, TensorsThatFitStayOnChip) {
    set("batch", "1");
    set("handover_bytes", "0");
    run_text(chain);
    std::vector<uint64_t> before;
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(handed(i), 0u);
        before.push_back(dram(i));
    }
    const uint64_t cycles = result_->total.cycles;
    set("handover_bytes", "65536");
    run_text(chain);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_GT(handed(i), 0u) << i;
        EXPECT_LT(dram(i), before[i]) << i;
    }
    // a's input and b's output are the network's own: in DRAM.
    EXPECT_GE(dram(0), 16u * 12 * 12 * 8);
    EXPECT_EQ(dram(1), 0u);
    EXPECT_GE(counter(result_->layers[2], "dram_write_bits"), 8u * 6 * 6 * 8);
    EXPECT_LE(result_->total.cycles, cycles + cycles / 20);
}

TEST_P(TiledNetwork, ATensorReadAgainLaterIsInDram) {
    set("batch", "1");
    set("handover_bytes", "65536");
    run_text(fork);
    EXPECT_EQ(handed(0), 0u);
    EXPECT_GT(handed(1), 0u);
    EXPECT_EQ(counter(result_->layers[3], "dram_read_bits"), 16u * 36 * 8); // a's half of the sum
    EXPECT_GT(handed(3), 0u);
}

TEST_P(TiledNetwork, TheSecondOperandOfAProductIsInDram) {
    set("batch", "1");
    set("handover_bytes", "65536");
    run_text(product);
    EXPECT_GE(counter(result_->layers[1], "dram_write_bits"), 8u * 32 * 8);
    EXPECT_GE(counter(result_->layers[2], "weight_load_bits"), 8u * 32 * 8);
}

TEST_P(TiledNetwork, EveryImageHasItsOwnSecondOperand) {
    std::vector<uint64_t> bits;
    for (const char* batch : {"1", "4"}) {
        set("batch", batch);
        run_text(product);
        bits.push_back(counter(result_->layers[2], "weight_load_bits"));
        EXPECT_EQ(result_->layers[2].macs, (batch[0] - '0') * 2u * 8 * 16 * 8);
    }
    EXPECT_GE(bits[1], 4 * bits[0]);
}

TEST_P(TiledNetwork, ModelsAgreeOnNetworks) {
    set("batch", "2");
    for (const char* bytes : {"0", "4096"}) {
        set("handover_bytes", bytes);
        for (const char* json : {chain, fork, product}) {
            if (std::string(GetParam()) != "bit_fusion") { // 256 units or fewer: quick enough
                set("rows", "8");
                set("cols", "8");
            }
            run_text(json);
            const std::string event = text_of(result_);
            run_text(json, ASSAY_MODEL_CLOCKED);
            EXPECT_EQ(event, text_of(result_)) << GetParam() << ' ' << bytes;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Machines, TiledNetwork,
                         testing::Values("bit_fusion", "bit_serial", "systolic"));

} // namespace
