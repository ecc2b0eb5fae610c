// Tables as machines: every format, every way to match a layer, every way to miss.
#include <cstdlib>

#include "npy.h"
#include "sim_files.hpp"

using namespace assay_test;

namespace {

class TableMachine : public SimFiles {
  protected:
    void SetUp() override { load_net(); }
    void use(const std::string& name, const std::string& content) {
        ASSERT_EQ(load_hw(name, content), ASSAY_OK) << report_.text();
        open();
    }
    // Refused with all the reasons, one message each.
    void refuses(const std::string& name, const std::string& content,
                 const std::vector<std::string>& reasons) {
        Report report;
        EXPECT_EQ(assay_hw_load(folder_.write(name, content).c_str(), &hw_, report),
                  ASSAY_BAD_INPUT);
        EXPECT_EQ(hw_, nullptr);
        EXPECT_EQ(report.count(), reasons.size()) << report.text();
        for (const std::string& reason : reasons) {
            EXPECT_TRUE(report.mentions(reason)) << reason << " is not in\n" << report.text();
        }
    }
    // Three layers, widths 1 and 2: 100 * layer + 10 * w + a.
    static std::string npy(uint64_t layers = 3) {
        std::vector<int64_t> values;
        for (uint64_t i = 0; i < layers; ++i) {
            for (int w : {1, 2}) {
                for (int a : {1, 2}) {
                    values.push_back(static_cast<int64_t>(i) * 100 + 10 * w + a);
                }
            }
        }
        const uint64_t shape[] = {layers, 2, 2};
        char* bytes = nullptr;
        size_t size = 0;
        EXPECT_EQ(assay_npy_format(values.data(), shape, 3, &bytes, &size), ASSAY_OK);
        const std::string file(bytes, size);
        free(bytes);
        return file;
    }
    void set(const char* key, const char* text) {
        ASSERT_EQ(assay_hw_set(hw_, key, text, report_), ASSAY_OK) << report_.text();
    }
};

const std::string header = "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n";
const std::string apq_header =
    "cin,cout,in_hw,k,stride,pad,groups,w_bits,a_bits,latency_ms,energy_mj\n";

} // namespace

TEST_F(TableMachine, CsvByName) {
    use("t.csv", small_csv());
    const assay_measurement m = measure(1, 6, 4);
    EXPECT_EQ(m.cycles, 2064u);
    EXPECT_EQ(m.dram_bits, 8 * 101u);
    EXPECT_DOUBLE_EQ(m.seconds, 2064 / 250e6);
    EXPECT_DOUBLE_EQ(m.energy_j, 2064e-6);
    EXPECT_EQ(measure(3, 4, 6).cycles, 3046u); // "c" is the fourth layer of the network
}

TEST_F(TableMachine, CsvNamesMayBeQuoted) {
    load_hw("t.csv", header + "\"say \"\"a\"\", b\",4,4,7,0,0,0\n");
    assay_workload_free(&net_);
    load_net(R"({"schema": 1, "name": "q", "layers": [
        {"name": "say \"a\", b", "op": "linear", "in_features": 8, "out_features": 4}]})");
    open();
    EXPECT_EQ(measure(0, 4, 4).cycles, 7u);
}

TEST_F(TableMachine, NpyByPositionCountsBitsFromOne) {
    use("t.npy", npy());
    EXPECT_EQ(measure(0, 1, 2).cycles, 12u);
    EXPECT_EQ(measure(3, 2, 1).cycles, 221u);
    EXPECT_EQ(measure(3, 2, 1).energy_j, 0);
    EXPECT_DOUBLE_EQ(measure(3, 2, 1).seconds, 221 / 500e6);
}

TEST_F(TableMachine, NpyMayStartAtMoreBits) {
    ASSERT_EQ(load_hw("t.npy", npy()), ASSAY_OK);
    set("low_bits", "4");
    set("clock_mhz", "100");
    open();
    EXPECT_EQ(measure(0, 4, 5).cycles, 12u);
    EXPECT_DOUBLE_EQ(measure(0, 4, 5).seconds, 12 / 100e6);
    EXPECT_EQ(refusal(0, 1, 1), "layer \"a\": " + folder_.path("t.npy") +
                                    " has no entry for w1 a1, it has w4..5 a4..5\n");
}

