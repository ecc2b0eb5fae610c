// Runs through the C ABI: interrupts, notes, the cache, seeds.
#include <filesystem>
#include <fstream>

#include "sim_abi.hpp"

using namespace sim_abi_test;

namespace {

// Stops a run at the n-th call.
struct Stopper {
    unsigned calls = 0, stop_at = 0;
    static bool progress(void* user, size_t, size_t, double, const char*) {
        auto* self = static_cast<Stopper*>(user);
        return ++self->calls != self->stop_at;
    }
    assay_run_settings settings() {
        assay_run_settings all = assay_default_run_settings();
        all.progress = progress;
        all.user = this;
        return all;
    }
};

} // namespace

// ---- Interrupts ----

TEST_F(SimAbi, TheClockedModelStopsInsideAStep) {
    load_hw(2);
    Workload workload;
    load(long_step, workload);
    open(ASSAY_MODEL_CLOCKED);
    Stopper never;
    const std::string whole = run(workload, never.settings());
    ASSERT_EQ(counter(result_->layers[0], "batches"), 1u);
    ASSERT_GE(result_->total.cycles, 64u * 128);
    EXPECT_GE(never.calls, 8u); // every 1024 cycles
    Stopper stopper{0, 4};
    EXPECT_EQ(run_status(workload, stopper.settings()), ASSAY_INTERRUPTED);
    EXPECT_EQ(result_, nullptr);
    EXPECT_EQ(stopper.calls, stopper.stop_at) << "asked again after being told to stop";
    EXPECT_EQ(run(workload), whole) << "the machine is not as before";
}

TEST_F(SimAbi, TheEventModelStopsInsideALayer) {
    Workload net;
    load(network, net);
    open();
    Stopper never;
    const std::string whole = run(net, never.settings());
    EXPECT_GT(never.calls, 3u + 1); // more than between layers
    for (unsigned stop_at = 1; stop_at < never.calls; ++stop_at) {
        Stopper stopper{0, stop_at};
        EXPECT_EQ(run_status(net, stopper.settings()), ASSAY_INTERRUPTED) << stop_at;
        EXPECT_EQ(result_, nullptr);
        EXPECT_EQ(stopper.calls, stop_at);
    }
    EXPECT_EQ(run(net), whole) << "the machine is not as before";
}

// ---- Notes, caches, seeds ----

TEST_F(SimAbi, TheLogSaysHowALayerWasTiled) {
    load_hw_file(source("hw_configs/eie_64pe.json"));
    Workload fc6;
    ASSERT_EQ(
        assay_workload_load(source("traces/eie/vgg_fc6.json").c_str(), nullptr, fc6.out(), report_),
        ASSAY_OK);
    open();
    std::string log;
    assay_run_settings settings = assay_default_run_settings();
    settings.outputs = false;
    settings.user = &log;
    settings.log = [](void* user, const char* layer, const char* text) {
        *static_cast<std::string*>(user) += std::string(layer) + ": " + text + "\n";
    };
    run(fc6, settings);
    EXPECT_EQ(log, std::string("fc6: ") + result_->layers[0].note + "\n");
    EXPECT_NE(log.find("2 segments, pointers loaded in I/O mode"), std::string::npos) << log;
    EXPECT_GT(result_->total.io_cycles, 0u);
}

TEST_F(SimAbi, ACacheChangesNoResult) {
    Workload net;
    load(network, net);
    open();
    const std::string folder = dir_.path("cache");
    assay_run_settings settings = assay_default_run_settings();
    settings.check = true; // a damaged weight changes outputs and nothing else
    const std::string uncached = run(net, settings);
    machine_.reset();
    settings.cache_dir = folder.c_str();
    for (const char* pass : {"writes", "reads", "finds damage"}) {
        SCOPED_TRACE(pass);
        open(); // a new machine has nothing in memory
        EXPECT_EQ(run(net, settings), uncached);
        machine_.reset();
        size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            EXPECT_EQ(entry.path().extension(), ".eie");
            ++files;
            if (strcmp(pass, "reads") == 0) {
                std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
                file.seekp(-1, std::ios::end); // the code of the last entry
                file.put(15);
            }
        }
        EXPECT_EQ(files, 2u); // one per layer with weights
    }
}

TEST_F(SimAbi, ASeedDrawsAnotherWorkload) {
    assay_workload_params params{};
    Workload own, seven, again;
    load(layer_fc, own);
    params.seed = 7;
    load(layer_fc, seven, &params);
    load(layer_fc, again, &params);
    EXPECT_STRNE(assay_workload_hash(seven), assay_workload_hash(own));
    EXPECT_STREQ(assay_workload_hash(seven), assay_workload_hash(again));
    open();
    run(own);
    const uint64_t entries = counter(result_->layers[0], "stored_entries");
    const std::string first = run(seven);
    EXPECT_NE(counter(result_->layers[0], "stored_entries"), entries);
    EXPECT_EQ(run(again), first);
}
