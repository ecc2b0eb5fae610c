// assay run: the result in its three formats, and mistakes in the input.
#include "fixtures.hpp"

using namespace cli_test;

TEST_F(CliRun, JsonHoldsTheContractKeys) {
    Outcome o = run({"--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.text("model"), "event");
    EXPECT_EQ(json.text("hw.accelerator"), "eie");
    EXPECT_EQ(json.text("hw.hash").size(), 32u);
    EXPECT_EQ(json.number("hw.options.pe_count"), 8);
    EXPECT_EQ(json.text("workload.name"), "tiny");
    EXPECT_EQ(json.text("workload.hash").size(), 32u);
    for (const char* key : {"cycles", "io_cycles", "seconds", "energy_j", "area_mm2", "power_w",
                            "macs", "utilisation", "dram_bytes"}) {
        EXPECT_GE(json.number(std::string("total.") + key), 0) << key;
    }
    for (const char* key : {"cycles", "io_cycles", "seconds", "energy_j", "macs", "w_bits",
                            "a_bits", "utilisation"}) {
        EXPECT_GE(json.number(std::string("layers.0.") + key), 0) << key;
    }
    for (const char* key : {"energy_j", "area_mm2", "layers.0.stall_cycles", "layers.0.counters",
                            "layers.0.energy"}) {
        EXPECT_GT(json.size(key), 0u) << key;
    }
    EXPECT_EQ(json.text("layers.0.name"), "fc");
    EXPECT_EQ(json.at("check"), nullptr);
    EXPECT_EQ(json.at("layers.0.pe"), nullptr);
}

TEST_F(CliRun, SameCallSameBytes) {
    Outcome first = run({"--format", "json", "--per-pe", "--check"});
    Outcome second = run({"--format", "json", "--per-pe", "--check"});
    ASSERT_EQ(first.exit_code, 0) << first.err;
    EXPECT_EQ(first.out, second.out);
}

TEST_F(CliRun, ElementLayersThatStandAloneReadWhatIsDrawnForThem) {
    const std::string net = folder_.write("gate.json", R"({"schema": 1, "name": "gate",
      "layers": [
        {"name": "gate", "op": "sigmoid", "inputs": [], "in_channels": 6, "in_height": 1,
         "in_width": 1, "a_signed": true},
        {"name": "c", "op": "fc", "in_features": 6, "out_features": 3,
         "weights": {"kind": "statistical", "density": 0.9, "seed": 3, "codebook_bits": 4}}]})");
    Outcome o = assay({"run", "--hw", hw(), "--workload", net, "--set", "dram_bits_per_cycle=64",
                       "--check", "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.number("check.compared"), 3);
    EXPECT_EQ(json.number("check.mismatches"), 0);
    EXPECT_EQ(json.size("layers"), 2u);
}

TEST_F(CliRun, EnergyAddsUp) {
    Outcome o = run({"--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    double sum = 0;
    for (const assay_json* m = assay_json_first(json.at("energy_j")); m; m = assay_json_next(m)) {
        sum += assay_json_number(m);
    }
    EXPECT_GT(sum, 0);
    EXPECT_NEAR(sum, json.number("total.energy_j"), 1e-9 * sum);
}

TEST_F(CliRun, CheckCompares) {
    Outcome o = run({"--format", "json", "--check"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_GT(json.number("check.compared"), 0);
    EXPECT_EQ(json.number("check.mismatches"), 0);
}

TEST_F(CliRun, PerPeCountersCoverEveryPe) {
    Outcome o = run({"--format", "json", "--per-pe"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    const assay_json* pe = json.at("layers.0.pe");
    ASSERT_NE(pe, nullptr);
    ASSERT_GT(assay_json_size(pe), 0u);
    for (const assay_json* m = assay_json_first(pe); m != nullptr; m = assay_json_next(m)) {
        EXPECT_EQ(assay_json_size(m), 8u) << assay_json_key(m);
    }
    double per_pe = 0;
    const assay_json* cause = assay_json_first(json.at("layers.0.stall_cycles"));
    const assay_json* values = assay_json_get(pe, assay_json_key(cause));
    ASSERT_NE(values, nullptr) << assay_json_key(cause);
    for (const assay_json* v = assay_json_first(values); v != nullptr; v = assay_json_next(v)) {
        per_pe += assay_json_number(v);
    }
    EXPECT_EQ(per_pe, assay_json_number(cause));
}

TEST_F(CliRun, SetReachesTheHardware) {
    Outcome before = run({"--format", "json"});
    Outcome after = run({"--format", "json", "--set", "pe_count=4"});
    ASSERT_EQ(after.exit_code, 0) << after.err;
    Json json(after.out);
    EXPECT_EQ(json.number("hw.options.pe_count"), 4);
    EXPECT_NE(json.text("hw.hash"), Json(before.out).text("hw.hash"));
}

TEST_F(CliRun, SeveralWorkloadsMakeOneObject) {
    std::string second = workload("other", "fc_b");
    Outcome o = run({"--workload", second, "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    ASSERT_EQ(json.size("runs"), 2u);
    EXPECT_EQ(json.text("runs.0.workload.name"), "tiny");
    EXPECT_EQ(json.text("runs.1.workload.name"), "other");
    EXPECT_EQ(json.text("runs.1.layers.0.name"), "fc_b");
}

// RFC 4180: the number of fields of each record.
static std::vector<size_t> csv_fields(const std::string& text) {
    std::vector<size_t> records;
    size_t fields = 1;
    bool quoted = false;
    for (char c : text) {
        quoted = c == '"' ? !quoted : quoted;
        if (c == ',' && !quoted) {
            ++fields;
        } else if (c == '\n' && !quoted) {
            records.push_back(fields);
            fields = 1;
        }
    }
    EXPECT_FALSE(quoted);
    return records;
}

TEST_F(CliRun, CsvIsRectangular) {
    Outcome o = run({"--workload", workload("other", "a,\\\"b\\\""), "--format", "csv"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    std::vector<size_t> records = csv_fields(o.out);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_GT(records[0], 18u);
    EXPECT_EQ(records[1], records[0]);
    EXPECT_EQ(records[2], records[0]);
    EXPECT_EQ(o.out.rfind("workload,workload_hash,hw,hw_hash,model,layer,op,", 0), 0u);
    EXPECT_TRUE(contains(o.out, "\"a,\"\"b\"\"\""));
}

TEST_F(CliRun, TextFitsTheScreen) {
    std::string second = workload(std::string(150, 'n'), std::string(150, 'l'));
    Outcome o = run({"--workload", second, "--check"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    for (const char* part :
         {"layer", "cycles", "energy by component", "area by structure", "tiny", "check: "}) {
        EXPECT_TRUE(contains(o.out, part));
    }
    size_t width = 0;
    for (char c : o.out) {
        width = c == '\n' ? 0 : width + ((c & 0xc0) != 0x80);
        ASSERT_LE(width, 120u) << o.out;
    }
}

TEST_F(CliRun, TimingGoesToTheErrorStreamOnly) {
    Outcome plain = run({"--format", "json"});
    Outcome timed = run({"--format", "json", "--timing"});
    EXPECT_EQ(timed.out, plain.out);
    EXPECT_TRUE(contains(timed.err, "simulate "));
    EXPECT_FALSE(contains(plain.err, "simulate "));
}

TEST_F(CliRun, LayersAreChosenByName) {
    std::string second = workload("other", "fc_b");
    Outcome unknown = run({"--layer", "fd"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_TRUE(contains(unknown.err, "--layer \"fd\": no workload has such a layer"));
    Outcome partial = run({"--workload", second, "--layer", "fc"});
    EXPECT_EQ(partial.exit_code, 2);
    EXPECT_TRUE(contains(partial.err, "workload \"other\" has none of the layers"));
    Outcome both = run({"--workload", second, "--layer", "fc", "--layer", "fc_b"});
    EXPECT_EQ(both.exit_code, 0) << both.err;
}

TEST_F(CliRun, OnlyNamedLayersAreSimulated) {
    std::string three = folder_.write("three.json", three_layers);
    Outcome o = assay({"run", "--hw", hw(), "--workload", three, "--layer", "c", "--layer", "a",
                       "--format", "json", "--check"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    std::vector<std::string> simulated;
    for (size_t i = 0; i < json.size("layers"); ++i) {
        std::string layer = "layers." + std::to_string(i);
        if (assay_json_bool(json.at(layer + ".simulated"))) {
            simulated.push_back(json.text(layer + ".name"));
        }
    }
    EXPECT_EQ(simulated, (std::vector<std::string>{"a", "c"}));
}

TEST_F(CliRun, MistakesOfAllFilesAreToldAtOnce) {
    std::string broken = folder_.write("broken.json", "{\"schema\": 1,}");
    Outcome o = assay({"run", "--hw", hw(), "--set", "pe_cuont=4", "--workload", broken,
                       "--workload", folder_.path("absent.json")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_EQ(o.out, "");
    EXPECT_TRUE(contains(o.err, "broken.json"));
    EXPECT_TRUE(contains(o.err, "absent.json"));
    EXPECT_TRUE(contains(o.err, "pe_cuont"));
}

TEST_F(CliRun, ClockedModelWritesWaveforms) {
    std::string vcd = folder_.path("waves.vcd");
    Outcome o = run({"--model", "clocked", "--vcd", vcd, "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(Json(o.out).text("model"), "clocked");
    EXPECT_FALSE(read_file(vcd).empty());
}

// A new user has no ~/.cache: the folders are made.
TEST_F(CliRun, TheDefaultCacheWorksInAnEmptyHome) {
    std::string home = folder_.path("home");
    Outcome o = assay_in_shell("mkdir '" + home + "'; unset ASSAY_CACHE XDG_CACHE_HOME; HOME='" +
                                   home + "' exec \"$0\" \"$@\"",
                               {"run", "--hw", hw(), "--workload", workload()});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Outcome files = assay_in_shell("ls '" + home + "/.cache/assay'", {});
    EXPECT_TRUE(contains(files.out, ".eie")) << files.err;
}
