// Which layers share channels, and what a policy that keeps some of them leaves.
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "channel_counts.hpp"
#include "policy_size.hpp"
#include "report.hpp"
#include "temp_dir.hpp"

using namespace assay;
using assay_test::Report;

namespace {

class Net {
  public:
    explicit Net(const std::string& layers) {
        load(folder_.write("net.json",
                           R"({"schema": 1, "name": "net", "layers": [)" + layers + "]}"));
    }
    static Net shipped(const std::string& name) {
        Net net;
        net.load(std::string(std::getenv("ASSAY_SOURCE_ROOT")) + "/traces/nets/" + name + ".json");
        return net;
    }
    Net(Net&& other) noexcept
        : workload(other.workload), spaces(std::move(other.spaces)), policy(other.policy) {
        other.workload = nullptr;
    }
    ~Net() { assay_workload_free(&workload); }

    size_t index(const std::string& name) const {
        for (size_t i = 0; i < workload->layers.size(); ++i) {
            if (workload->layers[i].name == name) {
                return i;
            }
        }
        ADD_FAILURE() << "no layer " << name;
        return 0;
    }
    // The space of a layer's outputs.
    const ChannelSpace& written(const std::string& name) const {
        return spaces.spaces[spaces.written_by[index(name)]];
    }
    const ChannelSpace& read(const std::string& name) const {
        return spaces.spaces[spaces.read_by[index(name)]];
    }
    std::string names(const std::vector<size_t>& layers) const {
        std::string all;
        for (size_t i : layers) {
            all += (all.empty() ? "" : " ") + workload->layers[i].name;
        }
        return all;
    }
    void keep(const std::string& name, uint64_t channels) {
        policy.layers[index(name)].keep_channels = channels;
    }
    Remaining left(const std::string& name) const {
        return remaining(*workload, policy, spaces)[index(name)];
    }

    assay_workload* workload = nullptr;
    ChannelSpaces spaces;
    assay_policy policy;

  private:
    Net() = default;
    void load(const std::string& path) {
        Report report;
        if (assay_workload_load(path.c_str(), nullptr, &workload, report) != ASSAY_OK) {
            throw std::runtime_error(report.text());
        }
        spaces = find_channel_spaces(*workload);
        policy.layers.resize(workload->layers.size());
    }
    assay_test::TempDir folder_;
};

std::string conv(const std::string& name, int out, const std::string& more = "") {
    return R"({"name": ")" + name + R"(", "op": "conv2d", "out_channels": )" + std::to_string(out) +
           R"(, "kernel": 3, "padding": 1)" + more + "}";
}
std::string of(const std::string& input) {
    return R"(, "inputs": [")" + input + R"("])";
}
const std::string image = R"(, "in_channels": 2, "in_height": 6, "in_width": 6)";

Net chain() {
    return Net(conv("a", 8, image) + "," + R"({"name": "pool", "op": "pool", "kind": "max",
                   "kernel": 2, "stride": 2},)" +
               conv("b", 4) + R"(, {"name": "relu", "op": "relu"},
               {"name": "f", "op": "linear", "in_features": 36, "out_features": 5},
               {"name": "g", "op": "linear", "out_features": 3})");
}

Net residual() {
    return Net(conv("a", 8, image) + "," + conv("b", 6) + "," + conv("c", 8) + R"(,
               {"name": "sum", "op": "add", "inputs": ["c", "a"], "relu": true},)" +
               conv("d", 5) + "," + conv("e", 7, of("sum")) + R"(,
               {"name": "all", "op": "concat", "inputs": ["d", "e"]},)" +
               conv("f", 3));
}

Net separable() {
    return Net(conv("a", 8, image) + "," + conv("dw", 8, R"(, "groups": 8)") + "," + conv("b", 6) +
               "," + conv("grouped", 6, R"(, "groups": 3)") + "," + conv("c", 2));
}

