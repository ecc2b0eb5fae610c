#include <gtest/gtest.h>

#include <sys/stat.h>

#include "graph.hpp"
#include "host_ops.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

// Two layers that every malformed case below is made from.
const char* const small_net = R"({
  "schema": 1, "name": "small", "description": "a convolution and a classifier",
  "input": {"shape": [1, 4, 4], "seed": 3, "density": 0.5},
  "layers": [
    {"name": "c", "op": "conv", "in": [1, 4, 4], "out_channels": 2, "kernel": [3, 3],
     "stride": [1, 1], "pad": [1, 1, 1, 1], "relu": true,
     "weights": {"kind": "statistical", "density": 0.5, "seed": 7, "row_spread": 0.1}},
    {"name": "p", "op": "maxpool", "kernel": [2, 2], "stride": [2, 2]},
    {"name": "f", "op": "fc", "inputs": ["p"], "in_features": 8, "out_features": 2,
     "weights": {"kind": "dense", "codebook_bits": 4,
                 "values": [[1, 0, 0, 0, 0, 0, 0, 2], [0, -1, 0, 0, 0, 0, 0, 0]]},
     "bias": [0.5, -0.5]}
  ]
})";

struct Edit {
    const char *from, *to, *fragment;
};

} // namespace

TEST(WorkloadJson, LoadsLayersShapesAndWeights) {
    TempFolder folder;
    Loaded loaded = load(folder.write("small.json", small_net));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const assay_workload& net = *loaded.workload;
    EXPECT_STREQ(assay_workload_name(&net), "small");
    EXPECT_STREQ(assay_workload_importer(&net), "assay-json");
    EXPECT_EQ(strlen(assay_workload_hash(&net)), 32u);
    ASSERT_EQ(assay_workload_layer_count(&net), 3u);
    EXPECT_STREQ(assay_workload_layer_name(&net, 1), "p");
    EXPECT_STREQ(assay_workload_layer_op(&net, 1), "maxpool");
    EXPECT_EQ(shape_text(net.layers[0].out), "2x4x4");
    EXPECT_EQ(shape_text(net.layers[1].out), "2x2x2");
    EXPECT_EQ(net.layers[1].inputs, std::vector<int>{0});
    EXPECT_EQ(net.layers[0].macs(), 2u * 16 * 9);
    const SparseCodes& m = *net.layers[2].weights.codes;
    EXPECT_EQ(m.codebook, (std::vector<float>{0, -1, 1, 2}));
    EXPECT_EQ(m.col_start, (std::vector<uint32_t>{0, 1, 2, 2, 2, 2, 2, 2, 3}));
    EXPECT_EQ(net.layers[2].weights.bias, (std::vector<float>{0.5f, -0.5f}));
    EXPECT_EQ(net.input.size(), 16u);
    EXPECT_EQ(net.input_label, "drawn, density 0.5, seed 3");
    EXPECT_EQ(float_forward_all(net).back().size(), 2u);
}

TEST(WorkloadJson, BranchesAndEveryOtherOp) {
    TempFolder folder;
    Loaded loaded = load(folder.write("ops.json", R"({"schema": 1, "name": "ops",
      "input": {"shape": [2, 4, 4], "signed": true},
      "layers": [
        {"name": "a", "op": "relu", "inputs": ["input"]},
        {"name": "b", "op": "avgpool", "inputs": ["input"], "kernel": [1, 1]},
        {"name": "s", "op": "add", "inputs": ["a", "b"], "relu": true},
        {"name": "k", "op": "concat", "inputs": ["s", "a", "b"]},
        {"name": "g", "op": "global_avgpool"},
        {"name": "z", "op": "softmax"}]})"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const auto& layers = loaded.workload->layers;
    EXPECT_EQ(layers[2].inputs, (std::vector<int>{0, 1}));
    EXPECT_EQ(shape_text(layers[3].out), "6x4x4");
    EXPECT_EQ(shape_text(layers[5].out), "6x1x1");
    auto results = float_forward_all(*loaded.workload);
    float sum = 0;
    for (float v : results.back()) {
        sum += v;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
}

TEST(WorkloadJson, OwnActivationsAndBiasColumn) {
    TempFolder folder;
    Loaded loaded = load(folder.write("own.json", R"({"schema": 1, "name": "own", "layers": [
        {"name": "a", "op": "fc", "in_features": 2, "out_features": 1, "bias_column": true,
         "weights": {"kind": "dense", "values": [[1, 2, 3]]},
         "activations": {"kind": "dense", "values": [10, 100]}},
        {"name": "b", "op": "fc", "in_features": 50, "out_features": 3,
         "weights": {"kind": "statistical", "density": 0.5},
         "activations": {"kind": "statistical", "density": 0.3, "seed": 2}}]})"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_TRUE(loaded.workload->input.empty());
    EXPECT_EQ(loaded.workload->layers[1].inputs, std::vector<int>{-1});
    EXPECT_EQ(float_forward_all(*loaded.workload)[0], std::vector<float>{213});
    assay_workload_params params{};
    params.input_path = "x_1x1x1.bin";
    expect_refused(load(folder.path("own.json"), &params), "takes no input file");
}

