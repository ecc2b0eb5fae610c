// Channels that go: which ones, what is zero then, and how well least squares makes up for them.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "channels.hpp"
#include "torch_bench.hpp"

using namespace assay;
using assay_test::Report;
using torch::Tensor;
using torch_test::joined;
using torch_test::no_policy;

namespace {

struct Pruning {
    std::shared_ptr<const Model> model;
    Net net;
    assay_policy policy;
    ChannelSpaces spaces;
    Tensor samples;
    ChannelSettings settings;

    explicit Pruning(std::shared_ptr<const Model> m)
        : model(std::move(m)), net(model), policy(no_policy(*model)),
          spaces(find_channel_spaces(*model->workload)) {
        const Dataset data = tiny::dataset();
        std::vector<uint32_t> all(data.train.count);
        std::vector<float> values(data.train.count * data.train.values());
        for (uint32_t i = 0; i < all.size(); ++i) {
            all[i] = i;
        }
        load_values(data.train, all.data(), all.size(), model->workload->preprocess, values.data());
        samples = torch::from_blob(values.data(), {256, 1, tiny::side, tiny::side}).clone();
    }
    void keep(size_t layer, uint64_t channels) { policy.layers[layer].keep_channels = channels; }
    std::vector<std::vector<uint8_t>> masks() const { return select_channels(net, policy, spaces); }
    // Root of the mean squared change of the network's outputs, relative to the outputs' spread.
    double error_of(bool reconstruct) {
        const torch::NoGradGuard guard;
        Net pruned = net;
        settings.reconstruct = reconstruct;
        prune_channels(pruned, policy, samples, settings);
        const Tensor before = net.forward(samples, {}), after = pruned.forward(samples, {});
        return ((after - before).square().mean() / before.var()).sqrt().item<double>();
    }
    Net pruned() {
        Net out = net;
        prune_channels(out, policy, samples, settings);
        return out;
    }
};

// Two convolutions and a linear layer, without ReLU between them.
Pruning straight() {
    std::vector<Layer> layers = {
        tiny::convolution("conv1", -1, {1, 8, 8}, 6, 1, false),
        tiny::convolution("conv2", 0, {6, 8, 8}, 4, 2, false),
        tiny::simple("fc", Op::fc, 1, {4, 4, 4}, {tiny::classes, 1, 1}),
    };
    layers[0].relu = layers[1].relu = false;
    return Pruning(torch_test::model(std::move(layers)));
}

// Output 5 of conv1 is half of output 0 less a quarter of output 1, and conv2 reads it most weakly.
Pruning redundant() {
    Pruning p = straight();
    LayerTensors &first = p.net.tensors()[0], &second = p.net.tensors()[1];
    first.weight[5].copy_(0.5 * first.weight[0] - 0.25 * first.weight[1]);
    first.bias[5] = 0.5 * first.bias[0] - 0.25 * first.bias[1];
    second.weight.select(1, 5).mul_(0.9 *
                                    second.weight.abs().sum(at::IntArrayRef({0, 2, 3})).min() /
                                    second.weight.select(1, 5).abs().sum());
    return p;
}

Pruning mixed() {
    return Pruning(torch_test::model(torch_test::layers()));
}

// Channels of dimension `dim` with any weight but 0.
uint64_t in_use(const Tensor& weight, int64_t dim) {
    const Tensor first = weight.transpose(0, dim).contiguous().view({weight.size(dim), -1});
    return static_cast<uint64_t>((first != 0).any(1).sum().item<int64_t>());
}

uint64_t weights_in_use(const Tensor& weight) {
    return static_cast<uint64_t>((weight != 0).sum().item<int64_t>());
}

} // namespace

/* ---- Selection ---- */

TEST(Channels, TheGreatestSumsOfMagnitudesStay) {
    Pruning p = straight();
    Tensor& weight = p.net.tensors()[1].weight;
    const float scale[] = {3, 0.1f, -2, 0.5f, 0.2f, 1};
    for (int64_t c = 0; c < 6; ++c) {
        weight.select(1, c).fill_(scale[c]);
    }
    weight.select(1, 4)[0][0][0] = 20; // a single great one
    p.keep(1, 3);
    EXPECT_EQ(p.masks()[1], (std::vector<uint8_t>{1, 0, 1, 0, 0, 1}));
    EXPECT_TRUE(p.masks()[0].empty());
    EXPECT_TRUE(p.masks()[2].empty());
    p.keep(1, 6);
    EXPECT_TRUE(p.masks()[1].empty());
}

