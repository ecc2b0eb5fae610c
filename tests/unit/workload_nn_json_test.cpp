// Networks as nn-json-1: a small one made here, and the real ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "export_json.hpp"
#include "graph.hpp"
#include "host_ops.hpp"
#include "parameters.hpp"
#include "report.hpp"
#include "safetensors_writer.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

const char* const small_net = R"({
 "format": "nn-json-1", "name": "small", "weights": "small.safetensors",
 "input": {"c": 1, "h": 4, "w": 4, "preprocess": {"sub": [128], "mul": [0.5], "order": "RGB"}},
 "layers": [
  {"id": 0, "name": "conv1", "type": "conv", "in": [-1], "weight": "conv1.weight",
   "bias": "conv1.bias", "shape": [2, 1, 3, 3], "stride": [1, 1], "pad": [1, 1, 1, 1],
   "groups": 1, "act": "relu6", "in_shape": [1, 4, 4], "out_shape": [2, 4, 4]},
  {"id": 1, "name": "cut", "type": "shortcut_a", "in": [0], "stride": [2, 2], "ch_before": 1,
   "ch_after": 1, "act": "none", "in_shape": [2, 4, 4], "out_shape": [4, 2, 2]},
  {"id": 2, "name": "sum", "type": "add", "in": [1, 1], "act": "relu", "out_shape": [4, 2, 2]},
  {"id": 3, "name": "mean", "type": "gap", "in": [2], "act": "none", "out_shape": [4]},
  {"id": 4, "name": "fc", "type": "fc", "in": [3], "weight": "fc.weight", "bias": "fc.bias",
   "shape": [3, 4], "act": "none", "out_scale": 0.5, "out_zp": -3, "out_dtype": "i8",
   "in_shape": [4], "out_shape": [3]}
 ]
})";

class NnJson : public testing::Test {
  protected:
    NnJson() {
        SafetensorsWriter file;
        std::vector<float> kernel(18, 0);
        kernel[4] = 1; // the centre of the first output, twice that of the second
        kernel[13] = 2;
        file.add("conv1.weight", {2, 1, 3, 3}, kernel);
        file.add("conv1.bias", {2}, {1, 0});
        file.add("fc.weight", {3, 4}, {1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0});
        file.add("fc.bias", {3}, {0, 0, -1});
        EXPECT_EQ(file.write(folder_.path("small.safetensors").c_str(), report_), ASSAY_OK);
    }
    TempFolder folder_;
    assay_test::Report report_;
};

} // namespace

TEST_F(NnJson, LayersComeOut) {
    Loaded net = load(folder_.write("n.json", small_net));
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    const assay_workload& w = *net.workload;
    EXPECT_EQ(w.importer, "nn-json");
    ASSERT_EQ(w.layers.size(), 6u);
    EXPECT_EQ(w.layers[1].name, "cut.subsample");
    EXPECT_EQ(w.layers[1].op, Op::maxpool);
    EXPECT_EQ(w.layers[2].name, "cut");
    EXPECT_EQ(w.layers[2].op, Op::pad_channels);
    EXPECT_EQ(w.layers[3].inputs, (std::vector<int>{2, 2}));
    EXPECT_EQ(w.layers[0].relu_limit, 6);
    EXPECT_EQ(w.layers[5].integer.zero, -3);
    EXPECT_TRUE(w.layers[0].a_signed);
    EXPECT_FALSE(w.layers[5].a_signed);
    EXPECT_EQ(w.preprocess.subtract, std::vector<float>{128});
    EXPECT_EQ(w.data, "");
}

TEST_F(NnJson, ValuesAreThoseOfTheNodes) {
    Loaded net = load(folder_.write("n.json", small_net));
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    const auto values = float_forward_all(*net.workload);
    float first = 0, second = 0; // means of the two convolved channels, every other pixel
    for (size_t y = 0; y < 4; y += 2) {
        for (size_t x = 0; x < 4; x += 2) {
            const float v = net.workload->input[y * 4 + x];
            first += std::clamp(v + 1, 0.0f, 6.0f) / 4;
            second += std::clamp(2 * v, 0.0f, 6.0f) / 4;
        }
    }
    const auto& out = values.back();
    EXPECT_FLOAT_EQ(out[0], 2 * first + 2 * second);
    EXPECT_FLOAT_EQ(out[1], 2 * first);
    EXPECT_FLOAT_EQ(out[2], 2 * second - 1);
}

