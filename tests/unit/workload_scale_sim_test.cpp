#include <gtest/gtest.h>

#include "graph.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

const char* const conv_file =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\r\n"
    "Conv1, 227, 227, 11, 11, 3, 96, 4,\r\n"
    "\r\n"
    "Conv2,31,31,5,5,96,256,1\r\n"
    " Conv3 ,  27, 27, 1, 1, 256, 8, 2, ,\r\n";

const char* const gemm_file = "Layer, M, N, K,\n"
                              "query, 128, 768, 512,\n"
                              "next, 128, 64, 768,\n"
                              "one, 1, 10, 64,\n";

Loaded load_text(const TempFolder& folder, const std::string& text) {
    return load(folder.write("net.csv", text));
}

} // namespace

TEST(ScaleSim, ReadsConvolutions) {
    TempFolder folder;
    Loaded loaded = load_text(folder, conv_file);
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const assay_workload& net = *loaded.workload;
    EXPECT_EQ(net.importer, "scale-sim");
    EXPECT_EQ(net.name, "net");
    ASSERT_EQ(net.layers.size(), 3u);
    EXPECT_EQ(net.layers[0].inputs, std::vector<int>{-1});
    EXPECT_EQ(net.input.size(), 3u * 227 * 227);
    EXPECT_EQ(shape_text(net.layers[0].out), "96x55x55");
    EXPECT_EQ(net.layers[0].macs(), 105415200u);
    EXPECT_EQ(net.layers[0].stride_w, 4u);
    EXPECT_EQ(net.layers[2].name, "Conv3");
    EXPECT_EQ(net.layers[2].inputs, std::vector<int>{1});
    EXPECT_EQ(shape_text(net.layers[2].out), "8x14x14");
}

TEST(ScaleSim, SaysWhereAnInputDoesNotFit) {
    TempFolder folder;
    Loaded loaded = load_text(folder, conv_file);
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_TRUE(loaded.workload->layers[1].detached);
    EXPECT_TRUE(loaded.workload->layers[1].inputs.empty());
    EXPECT_FALSE(loaded.workload->layers[2].detached);
    ASSERT_EQ(loaded.workload->notes.size(), 2u);
    EXPECT_EQ(loaded.workload->notes[0],
              "line 4: the input 96x31x31 is not the output 96x55x55 of the layer above");
}

TEST(ScaleSim, ReadsMatrixProducts) {
    TempFolder folder;
    Loaded loaded = load_text(folder, gemm_file);
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const auto& layers = loaded.workload->layers;
    ASSERT_EQ(layers.size(), 3u);
    EXPECT_TRUE(layers[0].linear_rows);
    EXPECT_STREQ(assay_workload_layer_op(loaded.workload.get(), 0), "linear");
    EXPECT_EQ(shape_text(layers[0].in), "512x128x1");
    EXPECT_EQ(layers[0].macs(), 128u * 768 * 512);
    EXPECT_EQ(layers[0].params(), 768u * 512);
    EXPECT_EQ(layers[1].inputs, std::vector<int>{0});
    EXPECT_EQ(layers[2].op, Op::fc);
    EXPECT_TRUE(layers[2].detached);
}

TEST(ScaleSim, NotesWhatItDoesNotRead) {
    TempFolder folder;
    Loaded loaded =
        load_text(folder, "Layer, M, N, K, Sparsity\na, 2, 2, 2, 2:4\na, 2, 2, 2, 1:4\n");
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    ASSERT_EQ(loaded.workload->notes.size(), 2u);
    EXPECT_EQ(loaded.workload->notes[0], "column 5, \"Sparsity\", is not read");
    EXPECT_EQ(loaded.workload->notes[1],
              "line 3: the name \"a\" is taken: the layer is called \"a_2\"");
    EXPECT_EQ(loaded.workload->layers[1].name, "a_2");
}

TEST(ScaleSim, LayersOfOneShapeHaveOneContent) {
    TempFolder folder;
    Loaded loaded = load_text(folder, "Layer, M, N, K\na, 4, 8, 8\nb, 4, 8, 8\n");
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const auto& layers = loaded.workload->layers;
    EXPECT_EQ(layers[0].weights.hash, layers[1].weights.hash);
}

TEST(ScaleSim, MistakesAreNamedWithTheirLines) {
    const std::string header = "Layer, M, N, K\n", all = conv_file;
    const std::string wide = all.substr(0, all.find('\n'));
    const std::pair<std::string, const char*> cases[] = {
        {"name, 1, 2, 3\n", "net.csv:1: expected a header row"},
        {"\n\na, 1, 2\n", "net.csv:3: expected a header row"},
        {header, "net.csv:1: expected 1 .. 10000 layers below the header"},
        {header + "a, 1, 2\n", "net.csv:2: expected 4 fields, not 3"},
        {header + "a, 1, 0, 3\n", "net.csv:2: field 3: expected a whole number in 1 .. 16777216"},
        {header + "a, 1, -2, 3\n", "field 3: expected a whole number in 1 .. 16777216, not \"-2\""},
        {header + "a, 1, 2.5, 3\n", "not \"2.5\""},
        {header + "a, 1, , 3\n", "field 3"},
        {header + "a, 1, 99999999999999999999, 3\n", "field 3"},
        {header + ", 1, 2, 3\n", "net.csv:2: the layer has no name"},
        {header + "a, 16777216, 1, 16777216\n", "more than 2^28 elements"},
        {header + "a, 1, 16777216, 16777216\n", "weight matrix"},
        {wide + "\na, 5, 5, 7, 7, 1, 1, 1\n", "net.csv:2: a 7x7 window does not fit"},
        {wide + "\na, 5, 5, 5000, 7, 1, 1, 1\n", "field 4: expected a whole number in 1 .. 4096"},
    };
    for (const auto& [text, fragment] : cases) {
        SCOPED_TRACE(text);
        TempFolder folder;
        expect_refused(load_text(folder, text), fragment);
    }
}

TEST(ScaleSim, AllMistakesOfAFileAreReported) {
    TempFolder folder;
    Loaded loaded = load_text(folder, "Layer, M, N, K\na, 0, x, 1\nb, 1\nc, 1, 1, 1\n, 1, 1, 1\n");
    EXPECT_EQ(loaded.status, ASSAY_BAD_INPUT);
    EXPECT_EQ(loaded.message_count, 4u) << loaded.messages;
}