TEST(Channels, ALinearLayerKeepsChannelsOfItsImage) {
    for (bool stated : {false, true}) {
        std::vector<Layer> layers = straight().model->workload->layers;
        layers[2].in = stated ? Shape{64, 1, 1} : Shape{4, 4, 4};
        Pruning p{torch_test::model(layers)};
        Tensor& weight = p.net.tensors()[2].weight; // [4][4 * 16]
        weight.narrow(1, 16, 16).fill_(0.001f);
        p.keep(2, 3);
        EXPECT_EQ(p.masks()[2], (std::vector<uint8_t>{1, 0, 1, 1}));
        const Net after = p.pruned();
        EXPECT_EQ(weights_in_use(after.tensors()[2].weight.narrow(1, 16, 16)), 0u);
        EXPECT_EQ(in_use(after.tensors()[1].weight, 0), 3u);
    }
}

TEST(Channels, ReadersOfOneSpaceChooseTogether) {
    std::vector<Layer> layers = {
        tiny::convolution("stem", -1, {1, 8, 8}, 4, 1, false),
        tiny::convolution("left", 0, {4, 8, 8}, 4, 1, false),
        tiny::convolution("right", 0, {4, 8, 8}, 4, 1, false),
        joined("sum", Op::add, {1, 2}, {4, 8, 8}, {4, 8, 8}),
        tiny::simple("fc", Op::fc, 3, {4, 8, 8}, {tiny::classes, 1, 1}),
    };
    Pruning p{torch_test::model(layers)};
    const float left[] = {4, 3, 1, 1}, right[] = {0, 1, 5, 0.5f};
    for (int64_t c = 0; c < 4; ++c) {
        p.net.tensors()[1].weight.select(1, c).fill_(left[c]);
        p.net.tensors()[2].weight.select(1, c).fill_(right[c]);
    }
    p.keep(1, 2);
    EXPECT_EQ(p.masks()[1], (std::vector<uint8_t>{1, 1, 0, 0}));
    EXPECT_EQ(in_use(p.pruned().tensors()[0].weight, 0), 4u) << "right reads all";
    p.keep(2, 2);
    EXPECT_EQ(p.masks()[1], (std::vector<uint8_t>{1, 0, 1, 0})); // 4 + 0 ties with 3 + 1
    EXPECT_EQ(p.masks()[2], p.masks()[1]);
    EXPECT_EQ(in_use(p.pruned().tensors()[0].weight, 0), 2u);
    p.keep(2, 3);
    EXPECT_EQ(p.masks()[2], (std::vector<uint8_t>{0, 1, 1, 1}));
    EXPECT_EQ(in_use(p.pruned().tensors()[0].weight, 0), 4u);
}

/* ---- What is gone ---- */

TEST(Channels, WhatIsGoneIsZeroAndCounted) {
    Pruning p = mixed();
    p.keep(2, 5); // conv3 reads conv2, which nobody else does
    p.keep(5, 6); // point reads the depthwise layer, but so does the concatenation
    p.keep(8, 9); // fc1 reads the concatenation
    p.keep(9, 7); // fc2 reads fc1
    const Net after = p.pruned();
    const auto counts = remaining(*p.model->workload, p.policy, p.spaces);
    for (size_t i = 0; i < after.size(); ++i) {
        const LayerTensors& t = after.tensors()[i];
        if (t.weight.defined()) {
            EXPECT_EQ(weights_in_use(t.weight), counts[i].weights) << i;
            EXPECT_EQ(weights_in_use(t.bias), counts[i].outputs) << i;
        }
    }
    EXPECT_EQ(in_use(after.tensors()[1].weight, 0), 5u);
    EXPECT_EQ(in_use(after.tensors()[2].weight, 1), 5u);
    EXPECT_EQ(in_use(after.tensors()[4].weight, 0), 8u);
    EXPECT_EQ(in_use(after.tensors()[5].weight, 1), 6u);
    EXPECT_EQ(in_use(after.tensors()[8].weight, 0), 7u);
    EXPECT_EQ(after.tensors()[0].weight.equal(p.net.tensors()[0].weight), true);
}