TEST(WorkloadJson, SeedsFromTheRunReplaceThoseOfTheFile) {
    TempFolder folder;
    std::string path = folder.write("small.json", small_net);
    assay_workload_params params{};
    params.seed = 99;
    Loaded plain = load(path), again = load(path), other = load(path, &params);
    ASSERT_EQ(other.status, ASSAY_OK);
    EXPECT_EQ(plain.workload->hash, again.workload->hash);
    EXPECT_NE(plain.workload->hash, other.workload->hash);
    EXPECT_NE(plain.workload->layers[0].weights.hash, other.workload->layers[0].weights.hash);
    EXPECT_EQ(plain.workload->layers[2].weights.hash, other.workload->layers[2].weights.hash);
    EXPECT_NE(plain.workload->input, other.workload->input);
}

TEST(WorkloadJson, HashCoversStructureButNotNames) {
    TempFolder folder;
    auto hash = [&](const std::string& text) {
        Loaded loaded = load(folder.write("w.json", text));
        EXPECT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
        return loaded.workload ? loaded.workload->hash : "";
    };
    std::string base = hash(small_net);
    EXPECT_EQ(hash(replaced(small_net, "\"small\"", "\"renamed\"")), base);
    for (const Edit& e :
         {Edit{"\"density\": 0.5}", "\"density\": 0.75}", ""}, Edit{"\"relu\": true,", "", ""},
          Edit{"-0.5]", "-0.25]", ""}, Edit{"[0, -1, 0", "[-1, 0, 0", ""},
          Edit{"\"seed\": 7", "\"seed\": 8", ""},
          Edit{"\"name\": \"p\", \"op\": \"maxpool\"", "\"name\": \"p\", \"op\": \"avgpool\"",
               ""}}) {
        EXPECT_NE(hash(replaced(small_net, e.from, e.to)), base) << e.from;
    }
}

TEST(WorkloadJson, MistakesAreNamed) {
    TempFolder folder;
    const std::vector<Edit> edits = {
        {"\"schema\": 1", "\"schema\": 2", "schema"},
        {"\"name\": \"small\", ", "", "name: missing"},
        {"\"description\"", "\"descriptoin\"", "description"},
        {"[1, 4, 4], \"seed\"", "[1, 4], \"seed\"", "input.shape: expected 3 whole numbers"},
        {"[1, 4, 4], \"seed\"", "[1048576, 1048576, 2], \"seed\"", "more than 2^28 elements"},
        {"\"seed\": 3", "\"seed\": -3", "input.seed"},
        {"\"density\": 0.5}", "\"density\": 0}", "input.density"},
        {"\"density\": 0.5}", "\"density\": 1.5}", "input.density"},
        {"\"density\": 0.5}", "\"density\": NaN}", "small.json:"},
        {"\"op\": \"conv\"", "\"op\": \"cnov\"", "layers[0].op"},
        {"\"name\": \"p\"", "\"name\": \"c\"", "layers[1].name: \"c\" is already taken"},
        {"\"name\": \"p\"", "\"name\": \"input\"", "layers[1].name: \"input\" is already taken"},
        {"\"in\": [1, 4, 4]", "\"in\": [1, 4, 5]", "declares an input of 1x4x5, but reads 1x4x4"},
        {"\"in_features\": 8", "\"in_features\": 9", "declares an input of 9 features"},
        {"\"out_channels\": 2", "\"out_channels\": 0", "layers[0].out_channels"},
        {"\"out_channels\": 2", "\"out_channels\": 99999999999", "layers[0].out_channels"},
        {"\"kernel\": [3, 3]", "\"kernel\": [3, -3]", "layers[0].kernel: expected 2 whole numbers"},
        {"\"kernel\": [3, 3]", "\"kernel\": [3, 2.5]", "layers[0].kernel"},
        {"\"kernel\": [3, 3]", "\"kernel\": [7, 7]", "a 7x7 window does not fit"},
        {"\"kernel\": [3, 3],", "", "layers[0].kernel: missing"},
        {"\"pad\": [1, 1, 1, 1]", "\"pad\": [1, 1]", "layers[0].pad: expected 4 whole numbers"},
        {"\"stride\": [1, 1]", "\"stride\": [0, 1]", "layers[0].stride"},
        {"\"relu\": true", "\"relu\": 1", "layers[0].relu"},
        {"\"kind\": \"statistical\"", "\"kind\": \"statistic\"", "layers[0].weights.kind"},
        {"\"row_spread\": 0.1", "\"row_spread\": 3", "layers[0].weights.row_spread"},
        {"\"row_spread\"", "\"rowspread\"", "row_spread"},
        {"[\"p\"]", "[\"f\"]", "is not a layer above this one"},
        {"[\"p\"]", "[\"q\"]", "\"q\" is not a layer above this one"},
        {"[\"p\"]", "[\"c\", \"p\"]", "fc takes one input, not 2"},
        {"[\"p\"]", "[]", "layers[2].inputs"},
        {"\"codebook_bits\": 4", "\"codebook_bits\": 9", "layers[2].weights.codebook_bits"},
        {"0, 2], [", "0], [", "layers[2].weights.values[0]: expected an array of 8 numbers, not 7"},
        {"0, 2], [", "0, \"2\"], [", "layers[2].weights.values[0][7]"},
        {"0, 2], [", "0, 1e39], [", "layers[2].weights.values[0][7]"},
        {"[0.5, -0.5]", "[0.5]", "layers[2].bias: expected an array of 2 numbers, not 1"},
        {"\"bias\":", "\"bias_column\": true, \"bias\":", "either \"bias\" or a \"bias_column\""},
        {"\"input\": {\"shape\": [1, 4, 4], \"seed\": 3, \"density\": 0.5},", "",
         "input: missing, but a layer reads it"},
    };
    for (const Edit& e : edits) {
        SCOPED_TRACE(e.to);
        expect_refused(load(folder.write("small.json", replaced(small_net, e.from, e.to))),
                       e.fragment);
    }
}

