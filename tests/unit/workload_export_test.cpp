#include <gtest/gtest.h>

#include "content_hash.hpp"
#include "export_json.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

// Every op and every key that a layer can have.
const char* const everything = R"({
  "schema": 1, "name": "everything", "batch": 16,
  "input": {"shape": [4, 12, 10], "density": 0.5, "seed": 7, "signed": true},
  "layers": [
    {"name": "c", "op": "conv2d", "out_channels": 6, "kernel": [3, 1], "stride": [1, 2],
     "padding": [1, 0, 2, 0], "dilation": [2, 1], "groups": 2, "relu": true, "w_bits": 3,
     "a_bits": 5, "a_signed": true, "w_signed": false},
    {"name": "p", "op": "pool", "kind": "max", "kernel": 2, "stride": 2, "padding": [1, 0],
     "ceil_mode": true},
    {"name": "q", "op": "pool", "kind": "avg", "kernel": 2, "stride": 2, "inputs": ["c"],
     "padding": [1, 0], "ceil_mode": true, "a_bits": 4},
    {"name": "sum", "op": "add", "inputs": ["p", "q"], "relu": true},
    {"name": "product", "op": "mul", "inputs": ["sum", "q"]},
    {"name": "join", "op": "concat", "inputs": ["sum", "product"]},
    {"name": "n", "op": "batch_norm"}, {"name": "l", "op": "layer_norm"},
    {"name": "g", "op": "gelu"}, {"name": "s", "op": "sigmoid"}, {"name": "t", "op": "tanh"},
    {"name": "r", "op": "relu"}, {"name": "m", "op": "softmax", "groups": 3},
    {"name": "mean", "op": "pool", "kind": "global_avg"},
    {"name": "rows", "op": "linear", "in_features": 8, "out_features": 6, "rows": 5},
    {"name": "mix", "op": "matmul", "inputs": ["rows", "rows"], "heads": 2, "rows": 5, "inner": 3,
     "columns": 5},
    {"name": "alone", "op": "linear", "inputs": [], "in_features": 50, "out_features": 5,
     "weights": {"kind": "drawn", "seed": 9}, "bias": [1, 2, 3, 4, 0.1]},
    {"name": "kept", "op": "linear", "in_features": 5, "out_features": 3, "bias_column": true,
     "weights": {"kind": "statistical", "density": 0.5, "seed": 3, "row_spread": 0.1,
                 "codebook_bits": 5}},
    {"name": "values", "op": "linear", "in_features": 2, "out_features": 2,
     "weights": {"kind": "dense", "values": [[0, 0.1], [-2, 0]]},
     "activations": {"kind": "dense", "values": [1, 0.3]}},
    {"name": "drawn", "op": "linear", "in_features": 9, "out_features": 2, "a_bits": 16,
     "activations": {"kind": "statistical", "density": 0.5, "seed": 4, "signed": true}}
  ]
})";

std::string exported(const assay_workload& workload, std::vector<std::string>& notes) {
    return workload_json(workload, notes);
}

} // namespace

TEST(Export, ReadsBackToTheSameContent) {
    TempFolder folder;
    Loaded loaded = load(folder.write("w.json", everything));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<std::string> notes;
    const std::string text = exported(*loaded.workload, notes);
    Loaded again = load(folder.write("again.json", text));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages << text;
    EXPECT_EQ(again.workload->hash, loaded.workload->hash);
    EXPECT_EQ(again.workload->name, "everything");
    EXPECT_EQ(again.workload->batch, 16u);
    EXPECT_TRUE(notes.empty());
    EXPECT_EQ(exported(*again.workload, notes), text);
}

TEST(Export, ReadsBackWithTheSeedOfTheRun) {
    TempFolder folder;
    assay_workload_params params{};
    params.seed = 77;
    Loaded loaded = load(folder.write("w.json", everything), &params);
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<std::string> notes;
    Loaded again = load(folder.write("again.json", exported(*loaded.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    EXPECT_EQ(again.workload->hash, loaded.workload->hash);
}

TEST(Export, TopologyBecomesJson) {
    TempFolder folder;
    Loaded loaded =
        load(folder.write("t.csv", "Layer, M, N, K\na, 4, 8, 6\nb, 4, 2, 8\nc, 1, 5, 99\n"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<std::string> notes;
    Loaded again = load(folder.write("again.json", exported(*loaded.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    EXPECT_EQ(again.workload->hash, loaded.workload->hash);
}

TEST(Export, EieLayersKeepTheirStatistics) {
    Loaded loaded = load(trace_file("alexnet_fc8.json"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<std::string> notes;
    TempFolder folder;
    Loaded again = load(folder.write("again.json", exported(*loaded.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    EXPECT_EQ(again.workload->hash, loaded.workload->hash);
    EXPECT_TRUE(notes.empty());
}

TEST(Export, SaysWhatItLeavesOut) {
    TempFolder folder;
    std::string values;
    for (int i = 0; i < 70000; ++i) {
        values += (i ? ", " : "") + std::to_string(i % 7);
    }
    Loaded loaded = load(folder.write("big.json", R"({"schema": 1, "name": "big", "layers": [
        {"name": "a", "op": "linear", "in_features": 70000, "out_features": 1,
         "weights": {"kind": "dense", "values": [[)" + values +
                                                      R"(]]},
         "activations": {"kind": "dense", "values": [)" +
                                                      values + "]}}]}"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<std::string> notes;
    Loaded again = load(folder.write("again.json", exported(*loaded.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    ASSERT_EQ(notes.size(), 2u);
    EXPECT_EQ(notes[0], "layer \"a\": its weights are not exported, only their shape");
    EXPECT_TRUE(again.workload->layers[0].weights.drawn());
    EXPECT_NE(again.workload->hash, loaded.workload->hash);
}

TEST(LayerHash, IsOfTheContentAndNotTheName) {
    TempFolder folder;
    auto hash_of = [&](const std::string& layer) {
        Loaded loaded = load(folder.write(
            "w.json", R"({"schema": 1, "name": "w", "layers": [{"name": )" + layer + "}]}"));
        EXPECT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
        return loaded.workload ? layer_hash(loaded.workload->layers[0]) : "";
    };
    const std::string base = R"("a", "op": "conv2d", "in_channels": 4, "in_height": 8,
        "in_width": 8, "out_channels": 4, "kernel": 3, "padding": 1)";
    const std::string hash = hash_of(base);
    EXPECT_EQ(hash.size(), 32u);
    EXPECT_EQ(hash_of(replaced(base, "\"a\"", "\"b\"")), hash);
    for (const char* more :
         {R"("groups": 2)", R"("dilation": 2)", R"("stride": 2)", R"("w_bits": 4)",
          R"("a_bits": 4)", R"("a_signed": true)", R"("w_signed": false)", R"("relu": true)",
          R"("weights": {"kind": "drawn", "seed": 2})"}) {
        EXPECT_NE(hash_of(base + ", " + more), hash) << more;
    }
}
