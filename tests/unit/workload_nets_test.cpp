// The networks of traces/nets: exact counts, and every layer against published lists where
// ASSAY_DATA has them. Weights are those of convolutions and linear layers; the other columns say
// what the published number of parameters has besides.
#include <gtest/gtest.h>

#include <sstream>

#include "export_json.hpp"
#include "graph.hpp"
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
// parameters for ProxylessNAS, counted by its authors; 40.6 M for ResNet-20 with option A.
const Net nets[] = {
    {"alexnet", 8, 714188480, 61090496, 1, 61100840},
    {"vgg16", 16, 15470264320, 138344128, 1, 138357544},
    {"resnet18", 21, 1814073344, 11678912, 2, 11689512},
    {"resnet20", 20, 40551040, 268336, 2, 269722},
    {"resnet50", 54, 4089184256, 25502912, 2, 25557032},
    {"squeezenet_1_0", 26, 818924576, 1244448, 1, 1248424},
    {"squeezenet_1_1", 26, 349151936, 1231552, 1, 1235496},
    {"mobilenet_v1", 28, 568740352, 4209088, 2, 4231976},
    {"mobilenet_v2", 53, 300774272, 3469760, 2, 3504872},
    {"proxyless_gpu", 44, 465260160, 7073328, 2, 7119848},
    {"proxyless_cpu", 62, 439243864, 4325560, 2, 4361648},
    {"proxyless_mobile", 62, 320427584, 4045016, 2, 4080512},
    // Bit Fusion counts 12.96 M MACs (Sharma et al. 2018, Table II), no biases.
    {"lstm", 1, 12960000, 12960000, 0, 12960000 + 3600},
    // With the two layer normalisations of 2 x 768 each the encoder has 85,054,464 parameters.
    {"bert_base", 96, 11173625856, 84934656, 1, 85017600},
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
        EXPECT_TRUE(layer.weights.drawn()) << layer.name;
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
    EXPECT_TRUE(notes.empty());
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

INSTANTIATE_TEST_SUITE_P(Nets, ShippedNet, testing::ValuesIn(nets),
                         [](const auto& i) { return std::string(i.param.name); });

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
