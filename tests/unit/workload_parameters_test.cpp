// Weights files: what each layer takes from them, folding, writing, and networks that name one.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include <sys/stat.h>

#include "export_json.hpp"
#include "graph.hpp"
#include "host_ops.hpp"
#include "parameters.hpp"
#include "report.hpp"
#include "safetensors.hpp"
#include "safetensors_writer.hpp"
#include "sparse.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

using Floats = std::vector<float>;

const char* const two_layers = R"({
  "schema": 1, "name": "two", "weights": "w.safetensors", "data": "mine",
  "preprocess": {"subtract": [1, 2], "scale": [0.5, 2], "order": "bgr"},
  "input": {"shape": [2, 3, 3]},
  "layers": [
    {"name": "c", "op": "conv2d", "out_channels": 2, "kernel": 1, "relu": true, "relu_limit": 6,
     "batch_norm": "bn", "epsilon": 0.5},
    {"name": "half", "op": "slice", "from_channel": 1, "channels": 1, "from_row": 1},
    {"name": "wide", "op": "pad_channels", "before": 1, "after": 2},
    {"name": "n", "op": "layer_norm"},
    {"name": "f", "op": "linear", "out_features": 3,
     "tensors": {"weight": ["f.a", "f.b"], "bias": ["f.x", "f.y"]}}
  ]
})";

// 24 inputs of the linear layer: 4 channels of 2 x 3.
Floats ramp(size_t count, float step) {
    Floats out;
    for (size_t i = 0; i < count; ++i) {
        out.push_back(static_cast<float>(i % 7) * step - 1);
    }
    return out;
}

SafetensorsWriter two_layer_tensors() {
    SafetensorsWriter file;
    file.add("c.weight", {2, 2, 1, 1}, {1, 2, 3, 4});
    file.add("c.bias", {2}, {10, 20});
    file.add("bn.weight", {2}, {2, 3});
    file.add("bn.bias", {2}, {0.25f, -1});
    file.add("bn.running_mean", {2}, {4, 8});
    file.add("bn.running_var", {2}, {3.5f, 0.5f}); // with epsilon: deviations 2 and 1
    file.add("n.weight", {4}, {1, 2, 3, 4});
    file.add("f.a", {2, 24}, ramp(48, 0.25f));
    file.add("f.b", {1, 24}, ramp(24, 0.5f));
    file.add("f.x", {2}, {1, 2});
    file.add("f.y", {1}, {3});
    return file;
}

class WeightsFile : public testing::Test {
  protected:
    Loaded load_net(const SafetensorsWriter& tensors, const std::string& json = two_layers) {
        EXPECT_EQ(tensors.write(folder_.path("w.safetensors").c_str(), report_), ASSAY_OK)
            << report_.text();
        return load(folder_.write("net.json", json));
    }
    void refuses(const SafetensorsWriter& tensors, const std::string& fragment) {
        expect_refused(load_net(tensors), fragment);
    }
    TempFolder folder_;
    assay_test::Report report_;
};

} // namespace

TEST_F(WeightsFile, EveryLayerFindsItsParameters) {
    Loaded net = load_net(two_layer_tensors());
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    EXPECT_EQ(net.workload->data, "mine");
    EXPECT_TRUE(net.workload->preprocess.bgr);
    std::vector<Parameters> p;
    ASSERT_EQ(load_parameters(*net.workload, nullptr, p, report_), ASSAY_OK) << report_.text();
    ASSERT_EQ(p.size(), 5u);
    EXPECT_EQ(p[0].weight, (Floats{1, 2, 3, 4}));
    EXPECT_EQ(p[0].norm.mean, (Floats{4, 8}));
    EXPECT_EQ(p[0].norm.epsilon, 0.5);
    EXPECT_TRUE(p[1].weight.empty());
    EXPECT_EQ(p[3].weight, (Floats{1, 2, 3, 4}));
    EXPECT_TRUE(p[3].bias.empty());
    Floats joined = ramp(48, 0.25f);
    const Floats below = ramp(24, 0.5f);
    joined.insert(joined.end(), below.begin(), below.end());
    EXPECT_EQ(p[4].weight, joined);
    EXPECT_EQ(p[4].bias, (Floats{1, 2, 3}));
    EXPECT_EQ(shape_text(net.workload->layers[2].out), "4x2x3");
}