TEST_F(TableMachine, LowBitsBeyondTheWidestIsRefused) {
    ASSERT_EQ(load_hw("t.npy", npy()), ASSAY_OK);
    set("low_bits", "16");
    EXPECT_EQ(assay_hw_check(hw_, report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("low_bits: 16")) << report_.text();
}

TEST_F(TableMachine, NpyMustHaveAsManyLayers) {
    use("t.npy", npy(4));
    EXPECT_NE(refusal(0, 1, 1).find("the table has 4 layers, the workload has 3"),
              std::string::npos);
}

TEST_F(TableMachine, ApqCsvByShape) {
    use("t.csv", apq_header + "8,8,6,3,1,1,1,8,8,0.5,2\n8,4,1,1,1,0,1,8,8,0.001,0.25\n");
    EXPECT_EQ(measure(0, 8, 8).cycles, 250000u); // 0.5 ms at 500 MHz
    EXPECT_DOUBLE_EQ(measure(1, 8, 8).energy_j, 2e-3);
    EXPECT_EQ(measure(3, 8, 8).cycles, 500u);
    EXPECT_NE(refusal(0, 8, 8, 16).find("for a batch of 1, not 16"), std::string::npos);
}

TEST_F(TableMachine, ApqDictionaryByShape) {
    use("t.json", R"({"head": {"latency": 1, "energy": 1},
                      "(8, 8, 6, 3, 1, 1, 1)-W4A6": {"latency": 0.5, "energy": 2}})");
    EXPECT_EQ(measure(0, 4, 6).cycles, 250000u);
    EXPECT_NE(refusal(3, 4, 6).find("no entry for its shape (8, 4, 1, 1, 1, 0, 1)"),
              std::string::npos);
    EXPECT_NE(refusal(0, 4, 4).find("it has w4..4 a6..6"), std::string::npos);
}

TEST_F(TableMachine, JsonByNameAndSize) {
    const std::string json = R"({"schema": 1, "kind": "table", "bits": [4, 5],
      "workload": {"name": "small", "batch": 1},
      "layers": [{"name": "a", "macs": MACS, "params": 576, "cycles": [[10, 20], [30, 40]],
        "seconds": [[1e-7, 2e-7], [3e-7, 4e-7]], "energy_j": [[1, 2], [3, 4]],
        "dram_bytes": [[1, 2], [3, 4]]}]})";
    std::string right = json, wrong = json;
    right.replace(right.find("MACS"), 4, "20736");
    wrong.replace(wrong.find("MACS"), 4, "20735");
    use("t.json", right);
    EXPECT_EQ(measure(0, 5, 4).cycles, 30u);
    EXPECT_DOUBLE_EQ(measure(0, 5, 4).seconds, 3e-7); // the clock of the table: 100 MHz
    EXPECT_NE(refusal(1, 5, 4).find("no entry for this name"), std::string::npos);
    use("t.json", wrong);
    EXPECT_NE(refusal(0, 5, 4).find("has 20736 MACs and 576 weights, that of"), std::string::npos);
}

TEST_F(TableMachine, HashCoversContentAndOptions) {
    ASSERT_EQ(load_hw("t.csv", small_csv()), ASSAY_OK);
    const std::string hash = assay_hw_hash(hw_), name_hash = hash;
    ASSERT_EQ(load_hw("other.csv", small_csv()), ASSAY_OK);
    EXPECT_EQ(assay_hw_hash(hw_), hash); // not over the file's name
    std::string changed = small_csv();
    changed[changed.size() - 2] ^= 1; // the last digit
    ASSERT_EQ(load_hw("t.csv", changed), ASSAY_OK) << report_.text();
    EXPECT_NE(assay_hw_hash(hw_), hash);
    ASSERT_EQ(load_hw("t.csv", small_csv()), ASSAY_OK);
    set("batch", "2");
    EXPECT_NE(assay_hw_hash(hw_), hash);
}

