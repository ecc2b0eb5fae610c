// The networks of traces/nets: exact counts, and every layer against published lists where
// ASSAY_DATA has them. Weights are those of convolutions and linear layers; the other columns say
// what the published number of parameters has besides.
#include <gtest/gtest.h>

#include <sstream>

#include "export_json.hpp"
#include "graph.hpp"
#include "report.hpp"
#include "safetensors.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

struct Net {
    const char* name;
    size_t matrices; // conv2d, linear and matmul layers
    uint64_t macs, weights;
    // Parameters with a bias per output of the linear layers, and per channel of each convolution
    // either a bias (1) or the scale and offset of a batch normalisation (2).
    uint64_t per_channel, parameters;
};

// MACs: torchvision 714.7 M for AlexNet (with its biases counted), 15.47 G for VGG-16, 1.81 G and
// 4.09 G for ResNet-18 and -50, 0.82 G and 0.35 G for SqueezeNet, 300.8 M for MobileNet-V2; 569 M
// for MobileNet (Howard et al., Table 4); 465.3, 439.2 and 320.4 M and 7.12, 4.36 and 4.08 M
// parameters for ProxylessNAS, counted by its authors; 40.6, 68.9 and 125.5 M for ResNet-20, -32
// and -56 with option A, whose parameters He et al. give as 0.27, 0.46, 0.66 (-44) and 0.85 M;
// 7.49 M for MLPerf Tiny's visual wake words; 1.66 M weights for MobileNet-V2 of width 0.35; 267 K
// and 431 K parameters for LeNet-300-100 and LeNet-5 (Deep Compression, Table 1).
const Net nets[] = {
    {"alexnet", 8, 714188480, 61090496, 1, 61100840},
    {"vgg16", 16, 15470264320, 138344128, 1, 138357544},
    {"resnet18", 21, 1814073344, 11678912, 2, 11689512},
    {"resnet8", 8, 12239488, 74800, 2, 75290},
    {"resnet20", 20, 40551040, 268336, 2, 269722},
    {"resnet32", 32, 68862592, 461872, 2, 464154},
    {"resnet44", 44, 97174144, 655408, 2, 658586},
    {"resnet56", 56, 125485696, 848944, 2, 853018},
    {"resnet50", 54, 4089184256, 25502912, 2, 25557032},
    {"squeezenet_1_0", 26, 818924576, 1244448, 1, 1248424},
    {"squeezenet_1_1", 26, 349151936, 1231552, 1, 1235496},
    {"mobilenet_v1", 28, 568740352, 4209088, 2, 4231976},
    {"mobilenet_v2", 53, 300774272, 3469760, 2, 3504872},
    {"mobilenet_v1_cifar", 28, 46354432, 3195328, 2, 3217226},
    {"mobilenet_v1_96", 28, 7489664, 208112, 2, 213586},
    {"mobilenet_v2_cifar", 53, 87976448, 2202560, 2, 2236682},
    {"mobilenet_v2_96", 53, 11934128, 1662048, 2, 1677128},
    {"squeezenet_cifar", 26, 23511040, 724672, 1, 727626},
    {"lenet5", 4, 2293000, 430500, 1, 431080},
    {"lenet_300_100", 3, 266200, 266200, 1, 266610},
    {"glyphs_resnet", 8, 3028224, 37614, 2, 37962},
    {"glyphs_mobile", 14, 1908672, 32384, 2, 33936},
    {"proxyless_gpu", 44, 465260160, 7073328, 2, 7119848},
    {"proxyless_cpu", 62, 439243864, 4325560, 2, 4361648},
    {"proxyless_mobile", 62, 320427584, 4045016, 2, 4080512},
    // Bit Fusion counts 12.96 M MACs (Sharma et al. 2018, Table II), no biases.
    {"lstm", 1, 12960000, 12960000, 0, 12960000 + 3600},
    // With the two layer normalisations of 2 x 768 each the encoder has 85,054,464 parameters.
    {"bert_base", 96, 11173625856, 84934656, 1, 85017600},
    // Of 9,440 weights the 1,600 of the recurrent product appear 27 times, without biases: the
    // first step has no state to read, and the gates' biases belong to the other product.
    {"lstm_mnist", 29, 111520, 51040, 0, 51040 + 80 + 27 * 80 + 10},
    {"transformer_glyphs", 21, 2141760, 51384, 1, 52240},
};

std::string net_file(const std::string& name) {
    return trace_file("../nets/" + name + ".json");
}

uint64_t parameters(const assay_workload& net, uint64_t per_channel) {
    uint64_t sum = 0;
    for (const Layer& layer : net.layers) {
        const bool linear = layer.op == Op::fc || layer.linear_rows;
        sum += layer.params();
        if (linear || layer.op == Op::conv) {
            sum += linear ? layer.out.c : per_channel * layer.out.c;
        }
    }
    return sum;
}