TEST_F(WeightsFile, FoldingGivesTheSameFunction) {
    Loaded net = load_net(two_layer_tensors());
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    std::vector<Parameters> p;
    ASSERT_EQ(load_parameters(*net.workload, nullptr, p, report_), ASSAY_OK);
    fold_batch_norm(p[0]);
    EXPECT_FALSE(p[0].norm.present());
    // factors 2 / 2 and 3 / 1
    EXPECT_EQ(p[0].weight, (Floats{1, 2, 9, 12}));
    EXPECT_EQ(p[0].bias, (Floats{10 - 4 + 0.25f, (20 - 8) * 3 - 1}));
    EXPECT_EQ(net.workload->layers[0].weights.bias, p[0].bias); // machines get the same
    EXPECT_EQ(resolve(net.workload->layers[0].weights)->codebook, (Floats{0, 1, 2, 9, 12}));
}

TEST_F(WeightsFile, TheFloatNetworkComputesWithThem) {
    Loaded net = load_net(two_layer_tensors());
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    assay_workload& w = *net.workload;
    for (size_t i = 0; i < w.input.size(); ++i) {
        w.input[i] = static_cast<float>(i) * 0.1f - 1;
    }
    const auto values = float_forward_all(w);
    for (size_t i = 0; i < 9; ++i) {
        const float a = w.input[i], b = w.input[9 + i];
        EXPECT_FLOAT_EQ(values[0][i], std::min(6.0f, std::max(0.0f, a + 2 * b + 6.25f)));
    }
    ASSERT_EQ(values[1].size(), 6u); // channel 1, rows 1 and 2
    EXPECT_EQ(values[1][0], values[0][9 + 3]);
    EXPECT_EQ(values[2][5], 0.0f);
    EXPECT_EQ(values[2][6], values[1][0]);
    EXPECT_EQ(values[2].size(), 24u);
}

TEST_F(WeightsFile, SavingAndLoadingGiveTheSame) {
    Loaded net = load_net(two_layer_tensors());
    std::vector<Parameters> before, after;
    ASSERT_EQ(load_parameters(*net.workload, nullptr, before, report_), ASSAY_OK);
    const std::string path = folder_.path("saved.safetensors");
    ASSERT_EQ(save_parameters(*net.workload, before, path.c_str(), report_), ASSAY_OK);
    ASSERT_EQ(load_parameters(*net.workload, path.c_str(), after, report_), ASSAY_OK)
        << report_.text();
    for (size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(after[i].weight, before[i].weight);
        EXPECT_EQ(after[i].bias, before[i].bias);
        EXPECT_EQ(after[i].norm.variance, before[i].norm.variance);
    }
    EXPECT_EQ(save_parameters(*net.workload, before, folder_.path("no/x").c_str(), report_),
              ASSAY_IO);
}

TEST_F(WeightsFile, SavingFollowsLinksAndNeverReplacesADevice) {
    namespace fs = std::filesystem;
    const std::string target = folder_.write("target", "old"), link = folder_.path("link");
    fs::create_symlink(target, link);
    EXPECT_EQ(two_layer_tensors().write(link.c_str(), report_), ASSAY_OK) << report_.text();
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(fs::file_size(target), two_layer_tensors().bytes().size());
    // A socket, a kind of special file that opening refuses at once, stands for all of them.
    const std::string special = folder_.path("special");
    ASSERT_EQ(mknod(special.c_str(), S_IFSOCK | 0600, 0), 0);
    EXPECT_EQ(two_layer_tensors().write(special.c_str(), report_), ASSAY_IO);
    EXPECT_TRUE(report_.mentions("special: cannot write")) << report_.text();
    EXPECT_TRUE(fs::is_socket(special));
}

TEST_F(WeightsFile, HashesTellOtherValues) {
    SafetensorsWriter other = two_layer_tensors();
    const std::string first = load_net(other).workload->hash;
    EXPECT_EQ(load_net(other).workload->hash, first);
    other.add("c.weight", {2, 2, 1, 1}, {1, 2, 3, 5});
    EXPECT_NE(load_net(other).workload->hash, first);
    EXPECT_NE(load_net(two_layer_tensors(),
                       replaced(two_layers, "\"relu_limit\": 6", "\"relu_limit\": 5"))
                  .workload->hash,
              first);
}

