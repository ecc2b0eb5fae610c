// The C ABI used as include/assay/sim.h says: hardware, machines, results, the contract.
#include "sim_abi.hpp"

using namespace sim_abi_test;

// ---- Hardware ----

TEST_F(SimAbi, DefaultHardwareIsAFileWithoutOptions) {
    must(assay_hw_default("eie", hw_.out(), report_));
    EXPECT_STREQ(assay_hw_name(hw_), "eie defaults");
    EXPECT_STREQ(assay_hw_accelerator(hw_)->name, "eie");
    EXPECT_EQ(assay_hw_check(hw_, report_), ASSAY_OK);
    const std::string hash = assay_hw_hash(hw_);
    load_hw_text(R"("name": "plain")");
    EXPECT_EQ(assay_hw_hash(hw_), hash);
    EXPECT_EQ(assay_hw_default("eei", hw_.out(), report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(hw_, nullptr);
    EXPECT_TRUE(report_.mentions("eie")) << report_.text();
}

TEST_F(SimAbi, HashFollowsOptionsAndNothingElse) {
    load_hw_text(R"("name": "a", "options": {"pe_count": 8})");
    const std::string hash = assay_hw_hash(hw_);
    EXPECT_EQ(hash.size(), 32u);
    load_hw_text(R"("name": "b", "description": "renamed", "options": {"pe_count": 8})");
    EXPECT_EQ(assay_hw_hash(hw_), hash);
    const assay_option_table& table = *assay_hw_accelerator(hw_)->options;
    for (size_t i = 0; i < table.count; ++i) {
        const assay_option& option = table.options[i];
        char old[32];
        assay_option_format(&option, assay_hw_values(hw_), old, sizeof old);
        const bool at_low = assay_option_get(&option, assay_hw_values(hw_)) == option.low;
        set(option.name, std::to_string(static_cast<uint64_t>(at_low ? option.high : option.low)));
        EXPECT_NE(assay_hw_hash(hw_), hash) << option.name;
        set(option.name, old);
        EXPECT_EQ(assay_hw_hash(hw_), hash) << option.name;
    }
}

TEST_F(SimAbi, AFailedSetLeavesTheValue) {
    const assay_option_table& table = *assay_hw_accelerator(hw_)->options;
    const std::string hash = assay_hw_hash(hw_);
    const char* const mistakes[][2] = {
        {"pe_count", "0"}, {"pe_count", "1025"}, {"pe_count", "8.5"}, {"pe_count", "x"},
        {"pe_count", ""},  {"pe_cuont", "4"},    {"clock_mhz", "nan"}};
    size_t messages = 0;
    for (const auto& [key, text] : mistakes) {
        EXPECT_EQ(assay_hw_set(hw_, key, text, report_), ASSAY_BAD_INPUT) << key << "=" << text;
        EXPECT_EQ(report_.count(), ++messages) << report_.text();
        EXPECT_EQ(assay_option_get(assay_option_find(&table, "pe_count"), assay_hw_values(hw_)), 8);
        EXPECT_EQ(assay_hw_hash(hw_), hash);
    }
    EXPECT_TRUE(report_.mentions("1024") && report_.mentions("did you mean \"pe_count\"?"))
        << report_.text();
}

TEST_F(SimAbi, RulesBetweenOptionsAreCheckedOnOpening) {
    set("index_bits", "8");
    set("spmat_width_bits", "8");
    EXPECT_EQ(assay_hw_check(hw_, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, machine_.out(), report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(machine_, nullptr);
    EXPECT_EQ(report_.count(), 2u);
    EXPECT_TRUE(report_.mentions("spmat_width_bits")) << report_.text();
}

// ---- Machines and runs ----

TEST_F(SimAbi, TheExampleOfTheHeader) {
    load_hw_file(source("hw_configs/eie_64pe.json"));
    Workload net;
    load_file(source("traces/eie/alexnet_fc6.json"), net);
    open();
    assay_run_settings settings = assay_default_run_settings();
    settings.check = true;
    ASSERT_EQ(run_status(net, settings), ASSAY_OK) << report_.text();
    ASSERT_EQ(result_->layer_count, 1u);
    EXPECT_GE(result_->total.cycles, counter(result_->layers[0], "entries_max_pe"));
    EXPECT_EQ(result_->total.macs, 9216u * 4096);
    EXPECT_EQ(result_->check.compared, 4096u);
    EXPECT_EQ(result_->check.mismatches, 0u);
    EXPECT_STREQ(result_->model, "event");
    EXPECT_EQ(report_.count(), 0u);
}

TEST_F(SimAbi, AMachineKeepsNothingBetweenRuns) {
    Workload fc, net;
    load(layer_fc, fc);
    load(network, net);
    for (assay_model model : {ASSAY_MODEL_EVENT, ASSAY_MODEL_CLOCKED}) {
        SCOPED_TRACE(assay_model_name(model));
        open(model);
        const std::string first = run(fc);
        EXPECT_EQ(run(fc), first);
        const std::string other = run(net);
        EXPECT_NE(other, first);
        EXPECT_EQ(run(fc), first);
        machine_.reset();
        open(model);
        EXPECT_EQ(run(net), other);
        EXPECT_EQ(run(fc), first);
        machine_.reset();
    }
}

TEST_F(SimAbi, ModelsAgreeOnEverything) {
    for (const char* json : {layer_fc, network, long_step}) {
        Workload workload;
        load(json, workload);
        open(ASSAY_MODEL_EVENT);
        const std::string event = run(workload);
        EXPECT_STREQ(result_->model, "event");
        machine_.reset();
        open(ASSAY_MODEL_CLOCKED);
        EXPECT_EQ(run(workload), event);
        EXPECT_STREQ(result_->model, "clocked");
        EXPECT_GT(result_->total.cycles, 0u);
        machine_.reset();
    }
}

TEST_F(SimAbi, OneMachineAtATime) {
    Workload fc;
    load(layer_fc, fc);
    open();
    const std::string first = run(fc);
    Machine second;
    EXPECT_EQ(assay_machine_open(hw_, ASSAY_MODEL_CLOCKED, nullptr, second.out(), report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(second, nullptr);
    EXPECT_TRUE(report_.mentions("already open")) << report_.text();
    EXPECT_EQ(run(fc), first);
    machine_.reset();
    EXPECT_EQ(assay_machine_open(hw_, ASSAY_MODEL_CLOCKED, nullptr, second.out(), report_),
              ASSAY_OK);
}

TEST_F(SimAbi, ResultsOutliveWhatMadeThem) {
    Workload fc;
    load(layer_fc, fc);
    open();
    hw_.reset(); // a machine keeps its own copy of the hardware, a result keeps all it names
    const std::string before = run(fc);
    fc.reset();
    machine_.reset();
    EXPECT_EQ(text_of(result_), before);
    EXPECT_STREQ(result_->hw_name, "eie defaults");
    EXPECT_STREQ(result_->layers[0].name, "fc");
}

TEST_F(SimAbi, TotalsAreTheSumsOfLayers) {
    set("dram_bits_per_cycle", "16");
    set("spmat_bytes", "64"); // weights come from DRAM
    Workload net;
    load(network, net);
    open();
    run(net);
    const assay_result& r = *result_;
    ASSERT_EQ(r.layer_count, 3u);
    uint64_t cycles = 0, io_cycles = 0, macs = 0, bits = 0, useful = 0, pe_cycles = 0;
    std::vector<double> energy(r.energy_count);
    double total = 0, area = 0;
    for (size_t i = 0; i < r.layer_count; ++i) {
        const assay_layer_result& l = r.layers[i];
        EXPECT_TRUE(l.simulated); // the pooling layer in the middle, too: it takes cycles
        EXPECT_GT(l.cycles, 0u);
        cycles += l.cycles;
        io_cycles += l.io_cycles;
        macs += l.macs;
        total += l.energy_j;
        for (size_t k = 0; k < l.energy_count; ++k) {
            EXPECT_STREQ(l.energy[k].name, r.energy[k].name);
            energy[k] += l.energy[k].value;
        }
        if (l.simulated) {
            bits += counter(l, "dram_read_bits") + counter(l, "dram_write_bits") +
                    counter(l, "io_bits");
            useful += counter(l, "entries") - counter(l, "padding_entries");
            pe_cycles += counter(l, "pe_cycles");
        }
    }
    for (size_t k = 0; k < r.area_count; ++k) {
        area += r.area[k].value;
    }
    EXPECT_EQ(r.total.cycles, cycles);
    EXPECT_EQ(r.total.io_cycles, io_cycles);
    EXPECT_EQ(r.total.macs, macs);
    EXPECT_GT(bits, 0u);
    EXPECT_EQ(r.total.dram_bytes, (bits + 7) / 8);
    EXPECT_DOUBLE_EQ(r.total.energy_j, total);
    EXPECT_DOUBLE_EQ(r.total.area_mm2, area);
    EXPECT_DOUBLE_EQ(r.total.seconds, static_cast<double>(cycles) / 800e6);
    EXPECT_DOUBLE_EQ(r.total.utilisation,
                     static_cast<double>(useful) / static_cast<double>(pe_cycles));
    for (size_t k = 0; k < energy.size(); ++k) {
        EXPECT_DOUBLE_EQ(r.energy[k].value, energy[k]) << r.energy[k].name;
    }
}

TEST_F(SimAbi, OnlyNamedLayersAreInTheResult) {
    Workload net;
    load(network, net);
    open();
    run(net);
    std::ostringstream whole;
    add_layer(whole, result_->layers[2]);
    const char* const layers[] = {"fc", nullptr};
    assay_run_settings settings = assay_default_run_settings();
    settings.layers = layers;
    run(net, settings);
    ASSERT_EQ(result_->layer_count, 1u);
    std::ostringstream alone; // its input was computed all the same
    add_layer(alone, result_->layers[0]);
    EXPECT_EQ(alone.str(), whole.str());
    const char* const unknown[] = {"fc", "fcc", nullptr};
    settings.layers = unknown;
    EXPECT_EQ(run_status(net, settings), ASSAY_BAD_INPUT);
    EXPECT_EQ(result_, nullptr);
    EXPECT_TRUE(report_.mentions("no layer \"fcc\"")) << report_.text();
}

// ---- Contract ----

using SimAbiDeath = SimAbi;

TEST_F(SimAbiDeath, NullPointersAbortWithTheFunctionsName) {
    assay_hw* hw = nullptr;
    assay_workload* workload = nullptr;
    assay_machine* machine = nullptr;
    EXPECT_DEATH(assay_hw_load(nullptr, &hw, report_), "assay_hw_load: contract");
    EXPECT_DEATH(assay_hw_default("eie", nullptr, report_), "assay_hw_default: contract");
    EXPECT_DEATH(assay_hw_set(nullptr, "pe_count", "1", report_), "assay_hw_set: contract");
    EXPECT_DEATH(assay_hw_hash(nullptr), "assay_hw_hash: contract");
    EXPECT_DEATH(assay_hw_free(nullptr), "assay_hw_free: contract");
    EXPECT_DEATH(assay_workload_load(nullptr, nullptr, &workload, report_),
                 "assay_workload_load: contract");
    EXPECT_DEATH(assay_workload_name(nullptr), "assay_workload_name: contract");
    EXPECT_DEATH(assay_machine_open(nullptr, ASSAY_MODEL_EVENT, nullptr, &machine, report_),
                 "assay_machine_open: contract");
    EXPECT_DEATH(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, nullptr, report_),
                 "assay_machine_open: contract");
    EXPECT_DEATH(assay_machine_close(nullptr), "assay_machine_close: contract");
    EXPECT_DEATH(assay_result_free(nullptr), "assay_result_free: contract");
}

TEST_F(SimAbiDeath, RunsNeedAllTheirArgumentsAndTheDefaultSettings) {
    Workload fc;
    load(layer_fc, fc);
    open();
    assay_result* result = nullptr;
    assay_run_settings settings = assay_default_run_settings();
    const char* const message = "assay_machine_run: contract";
    EXPECT_DEATH(assay_machine_run(nullptr, fc, &settings, &result, report_), message);
    EXPECT_DEATH(assay_machine_run(machine_, nullptr, &settings, &result, report_), message);
    EXPECT_DEATH(assay_machine_run(machine_, fc, nullptr, &result, report_), message);
    EXPECT_DEATH(assay_machine_run(machine_, fc, &settings, nullptr, report_), message);
    EXPECT_DEATH(assay_machine_run(machine_, fc, &settings, &result, nullptr), message);
    settings = assay_run_settings{};
    EXPECT_DEATH(assay_machine_run(machine_, fc, &settings, &result, report_),
                 "assay_machine_run: contract violated: .*cookie");
}