TEST_F(NnJson, ExportReadsBack) {
    Loaded net = load(folder_.write("n.json", small_net));
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    std::vector<std::string> notes;
    Loaded again = load(folder_.write("e.json", workload_json(*net.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    EXPECT_EQ(again.workload->importer, "assay-json");
    EXPECT_EQ(again.workload->hash, net.workload->hash);
    EXPECT_EQ(again.workload->layers[5].integer.scale, 0.5f);
}

TEST_F(NnJson, MistakesAreTold) {
    const struct {
        const char *from, *to, *fragment;
    } edits[] = {
        {"\"id\": 1", "\"id\": 2", "layers[1].id"},
        {"\"name\": \"sum\"", "\"name\": \"conv1\"", "\"conv1\" is already taken"},
        {"\"type\": \"gap\"", "\"type\": \"gab\"", "layers[3].type"},
        {"\"in\": [1, 1]", "\"in\": [1, 2]", "layers[2].in"},
        {"\"in\": [1, 1]", "\"in\": []", "layers[2].in"},
        {"\"in\": [1, 1]", "\"in\": [1, 0]", "cannot add 4x2x2 and 2x4x4"},
        {"\"shape\": [2, 1, 3, 3]", "\"shape\": [2, 2, 3, 3]", "layers[0].shape"},
        {"\"shape\": [3, 4]", "\"shape\": [3, 5]", "layers[4].shape"},
        {"\"out_shape\": [4, 2, 2]", "\"out_shape\": [4, 2, 3]", "layers[1].out_shape: says 4x2x3"},
        {"\"conv1.weight\"", "\"conv2.weight\"", "tensor \"conv2.weight\" is missing"},
        {"\"act\": \"relu6\"", "\"act\": \"relu7\"", "layers[0].act"},
        {"\"out_dtype\": \"i8\"", "\"out_dtype\": \"u8\"", "layers[4].out_zp"},
        {"\"small.safetensors\"", "\"none\"", "weights: cannot use"},
        {"\"sub\": [128]", "\"sub\": [128, 1]", "input.preprocess.sub"},
        {"\"groups\": 1", "\"gruops\": 1", "gruops"},
        {"\"ch_after\": 1,", "", "ch_after: missing"},
        {"\"c\": 1", "\"c\": 0", "input.c"},
    };
    for (const auto& edit : edits) {
        expect_refused(load(folder_.write("n.json", replaced(small_net, edit.from, edit.to))),
                       edit.fragment);
    }
}

// Either a sound network or messages, whatever a byte is; never a crash.
TEST_F(NnJson, DamagedFilesAreRefusedOrSound) {
    const std::string net = small_net;
    std::ifstream file(folder_.path("small.safetensors"), std::ios::binary);
    const std::string tensors{std::istreambuf_iterator<char>(file), {}};
    for (size_t cut = 0; cut < net.size(); cut += 7) {
        EXPECT_EQ(load(folder_.write("n.json", net.substr(0, cut))).status, ASSAY_BAD_INPUT) << cut;
    }
    for (size_t i = 0; i < net.size(); i += 5) {
        std::string damaged = net;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 7));
        const Loaded loaded = load(folder_.write("n.json", damaged));
        EXPECT_EQ(loaded.status == ASSAY_OK, loaded.message_count == 0) << i << loaded.messages;
    }
    const std::string path = folder_.write("n.json", net);
    for (size_t cut = 0; cut < tensors.size(); cut += 11) {
        folder_.write("small.safetensors", tensors.substr(0, cut));
        EXPECT_EQ(load(path).status, ASSAY_BAD_INPUT) << cut;
    }
    for (size_t i = 0; i < tensors.size(); i += 3) {
        std::string damaged = tensors;
        damaged[i] = static_cast<char>(~damaged[i]);
        folder_.write("small.safetensors", damaged);
        const Loaded loaded = load(path);
        EXPECT_EQ(loaded.status == ASSAY_OK, loaded.message_count == 0) << i << loaded.messages;
    }
}

namespace {

// Index of the largest output for one image of the CIFAR-10 file.
size_t classify(assay_workload& net, const std::vector<uint8_t>& pixels) {
    const Preprocess& how = net.preprocess;
    for (size_t i = 0; i < pixels.size(); ++i) {
        const size_t c = i / 1024;
        net.input[i] = (static_cast<float>(pixels[i]) - how.subtract[c]) * how.scale[c];
    }
    const std::vector<float> out = float_forward_all(net).back();
    return static_cast<size_t>(std::max_element(out.begin(), out.end()) - out.begin());
}

} // namespace

// Machines cluster weights to 16 values; here the network's own are used.
TEST(NnJsonData, ResNet20KnowsTheFirstTestImages) {
    ASSAY_NEEDS_DATA(path, "models/resnet20_cifar10.json");
    ASSAY_NEEDS_DATA(images, "cifar10/cifar10_test_first1000.bin");
    Loaded net = load(path);
    ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
    EXPECT_EQ(net.workload->data, "cifar10");
    assay_test::Report report;
    std::vector<Parameters> parameters;
    ASSERT_EQ(load_parameters(*net.workload, nullptr, parameters, report), ASSAY_OK);
    uint64_t weights = 0, macs = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
        weights += parameters[i].weight.size();
        macs += net.workload->layers[i].macs();
    }
    EXPECT_EQ(weights, 268336u);
    EXPECT_EQ(macs, 40551040u);
    std::ifstream file(images, std::ios::binary);
    unsigned right = 0;
    for (int i = 0; i < 20; ++i) {
        std::vector<uint8_t> record(3073);
        file.read(reinterpret_cast<char*>(record.data()), 3073);
        const std::vector<uint8_t> pixels(record.begin() + 1, record.end());
        right += classify(*net.workload, pixels) == record[0];
    }
    EXPECT_GE(right, 16u); // 91.5 % with the weights as they are; 4-bit codebooks cost little
}

TEST(NnJsonData, EveryModelIsRead) {
    ASSAY_NEEDS_DATA(folder, "models");
    size_t models = 0, integers = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        Loaded net = load(entry.path());
        ASSERT_EQ(net.status, ASSAY_OK) << net.messages;
        assay_test::Report report;
        std::vector<Parameters> parameters;
        ASSERT_EQ(load_parameters(*net.workload, nullptr, parameters, report), ASSAY_OK)
            << report.text();
        bool integer = false;
        for (size_t i = 0; i < parameters.size(); ++i) {
            const Layer& layer = net.workload->layers[i];
            EXPECT_EQ(parameters[i].weight.size(), layer.params()) << layer.name;
            EXPECT_EQ(parameters[i].integers.present(), layer.integer.scale > 0 && layer.params());
            integer = integer || parameters[i].integers.present();
        }
        integers += integer;
        ++models;
    }
    EXPECT_GE(models, 13u);
    EXPECT_GE(integers, 5u);
}