TEST(ChannelSpaces, OfAChain) {
    const Net net = chain();
    const ChannelSpace& middle = net.written("a");
    EXPECT_EQ(&middle, &net.written("pool"));
    EXPECT_EQ(&middle, &net.read("b"));
    EXPECT_EQ(net.names(middle.producers), "a");
    EXPECT_EQ(net.names(middle.readers), "b");
    EXPECT_EQ(middle.channels, 8u);
    EXPECT_TRUE(middle.removable);
    EXPECT_TRUE(middle.carriers.empty());
    EXPECT_EQ(net.names(net.read("f").producers), "b");
    EXPECT_TRUE(net.read("f").removable);
    EXPECT_EQ(net.read("f").channels, 4u); // of the image, not its 36 features
}

TEST(ChannelSpaces, InputAndOutputStay) {
    const Net net = chain();
    EXPECT_FALSE(net.read("a").removable);
    EXPECT_EQ(net.read("a").channels, 2u);
    EXPECT_TRUE(net.read("a").producers.empty());
    EXPECT_FALSE(net.written("g").removable);
    EXPECT_TRUE(net.written("g").readers.empty());
}

TEST(ChannelSpaces, AnAdditionMakesOneSpaceOfItsInputs) {
    const Net net = residual();
    const ChannelSpace& sum = net.written("sum");
    EXPECT_EQ(&sum, &net.written("a"));
    EXPECT_EQ(&sum, &net.written("c"));
    EXPECT_EQ(net.names(sum.producers), "a c");
    EXPECT_EQ(net.names(sum.readers), "b d e");
    EXPECT_TRUE(sum.removable);
    EXPECT_EQ(net.names(net.written("b").producers), "b"); // within the block: its own
    EXPECT_EQ(net.names(net.written("b").readers), "c");
}

TEST(ChannelSpaces, AConcatenationRenumbers) {
    const Net net = residual();
    EXPECT_FALSE(net.written("d").removable);
    EXPECT_FALSE(net.written("e").removable);
    EXPECT_FALSE(net.written("all").removable);
    EXPECT_NE(&net.written("d"), &net.written("all"));
    EXPECT_EQ(net.names(net.written("all").readers), "f"); // which may ignore some all the same
}

TEST(ChannelSpaces, DepthwiseLayersCarryAndGroupedOnesDoNot) {
    const Net net = separable();
    const ChannelSpace& first = net.written("a");
    EXPECT_EQ(&first, &net.written("dw"));
    EXPECT_EQ(net.names(first.producers), "a");
    EXPECT_EQ(net.names(first.carriers), "dw");
    EXPECT_EQ(net.names(first.readers), "b");
    EXPECT_TRUE(first.removable);
    EXPECT_FALSE(net.written("b").removable);
    EXPECT_FALSE(net.written("grouped").removable);
}

TEST(ChannelSpaces, OfResNet20) {
    const Net net = Net::shipped("resnet20");
    for (const char* block : {"layer1.0", "layer1.2", "layer2.0", "layer3.2"}) {
        const ChannelSpace& within = net.written(std::string(block) + ".conv1");
        EXPECT_TRUE(within.removable) << block;
        EXPECT_EQ(net.names(within.producers), std::string(block) + ".conv1");
        EXPECT_EQ(net.names(within.readers), std::string(block) + ".conv2");
    }
    // Option A pads the channels of a stage for the next one.
    const ChannelSpace& stage = net.written("layer1.2.add");
    EXPECT_FALSE(stage.removable);
    EXPECT_EQ(&stage, &net.written("conv1"));
    EXPECT_EQ(stage.producers.size(), 4u);
    EXPECT_EQ(net.names(stage.readers),
              "layer1.0.conv1 layer1.1.conv1 layer1.2.conv1 layer2.0.conv1");
    EXPECT_EQ(net.names(net.read("linear").readers), "layer3.1.conv1 layer3.2.conv1 linear");
}

