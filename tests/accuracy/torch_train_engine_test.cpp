// Training through the engine: what evaluation makes of trained clips, codebooks, teachers and
// operands that are products themselves.
#include <gtest/gtest.h>

#include <cmath>

#include "runner.hpp"
#include "torch_bench.hpp"
#include "train.hpp"

using namespace assay;
using assay_test::Report;
using torch_test::input_of;
using torch_test::joined;
using torch_test::open;
using torch_test::Workbench;

namespace {

constexpr uint64_t no_reuse = 0;

void train(Engine& engine, const assay_policy* policy, const TrainSettings& settings) {
    Report report;
    ASSERT_EQ(engine.train(policy, settings, report), ASSAY_OK) << report.text();
}

Evaluation evaluated(Engine& engine, const assay_policy* policy) {
    Report report;
    Evaluation out;
    EXPECT_EQ(engine.evaluate(policy, Split::all, 0, out, report), ASSAY_OK) << report.text();
    return out;
}

std::vector<float> outputs_of(Engine& engine, const assay_policy* policy) {
    Report report;
    std::vector<float> out;
    EXPECT_EQ(engine.outputs(policy, {0, 1, 2, 3, 4, 5, 6, 7}, out, report), ASSAY_OK)
        << report.text();
    return out;
}

// Root of the mean squared difference, in units of the reference's.
double difference(const std::vector<float>& values, const std::vector<float>& reference) {
    double error = 0, power = 0;
    for (size_t i = 0; i < reference.size(); ++i) {
        error += std::pow(values[i] - reference[i], 2);
        power += std::pow(reference[i], 2);
    }
    return std::sqrt(error / power);
}

std::unique_ptr<Engine> trained_tiny(const EngineInput& input) {
    auto engine = open(input, no_reuse);
    train(*engine, nullptr, tiny::settings(10));
    return engine;
}

// Two branches that are multiplied with each other; the second one is of both signs or not.
std::vector<Layer> product_layers(bool second_is_signed) {
    std::vector<Layer> layers = {
        tiny::convolution("conv1", -1, {1, 8, 8}, 8, 2, false), // [8][4][4]
        tiny::simple("left", Op::fc, 0, {8, 4, 4}, {16, 1, 1}),
        tiny::simple("right", Op::fc, 0, {8, 4, 4}, {16, 1, 1}),
        joined("matmul", Op::matmul, {1, 2}, {4, 4, 1}, {4, 4, 1}),
        tiny::simple("fc", Op::fc, 3, {4, 4, 1}, {tiny::classes, 1, 1}),
    };
    layers[0].a_signed = layers[3].a_signed = layers[4].a_signed = true;
    layers[2].relu = !second_is_signed;
    layers[3].w_signed = second_is_signed;
    return layers;
}

} // namespace

/* ---- Clips that were trained ---- */

// The same training without an engine around it: the network with its trained quantisers.
torch::Tensor outputs_after_pact(Workbench& bench, const assay_policy& policy,
                                 const TrainSettings& settings) {
    Report report;
    InputQuantisers trained;
    TrainInput input;
    input.data = &bench.data;
    input.policy = &policy;
    input.trained = &trained;
    input.calibrate = [&](InputQuantisers& out, assay_report* r) {
        const torch::NoGradGuard no_gradients;
        return Observations(*bench.net, bench.inputs).quantisers(policy, bench.settings, out, r);
    };
    EXPECT_EQ(train_net(*bench.net, input, settings, report), ASSAY_OK) << report.text();
    const torch::NoGradGuard no_gradients;
    const Candidate candidate = make_candidate(bench.net, &policy, trained, bench.prepared);
    const std::vector<bool> whole(bench.model->size(), false);
    const Structure structure(*bench.model);
    const Inputs tests =
        load_inputs(bench.data.test, {0, 1, 2, 3, 4, 5, 6, 7}, *bench.model->workload);
    Pass pass(candidate, structure, whole, tests.batches[0]);
    return pass.run(0, bench.model->size(), {}).reshape({-1, tiny::classes}).narrow(0, 0, 8);
}

TEST(TrainEngine, EvaluationUsesTheClipsOfPact) {
    const auto model = tiny::model(false);
    const auto engine = open(input_of(model), no_reuse);
    const assay_policy policy = torch_test::uniform(*model, 4, 2);
    TrainSettings settings = tiny::settings(4, 0.02);
    settings.pact = true;
    train(*engine, &policy, settings);
    const std::vector<float> outputs = outputs_of(*engine, &policy);
    Workbench bench(model);
    EXPECT_EQ(outputs, tiny::values_of(outputs_after_pact(bench, policy, settings)));
    engine->set_parameters(engine->parameters()); // the same weights, calibrated clips
    EXPECT_GT(difference(outputs_of(*engine, &policy), outputs), 0.01);
}

TEST(TrainEngine, SoDoSecondOperands) {
    const auto model = torch_test::model(product_layers(false));
    const auto engine = open(input_of(model), no_reuse);
    assay_policy policy = torch_test::no_policy(*model);
    policy.layers[3].w_bits = 2; // nothing but the second operand
    TrainSettings settings = tiny::settings(3, 0.02);
    settings.pact = true;
    train(*engine, &policy, settings);
    const std::vector<float> outputs = outputs_of(*engine, &policy);
    engine->set_parameters(engine->parameters());
    EXPECT_GT(difference(outputs_of(*engine, &policy), outputs), 0.01);
}

