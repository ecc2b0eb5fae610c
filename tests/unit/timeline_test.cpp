// Timelines through the C ABI, on machines that ship: the rows cover every cycle and add up to the
// counters, and nothing but the timeline changes.
#include "sim_abi.hpp"
#include "timeline_record.hpp"

using namespace sim_abi_test;
using assay_test::TimelineRecord;

namespace {

class Timelines : public SimAbi {
  protected:
    void start(const std::string& hw, const char* json, assay_model model = ASSAY_MODEL_EVENT) {
        load_hw_file(source("hw_configs/" + hw + ".json"));
        load(json, workload_);
        open(model);
    }
    // The result as text.
    std::string tell() {
        assay_run_settings settings = assay_default_run_settings();
        settings.timeline = TimelineRecord::tell;
        settings.timeline_user = &record_;
        return run(workload_, settings);
    }
    uint64_t sum(const char* name) const {
        uint64_t total = 0;
        for (size_t i = 0; i < result_->layer_count; ++i) {
            total += counter(result_->layers[i], name);
        }
        return total;
    }
    uint64_t cycles() const { return result_->total.cycles + result_->total.io_cycles; }
    void expect_whole() {
        EXPECT_EQ(record_.disorder(), "");
        EXPECT_EQ(record_.hole({"layer"}, cycles()), "");
        EXPECT_EQ(record_.hole({"array", "control"}, cycles()), "");
        EXPECT_EQ(record_.end(), cycles());
    }

    Workload workload_;
    TimelineRecord record_;
};

class TiledTimelines : public Timelines, public testing::WithParamInterface<const char*> {};

// Streams its weights and its activations: every row of EIE has something to say.
const char* const wide = R"({"schema": 1, "name": "wide", "layers": [
  {"name": "a", "op": "fc", "in_features": 3000, "out_features": 90, "relu": true,
   "weights": {"kind": "statistical", "density": 0.3},
   "activations": {"kind": "statistical", "density": 0.4}}]})";

} // namespace

TEST_P(TiledTimelines, AddUpToTheCounters) {
    start(GetParam(), network);
    const std::string plain = run(workload_);
    ASSERT_EQ(tell(), plain) << "the timeline changed the result";
    expect_whole();
    EXPECT_EQ(record_.cycles("array", "issue"), sum("issue_cycles"));
    EXPECT_EQ(record_.figure("DRAM", "", "beats"), sum("dram_busy_cycles"));
    EXPECT_EQ(record_.cycles("DRAM"), sum("dram_busy_cycles")); // rows are not modelled
    EXPECT_EQ(record_.figure("DRAM", "", "bits"), sum("dram_read_bits") + sum("dram_write_bits"));
    EXPECT_EQ(record_.figure("tensor buffer", "", "bits"), sum("handover_bits"));
    EXPECT_EQ(record_.figure("", "", "waited"), sum("contention_cycles"));
    EXPECT_EQ(record_.figure("array", "issue", "pe_cycles"), sum("active_pe_cycles"));
}