TEST(ChannelSpaces, OfMobileNets) {
    const Net v1 = Net::shipped("mobilenet_v1_cifar");
    size_t carriers = 0;
    for (const ChannelSpace& space : v1.spaces.spaces) {
        EXPECT_LE(space.producers.size(), 1u);
        EXPECT_EQ(space.removable, !space.producers.empty() && !space.readers.empty());
        carriers += space.carriers.size();
    }
    EXPECT_EQ(carriers, 13u);
    const Net v2 = Net::shipped("mobilenet_v2_cifar");
    const ChannelSpace& group = v2.written("block3.add");
    EXPECT_EQ(v2.names(group.producers), "block2.project block3.project");
    EXPECT_EQ(v2.names(group.readers), "block3.expand block4.expand");
    EXPECT_TRUE(group.removable);
    EXPECT_EQ(v2.names(v2.written("block3.expand").carriers), "block3.dw");
    EXPECT_EQ(v2.names(v2.written("block3.expand").readers), "block3.project");
}

TEST(ChannelCounts, WithoutAPolicyEverythingStays) {
    const Net net = residual();
    for (const char* name : {"a", "b", "f"}) {
        const Layer& layer = net.workload->layers[net.index(name)];
        EXPECT_EQ(net.left(name).weights, layer.params()) << name;
        EXPECT_EQ(net.left(name).outputs, layer.out.c) << name;
    }
    EXPECT_EQ(net.left("sum").weights, 0u);
}

TEST(ChannelCounts, AReaderAloneTakesOutputsAlong) {
    Net net = chain();
    net.keep("b", 3);
    net.keep("f", 1); // of 4 channels of 9 pixels
    EXPECT_EQ(net.left("a").weights, 3u * 2 * 9);
    EXPECT_EQ(net.left("a").outputs, 3u);
    EXPECT_EQ(net.left("b").weights, 1u * 3 * 9);
    EXPECT_EQ(net.left("b").outputs, 1u);
    EXPECT_EQ(net.left("f").weights, 9u * 5);
    EXPECT_EQ(net.left("f").outputs, 5u);
    net.keep("b", 8); // all of them
    EXPECT_EQ(net.left("a").weights, 8u * 2 * 9);
}

TEST(ChannelCounts, AGroupGoesTogetherOrNotAtAll) {
    Net net = residual();
    net.keep("b", 2);
    net.keep("d", 2);
    EXPECT_EQ(net.left("a").weights, 8u * 2 * 9); // e still reads them
    EXPECT_EQ(net.left("b").weights, 6u * 2 * 9);
    net.keep("e", 3);
    EXPECT_EQ(net.left("a").weights, 8u * 2 * 9); // others than those
    net.keep("e", 2);
    EXPECT_EQ(net.left("a").weights, 2u * 2 * 9);
    EXPECT_EQ(net.left("c").weights, 2u * 6 * 9);
    net.keep("f", 4); // of a concatenation
    EXPECT_EQ(net.left("f").weights, 3u * 4 * 9);
    EXPECT_EQ(net.left("d").outputs, 5u);
}

TEST(ChannelCounts, DepthwiseLayersFollow) {
    Net net = separable();
    net.keep("b", 2);
    EXPECT_EQ(net.left("a").weights, 2u * 2 * 9);
    EXPECT_EQ(net.left("dw").weights, 2u * 9);
    EXPECT_EQ(net.left("dw").outputs, 2u);
    EXPECT_EQ(net.left("b").weights, 6u * 2 * 9);
}

TEST(ChannelCounts, StorageFollowsToTheBit) {
    Net net = chain();
    net.keep("b", 3);
    for (assay_layer_policy& layer : net.policy.layers) {
        layer.w_bits = 4;
    }
    const uint64_t weights = 3 * 2 * 9 + 4 * 3 * 9 + 36 * 5 + 5 * 3, biases = 3 + 4 + 5 + 3;
    EXPECT_EQ(storage_bits(*net.workload, {}, &net.policy), 4 * weights + 32 * biases);
    net.policy.layers[net.index("b")].w_density = 0.25; // 72 of 288, each with a gap of 4 bits
    EXPECT_EQ(storage_bits(*net.workload, {}, &net.policy),
              4 * (weights - 108 + 72) + 4 * 72 + 32 * biases);
    net.policy.layers[net.index("b")].w_density = 0.75; // more than there are
    EXPECT_EQ(storage_bits(*net.workload, {}, &net.policy), 4 * weights + 4 * 108 + 32 * biases);
}

} // namespace