TEST(Channels, DepthwiseLayersLoseWhatTheirReadersDrop) {
    std::vector<Layer> layers = {
        tiny::convolution("stem", -1, {1, 8, 8}, 8, 1, true),
        torch_test::depthwise("depthwise", 0, {8, 8, 8}),
        tiny::convolution("point", 1, {8, 4, 4}, 8, 1, false),
        tiny::simple("fc", Op::fc, 2, {8, 4, 4}, {tiny::classes, 1, 1}),
    };
    Pruning p{torch_test::model(layers)};
    p.keep(2, 3);
    const Net after = p.pruned();
    EXPECT_EQ(in_use(after.tensors()[0].weight, 0), 3u);
    EXPECT_EQ(weights_in_use(after.tensors()[0].norm_scale), 3u);
    EXPECT_EQ(in_use(after.tensors()[1].weight, 0), 3u);
    EXPECT_EQ(in_use(after.tensors()[2].weight, 1), 3u);
    for (int64_t c = 0; c < 8; ++c) {
        EXPECT_EQ(after.tensors()[1].weight[c].any().item<bool>(),
                  after.tensors()[2].weight.select(1, c).any().item<bool>());
    }
}

/* ---- Reconstruction ---- */

TEST(Channels, ARedundantChannelIsMadeUpForExactly) {
    Pruning p = redundant();
    p.keep(1, 5);
    EXPECT_EQ(p.masks()[1], (std::vector<uint8_t>{1, 1, 1, 1, 1, 0}));
    EXPECT_LT(p.error_of(true), 1e-4);
    EXPECT_GT(p.error_of(false), 0.01);
    p.keep(1, 4); // one that is not redundant goes, too
    EXPECT_GT(p.error_of(true), 1e-3);
}

TEST(Channels, ReconstructedNetworksAreNearerToWhatTheyWere) {
    for (uint64_t keep : {6, 4, 2}) {
        Pruning p = mixed();
        p.keep(1, keep);
        p.keep(2, keep);
        p.keep(5, keep);
        p.keep(9, 4 * keep);
        EXPECT_LT(p.error_of(true), 0.8 * p.error_of(false)) << keep;
    }
}

TEST(Channels, FewerSamplesThanWeightsLeaveThemNearWhereTheyWere) {
    Pruning p = mixed();
    p.keep(9, 24);
    const double without = p.error_of(false);
    p.samples = p.samples.narrow(0, 0, 6); // 6 rows for 24 weights of each output
    EXPECT_LT(p.error_of(true), 0.1 * without) << "of those samples";
    const Net after = p.pruned();
    const Tensor moved = after.tensors()[9].weight - p.net.tensors()[9].weight;
    EXPECT_LT(moved.norm().item<double>(), p.net.tensors()[9].weight.norm().item<double>());
    EXPECT_TRUE(after.tensors()[9].weight.isfinite().all().item<bool>());
}

TEST(Channels, TheSameSeedGivesTheSameWeights) {
    Pruning p = mixed();
    p.keep(2, 4);
    const Tensor first = p.pruned().tensors()[2].weight;
    EXPECT_TRUE(first.equal(p.pruned().tensors()[2].weight));
    EXPECT_TRUE(first.is_contiguous(torch::MemoryFormat::ChannelsLast));
    p.settings.seed = 2;
    EXPECT_FALSE(first.equal(p.pruned().tensors()[2].weight));
}

/* ---- Policies ---- */

namespace {

std::vector<Parameters> trained(const assay_policy& policy, double& top1) {
    const auto engine = torch_test::open(
        torch_test::input_of(torch_test::model(torch_test::layers())), Checkpoints::default_budget);
    Report report;
    Evaluation before, after;
    EXPECT_EQ(engine->evaluate(&policy, Split::all, 0, before, report), ASSAY_OK);
    EXPECT_EQ(engine->train(&policy, tiny::settings(4, 0.02), report), ASSAY_OK) << report.text();
    EXPECT_EQ(engine->evaluate(&policy, Split::all, 0, after, report), ASSAY_OK);
    EXPECT_EQ(after.size_bits, before.size_bits);
    EXPECT_LT(after.loss, before.loss);
    top1 = after.top1();
    return engine->parameters();
}

Tensor weight_of(const std::vector<Parameters>& parameters, size_t layer, int64_t out) {
    return torch::tensor(parameters[layer].weight).view({out, -1, layer == 2 ? 9 : 1});
}

} // namespace