TEST_F(TableMachine, EqualLayersHaveKeysOfTheirOwn) {
    ASSERT_EQ(load_hw("t.csv", small_csv()), ASSAY_OK);
    EXPECT_NE(key(0, 4, 4), key(1, 4, 4)); // "a" and "b" are rows of their own
    EXPECT_NE(key(0, 4, 4), key(0, 4, 6));
    EXPECT_EQ(key(0, 4, 4), key(0, 4, 4));
}

TEST_F(TableMachine, RunsAWholeNetworkByPolicy) {
    use("t.csv", small_csv());
    assay_policy* policy = nullptr;
    ASSERT_EQ(assay_policy_load(
                  folder_
                      .write("p.json", R"({"schema": 1, "default": {"w_bits": 4, "a_bits": 4},
                                           "layers": {"b": {"a_bits": 6}}})")
                      .c_str(),
                  net_, &policy, report_),
              ASSAY_OK)
        << report_.text();
    assay_run_settings settings = assay_default_run_settings();
    settings.policy = policy;
    assay_result* result = nullptr;
    ASSERT_EQ(assay_machine_run(machine_, net_, &settings, &result, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(result->total.cycles, 1044u + 2046u + 3044u);
    ASSERT_EQ(result->layer_count, 4u);
    EXPECT_EQ(result->layers[1].a_bits, 6u);
    EXPECT_FALSE(result->layers[2].simulated);
    assay_result_free(&result);
    settings.check = true;
    EXPECT_EQ(assay_machine_run(machine_, net_, &settings, &result, report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("no outputs to check")) << report_.text();
    assay_policy_free(&policy);
}

TEST_F(TableMachine, WithoutWidthsOnlyASinglePairWillDo) {
    use("t.csv", header + "a,4,4,7,0,0,0\nb,4,4,8,0,0,0\nc,4,4,9,0,0,0\n");
    assay_run_settings settings = assay_default_run_settings();
    assay_result* result = nullptr;
    ASSERT_EQ(assay_machine_run(machine_, net_, &settings, &result, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(result->total.cycles, 24u);
    assay_result_free(&result);
    use("t.csv", small_csv());
    EXPECT_EQ(assay_machine_run(machine_, net_, &settings, &result, report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("a policy states widths")) << report_.text();
}

TEST_F(TableMachine, ATableMachineNeedsATable) {
    ASSERT_EQ(assay_hw_default("table", &hw_, report_), ASSAY_OK);
    EXPECT_EQ(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, &machine_, report_),
              ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("name the .npy, .csv or .json file")) << report_.text();
}

TEST_F(TableMachine, AllMistakesOfACsvAreTold) {
    refuses("t.csv",
            header + "a,0,4,7,0,0,0\na,4,4,-1,0,0,0\na,4,5,1.5,0,0,0\na,4,6,1,nan,0,0\n"
                     "a,4,7,1,0\n\"a,4,8,1,0,0,0\n,4\n",
            {":2: w_bits: \"0\" is not an integer in 1 .. 16", ":3: cycles: \"-1\"",
             ":4: cycles: \"1.5\" is not an integer", ":5: seconds: \"nan\"",
             ":6: 5 fields, the header has 7", ":7: a quoted field", ":8: 2 fields"});
    refuses("t.csv", header + "a,4,4,1,1e999,0,0\n", {"seconds: \"1e999\""});
    refuses("t.csv", header + "a,4,4,0x10,0,0,0\n", {"cycles: \"0x10\""});
    refuses("t.csv", header, {"no entries"});
    refuses("t.csv", header.substr(0, header.size() - 1) + ",more\n", {":1: the header must be"});
    refuses("t.csv", header + "a,4,4,1,0,0,0\na,4,4,1,0,0,0\n",
            {"two entries for w_bits 4, a_bits 4"});
    refuses("t.csv", header + "a,4,4,1000,1e-5,0,0\na,4,5,1000,2e-5,0,0\n",
            {"other entries have a clock of"});
}

TEST_F(TableMachine, AllMistakesOfAJsonAreTold) {
    refuses("t.json", R"({"schema": 1, "kind": "table", "bits": [4, 4], "extra": 1, "layers": [
              {"name": "a", "cycles": [[-1]], "seconds": [[0, 0]], "energy_j": [["x"]]},
              {"name": "a", "cycles": [[1]], "seconds": [[0]], "energy_j": [[0]],
               "dram_bytes": [[0]]}]})",
            {"extra", "layers[0].cycles[0]: has what is not an integer",
             "layers[0].seconds[0]: expected 1 numbers", "layers[0].energy_j[0]: has what is not",
             "layers[0].dram_bytes: expected 1 arrays", "layers[1]: name: \"a\" is used before"});
    refuses("t.json", R"({"schema": 1, "kind": "table", "bits": [0, 99], "layers": []})",
            {"bits: must be"});
    refuses("t.json", R"({"schema": 1, "kind": "table", "bits": [1, 2], "layers": 3})",
            {"layers: expected an array"});
    refuses("t.json", R"({"(1, 2)-W4A99": {"latency": 1}, "x": 3,
                          "(1)-W4A4": {"latency": -1}})",
            {"\"(1, 2)-W4A99\": expected", "\"x\": expected an object", "latency"});
}

