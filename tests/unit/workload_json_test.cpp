#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

#include "graph.hpp"
#include "host_ops.hpp"
#include "sparse.hpp"
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
    EXPECT_STREQ(assay_workload_layer_op(&net, 0), "conv2d");
    EXPECT_STREQ(assay_workload_layer_op(&net, 2), "linear");
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
        {"\"input\"", "\"batch\": 0, \"input\"", "batch"},
        {"\"input\"", "\"batch\": 4097, \"input\"", "batch"},
        {"\"relu\": true", "\"w_bits\": 17", "layers[0].w_bits"},
        {"\"relu\": true", "\"a_bits\": 0", "layers[0].a_bits"},
        {"\"relu\": true", "\"a_signed\": 1", "layers[0].a_signed"},
        {"\"relu\": true", "\"dilation\": 0", "layers[0].dilation"},
        {"\"relu\": true", "\"dilation\": 4", "a 9x9 window does not fit"},
        {"\"relu\": true", "\"padding\": 1", "layers[0].pad: says again what padding says"},
        {"\"relu\": true", "\"in_height\": 4", "layers[0].in: says again"},
        {"\"relu\": true", "\"rows\": 4", "unknown key \"rows\""},
        {"\"maxpool\"", "\"pool\"", "layers[1].kind: missing"},
        {"\"maxpool\"", "\"pool\", \"kind\": \"min\"", "layers[1].kind"},
        {"\"maxpool\"", "\"maxpool\", \"kind\": \"max\"", "layers[1].kind: the op says it"},
        {"[\"p\"], \"in_features\": 8", "[]", "layers[2].in_features: missing"},
        {"\"in_features\": 8", "\"in_features\": 2, \"rows\": 3",
         "input of 2x3x1, but reads 2x2x2"},
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
        {"\"kernel\": [3, 3]", "\"kernel\": [3, -3]",
         "layers[0].kernel: expected a whole number in 1 .. 4096 or a list of 2 of them"},
        {"\"kernel\": [3, 3]", "\"kernel\": [3, 2.5]", "layers[0].kernel"},
        {"\"kernel\": [3, 3]", "\"kernel\": [7, 7]", "a 7x7 window does not fit"},
        {"\"kernel\": [3, 3],", "", "layers[0].kernel: missing"},
        {"\"pad\": [1, 1, 1, 1]", "\"pad\": [1, 1, 1]", "layers[0].pad: expected a whole number"},
        {"\"stride\": [1, 1]", "\"stride\": [0, 1]", "layers[0].stride"},
        {"\"relu\": true", "\"relu\": 1", "layers[0].relu"},
        {"\"kind\": \"statistical\"", "\"kind\": \"statistic\"", "layers[0].weights.kind"},
        {"\"row_spread\": 0.1", "\"row_spread\": 3", "layers[0].weights.row_spread"},
        {"\"row_spread\"", "\"rowspread\"", "row_spread"},
        {"[\"p\"]", "[\"f\"]", "is not a layer above this one"},
        {"[\"p\"]", "[\"q\"]", "\"q\" is not a layer above this one"},
        {"[\"p\"]", "[\"c\", \"p\"]", "linear takes one input, not 2"},
        {"[\"p\"]", "5", "layers[2].inputs"},
        {"\"codebook_bits\": 4", "\"codebook_bits\": 9", "layers[2].weights.codebook_bits"},
        {"0, 2], [", "0], [", "layers[2].weights.values[0]: expected an array of 8 numbers, not 7"},
        {"0, 2], [", "0, \"2\"], [", "layers[2].weights.values[0][7]"},
        {"0, 2], [", "0, 1e39], [", "layers[2].weights.values[0][7]"},
        {"[0.5, -0.5]", "[0.5]", "layers[2].bias: expected an array of 2 numbers, not 1"},
        {"\"bias\":", "\"bias_column\": true, \"bias\":", "either \"bias\" or a \"bias_column\""},
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

