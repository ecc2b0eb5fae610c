// The parts of a training: gradients against their definitions, rates, batches, the loss, initial
// weights.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "batches.hpp"
#include "ste.hpp"
#include "tiny_task.hpp"
#include "train.hpp"

using assay::Parameters;
using assay::TrainSettings;
using tiny::settings;
using tiny::values_of;
using torch::Tensor;

namespace {

/* ---- Straight-through estimators ---- */

Tensor leaf(std::vector<float> values) {
    return torch::tensor(values).requires_grad_(true);
}

TEST(StraightThrough, HalfWaveIsTheQuantiserForwardsAndPassesInsideTheClipBackwards) {
    const assay::Quantiser q = assay::half_wave_quantiser(3, 2);
    Tensor x = leaf({-1, 0.4f, 0.6f, 2.9f, 3.1f, 100});
    const Tensor y = assay::quantise_through(x, q);
    EXPECT_EQ(values_of(y), (std::vector<float>{0, 0, 1, 3, 3, 3}));
    (y * torch::tensor({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f})).sum().backward();
    EXPECT_EQ(values_of(x.grad()), (std::vector<float>{0, 2, 3, 4, 0, 0}));
}

TEST(StraightThrough, SymmetricPassesOnBothSidesOfZero) {
    Tensor x = leaf({-8, -6.9f, -0.2f, 0.2f, 6.9f, 8});
    const Tensor y = assay::quantise_through(x, assay::symmetric_quantiser(7, 4));
    EXPECT_EQ(values_of(y), (std::vector<float>{-7, -7, 0, 0, 7, 7}));
    y.sum().backward();
    EXPECT_EQ(values_of(x.grad()), (std::vector<float>{0, 1, 1, 1, 1, 0}));
}

TEST(StraightThrough, AsymmetricPassesBetweenItsEnds) {
    const assay::Quantiser q = assay::asymmetric_quantiser(-1, 2, 8);
    Tensor x = leaf({-1.5f, -0.9f, 0, 1.9f, 2.5f});
    assay::quantise_through(x, q).sum().backward();
    EXPECT_EQ(values_of(x.grad()), (std::vector<float>{0, 1, 1, 1, 0}));
}

TEST(StraightThrough, KeepsTheLayoutInMemory) {
    const Tensor x = torch::randn({2, 3, 4, 5}).contiguous(torch::MemoryFormat::ChannelsLast);
    const assay::Quantiser q = assay::symmetric_quantiser(1, 3);
    const Tensor y = assay::quantise_through(x, q);
    EXPECT_TRUE(y.is_contiguous(torch::MemoryFormat::ChannelsLast));
    for (int64_t c = 0; c < 3; ++c) {
        const float value = x[1][c][2][3].item<float>();
        EXPECT_EQ(y[1][c][2][3].item<float>(), assay::dequantise(q, assay::quantise(q, value)));
    }
}

TEST(StraightThrough, PactsClipGetsTheSumOfWhatItClips) {
    Tensor x = leaf({-1, 0.5f, 1.9f, 2, 2.5f, 7});
    Tensor clip = leaf({2});
    const Tensor y = assay::pact_through(x, clip, 4);
    EXPECT_FLOAT_EQ(y[5].item<float>(), 2);
    (y * torch::tensor({1.0f, 2.0f, 4.0f, 8.0f, 16.0f, 32.0f})).sum().backward();
    EXPECT_EQ(values_of(x.grad()), (std::vector<float>{0, 2, 4, 0, 0, 0}));
    EXPECT_EQ(values_of(clip.grad()), (std::vector<float>{8 + 16 + 32}));
}

TEST(StraightThrough, AReplacementTakesItsGradientToTheWeights) {
    Tensor w = leaf({1, 2, 3});
    const Tensor y = assay::replace_through(w, torch::tensor({5.0f, 6.0f, 7.0f}));
    EXPECT_EQ(values_of(y), (std::vector<float>{5, 6, 7}));
    (y * y).sum().backward();
    EXPECT_EQ(values_of(w.grad()), (std::vector<float>{10, 12, 14}));
}

/* ---- Steps ---- */

TEST(Schedule, WarmsUpLinearlyThenFallsAlongACosine) {
    TrainSettings s = settings(10, 0.8);
    s.warmup_epochs = 1;
    EXPECT_DOUBLE_EQ(assay::rate_of_step(s, 0, 50, 5), 0.8 / 6);
    EXPECT_DOUBLE_EQ(assay::rate_of_step(s, 4, 50, 5), 0.8 * 5 / 6);
    EXPECT_DOUBLE_EQ(assay::rate_of_step(s, 5, 50, 5), 0.8);
    EXPECT_DOUBLE_EQ(assay::rate_of_step(s, 5 + 15, 50, 5), 0.8 * 0.5 * (1 + std::sqrt(0.25)));
    EXPECT_LT(assay::rate_of_step(s, 49, 50, 5), 0.001);
    s.cosine = false;
    EXPECT_DOUBLE_EQ(assay::rate_of_step(s, 49, 50, 5), 0.8);
}

TEST(Batches, EveryImageIsSeenOnceAnEpochInAnOrderOfItsOwn) {
    assay::Dataset data = tiny::dataset();
    for (size_t i = 0; i < data.train.count; ++i) {
        data.train.labels[i] = static_cast<uint16_t>(i);
    }
    assay::Batches batches(data, {}, [] {
        TrainSettings s = settings(2.5);
        s.batch = 48; // 256 images: 6 batches of 42 or 43
        return s;
    }());
    ASSERT_EQ(batches.per_epoch(), 6u);
    EXPECT_EQ(batches.steps(), 15u);
    std::vector<float> values;
    std::vector<int64_t> labels, order[2];
    for (uint64_t step = 0; step < 12; ++step) {
        batches.load(step, values, labels);
        EXPECT_TRUE(labels.size() == 42 || labels.size() == 43) << labels.size();
        order[step / 6].insert(order[step / 6].end(), labels.begin(), labels.end());
    }
    EXPECT_NE(order[0], order[1]);
    for (const auto& epoch : order) {
        EXPECT_EQ(std::set<int64_t>(epoch.begin(), epoch.end()).size(), 256u);
    }
}

TEST(Batches, AugmentationMovesWholeImagesAndMirrorsOnlyWhereDataAllowIt) {
    assay_rng rng = assay_rng_seed(1, "test");
    bool moved = false, mirrored = false;
    for (int i = 0; i < 50; ++i) {
        float image[2 * 3 * 4];
        for (int k = 0; k < 24; ++k) {
            image[k] = static_cast<float>(k);
        }
        assay::augment(image, 2, 3, 4, {1, 1, i % 2 == 0}, rng);
        moved = moved || image[5] != 5;
        const bool falls = image[5] > image[6];
        mirrored = mirrored || falls;
        EXPECT_FALSE(falls && i % 2 == 1);
        EXPECT_EQ(image[12 + 5] - image[5], 12); // both channels alike
        for (float value : image) {
            EXPECT_TRUE(value >= 0 && value < 24);
        }
    }
    EXPECT_TRUE(moved && mirrored);
}

/* ---- Loss ---- */

TEST(Loss, LabelSmoothingAndDistillationFollowTheirFormulas) {
    const Tensor logits = torch::tensor({1.0f, 2.0f, 0.5f}).view({1, 3});
    const Tensor teacher = torch::tensor({0.0f, 3.0f, 1.0f}).view({1, 3});
    const Tensor labels = torch::tensor(std::vector<int64_t>{2});
    const auto log_softmax = [](std::vector<double> x, double t, size_t k) {
        double sum = 0;
        for (double v : x) {
            sum += std::exp(v / t);
        }
        return x[k] / t - std::log(sum);
    };
    const std::vector<double> s = {1, 2, 0.5}, t = {0, 3, 1};
    TrainSettings how;
    how.label_smoothing = 0.3;
    double hard = 0;
    for (size_t k = 0; k < 3; ++k) {
        hard -= (k == 2 ? 0.8 : 0.1) * log_softmax(s, 1, k);
    }
    EXPECT_NEAR(assay::training_loss(logits, labels, {}, how).item<double>(), hard, 1e-6);
    how.distill_alpha = 0.25;
    how.distill_temperature = 2;
    double soft = 0;
    for (size_t k = 0; k < 3; ++k) {
        soft -= std::exp(log_softmax(t, 2, k)) * log_softmax(s, 2, k);
    }
    EXPECT_NEAR(assay::training_loss(logits, labels, teacher, how).item<double>(),
                0.25 * hard + 0.75 * 4 * soft, 1e-6);
}

/* ---- Initial parameters ---- */

TEST(Initial, WeightsHaveTheVarianceOfTheirFanIn) {
    const auto model = tiny::model(true);
    const Parameters& conv = model->parameters[1]; // fan-in 72
    double squares = 0;
    for (float w : conv.weight) {
        squares += double{w} * w;
    }
    EXPECT_NEAR(squares / static_cast<double>(conv.weight.size()), 2.0 / 72, 0.2 * 2.0 / 72);
    EXPECT_TRUE(conv.bias.empty());
    EXPECT_EQ(conv.norm.scale, std::vector<float>(8, 1));
    EXPECT_EQ(model->parameters[3].bias, std::vector<float>(4, 0));
    EXPECT_EQ(model->parameters[3].weight.size(), 128u);
    EXPECT_EQ(tiny::model(true)->parameters[1].weight, conv.weight);
    EXPECT_NE(tiny::model(true, 2)->parameters[1].weight, conv.weight);
}

} // namespace