TEST(WorkloadJson, AllMistakesOfAFileAreReported) {
    TempFolder folder;
    std::string text = replaced(small_net, "\"schema\": 1", "\"schema\": 7");
    text = replaced(text, "\"density\": 0.5, \"seed\": 7", "\"density\": 7, \"seed\": 7");
    text = replaced(text, "\"kernel\": [2, 2]", "\"kernel\": [2]");
    text = replaced(text, "\"codebook_bits\": 4", "\"codebook_bits\": 40");
    Loaded loaded = load(folder.write("small.json", text));
    EXPECT_EQ(loaded.message_count, 4u) << loaded.messages;
    for (const char* part : {"schema", "layers[0].weights.density", "layers[1].kernel",
                             "layers[2].weights.codebook_bits"}) {
        EXPECT_NE(loaded.messages.find(part), std::string::npos) << part << loaded.messages;
    }
}

TEST(WorkloadJson, StructureMistakes) {
    TempFolder folder;
    const std::pair<const char*, const char*> cases[] = {
        {R"({"schema": 1, "name": "x"})", "layers: expected an array of 1 .. 10000 layers"},
        {R"({"schema": 1, "name": "x", "layers": []})", "layers: expected an array"},
        {R"({"schema": 1, "name": "x", "layers": [3]})", "layers[0]: expected an object"},
        {R"({"schema": 1, "name": "x", "layers": [{"name": "a", "op": "fc"}]})", "out_features"},
        {R"({"schema": 1, "name": "x", "input": 4, "layers": [{"name": "a", "op": "relu"}]})",
         "input: expected an object"},
        {R"({"schema": 1, "name": "x", "accelerator": "eie"})", "accelerator"},
        {"{\"schema\": 1, ", "bad.json:"},
        {R"({"schema": 1, "name": "x", "layers": [{"name": "a", "op": "fc", "in_features": 4,
            "out_features": 1, "activations": {"kind": "dense", "values": [1, 2]},
            "weights": {"kind": "dense", "values": [[1, 2, 3, 4]]}}]})",
         "layers[0].activations.values: expected an array of 4 numbers, not 2"},
        {R"({"schema": 1, "name": "x", "layers": [{"name": "a", "op": "fc",
            "in_features": 16777216, "out_features": 16777216,
            "activations": {"kind": "statistical", "density": 0.5},
            "weights": {"kind": "statistical", "density": 0.5}}]})",
         "over the limit of 268435456 elements"},
        {R"({"schema": 1, "name": "x", "layers": [{"name": "a", "op": "conv",
            "in": [16777216, 16777216, 16777216], "out_channels": 1, "kernel": [1, 1],
            "activations": {"kind": "statistical", "density": 0.5},
            "weights": {"kind": "statistical", "density": 0.5}}]})",
         "more than 2^28 elements"},
    };
    for (const auto& [text, fragment] : cases) {
        SCOPED_TRACE(text);
        expect_refused(load(folder.write("bad.json", text)), fragment);
    }
}