TEST(WorkloadJson, OlderSpellingsMeanTheSame) {
    TempFolder folder;
    auto hash = [&](const std::string& layers) {
        Loaded loaded = load(folder.write(
            "w.json", R"({"schema": 1, "name": "w", "input": {"shape": [2, 8, 8]}, "layers": [)" +
                          layers + "]}"));
        EXPECT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
        return loaded.workload ? loaded.workload->hash : "";
    };
    const std::string now = hash(R"(
        {"name": "c", "op": "conv2d", "in_channels": 2, "in_height": 8, "in_width": 8,
         "out_channels": 4, "kernel": 3, "stride": 2, "padding": [1, 0]},
        {"name": "p", "op": "pool", "kind": "max", "kernel": 2},
        {"name": "q", "op": "pool", "kind": "avg", "kernel": 1},
        {"name": "g", "op": "pool", "kind": "global_avg"},
        {"name": "f", "op": "linear", "out_features": 3})");
    EXPECT_EQ(hash(R"(
        {"name": "c", "op": "conv", "in": [2, 8, 8], "out_channels": 4, "kernel": [3, 3],
         "stride": [2, 2], "pad": [1, 0, 1, 0]},
        {"name": "p", "op": "maxpool", "kernel": [2, 2]},
        {"name": "q", "op": "avgpool", "kernel": [1, 1]},
        {"name": "g", "op": "global_avgpool"},
        {"name": "f", "op": "fc", "out_features": 3})"),
              now);
}

TEST(WorkloadJson, ListOfUnrelatedShapesIsAWorkload) {
    TempFolder folder;
    Loaded loaded = load(folder.write("w.json", R"({"schema": 1, "name": "w", "layers": [
        {"name": "a", "op": "conv2d", "in_channels": 2, "in_height": 4, "in_width": 4,
         "out_channels": 3, "kernel": 3, "padding": 1, "a_signed": true},
        {"name": "b", "op": "linear", "in_features": 48, "out_features": 5},
        {"name": "c", "op": "linear", "in_features": 7, "out_features": 2},
        {"name": "d", "op": "linear", "inputs": [], "in_features": 2, "out_features": 2}]})"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const assay_workload& net = *loaded.workload;
    EXPECT_EQ(net.input.size(), 32u); // drawn, in the shape that the first layer states
    EXPECT_LT(*std::min_element(net.input.begin(), net.input.end()), 0);
    EXPECT_EQ(net.layers[1].inputs, std::vector<int>{0});
    for (size_t i : {2u, 3u}) { // of another shape, and by the file's word
        EXPECT_TRUE(net.layers[i].detached);
        EXPECT_TRUE(net.layers[i].inputs.empty());
        EXPECT_FALSE(net.layers[i].own_input);
    }
    ASSERT_EQ(net.notes.size(), 1u);
    EXPECT_EQ(net.notes[0], "2 of 4 layers stand alone, with a drawn input: c, d");
    const auto values = float_forward_all(net);
    EXPECT_NE(values[2], values[3]);
    EXPECT_EQ(detached_input(net.layers[3]).size(), 2u);
}

TEST(WorkloadJson, ShapesWithoutWeightsDrawDenseOnes) {
    TempFolder folder;
    Loaded loaded = load(folder.write("w.json", R"({"schema": 1, "name": "w", "layers": [
        {"name": "a", "op": "conv2d", "in_channels": 4, "in_height": 3, "in_width": 3,
         "out_channels": 4, "kernel": 3, "groups": 2, "w_bits": 4, "a_bits": 6},
        {"name": "b", "op": "conv2d", "inputs": [], "in_channels": 4, "in_height": 3,
         "in_width": 3, "out_channels": 4, "kernel": 3, "groups": 2}]})"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const Layer &a = loaded.workload->layers[0], &b = loaded.workload->layers[1];
    EXPECT_TRUE(a.weights.drawn());
    EXPECT_EQ(a.weights.draw_seed, 1u);
    EXPECT_EQ(a.weights.hash, b.weights.hash);
    EXPECT_EQ(a.w_bits, 4u);
    EXPECT_EQ(a.a_bits, 6u);
    EXPECT_EQ(b.w_bits, 0u);
    EXPECT_EQ(a.params(), 72u);
    auto matrix = resolve(a.weights);
    EXPECT_EQ(matrix->row.size(), 72u); // dense inside the groups
    EXPECT_EQ(matrix->codebook.size(), 16u);
    EXPECT_EQ(sparse_hash(*matrix), sparse_hash(*resolve(b.weights)));
}