TEST_F(TableMachine, MistakesOfANpyTableAreTold) {
    const int64_t negative = -5;
    const uint64_t cube[] = {1, 1, 1}, flat[] = {1, 1}, wide[] = {1, 1, 17};
    const std::vector<int64_t> many(17, 1);
    const auto bytes_of = [](const int64_t* values, const uint64_t* shape, size_t dims) {
        char* bytes = nullptr;
        size_t size = 0;
        EXPECT_EQ(assay_npy_format(values, shape, dims, &bytes, &size), ASSAY_OK);
        const std::string file(bytes, size);
        free(bytes);
        return file;
    };
    refuses("t.npy", bytes_of(&negative, cube, 3), {"[0][0][0]: -5 is not in 0 .. 2^47 cycles"});
    refuses("t.npy", bytes_of(&negative, flat, 2), {"the shape of a table is"});
    refuses("t.npy", bytes_of(many.data(), wide, 3), {"the shape of a table is"});
    std::string floats = npy();
    floats[floats.find("<i8") + 1] = 'f';
    refuses("t.npy", floats, {"elements of type <f8"});
}

// The table that was published with HAQ: figures of its file, summed by hand.
TEST_F(TableMachine, HaqsTableGivesItsPublishedCost) {
    const char* data = std::getenv("ASSAY_DATA");
    const char* root = std::getenv("ASSAY_SOURCE_ROOT");
    if (data == nullptr || root == nullptr) {
        GTEST_SKIP() << "ASSAY_DATA is not set";
    }
    const std::string path =
        std::string(data) + "/tables/haq/qmobilenetv2_imagenet100_batch16_latency_table.npy";
    assay_workload_free(&net_);
    ASSERT_EQ(assay_hw_load(path.c_str(), &hw_, report_), ASSAY_OK) << report_.text();
    ASSERT_EQ(assay_workload_load((std::string(root) + "/traces/nets/mobilenet_v2.json").c_str(),
                                  nullptr, &net_, report_),
              ASSAY_OK)
        << report_.text();
    open();
    uint64_t at8 = 0, at4 = 0;
    for (size_t i = 0; i < assay_workload_layer_count(net_); ++i) {
        if (assay_workload_layer_is_matrix(net_, i)) {
            at8 += measure(i, 8, 8).cycles;
            at4 += measure(i, 4, 4).cycles;
        }
    }
    EXPECT_EQ(at8, 39624933u);
    EXPECT_EQ(at4, 15716150u);
}