class ShippedNet : public testing::TestWithParam<Net> {};

} // namespace

TEST_P(ShippedNet, HasThePublishedCounts) {
    const Net& expected = GetParam();
    Loaded loaded = load(net_file(expected.name));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_EQ(loaded.workload->name, expected.name);
    uint64_t macs = 0, weights = 0;
    size_t matrices = 0;
    for (const Layer& layer : loaded.workload->layers) {
        macs += layer.macs();
        weights += layer.params();
        matrices += is_matrix(layer.op);
        const bool given = !loaded.workload->weights_path.empty() && layer.params() > 0;
        EXPECT_EQ(layer.weights.drawn(), !given) << layer.name;
    }
    EXPECT_EQ(matrices, expected.matrices);
    EXPECT_EQ(macs, expected.macs);
    EXPECT_EQ(weights, expected.weights);
    EXPECT_EQ(parameters(*loaded.workload, expected.per_channel), expected.parameters);
}

TEST_P(ShippedNet, ExportsWhole) {
    Loaded loaded = load(net_file(GetParam().name));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<std::string> notes;
    TempFolder folder;
    Loaded again = load(folder.write("again.json", workload_json(*loaded.workload, notes)));
    ASSERT_EQ(again.status, ASSAY_OK) << again.messages;
    EXPECT_EQ(again.workload->hash, loaded.workload->hash);
    // Trained weights are not copied into the text: it names their file.
    EXPECT_EQ(notes.size(), loaded.workload->weights_path.empty() ? 0u : 1u);
}

TEST_P(ShippedNet, OnlyTheLstmHasLayersThatStandAlone) {
    Loaded loaded = load(net_file(GetParam().name));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    size_t alone = 0;
    for (const Layer& layer : loaded.workload->layers) {
        alone += layer.detached;
    }
    const bool lstm = std::string(GetParam().name) == "lstm";
    EXPECT_EQ(alone, lstm ? 4u : 0u);
    EXPECT_EQ(loaded.workload->notes.size(), lstm ? 1u : 0u);
}