TEST_F(WeightsFile, ExportReadsBack) {
    Loaded net = load_net(two_layer_tensors());
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    std::vector<std::string> notes;
    TempFolder elsewhere;
    Loaded again = load(elsewhere.write("e.json", workload_json(*net.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    EXPECT_EQ(again.workload->hash, net.workload->hash);
    EXPECT_EQ(again.workload->preprocess.scale, net.workload->preprocess.scale);
    EXPECT_EQ(again.workload->layers[4].tensors.bias, net.workload->layers[4].tensors.bias);
}

TEST_F(WeightsFile, WhatTheFileGetsWrong) {
    SafetensorsWriter file = two_layer_tensors();
    file.add("c.weight", {2, 2}, {1, 2, 3, 4});
    refuses(file, "layer \"c\": tensor \"c.weight\" has the shape [2, 2], the layer needs "
                  "[2, 2, 1, 1]");
    file = two_layer_tensors();
    file.add("c.bias", {2}, {1, std::numeric_limits<float>::quiet_NaN()});
    refuses(file, "tensor \"c.bias\" holds a value that is not finite, at element 1");
    file = two_layer_tensors();
    file.add("bn.running_var", {2}, {1, -1});
    refuses(file, "\"bn.running_var\" holds a variance below 0");
    file = two_layer_tensors();
    file.add("f.b", {2, 24}, ramp(48, 1));
    refuses(file, "have 4 rows, the layer needs 3");
    file = two_layer_tensors();
    const uint8_t flag[2] = {0, 1};
    file.add("c.bias", "BOOL", {2}, flag, 2);
    refuses(file, "is of type BOOL");
    refuses(SafetensorsWriter(), "layer \"f\": tensor \"f.y\" is missing");
    refuses(SafetensorsWriter(), "layer \"c\": tensor \"c.weight\" is missing");
}

TEST_F(WeightsFile, WhatTheNetworkGetsWrong) {
    const struct {
        const char *from, *to, *fragment;
    } edits[] = {
        {"\"w.safetensors\"", "\"none.safetensors\"", "weights: cannot use"},
        {"[1, 2], \"scale\"", "[1], \"scale\"", "preprocess.subtract: 1 numbers"},
        {"\"bgr\"", "\"gbr\"", "preprocess.order"},
        {"\"relu\": true,", "", "layers[0].relu_limit: needs"},
        {"\"relu_limit\": 6", "\"relu_limit\": 0", "relu_limit"},
        {"\"epsilon\": 0.5", "\"epsilon\": 2", "epsilon"},
        {"\"from_row\": 1", "\"from_row\": 3", "nothing is left"},
        {"\"channels\": 1", "\"channels\": 2", "are not all in the 2x3x3 input"},
        {"\"after\": 2", "\"after\": -1", "after"},
        {"[\"f.a\", \"f.b\"]", "[]", "tensors.weight: expected the name"},
        {"\"op\": \"linear\"", "\"op\": \"linear\", \"bias\": [1, 2, 3]",
         "bias: the network's weights file says it"},
        {"\"op\": \"layer_norm\"", "\"op\": \"layer_norm\", \"integer\": {\"scale\": 1}",
         "integer.zero: missing"},
    };
    for (const auto& edit : edits) {
        expect_refused(load_net(two_layer_tensors(), replaced(two_layers, edit.from, edit.to)),
                       edit.fragment);
    }
}

TEST_F(WeightsFile, IntegersAreScaled) {
    SafetensorsWriter file;
    const int8_t weights[6] = {-128, 0, 127, 1, 2, 3};
    const int32_t zeros[2] = {0, 1}, bias[2] = {10, -20};
    file.add("f.weight", "I8", {2, 3}, weights, sizeof weights);
    file.add("f.weight_scale", {2}, {0.5f, 2});
    file.add("f.weight_zp", "I32", {2}, zeros, sizeof zeros);
    file.add("f.bias", "I32", {2}, bias, sizeof bias);
    file.add("f.bias_scale", {1}, {0.25f});
    const char* const json = R"({"schema": 1, "name": "q", "weights": "w.safetensors",
      "layers": [{"name": "f", "op": "linear", "in_features": 3, "out_features": 2,
                  "integer": {"scale": 0.5, "zero": -3}}]})";
    Loaded net = load_net(file, json);
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    EXPECT_EQ(net.workload->layers[0].integer.zero, -3);
    std::vector<Parameters> p;
    ASSERT_EQ(load_parameters(*net.workload, nullptr, p, report_), ASSAY_OK);
    EXPECT_EQ(p[0].weight, (Floats{-64, 0, 63.5f, 0, 2, 4}));
    EXPECT_EQ(p[0].bias, (Floats{2.5f, -5}));
    EXPECT_EQ(p[0].integers.weight, (std::vector<int32_t>{-128, 0, 127, 1, 2, 3}));
    EXPECT_EQ(p[0].integers.weight_zero, (std::vector<int32_t>{0, 1}));
    file.add("f.weight_scale", {2}, {0.5f, 0});
    expect_refused(load_net(file, json), "a scale that is not greater than 0");
}

TEST_F(WeightsFile, TypesAreConverted) {
    SafetensorsWriter file;
    const uint16_t halves[4] = {0x3c00, 0xc000, 0x0001, 0x7bff}; // 1, -2, 2^-24, 65504
    const uint16_t brains[2] = {0x3f80, 0xc040};                 // 1, -3
    const double doubles[1] = {0.1};
    const int64_t longs[1] = {-7};
    file.add("h", "F16", {4}, halves, sizeof halves);
    file.add("b", "BF16", {2}, brains, sizeof brains);
    file.add("d", "F64", {1}, doubles, sizeof doubles);
    file.add("l", "I64", {1}, longs, sizeof longs);
    Safetensors read;
    ASSERT_EQ(read.parse("bytes", file.bytes(), report_), ASSAY_OK) << report_.text();
    const auto& t = read.tensors();
    EXPECT_EQ(read.reals(t.at("h")), (Floats{1, -2, std::ldexp(1.0f, -24), 65504}));
    EXPECT_EQ(read.reals(t.at("b")), (Floats{1, -3}));
    EXPECT_EQ(read.reals(t.at("d")), (Floats{0.1f}));
    EXPECT_EQ(read.reals(t.at("l")), (Floats{-7}));
}

TEST_F(WeightsFile, RowsOfALinearLayerMayBePixels) {
    const char* const json = R"({"schema": 1, "name": "t", "input": {"shape": [4, 2, 3]},
      "layers": [{"name": "f", "op": "linear", "in_features": 4, "out_features": 2, "rows": 6}]})";
    Loaded net = load(folder_.write("net.json", json));
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    EXPECT_EQ(shape_text(net.workload->layers[0].in), "4x6x1");
    EXPECT_EQ(shape_text(net.workload->layers[0].out), "2x6x1");
    expect_refused(load(folder_.write("net.json", replaced(json, "\"rows\": 6", "\"rows\": 5"))),
                   "declares an input of 4x5x1");
}