TEST(TrainEngine, OtherWidthsAreCalibratedAfterPact) {
    const auto engine = trained_tiny(input_of(tiny::model(false)));
    const assay_policy policy = torch_test::uniform(*tiny::model(false), 4, 2);
    const assay_policy wide = torch_test::uniform(*tiny::model(false), 8, 8);
    TrainSettings settings = tiny::settings(2, 0.01);
    settings.pact = true;
    train(*engine, &policy, settings);
    const std::vector<float> outputs = outputs_of(*engine, &wide);
    engine->set_parameters(engine->parameters());
    EXPECT_EQ(outputs_of(*engine, &wide), outputs);
}

/* ---- Quantisers ---- */

TEST(TrainEngine, EightAsymmetricBitsAreNearlyTheFloatNetwork) {
    EngineInput input = input_of(torch_test::model(torch_test::layers()));
    input.quant.asymmetric = true;
    const auto engine = open(input, no_reuse);
    const std::vector<float> exact = outputs_of(*engine, nullptr);
    const assay_policy eight = torch_test::uniform(*input.model, 8, 8);
    const assay_policy three = torch_test::uniform(*input.model, 3, 3);
    EXPECT_LT(difference(outputs_of(*engine, &eight), exact), 0.03);
    EXPECT_GT(difference(outputs_of(*engine, &three), exact), 0.03);
    input.quant.asymmetric = false;
    EXPECT_NE(outputs_of(*open(input, no_reuse), &eight), outputs_of(*engine, &eight));
}

TEST(TrainEngine, AsymmetricQuantisersNeedNoSigns) {
    std::vector<Layer> layers = torch_test::layers();
    layers[0].a_signed = layers[9].a_signed = false; // both read values below 0
    EngineInput input = input_of(torch_test::model(layers));
    input.quant.asymmetric = true;
    const auto engine = open(input, no_reuse);
    const assay_policy policy = torch_test::uniform(*input.model, 8, 8);
    EXPECT_LT(difference(outputs_of(*engine, &policy), outputs_of(*engine, nullptr)), 0.03);
}

TEST(TrainEngine, SecondOperandsBelowZeroAreKept) {
    const auto model = torch_test::model(product_layers(true));
    const auto engine = open(input_of(model), no_reuse);
    assay_policy policy = torch_test::no_policy(*model);
    policy.layers[3].w_bits = policy.layers[3].a_bits = 8;
    const std::vector<float> exact = outputs_of(*engine, nullptr);
    const std::vector<float> outputs = outputs_of(*engine, &policy);
    EXPECT_LT(difference(outputs, exact), 0.06);
    EXPECT_NE(outputs, exact);
}

TEST(TrainEngine, SecondOperandsThatAreDeclaredNotToBeSignedAreSaidToBe) {
    std::vector<Layer> layers = product_layers(true);
    layers[3].w_signed = false;
    const auto engine = open(input_of(torch_test::model(layers)), no_reuse);
    assay_policy policy = torch_test::no_policy(*torch_test::model(layers));
    policy.layers[3].w_bits = 8;
    Report report;
    Evaluation out;
    EXPECT_EQ(engine->evaluate(&policy, Split::all, 8, out, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("\"w_signed\": true")) << report.text();
}

TEST(TrainEngine, OutputsEndAtTheirLimit) {
    std::vector<Layer> layers = torch_test::layers();
    layers.resize(1); // conv1, [8][8][8] values as they are
    layers[0].relu_limit = 0.5;
    const auto model = torch_test::model(layers);
    Workbench bench(model);
    assay_policy policy = torch_test::uniform(*model, 8, 8);
    const Candidate candidate = bench.make(policy);
    const Structure structure(*model);
    const std::vector<bool> whole(1, false);
    Pass pass(candidate, structure, whole, bench.inputs.batches[0]);
    const torch::Tensor fused = pass.run(0, 1, {});
    const torch::Tensor plain = bench.net->forward(bench.inputs.batches[0], {});
    EXPECT_EQ(fused.max().item<float>(), 0.5f);
    EXPECT_EQ(plain.max().item<float>(), 0.5f);
    EXPECT_EQ(plain.min().item<float>(), 0.0f);
}

/* ---- Codebooks ---- */

TEST(TrainEngine, CodebooksCanBeTunedAtTheRateOfFreeWeights) {
    const auto model = tiny::model(false);
    const auto engine = trained_tiny(input_of(model));
    assay_policy policy = torch_test::no_policy(*model);
    for (size_t i = 0; i < model->size(); ++i) {
        policy.layers[i].codebook_bits = is_matrix(model->layer(i).op) ? 2 : 0;
    }
    const double before = evaluated(*engine, &policy).loss;
    train(*engine, &policy, tiny::settings(4)); // the rate that the network was trained at
    const double after = evaluated(*engine, &policy).loss;
    EXPECT_LT(after, before);
}

/* ---- Teachers ---- */

TEST(TrainEngine, AnotherNetworkTeaches) {
    const auto master = trained_tiny(input_of(tiny::model(false)));
    auto teacher = std::make_shared<Model>(*tiny::model(false));
    teacher->parameters = master->parameters();
    EngineInput input = input_of(tiny::model(true, 2));
    auto data = std::make_shared<Dataset>(*input.data);
    // Labels that say nothing: all there is to learn comes from the teacher.
    std::fill(data->train.labels.begin(), data->train.labels.end(), uint16_t{0});
    input.data = data;
    const auto student = open(input, no_reuse);
    TrainSettings settings = tiny::settings(10);
    settings.distill_alpha = 0;
    settings.teacher = teacher;
    train(*student, nullptr, settings);
    EXPECT_GT(evaluated(*student, nullptr).top1(), 0.8);
    settings.teacher = nullptr; // taught by what it was when it was loaded: it unlearns
    student->restore();
    train(*student, nullptr, settings);
    EXPECT_LT(evaluated(*student, nullptr).top1(), 0.5);
}