TEST(WorkloadJson, HugeShapesWithoutWeightsTakeNoMemory) {
    TempFolder folder;
    std::string layers;
    for (int i = 0; i < 100; ++i) {
        layers += std::string(i ? "," : "") + R"({"name": "l)" + std::to_string(i) +
                  R"(", "op": "linear", "in_features": 16384, "out_features": 16384})";
    }
    Loaded loaded = load(folder.write(
        "w.json", R"({"schema": 1, "name": "w", "batch": 4096, "layers": [)" + layers + "]}"));
    EXPECT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
}

TEST(WorkloadJson, LinearLayersOfManyRowsAndMatrixProducts) {
    TempFolder folder;
    Loaded loaded = load(folder.write("w.json", R"({"schema": 1, "name": "w", "layers": [
        {"name": "q", "op": "linear", "in_features": 6, "out_features": 4, "rows": 3},
        {"name": "k", "op": "linear", "inputs": ["input"], "in_features": 6, "out_features": 4,
         "rows": 3},
        {"name": "scores", "op": "matmul", "inputs": ["q", "k"], "heads": 2, "rows": 3, "inner": 2,
         "columns": 3},
        {"name": "p", "op": "softmax", "groups": 2},
        {"name": "mix", "op": "matmul", "inputs": ["p", "k"], "heads": 2, "rows": 3, "inner": 3,
         "columns": 2}]})"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const auto& layers = loaded.workload->layers;
    EXPECT_TRUE(layers[0].linear_rows);
    EXPECT_EQ(layers[0].macs(), 6u * 4 * 3);
    EXPECT_EQ(layers[0].params(), 24u);
    EXPECT_EQ(layers[2].macs(), 2u * 3 * 2 * 3);
    EXPECT_EQ(layers[2].params(), 0u);
    EXPECT_EQ(shape_text(layers[2].out), "6x3x1");
    EXPECT_FALSE(layers[2].second_by_columns);
    EXPECT_TRUE(layers[4].second_by_columns);
    const auto v = float_forward_all(*loaded.workload);
    // Head 1, row 2, column 0 of each product, by hand; channel-major values.
    EXPECT_FLOAT_EQ(v[2][3 * 3 + 2], v[0][2 * 3 + 2] * v[1][2 * 3] + v[0][3 * 3 + 2] * v[1][3 * 3]);
    float sum = 0, mixed = 0;
    for (size_t i = 0; i < 3; ++i) {
        sum += v[3][(3 + i) * 3 + 2];
        mixed += v[3][(3 + i) * 3 + 2] * v[1][2 * 3 + i];
    }
    EXPECT_NEAR(sum, 1, 1e-6);
    EXPECT_FLOAT_EQ(v[4][2 * 3 + 2], mixed);
}

TEST(WorkloadJson, BatchIsBoundedByTheWorkThatItMakes) {
    TempFolder folder;
    const std::string text = R"({"schema": 1, "name": "w", "batch": 4096, "layers": [
        {"name": "a", "op": "conv2d", "inputs": [], "in_channels": 256, "in_height": 1024, "in_width": 1024,
         "out_channels": 256, "kernel": 7, "padding": 3}]})";
    expect_refused(load(folder.write("w.json", text)),
                   "layer \"a\": 4096 images take more than 2^53 MACs");
    Loaded loaded = load(folder.write("w.json", replaced(text, "4096", "16")));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_EQ(loaded.workload->batch, 16u);
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