TEST(WorkloadJson, TooManyElementsInAll) {
    TempFolder folder;
    std::string layers;
    for (int i = 0; i < 5; ++i) {
        layers += std::string(i ? "," : "") + R"({"name": "l)" + std::to_string(i) +
                  R"(", "op": "fc", "in_features": 8192, "out_features": 8192,
                  "activations": {"kind": "statistical", "density": 0.001},
                  "weights": {"kind": "statistical", "density": 0.001}})";
    }
    expect_refused(
        load(folder.write("big.json", R"({"schema": 1, "name": "x", "layers": [)" + layers + "]}")),
        "layers[3]: activations and weights are over 2^28");
}

TEST(WorkloadJson, SafetensorsWeights) {
    TempFolder folder;
    folder.write("w.safetensors",
                 safetensors(R"({"t":{"dtype":"F32","shape":[2,2,1,1],"data_offsets":[0,16]}})",
                             raw(std::vector<float>{1, 0, -2, 3})));
    std::string text = R"({"schema": 1, "name": "x", "input": {"shape": [2, 1, 1]}, "layers": [
        {"name": "a", "op": "conv", "out_channels": 2, "kernel": [1, 1],
         "weights": {"kind": "safetensors", "path": "w.safetensors", "tensor": "t"}}]})";
    Loaded loaded = load(folder.write("x.json", text));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const SparseCodes& m = *loaded.workload->layers[0].weights.codes;
    EXPECT_EQ(m.row, (std::vector<uint32_t>{0, 1, 1}));
    EXPECT_EQ(m.codebook, (std::vector<float>{0, -2, 1, 3}));
    for (const Edit& e : {Edit{"\"tensor\": \"t\"", "\"tensor\": \"u\"", "tensor \"u\" is missing"},
                          Edit{"\"path\": \"w.", "\"path\": \"v.", "v.safetensors"},
                          Edit{"\"kernel\": [1, 1]", "\"kernel\": [1, 1], \"groups\": 2",
                               "the layer needs [2, 1, 1, 1]"},
                          Edit{"\"tensor\": \"t\"", "\"tensor\": 5", "weights.tensor"}}) {
        SCOPED_TRACE(e.to);
        expect_refused(load(folder.write("x.json", replaced(text, e.from, e.to))), e.fragment);
    }
    folder.write("w.safetensors",
                 safetensors(R"({"t":{"dtype":"F32","shape":[2,2,1,1],"data_offsets":[0,16]}})",
                             raw(std::vector<uint32_t>{0, 0, 0x7FC00000, 0})));
    expect_refused(load(folder.write("x.json", text)), "not finite");
}

TEST(WorkloadJson, GroupedConvolutionIsBlockDiagonal) {
    TempFolder folder;
    Loaded loaded = load(folder.write("g.json", R"({"schema": 1, "name": "g",
        "input": {"shape": [4, 1, 1]}, "layers": [
        {"name": "a", "op": "conv", "out_channels": 2, "kernel": [1, 1], "groups": 2,
         "weights": {"kind": "dense", "values": [[1, 2], [3, 4]]}}]})"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const SparseCodes& m = *loaded.workload->layers[0].weights.codes;
    EXPECT_EQ(m.cols, 4u);
    EXPECT_EQ(m.row, (std::vector<uint32_t>{0, 0, 1, 1}));
    EXPECT_EQ(m.col_start, (std::vector<uint32_t>{0, 1, 2, 3, 4}));
}

TEST(WorkloadLoad, WhatIsNotAWorkload) {
    TempFolder folder;
    expect_refused(load(folder.path("absent.json")), "cannot open");
    expect_refused(load(folder.path("")), "not a regular file");
    expect_refused(load(folder.write("empty.json", "")), "empty; the importers are assay-json (");
    expect_refused(load(folder.write("prose.txt", "hello")), "deep-compression (");
    ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
    expect_refused(load(folder.path("pipe")), "not a regular file");
}

TEST(WorkloadLoad, WorksWithoutAReport) {
    TempFolder folder;
    assay_workload* workload = nullptr;
    EXPECT_EQ(
        assay_workload_load(folder.write("b.json", "{}").c_str(), nullptr, &workload, nullptr),
        ASSAY_BAD_INPUT);
    EXPECT_EQ(workload, nullptr);
    std::string path = folder.write("small.json", small_net);
    ASSERT_EQ(assay_workload_load(path.c_str(), nullptr, &workload, nullptr), ASSAY_OK);
    assay_workload_free(&workload);
    EXPECT_EQ(workload, nullptr);
    assay_workload_free(&workload); // freeing nothing is allowed
}

TEST(WorkloadLoad, RegistryListsEachImporterOnce) {
    ASSERT_GE(assay_importer_count(), 3u);
    for (size_t i = 0; i < assay_importer_count(); ++i) {
        EXPECT_GT(strlen(assay_importer_at(i)->summary), 10u);
        for (size_t k = 0; k < i; ++k) {
            EXPECT_STRNE(assay_importer_at(i)->name, assay_importer_at(k)->name);
        }
    }
}