TEST(Channels, HoldDuringFineTuning) {
    for (int more = 0; more < 3; ++more) { // alone, with pruned weights, with a codebook
        assay_policy policy = no_policy(*torch_test::model(torch_test::layers()));
        policy.layers[2].keep_channels = 5;
        policy.layers[9].keep_channels = 7;
        policy.layers[2].w_density = more == 1 ? 0.9 : 0; // more than the channels leave
        policy.layers[9].codebook_bits = more == 2 ? 4 : 0;
        double top1 = 0;
        const std::vector<Parameters> after = trained(policy, top1);
        EXPECT_EQ(in_use(weight_of(after, 2, 8), 1), 5u) << more;
        EXPECT_EQ(in_use(weight_of(after, 9, tiny::classes), 1), 7u) << more;
        EXPECT_EQ(in_use(torch::tensor(after[1].weight).view({8, -1}), 0), 5u) << more;
        EXPECT_EQ(in_use(torch::tensor(after[8].weight).view({32, -1}), 0), 7u) << more;
        EXPECT_GT(top1, 0.5) << more;
    }
}

TEST(Channels, StayGoneUnderQuantisersAndCodebooks) {
    torch_test::Workbench bench(torch_test::model(torch_test::layers()));
    assay_policy policy = no_policy(*bench.model);
    policy.layers[2].keep_channels = 5;
    prune_channels(*bench.net, policy, bench.inputs.batches[0], {});
    for (int way = 0; way < 3; ++way) {
        policy.layers[2].w_bits = way == 0 ? 1 : way == 1 ? 3 : 0;
        policy.layers[2].codebook_bits = way == 2 ? 2 : 0;
        EXPECT_EQ(in_use(bench.make(policy).layers[2].weight, 1), 5u) << way;
    }
}

/* ---- A real network ---- */

namespace {

struct ResNet20 {
    assay_workload* workload = nullptr;
    std::shared_ptr<Model> model = std::make_shared<Model>();
    Dataset data;
    Report report;

    ResNet20() {
        const std::string path =
            std::string(std::getenv("ASSAY_DATA")) + "/models/resnet20_cifar10.json";
        EXPECT_EQ(assay_workload_load(path.c_str(), nullptr, &workload, report), ASSAY_OK);
        model->workload.reset(workload, [](const assay_workload* w) {
            auto* owned = const_cast<assay_workload*>(w);
            assay_workload_free(&owned);
        });
        EXPECT_EQ(load_parameters(*workload, nullptr, model->parameters, report), ASSAY_OK);
        EXPECT_EQ(load_dataset("cifar10", nullptr, 1, data, report), ASSAY_OK);
    }
    // The share of every layer's input channels that stays; of the first 200 test images.
    double top1(double share, bool reconstruct) {
        const torch::NoGradGuard guard;
        Net net(model);
        assay_policy policy = no_policy(*model);
        for (size_t i = 1; i < model->size(); ++i) {
            const Layer& l = model->layer(i);
            if (l.op == Op::conv) {
                policy.layers[i].keep_channels = static_cast<uint64_t>(share * l.in.c);
            }
        }
        ChannelSettings settings;
        settings.reconstruct = reconstruct;
        const Inputs samples = load_calibration_inputs(data, 96, *workload);
        prune_channels(net, policy, at::cat(samples.batches).narrow(0, 0, 96), settings);
        return score(net);
    }
    double score(Net& net) {
        const std::vector<uint32_t> chosen = split_indices(data, Split::all, 200);
        const Inputs images = load_inputs(data.test, chosen, *workload);
        int64_t correct = 0, at = 0;
        for (const Tensor& batch : images.batches) {
            const Tensor answers = net.forward(batch, {}).argmax(1);
            for (int64_t i = 0; i < answers.size(0) && at < 200; ++i, ++at) {
                correct += answers[i].item<int64_t>() == images.labels[static_cast<size_t>(at)];
            }
        }
        return static_cast<double>(correct) / 200;
    }
};

} // namespace

TEST(Channels, LeastSquaresSavesMuchOfResNet20) {
    if (!std::getenv("ASSAY_DATA")) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: ResNet-20's channels NOT tested ****";
    }
    ResNet20 resnet;
    for (double share : {0.75, 0.5}) {
        const double with = resnet.top1(share, true), without = resnet.top1(share, false);
        RecordProperty(share > 0.6 ? "three_quarters" : "half",
                       std::to_string(with) + " with, " + std::to_string(without) + " without");
        EXPECT_GT(with, without + 0.1) << share;
    }
    EXPECT_GT(resnet.top1(0.75, true), 0.6);
}
