// What include/assay/sim.h does with a workload that is loaded already.
#include "sim_abi.hpp"

using namespace sim_abi_test;

namespace {

// 2^42 MACs an image: 2048 of them are just legal.
const char* const heavy = R"({"schema": 1, "name": "heavy", "layers": [
  {"name": "big", "op": "conv2d", "inputs": [], "in_channels": 128, "in_height": 1024,
   "in_width": 512, "out_channels": 256, "kernel": [16, 16], "padding": [8, 8, 7, 7]}]})";

class WorkloadAbi : public testing::Test {
  protected:
    void load(const char* text) {
        dir_.write("w.json", text);
        ASSERT_EQ(assay_workload_load(dir_.path("w.json").c_str(), nullptr, net_.out(), report_),
                  ASSAY_OK)
            << report_.text();
        hash_ = assay_workload_hash(net_);
    }
    void expect_refused(uint64_t batch, const std::string& message) {
        Report report;
        EXPECT_EQ(assay_workload_set_batch(net_, batch, report), ASSAY_BAD_INPUT);
        EXPECT_EQ(report.text(), message);
        EXPECT_EQ(assay_workload_batch(net_), 1u);
        EXPECT_EQ(assay_workload_hash(net_), hash_);
    }

    assay_test::TempDir dir_;
    Report report_;
    Workload net_;
    std::string hash_;
};

} // namespace

TEST_F(WorkloadAbi, ABatchIsPartOfTheHash) {
    load(network);
    ASSERT_EQ(assay_workload_set_batch(net_, 4096, report_), ASSAY_OK);
    EXPECT_EQ(assay_workload_batch(net_), 4096u);
    EXPECT_NE(assay_workload_hash(net_), hash_);
    ASSERT_EQ(assay_workload_set_batch(net_, 1, report_), ASSAY_OK);
    EXPECT_EQ(assay_workload_hash(net_), hash_);
}

TEST_F(WorkloadAbi, ABatchHasItsRange) {
    load(network);
    expect_refused(0, "batch: 0, must be in 1 .. 4096\n");
    expect_refused(4097, "batch: 4097, must be in 1 .. 4096\n");
}

TEST_F(WorkloadAbi, ABatchOfTooMuchWorkIsRefused) {
    load(heavy);
    ASSERT_EQ(assay_workload_layer_macs(net_, 0), uint64_t{1} << 42);
    expect_refused(4096, "batch: 4096 images take more than 2^53 MACs by layer \"big\"\n");
    EXPECT_EQ(assay_workload_set_batch(net_, 2048, report_), ASSAY_OK) << report_.text();
}
