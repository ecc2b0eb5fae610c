// Finding networks and weights; parameters to train from.
#include <cmath>
#include <filesystem>

#include "engine_files.hpp"
#include "init.hpp"
#include "network.hpp"

using namespace assay;
using namespace engine_test;

namespace {

class EngineNetwork : public testing::Test {
  protected:
    std::string find(const std::string& name) {
        std::string path;
        status_ = find_network(name, path, report_);
        return path;
    }
    TempDir folder_;
    Report report_;
    assay_status status_ = ASSAY_OK;
};

} // namespace

TEST_F(EngineNetwork, FilesComeBeforeNames) {
    Variable nets("ASSAY_NETWORKS", folder_.path("").c_str());
    const std::string file = folder_.write("small.json", net_json);
    EXPECT_EQ(find(file), file);
    EXPECT_EQ(status_, ASSAY_OK);
    EXPECT_EQ(std::filesystem::path(find("small")).lexically_normal(), file);
    EXPECT_EQ(status_, ASSAY_OK);
}

TEST_F(EngineNetwork, UnknownNamesGetASuggestion) {
    Variable nets("ASSAY_NETWORKS", folder_.path("").c_str());
    folder_.write("small.json", net_json);
    find("smal");
    EXPECT_EQ(status_, ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(report_.text(), "unknown network \"smal\", did you mean \"small\"?"));
    find("dir/smal");
    EXPECT_TRUE(contains(report_.text(), "unknown network \"dir/smal\""));
}

TEST_F(EngineNetwork, NamesOfTheDataFolderAreNetworks) {
    Variable data("ASSAY_DATA", folder_.path("").c_str());
    Variable nets("ASSAY_NETWORKS", nullptr);
    std::filesystem::create_directory(folder_.path("models"));
    const std::string file = folder_.write("models/given_elsewhere.json", net_json);
    EXPECT_EQ(std::filesystem::path(find("given_elsewhere")).lexically_normal(), file);
}

TEST_F(EngineNetwork, WeightsByName) {
    Variable data("ASSAY_DATA", folder_.path("").c_str());
    std::filesystem::create_directory(folder_.path("models"));
    assay_workload net;
    net.data = "cifar10";
    std::string looked;
    EXPECT_EQ(find_weights(net, "/x/resnet20.json", looked), "");
    EXPECT_TRUE(contains(looked, "models/resnet20.safetensors"));
    EXPECT_TRUE(contains(looked, "models/resnet20_cifar10.safetensors"));
    folder_.write("models/resnet20_cifar10.safetensors", "x");
    EXPECT_TRUE(contains(find_weights(net, "/x/resnet20.json", looked), "resnet20_cifar10.safet"));
    folder_.write("models/mnist_lstm20.safetensors", "x");
    EXPECT_TRUE(contains(find_weights(net, "lstm_mnist.json", looked), "mnist_lstm20"));
    net.weights_path = "stated";
    EXPECT_EQ(find_weights(net, "/x/resnet20.json", looked), "stated");
}

TEST_F(EngineNetwork, FreshParametersAreHes) {
    assay_workload net;
    Layer conv;
    conv.name = "c";
    conv.op = Op::conv;
    conv.in = {16, 8, 8};
    conv.out = {64, 8, 8};
    conv.kernel_h = conv.kernel_w = 3;
    conv.tensors.batch_norm = "bn";
    net.layers = {conv, conv};
    net.layers[1].name = "d";
    const std::vector<Parameters> p = initial_parameters(net, 1);
    ASSERT_EQ(p[0].weight.size(), 64u * 16 * 9);
    double squares = 0;
    for (float w : p[0].weight) {
        squares += static_cast<double>(w) * w;
    }
    EXPECT_NEAR(squares / static_cast<double>(p[0].weight.size()), 2.0 / (16 * 9), 0.001);
    EXPECT_TRUE(p[0].norm.present());
    EXPECT_TRUE(p[0].bias.empty());
    EXPECT_NE(p[0].weight, p[1].weight);
    EXPECT_EQ(initial_parameters(net, 1)[1].weight, p[1].weight);
    EXPECT_NE(initial_parameters(net, 2)[1].weight, p[1].weight);
}

TEST_F(EngineNetwork, LayersThatShareTensorsStartEqual) {
    assay_workload net;
    Layer step;
    step.op = Op::fc;
    step.in = {4, 1, 1};
    step.out = {3, 1, 1};
    step.tensors.weight = {"gate.i", "gate.f"};
    net.layers = {step, step};
    net.layers[0].name = "t0";
    net.layers[1].name = "t1";
    const std::vector<Parameters> p = initial_parameters(net, 1);
    EXPECT_EQ(p[0].weight, p[1].weight);
    EXPECT_EQ(p[0].weight.size(), 12u);
    EXPECT_EQ(p[0].bias.size(), 3u);
}
