// Evaluation: fused passes against plain ones, reuse between candidates, errors.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "report.hpp"
#include "runner.hpp"
#include "torch_bench.hpp"

using namespace assay;
using assay_test::Report;
using torch::Tensor;
using torch_test::input_of;
using torch_test::open;
using torch_test::Workbench;

namespace {

std::unique_ptr<Engine> open_mixed(uint64_t checkpoint_bytes = Checkpoints::default_budget) {
    return open(input_of(torch_test::model(torch_test::layers())), checkpoint_bytes);
}

Evaluation evaluated(Engine& engine, const assay_policy* policy, size_t limit = 0) {
    Report report;
    Evaluation out;
    EXPECT_EQ(engine.evaluate(policy, Split::all, limit, out, report), ASSAY_OK) << report.text();
    return out;
}

std::vector<float> outputs_of(Engine& engine, const assay_policy* policy,
                              const std::vector<uint32_t>& images) {
    Report report;
    std::vector<float> out;
    EXPECT_EQ(engine.outputs(policy, images, out, report), ASSAY_OK) << report.text();
    return out;
}

std::vector<uint32_t> first_images(uint32_t count) {
    std::vector<uint32_t> out(count);
    for (uint32_t i = 0; i < count; ++i) {
        out[i] = i;
    }
    return out;
}

// Changes one layer of a policy in one way.
void change(assay_policy& policy, const Model& model, assay_rng& rng) {
    size_t i = 0;
    do {
        i = assay_rng_below(&rng, model.size());
    } while (!is_matrix(model.layer(i).op));
    assay_layer_policy& p = policy.layers[i];
    switch (assay_rng_below(&rng, 5)) {
    case 0:
        p.w_bits = static_cast<unsigned>(assay_rng_below(&rng, 9));
        break;
    case 1:
        p.a_bits = static_cast<unsigned>(assay_rng_below(&rng, 9));
        break;
    case 2:
        p.w_density = assay_rng_below(&rng, 2) ? 0 : 0.3 + 0.7 * assay_rng_unit(&rng);
        break;
    case 3:
        p.codebook_bits = static_cast<unsigned>(assay_rng_below(&rng, 4));
        break;
    default:
        p.keep_channels = assay_rng_below(&rng, 4) ? 0 : 1 + assay_rng_below(&rng, 8);
        p.keep_channels = model.layer(i).groups > 1 || i == 0 ? 0 : p.keep_channels;
    }
}

// Every step on its own, nothing in place.
Tensor plain_forward(const Candidate& candidate, const Tensor& x) {
    Hooks hooks;
    hooks.weight = [&](size_t i, const Tensor&) { return candidate.layers[i].weight; };
    hooks.input = [&](size_t i, int operand, const Tensor& values) {
        const Quantiser& q = candidate.layers[i].input[static_cast<size_t>(operand)];
        Tensor out = values.contiguous().clone();
        for (int64_t k = 0; k < out.numel() && quantises(q); ++k) {
            float& v = out.data_ptr<float>()[k];
            v = dequantise(q, quantise(q, v));
        }
        return out.contiguous(torch::MemoryFormat::ChannelsLast);
    };
    return candidate.net->forward(x, hooks);
}

std::set<float> values_in(const Tensor& weight, bool zero_too = true) {
    const Tensor plain = weight.contiguous();
    std::set<float> out(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    if (!zero_too) {
        out.erase(0.0f);
    }
    return out;
}

} // namespace

TEST(TorchEngine, FusedPassesComputeWhatSeparateOnesDo) {
    const c10::InferenceMode inference;
    Workbench bench(torch_test::model(torch_test::layers()));
    const Structure structure(*bench.model);
    assay_rng rng = assay_rng_seed(1, "fused");
    assay_policy policy = torch_test::uniform(*bench.model, 4, 4);
    for (int round = 0; round < 10; ++round) {
        const Candidate candidate = bench.make(policy);
        const std::vector<bool> whole(bench.model->size(), round % 2 == 1);
        Pass pass(candidate, structure, whole, bench.inputs.batches[0]);
        const Tensor fused = pass.run(0, bench.model->size(), {});
        const Tensor plain = plain_forward(candidate, bench.inputs.batches[0]);
        EXPECT_TRUE(torch::equal(fused.reshape(plain.sizes()), plain)) << "round " << round;
        change(policy, *bench.model, rng);
    }
}

// It returns the very tensor that it reads, which another layer reads as well.
TEST(TorchEngine, ANormThatIsFoldedLeavesWhatItReadsAlone) {
    const Shape image = {4, 8, 8};
    std::vector<Layer> layers = {
        tiny::convolution("conv", -1, {1, 8, 8}, 4, 1, false),
        tiny::simple("norm", Op::batch_norm, 0, image, image),
        torch_test::joined("add", Op::add, {0, 1}, image, image),
        tiny::simple("fc", Op::fc, 2, image, {tiny::classes, 1, 1}),
    };
    layers[0].relu = false;
    layers[1].relu = true;
    auto stated = std::make_shared<Model>(*torch_test::model(layers));
    stated->parameters[1].weight.assign(4, 1);
    stated->parameters[1].bias.assign(4, 0);
    auto folded = std::make_shared<Model>(*stated);
    folded->parameters[1] = Parameters();
    for (uint64_t bytes : {uint64_t{0}, Checkpoints::default_budget}) {
        const auto images = first_images(8);
        EXPECT_EQ(outputs_of(*open(input_of(folded), bytes), nullptr, images),
                  outputs_of(*open(input_of(stated), bytes), nullptr, images));
    }
}

TEST(TorchEngine, CutsAreWhereOneTensorIsLive) {
    const Structure structure(*torch_test::model(torch_test::layers()));
    EXPECT_EQ(structure.cuts, (std::vector<size_t>{0, 3, 4, 6, 7, 8, 9}));
    EXPECT_EQ(structure.outputs[0].readers, 2u);
    EXPECT_EQ(structure.outputs[4].reader, 6u);
    EXPECT_EQ(structure.outputs[2].operand, 1);
}

TEST(TorchEngine, ReuseBetweenCandidatesChangesNothing) {
    const auto model = torch_test::model(torch_test::layers());
    // Everything is kept; little is; nothing is.
    const auto all = open_mixed(), some = open_mixed(70000), none = open_mixed(0);
    assay_rng rng = assay_rng_seed(2, "policies");
    assay_policy policy = torch_test::uniform(*model, 5, 5);
    size_t reused = 0, reused_by_some = 0;
    for (int round = 0; round < 25; ++round) {
        const assay_policy* asked = round % 10 == 9 ? nullptr : &policy;
        const Evaluation a = evaluated(*all, asked), b = evaluated(*some, asked),
                         c = evaluated(*none, asked);
        EXPECT_EQ(a.correct, c.correct) << "round " << round;
        EXPECT_EQ(a.loss, c.loss) << "round " << round;
        EXPECT_EQ(b.loss, c.loss) << "round " << round;
        EXPECT_EQ(c.reused_layers, 0u);
        EXPECT_EQ(a.size_bits, c.size_bits);
        reused += a.reused_layers;
        reused_by_some += b.reused_layers;
        change(policy, *model, rng);
    }
    EXPECT_GT(reused_by_some, 0u);
    EXPECT_GT(reused, reused_by_some);
}

TEST(TorchEngine, WhatIsEqualIsReusedAndNoMore) {
    const auto engine = open_mixed();
    const auto model = torch_test::model(torch_test::layers());
    assay_policy policy = torch_test::uniform(*model, 6, 6);
    EXPECT_EQ(evaluated(*engine, &policy).reused_layers, 0u);
    EXPECT_EQ(evaluated(*engine, &policy).reused_layers, model->size());
    policy.layers[8].a_bits = 3; // fc1: conv1 .. pool are as they were
    EXPECT_EQ(evaluated(*engine, &policy).reused_layers, 8u);
    policy.layers[2].w_bits = 3; // conv3: the last cut before is conv1
    EXPECT_EQ(evaluated(*engine, &policy).reused_layers, 1u);
    EXPECT_EQ(evaluated(*engine, &policy, 40).reused_layers, 0u); // other images
}

TEST(TorchEngine, OtherParametersAreNeverTakenForTheSame) {
    const auto model = torch_test::model(torch_test::layers());
    for (size_t layer : {size_t{0}, size_t{2}, size_t{5}, size_t{9}}) {
        for (bool bias : {false, true}) {
            std::vector<Parameters> changed = model->parameters;
            (bias ? changed[layer].bias : changed[layer].weight)[3] += 0.25f;
            const assay_policy policy = torch_test::uniform(*model, 8, 8);
            const auto used = open_mixed(), fresh = open_mixed();
            const double before = evaluated(*used, &policy).loss;
            used->set_parameters(changed);
            fresh->set_parameters(changed);
            const Evaluation after = evaluated(*used, &policy);
            EXPECT_EQ(after.loss, evaluated(*fresh, &policy).loss);
            EXPECT_NE(after.loss, before);
            EXPECT_LE(after.reused_layers, layer);
            used->restore();
            EXPECT_EQ(evaluated(*used, &policy).loss, before);
        }
    }
}

// If kept outputs were those of another candidate, the tests above would see it.
TEST(TorchEngine, WrongCheckpointsShowInTheResult) {
    const c10::InferenceMode inference;
    Workbench bench(torch_test::model(torch_test::layers()));
    const Structure structure(*bench.model);
    const Candidate candidate = bench.make(torch_test::uniform(*bench.model, 8, 8));
    const std::vector<bool> whole(bench.model->size(), true);
    Tensor kept;
    Observer observer;
    observer.whole = [&](size_t layer, const Tensor& y) { kept = layer == 3 ? y.clone() : kept; };
    const Tensor& x = bench.inputs.batches[0];
    const Tensor right = Pass(candidate, structure, whole, x).run(0, bench.model->size(), observer);
    Pass same(candidate, structure, whole, x), other(candidate, structure, whole, x);
    same.give(3, kept);
    other.give(3, kept * 1.01f);
    EXPECT_TRUE(torch::equal(same.run(4, bench.model->size(), {}), right));
    EXPECT_FALSE(torch::equal(other.run(4, bench.model->size(), {}), right));
}

TEST(TorchEngine, ImagesDoNotDependOnTheirCompany) {
    const auto engine = open_mixed();
    const auto model = torch_test::model(torch_test::layers());
    const assay_policy policy = torch_test::uniform(*model, 3, 3);
    for (const assay_policy* asked : {static_cast<const assay_policy*>(nullptr), &policy}) {
        const std::vector<float> all = outputs_of(*engine, asked, first_images(64));
        const std::vector<float> some = outputs_of(*engine, asked, {41, 7, 63});
        ASSERT_EQ(all.size(), 64u * tiny::classes);
        ASSERT_EQ(some.size(), 3u * tiny::classes);
        const size_t rows[] = {41, 7, 63};
        for (size_t i = 0; i < some.size(); ++i) {
            EXPECT_EQ(some[i], all[rows[i / tiny::classes] * tiny::classes + i % tiny::classes]);
        }
    }
}

TEST(TorchEngine, CountsAndLossAreThoseOfTheOutputs) {
    const auto engine = open_mixed();
    const Dataset data = tiny::dataset();
    const std::vector<float> logits = outputs_of(*engine, nullptr, first_images(50));
    uint64_t correct = 0;
    double loss = 0;
    for (size_t i = 0; i < 50; ++i) {
        const float* row = &logits[i * tiny::classes];
        double sum = 0;
        for (size_t c = 0; c < tiny::classes; ++c) {
            sum += std::exp(static_cast<double>(row[c]));
        }
        loss -= std::log(std::exp(static_cast<double>(row[data.test.labels[i]])) / sum) / 50;
        correct += std::max_element(row, row + tiny::classes) - row == data.test.labels[i];
    }
    const Evaluation found = evaluated(*engine, nullptr, 50);
    EXPECT_EQ(found.images, 50u);
    EXPECT_EQ(found.correct, correct);
    EXPECT_NEAR(found.loss, loss, 1e-9);
}

TEST(TorchEngine, DivergenceIsFromTheFloatNetworkOnTheSameImages) {
    const auto engine = open_mixed();
    const auto model = torch_test::model(torch_test::layers());
    const assay_policy low = torch_test::uniform(*model, 2, 8);
    EXPECT_TRUE(std::isnan(evaluated(*engine, &low).divergence)) << "the float network is unknown";
    EXPECT_EQ(evaluated(*engine, nullptr).divergence, 0);
    const assay_policy high = torch_test::uniform(*model, 8, 8);
    const double far = evaluated(*engine, &low).divergence;
    const double near = evaluated(*engine, &high).divergence;
    EXPECT_GT(near, 0);
    EXPECT_GT(far, 10 * near);
}

TEST(TorchEngine, WeightsAreTreatedAsThePolicySays) {
    Workbench bench(torch_test::model(torch_test::layers()));
    assay_policy policy = torch_test::no_policy(*bench.model);
    policy.layers[1].w_density = 0.25;
    policy.layers[2].codebook_bits = 2;
    policy.layers[5].codebook_bits = 2;
    policy.layers[5].w_density = 0.5;
    policy.layers[8].w_bits = 2;
    const Candidate candidate = bench.make(policy);
    const int64_t count = candidate.layers[1].weight.numel();
    EXPECT_EQ(candidate.layers[1].weight.count_nonzero().item<int64_t>(), (count + 2) / 4);
    EXPECT_EQ(values_in(candidate.layers[2].weight).size(), 4u);
    EXPECT_EQ(values_in(candidate.layers[5].weight, false).size(), 3u);
    EXPECT_EQ(candidate.layers[5].weight.count_nonzero().item<int64_t>(),
              candidate.layers[5].weight.numel() / 2);
    EXPECT_LE(values_in(candidate.layers[8].weight[0]).size(), 3u); // a quantiser per channel
    EXPECT_TRUE(torch::equal(candidate.layers[0].weight, bench.net->tensors()[0].weight));
    // A codebook that was trained already is left alone, and so are weights that it is made of.
    const Tensor shared = candidate.layers[2].weight;
    EXPECT_TRUE(torch::equal(bench.prepared.get(2, shared, hash_of(shared), {0, 1, 2}), shared));
}

TEST(TorchEngine, LayersThatReadNegativeValuesMustSaySo) {
    std::vector<Layer> layers = torch_test::layers();
    layers[0].a_signed = layers[9].a_signed = false;
    const auto engine = open(input_of(torch_test::model(layers)), 0);
    const assay_policy policy = torch_test::uniform(*torch_test::model(torch_test::layers()), 8, 8);
    Report report;
    Evaluation out;
    EXPECT_EQ(engine->evaluate(&policy, Split::all, 20, out, report), ASSAY_BAD_INPUT);
    EXPECT_EQ(report.count(), 2u);
    EXPECT_TRUE(report.mentions("\"conv1\"")) << report.text();
    EXPECT_TRUE(report.mentions("\"fc2\"")) << report.text();
    evaluated(*engine, nullptr); // the float network does not mind
}

TEST(TorchEngine, ValuesThatAreNotFiniteNameTheLayer) {
    const auto engine = open_mixed();
    const auto model = torch_test::model(torch_test::layers());
    std::vector<Parameters> parameters = model->parameters;
    parameters[5].weight[7] = std::numeric_limits<float>::infinity();
    engine->set_parameters(parameters);
    Report report;
    Evaluation out;
    EXPECT_EQ(engine->evaluate(nullptr, Split::all, 20, out, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("\"point\"")) << report.text();
    engine->restore();
    evaluated(*engine, nullptr);
}

TEST(TorchEngine, KeptChannelsAreAllThatIsRead) {
    const auto engine = open_mixed();
    const auto model = torch_test::model(torch_test::layers());
    assay_policy policy = torch_test::no_policy(*model);
    policy.layers[5].keep_channels = 8; // all: the float network
    EXPECT_EQ(evaluated(*engine, &policy).loss, evaluated(*engine, nullptr).loss);
    policy.layers[5].keep_channels = 2;
    const double pruned = evaluated(*engine, &policy).loss;
    EXPECT_NE(pruned, evaluated(*engine, nullptr).loss);
    EXPECT_EQ(evaluated(*engine, &policy).loss, pruned);
}

TEST(TorchEngine, NetworkAndDataMustFit) {
    std::vector<Layer> layers = torch_test::layers();
    layers[9].out.c = 3;
    layers[1].detached = true;
    EngineInput input = input_of(torch_test::model(layers));
    auto data = std::make_shared<Dataset>(*input.data);
    data->train.width = 4;
    data->train.height = 16;
    input.data = data;
    Report report;
    std::unique_ptr<Engine> engine;
    EXPECT_EQ(open_torch_engine(input, {}, engine, report), ASSAY_BAD_INPUT);
    EXPECT_EQ(engine, nullptr);
    EXPECT_EQ(report.count(), 3u) << report.text();
    EXPECT_TRUE(report.mentions("1x16x4")) << report.text();
    EXPECT_TRUE(report.mentions("4 classes")) << report.text();
    EXPECT_TRUE(report.mentions("\"conv2\" stands alone")) << report.text();
}