TEST_F(WeightsFile, WritingIsWholeAndOrdered) {
    SafetensorsWriter a, b;
    a.add("x", {1}, {1});
    a.add("w", {2}, {2, 3});
    b.add("w", {2}, {2, 3});
    b.add("x", {1}, {1});
    EXPECT_EQ(a.bytes(), b.bytes());
    b.set_metadata("made by", "a \"test\"");
    Safetensors read;
    ASSERT_EQ(read.parse("bytes", b.bytes(), report_), ASSAY_OK) << report_.text();
    EXPECT_EQ(read.metadata("made by"), "a \"test\"");
    const std::string path = folder_.path("only.safetensors");
    ASSERT_EQ(a.write(path.c_str(), report_), ASSAY_OK);
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path("."))) {
        files += entry.is_regular_file();
    }
    EXPECT_EQ(files, 1u); // no temporary file is left
}

TEST(SignedReads, FollowReluAndSources) {
    TempFolder folder;
    Loaded net = load(folder.write("net.json", R"({"schema": 1, "name": "s",
      "preprocess": {"subtract": [3]}, "input": {"shape": [1, 4, 4]}, "layers": [
        {"name": "a", "op": "conv2d", "out_channels": 2, "kernel": 1, "relu": true},
        {"name": "b", "op": "conv2d", "out_channels": 2, "kernel": 1},
        {"name": "p", "op": "maxpool", "kernel": 2, "stride": 2},
        {"name": "c", "op": "conv2d", "out_channels": 2, "kernel": 1},
        {"name": "s", "op": "sigmoid"},
        {"name": "j", "op": "concat", "inputs": ["s", "p"]},
        {"name": "d", "op": "conv2d", "out_channels": 2, "kernel": 1}]})"));
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    EXPECT_EQ(signed_reads(*net.workload),
              (std::vector<bool>{true, false, true, true, true, true, true}));
    EXPECT_FALSE(reads_signed(*net.workload, 1));
}