INSTANTIATE_TEST_SUITE_P(Machines, TiledTimelines,
                         testing::Values("bit_fusion_16x32", "bit_fusion_8x16", "bismo_edge",
                                         "bismo_cloud", "tpu_v1", "eyeriss_168pe"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(Timelines, BothModelsOfAMachineTellTheSame) {
    start("bit_fusion_8x16", network);
    tell();
    const std::vector<std::string> event = record_.sorted();
    record_.events.clear();
    machine_.reset();
    open(ASSAY_MODEL_CLOCKED);
    tell();
    EXPECT_GT(event.size(), 100u);
    EXPECT_EQ(record_.sorted(), event);
}

TEST_F(Timelines, BuffersHoldNoMoreThanTheyCan) {
    start("bit_fusion_16x32", network);
    tell();
    EXPECT_GT(record_.highest("input buffer"), 0u);
    EXPECT_LE(record_.highest("input buffer"), 32u << 10);
    EXPECT_GT(record_.highest("weight buffer"), 0u);
    EXPECT_LE(record_.highest("weight buffer"), 64u << 10);
    EXPECT_GT(record_.highest("output buffer"), 0u);
    EXPECT_LE(record_.highest("output buffer"), 16u << 10);
    EXPECT_LE(record_.highest("active PEs"), 512u);
}

TEST_F(Timelines, EieAddsUpToTheCounters) {
    load_hw(16);
    set("spmat_bytes", "1024"); // weights do not fit: streamed
    load(wide, workload_);
    open();
    const std::string plain = run(workload_);
    ASSERT_EQ(tell(), plain);
    expect_whole();
    EXPECT_EQ(record_.figure("DRAM", "", "bits"),
              sum("dram_read_bits") + sum("dram_write_bits") + sum("io_bits"));
    uint64_t useful = sum("entries");
    const double active = static_cast<double>(record_.integral("active PEs"));
    EXPECT_NEAR(active / static_cast<double>(useful), 1, 0.02); // levels are rounded
    EXPECT_GT(record_.cycles("control", "dram"), 0u);
    EXPECT_GT(record_.cycles("control", "act_load"), 0u);
    EXPECT_GT(record_.cycles("control", "scan"), 0u);
}

TEST_F(Timelines, EieShowsHowFullItsQueuesAre) {
    load_hw_text(
        R"("name": "shallow", "options": {"pe_count": 8, "queue_depth": 4, "dram_bits_per_cycle": 128})");
    load(network, workload_);
    open();
    const std::string plain = run(workload_);
    ASSERT_EQ(tell(), plain);
    expect_whole();
    const assay_counter_table* table = assay_accelerator_find("eie")->pe_counters;
    size_t column = 0;
    while (strcmp(table->counters[column].name, "queue_occupancy_cycles") != 0) {
        ++column;
    }
    uint64_t occupancy = 0;
    for (size_t i = 0; i < result_->layer_count; ++i) {
        const assay_layer_result& l = result_->layers[i];
        for (size_t pe = 0; pe < l.pe_count; ++pe) {
            occupancy += l.pe_counters[pe * l.pe_counter_count + column];
        }
    }
    EXPECT_NEAR(static_cast<double>(record_.integral("queues")) / static_cast<double>(occupancy), 1,
                0.02);
    EXPECT_LE(record_.highest("queues"), 8u * 5); // what is being taken still counts
}

TEST_F(Timelines, SparseFusionHasOne) {
    start("sparse_fusion", network);
    const std::string plain = run(workload_);
    ASSERT_EQ(tell(), plain);
    expect_whole();
    EXPECT_EQ(record_.figure("DRAM", "", "bits"), sum("dram_read_bits") + sum("dram_write_bits"));
}

TEST_F(Timelines, OnlyNamedLayersAreTold) {
    start("bit_fusion_16x32", network);
    const char* const names[] = {"fc", nullptr};
    assay_run_settings settings = assay_default_run_settings();
    settings.layers = names;
    settings.timeline = TimelineRecord::tell;
    settings.timeline_user = &record_;
    run(workload_, settings);
    EXPECT_EQ(record_.end(), result_->total.cycles);
    for (const assay_test::TimelineEvent& e : record_.events) {
        ASSERT_EQ(e.layer, "fc") << e.text();
    }
}

TEST_F(Timelines, CanBeStopped) {
    start("bit_fusion_16x32", network);
    assay_run_settings settings = assay_default_run_settings();
    settings.timeline = TimelineRecord::tell;
    settings.timeline_user = &record_;
    record_.stop_at = 10;
    EXPECT_EQ(run_status(workload_, settings), ASSAY_INTERRUPTED);
    EXPECT_EQ(result_, nullptr);
    EXPECT_EQ(record_.events.size(), 10u) << "told after it wanted no more";
    record_ = TimelineRecord();
    tell();
    expect_whole();
}

TEST_F(Timelines, TheClockedModelOfEieHasNone) {
    start("eie_64pe", layer_fc, ASSAY_MODEL_CLOCKED);
    EXPECT_FALSE(assay_machine_has_timeline(machine_));
    assay_run_settings settings = assay_default_run_settings();
    settings.timeline = TimelineRecord::tell;
    settings.timeline_user = &record_;
    EXPECT_EQ(run_status(workload_, settings), ASSAY_BAD_INPUT);
    EXPECT_NE(report_.text().find("the clocked model of eie has no timeline"), std::string::npos)
        << report_.text();
    EXPECT_TRUE(record_.events.empty());
}