TEST_P(ShippedNet, StatesWhatMayBeNegative) {
    Loaded loaded = load(net_file(GetParam().name));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    for (size_t i = 0; i < loaded.workload->layers.size(); ++i) {
        const Layer& layer = loaded.workload->layers[i];
        if (layer.op == Op::fc || layer.op == Op::conv) { // a matmul has a sign per operand
            EXPECT_EQ(layer.a_signed, reads_signed(*loaded.workload, i)) << layer.name;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Nets, ShippedNet, testing::ValuesIn(nets),
                         [](const auto& i) { return std::string(i.param.name); });

namespace {

struct Trained {
    const char *net, *weights;
    bool has_batch_norm;
};

class TrainedNet : public testing::TestWithParam<Trained> {};

uint64_t elements(const Safetensors& file, const std::vector<std::string>& names) {
    uint64_t count = 0;
    for (const std::string& name : names) {
        const auto found = file.tensors().find(name);
        EXPECT_NE(found, file.tensors().end()) << name;
        count += found == file.tensors().end() ? 0 : found->second.count();
    }
    return count;
}

} // namespace

// One description serves silicon and accuracy: layers are called what published weights are.
TEST_P(TrainedNet, HasTheNamesOfItsWeights) {
    const std::string name = std::string("models/") + GetParam().weights;
    ASSAY_NEEDS_DATA(path, name.c_str());
    Loaded loaded = load(net_file(GetParam().net));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    Safetensors file;
    assay_test::Report report;
    ASSERT_EQ(file.load(path.c_str(), report), ASSAY_OK) << report.text();
    for (const Layer& layer : loaded.workload->layers) {
        if (is_matrix(layer.op)) {
            const std::vector<std::string>& weight = layer.tensors.weight;
            EXPECT_EQ(elements(file, weight.empty() ? std::vector{layer.name + ".weight"} : weight),
                      layer.params())
                << layer.name;
        }
        if (GetParam().has_batch_norm && !layer.tensors.batch_norm.empty()) {
            EXPECT_EQ(elements(file, {layer.tensors.batch_norm + ".running_var"}), layer.out.c);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Nets, TrainedNet,
    testing::Values(Trained{"resnet20", "resnet20_cifar10.safetensors", false},
                    Trained{"resnet20", "resnet20_cifar10_bn.safetensors", true},
                    Trained{"resnet32", "resnet32_cifar10.safetensors", false},
                    Trained{"resnet56", "resnet56_cifar10.safetensors", false},
                    Trained{"lstm_mnist", "mnist_lstm20.safetensors", false},
                    Trained{"mobilenet_v1_96", "mlperf_vww96_mobilenetv1_025.safetensors", false}),
    [](const auto& i) {
        return std::string(i.param.net) + (i.param.has_batch_norm ? "_batch_norm" : "");
    });

// What networks for small images say of their data, and that a shape says nothing of it.
TEST(ShippedNets, StateTheirData) {
    const std::pair<const char*, const char*> data[] = {{"resnet56", "cifar10"},
                                                        {"mobilenet_v2_cifar", "cifar10"},
                                                        {"lenet5", "mnist"},
                                                        {"lstm_mnist", "mnist"},
                                                        {"glyphs_resnet", "glyphs"},
                                                        {"glyphs_mobile", "glyphs"},
                                                        {"squeezenet_cifar", "cifar10"},
                                                        {"transformer_glyphs", "glyphs"},
                                                        {"resnet50", ""}};
    for (const auto& [name, expected] : data) {
        Loaded loaded = load(net_file(name));
        ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
        EXPECT_EQ(loaded.workload->data, expected) << name;
        EXPECT_EQ(loaded.workload->preprocess.scale.empty(), *expected == 0) << name;
        EXPECT_EQ(loaded.workload->preprocess.rows, std::string(name) == "lstm_mnist") << name;
        const bool trained = std::string(name).rfind("glyphs_", 0) == 0; // the others need data
        EXPECT_EQ(loaded.workload->weights_path.empty(), !trained) << name;
    }
}

// What a latency table of MobileNet-V2 is indexed by: the order of its modules.
TEST(ShippedNets, MobileNetV2HasTheOrderOfItsModules) {
    Loaded loaded = load(net_file("mobilenet_v2"));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    std::vector<const Layer*> matrices;
    for (const Layer& layer : loaded.workload->layers) {
        if (is_matrix(layer.op)) {
            matrices.push_back(&layer);
        }
    }
    ASSERT_EQ(matrices.size(), 53u);
    EXPECT_EQ(matrices[1]->groups, 32u);
    EXPECT_EQ(shape_text(matrices[2]->out), "16x112x112");
    for (size_t i = 3; i < 51; i += 3) {
        EXPECT_EQ(matrices[i]->out.c, 6 * matrices[i]->in.c) << i;
        EXPECT_EQ(matrices[i + 1]->groups, matrices[i]->out.c) << i;
        EXPECT_FALSE(matrices[i + 2]->relu) << i;
    }
    EXPECT_EQ(matrices[51]->out.c, 1280u);
    EXPECT_EQ(matrices[52]->op, Op::fc);
}

namespace {

// The matrix layers of a network as the lists write them: sides, channels, kernel, stride, padding,
// groups, outputs, MACs and weights.
std::vector<std::string> rows_of(const assay_workload& net) {
    std::vector<std::string> rows;
    for (const Layer& l : net.layers) {
        if (is_matrix(l.op)) {
            std::ostringstream row;
            const uint64_t channels = l.op == Op::fc ? l.in.size() : l.in.c;
            const bool fc = l.op == Op::fc;
            row << (fc ? 1 : l.in.h) << ',' << (fc ? 1 : l.in.w) << ',' << channels << ','
                << l.out.c << ',' << l.kernel_h << ',' << l.kernel_w << ',' << l.stride_h << ','
                << l.pad_top << ',' << l.groups << ',' << l.out.h << ',' << l.out.w << ','
                << l.macs() << ',' << l.params();
            rows.push_back(row.str());
        }
    }
    return rows;
}

// name,op,in_h,... without the first two.
std::vector<std::string> rows_of(const std::string& path) {
    std::ifstream in(path);
    std::vector<std::string> rows;
    std::string line;
    for (std::getline(in, line); std::getline(in, line);) {
        while (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        rows.push_back(line.substr(line.find(',', line.find(',') + 1) + 1));
    }
    return rows;
}

struct List {
    const char *net, *file;
};

class PublishedList : public testing::TestWithParam<List> {};

} // namespace

TEST_P(PublishedList, HasTheSameLayers) {
    const std::string name = std::string("topologies/") + GetParam().file;
    ASSAY_NEEDS_DATA(path, name.c_str());
    Loaded loaded = load(net_file(GetParam().net));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_EQ(rows_of(*loaded.workload), rows_of(path));
}

INSTANTIATE_TEST_SUITE_P(Lists, PublishedList,
                         testing::Values(List{"alexnet", "alexnet_torchvision.csv"},
                                         List{"mobilenet_v1", "mobilenet_v1_224.csv"},
                                         List{"mobilenet_v2", "mobilenet_v2_224.csv"},
                                         List{"resnet50", "resnet50_v1_5.csv"}),
                         [](const auto& i) { return std::string(i.param.net); });
