// Training as a whole: it learns, what must hold while it goes on, same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "calibration.hpp"
#include "held.hpp"
#include "ste.hpp"
#include "tiny_task.hpp"
#include "train.hpp"

using assay::InputQuantisers;
using assay::Net;
using assay::Parameters;
using assay::TrainInput;
using assay::TrainSettings;
using tiny::settings;
using tiny::values_of;
using torch::Tensor;

namespace {

struct Report {
    assay_report* handle = assay_report_new();
    ~Report() { assay_report_free(&handle); }
    std::string text() const {
        std::string all;
        for (size_t i = 0; i < assay_report_kept(handle); ++i) {
            all += std::string(assay_report_text(handle, i)) + "\n";
        }
        return all;
    }
};

assay_policy uniform(const Net& net, unsigned w_bits, unsigned a_bits) {
    assay_policy policy;
    policy.layers.resize(net.size());
    for (size_t i = 0; i < net.size(); ++i) {
        if (assay::is_matrix(net.model().layer(i).op)) {
            policy.layers[i].w_bits = w_bits;
            policy.layers[i].a_bits = a_bits;
        }
    }
    return policy;
}

Tensor batch_of(const assay::Images& images, const assay_workload& workload) {
    std::vector<uint32_t> indices(images.count);
    for (uint32_t i = 0; i < indices.size(); ++i) {
        indices[i] = i;
    }
    std::vector<float> values(images.count * images.values());
    load_values(images, indices.data(), indices.size(), workload.preprocess, values.data());
    return torch::from_blob(values.data(), {static_cast<int64_t>(images.count), images.channels,
                                            images.height, images.width})
        .clone();
}

// Maximum calibration on the training images, as an engine would do it.
assay_status calibrate(Net& net, const assay::Dataset& data, const assay_policy& policy,
                       InputQuantisers& out) {
    out.assign(net.size(), {});
    assay::Hooks hooks;
    hooks.input = [&](size_t layer, int operand, const Tensor& x) {
        const unsigned bits = policy.layers[layer].a_bits;
        const float clip = x.abs().max().item<float>();
        if (bits > 0) {
            out[layer][static_cast<size_t>(operand)] = net.model().layer(layer).a_signed
                                                           ? assay::symmetric_quantiser(clip, bits)
                                                           : assay::half_wave_quantiser(clip, bits);
        }
        return x;
    };
    net.forward(batch_of(data.train, *net.model().workload), hooks);
    return ASSAY_OK;
}

struct Task {
    assay::Dataset data = tiny::dataset();
    Net net;
    Report report;
    assay_policy policy;
    TrainInput input;

    explicit Task(bool norm = false) : net(tiny::model(norm)) { input.data = &data; }
    void quantise(unsigned w_bits, unsigned a_bits) {
        policy = uniform(net, w_bits, a_bits);
        input.policy = &policy;
        input.calibrate = [this](InputQuantisers& out, assay_report*) {
            return calibrate(net, data, policy, out);
        };
    }
    assay_status train(const TrainSettings& s) { return train_net(net, input, s, report.handle); }

    // Of the test images, under the policy if there is one.
    double loss() {
        const torch::NoGradGuard guard;
        assay::Hooks hooks;
        InputQuantisers quantisers(net.size());
        if (input.policy) {
            calibrate(net, data, policy, quantisers);
            hooks.weight = [this](size_t i, const Tensor& w) { return quantised(i, w); };
            hooks.input = [&quantisers](size_t i, int operand, const Tensor& x) {
                const assay::Quantiser& q = quantisers[i][static_cast<size_t>(operand)];
                return q.high > q.low ? assay::quantise_through(x, q) : x;
            };
        }
        const Tensor logits = net.forward(batch_of(data.test, *net.model().workload), hooks);
        std::vector<int64_t> labels(data.test.labels.begin(), data.test.labels.end());
        return at::cross_entropy_loss(logits, torch::tensor(labels)).item<double>();
    }
    Tensor quantised(size_t i, const Tensor& weight) {
        if (policy.layers[i].w_bits == 0) {
            return weight;
        }
        const Tensor plain = weight.contiguous();
        std::vector<float> values(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
        assay::QuantisedWeights q =
            assay::quantise_weights(values, net.model().layer(i).out.c, policy.layers[i].w_bits,
                                    assay::Clip::mse, true, false);
        return torch::from_blob(q.real.data(), weight.sizes()).clone();
    }
};

bool same(const std::vector<Parameters>& a, const std::vector<Parameters>& b) {
    bool equal = a.size() == b.size();
    for (size_t i = 0; equal && i < a.size(); ++i) {
        equal = a[i].weight == b[i].weight && a[i].bias == b[i].bias &&
                a[i].norm.scale == b[i].norm.scale && a[i].norm.shift == b[i].norm.shift &&
                a[i].norm.mean == b[i].norm.mean && a[i].norm.variance == b[i].norm.variance;
    }
    return equal;
}

/* ---- Training ---- */

TEST(Train, TheLossFallsOnImagesThatWereNotSeen) {
    Task task;
    const double before = task.loss();
    ASSERT_EQ(task.train(settings(10)), ASSAY_OK) << task.report.text();
    EXPECT_GT(before, 1);
    EXPECT_LT(task.loss(), 0.35);
}

TEST(Train, OneStepOfPlainDescentIsWeightsMinusRateTimesGradient) {
    Task task;
    const std::vector<Parameters> before = task.net.parameters();
    TrainSettings s = settings(1);
    s.batch = 256;
    s.weight_decay = 0.1;
    ASSERT_EQ(task.train(s), ASSAY_OK);
    Net old(tiny::model(false));
    Tensor &w = old.tensors()[3].weight, &b = old.tensors()[3].bias;
    w.requires_grad_(true);
    b.requires_grad_(true);
    std::vector<int64_t> labels(task.data.train.labels.begin(), task.data.train.labels.end());
    at::cross_entropy_loss(old.forward(batch_of(task.data.train, *old.model().workload), {}, true),
                           torch::tensor(labels))
        .backward();
    const std::vector<float> gw = values_of(w.grad()), gb = values_of(b.grad());
    const std::vector<Parameters> after = task.net.parameters();
    for (size_t i = 0; i < gw.size(); ++i) {
        const float old_weight = before[3].weight[i];
        EXPECT_NEAR(after[3].weight[i], old_weight - 0.05 * (gw[i] + 0.1 * old_weight), 1e-6);
    }
    for (size_t i = 0; i < gb.size(); ++i) { // biases do not decay
        EXPECT_NEAR(after[3].bias[i], before[3].bias[i] - 0.05 * gb[i], 1e-6);
    }
}

TEST(Train, ThreeBitsLoseLessWhenTheyAreTrained) {
    Task task;
    ASSERT_EQ(task.train(settings(10)), ASSAY_OK);
    task.quantise(2, 3);
    const double calibrated_only = task.loss();
    ASSERT_EQ(task.train(settings(4, 0.02)), ASSAY_OK) << task.report.text();
    EXPECT_LT(task.loss(), calibrated_only * 0.9);
}

TEST(Train, MasksOfAPolicyHoldExactly) {
    Task task;
    ASSERT_EQ(task.train(settings(2)), ASSAY_OK);
    const std::vector<float> before = task.net.parameters()[1].weight; // 576 weights
    task.policy = uniform(task.net, 0, 0);
    task.policy.layers[1].w_density = 0.25;
    task.input.policy = &task.policy;
    ASSERT_EQ(task.train(settings(2)), ASSAY_OK);
    const std::vector<float> after = task.net.parameters()[1].weight;
    float least_kept = 1e9f, greatest_gone = 0;
    size_t kept = 0;
    for (size_t i = 0; i < after.size(); ++i) {
        kept += after[i] != 0;
        const float old = std::fabs(before[i]);
        (after[i] != 0 ? least_kept : greatest_gone) =
            after[i] != 0 ? std::min(least_kept, old) : std::max(greatest_gone, old);
    }
    EXPECT_EQ(kept, 144u);
    EXPECT_GE(least_kept, greatest_gone);
    EXPECT_NE(after, before);
}

TEST(Train, GivenMasksHoldAndOtherLayersAreFree) {
    Task task;
    std::vector<std::vector<uint8_t>> masks(task.net.size());
    masks[0].assign(72, 1);
    masks[0][5] = masks[0][71] = 0;
    task.input.masks = &masks;
    ASSERT_EQ(task.train(settings(1)), ASSAY_OK);
    const std::vector<Parameters> after = task.net.parameters();
    EXPECT_EQ(after[0].weight[5], 0);
    EXPECT_EQ(after[0].weight[71], 0);
    EXPECT_EQ(std::count(after[0].weight.begin(), after[0].weight.end(), 0.0f), 2);
    EXPECT_EQ(std::count(after[1].weight.begin(), after[1].weight.end(), 0.0f), 0);
}

std::set<float> values_in_use(const std::vector<float>& weights) {
    return {weights.begin(), weights.end()};
}

TEST(Train, SharedWeightsStaySharedWhilePrunedOnesStayZero) {
    Task task;
    ASSERT_EQ(task.train(settings(2)), ASSAY_OK);
    task.policy = uniform(task.net, 0, 0);
    task.policy.layers[1].w_density = 0.5;
    task.policy.layers[1].codebook_bits = 3;
    task.policy.layers[3].codebook_bits = 2;
    task.input.policy = &task.policy;
    const double before = task.loss();
    ASSERT_EQ(task.train(settings(2)), ASSAY_OK) << task.report.text();
    const std::vector<Parameters> first = task.net.parameters();
    EXPECT_EQ(std::count(first[1].weight.begin(), first[1].weight.end(), 0.0f), 288);
    EXPECT_LE(values_in_use(first[1].weight).size(), 8u);
    EXPECT_LE(values_in_use(first[3].weight).size(), 4u);
    EXPECT_LT(task.loss(), before + 0.2);
    // Once more: the values in use are the codebook, the same weights share, the values move.
    ASSERT_EQ(task.train(settings(1, 0.001)), ASSAY_OK);
    const std::vector<Parameters> second = task.net.parameters();
    EXPECT_NE(second[1].weight, first[1].weight);
    std::set<std::pair<float, float>> pairs;
    for (size_t i = 0; i < first[1].weight.size(); ++i) {
        pairs.insert({first[1].weight[i], second[1].weight[i]});
    }
    EXPECT_EQ(pairs.size(), values_in_use(first[1].weight).size());
}

TEST(Held, CentroidsGetTheMeanOfTheirWeightsGradients) {
    Task task;
    std::vector<std::vector<uint16_t>> codes(task.net.size());
    Tensor& weight = task.net.tensors()[0].weight; // 72 values
    std::vector<float> values(72);
    for (size_t i = 0; i < 72; ++i) {
        codes[0].push_back(i % 3);
        values[i] = static_cast<float>(i % 3) * 0.5f; // code 0: pruned
    }
    weight.copy_(torch::from_blob(values.data(), weight.sizes()));
    const std::vector<assay::Held> held = assay::find_held(task.net, {nullptr, nullptr, &codes});
    std::vector<float> slope(72);
    float sums[3] = {0, 0, 0};
    for (size_t i = 0; i < 72; ++i) {
        slope[i] = static_cast<float>(i);
        sums[i % 3] += slope[i];
    }
    const Tensor gradient = torch::empty_like(weight);
    gradient.copy_(torch::from_blob(slope.data(), weight.sizes()));
    const std::vector<float> spread = values_of(assay::held_gradient(held[0], gradient));
    for (size_t i = 0; i < 72; ++i) {
        EXPECT_EQ(spread[i], i % 3 == 0 ? 0 : sums[i % 3] / 24) << i;
    }
}

TEST(Train, PactMovesItsClipsAndHandsThemOver) {
    Task task;
    ASSERT_EQ(task.train(settings(4)), ASSAY_OK);
    task.quantise(4, 2);
    InputQuantisers first, trained;
    calibrate(task.net, task.data, task.policy, first);
    task.input.trained = &trained;
    TrainSettings s = settings(2, 0.01);
    s.pact = true;
    ASSERT_EQ(task.train(s), ASSAY_OK) << task.report.text();
    ASSERT_EQ(trained.size(), task.net.size());
    EXPECT_EQ(trained[0][0].low, -1) << "signed operands keep their calibrated clip";
    for (size_t layer : {1, 3}) {
        EXPECT_EQ(trained[layer][0].high, 3);
        EXPECT_LT(trained[layer][0].scale, first[layer][0].scale) << layer;
        EXPECT_GT(trained[layer][0].scale, 0.01f * first[layer][0].scale) << layer;
    }
}

TEST(Train, NormsTrainAndFoldIntoTheSameNetwork) {
    Task task(true);
    ASSERT_EQ(task.train(settings(5)), ASSAY_OK);
    EXPECT_LT(task.loss(), 0.5);
    std::vector<Parameters> folded = task.net.parameters();
    EXPECT_NE(folded[0].norm.mean, std::vector<float>(8, 0));
    for (Parameters& p : folded) {
        if (p.norm.present()) {
            assay::fold_batch_norm(p);
        }
    }
    auto model = std::make_shared<assay::Model>(task.net.model());
    model->parameters = folded;
    Net plain(model);
    const Tensor x = batch_of(task.data.test, *model->workload);
    const torch::NoGradGuard guard;
    EXPECT_FALSE(plain.tensors()[0].has_norm());
    EXPECT_LT((plain.forward(x, {}) - task.net.forward(x, {})).abs().max().item<double>(), 1e-4);
}

TEST(Train, DistillationFollowsItsTeacher) {
    Task teacher, student;
    ASSERT_EQ(teacher.train(settings(10)), ASSAY_OK);
    // Labels that say nothing: all there is to learn comes from the teacher.
    std::fill(student.data.train.labels.begin(), student.data.train.labels.end(), uint16_t{0});
    student.input.teacher = &teacher.net;
    TrainSettings s = settings(10);
    s.distill_alpha = 0;
    s.distill_temperature = 2;
    ASSERT_EQ(student.train(s), ASSAY_OK) << student.report.text();
    EXPECT_LT(student.loss(), 0.5);
}

/* ---- Same bytes, interruption, going on, mistakes ---- */

TEST(Train, TheSameSeedGivesTheSameBytesAndAnotherOneDoesNot) {
    Task a(true), b(true), c(true);
    TrainSettings s = settings(1.5);
    s.augment = true;
    ASSERT_EQ(a.train(s), ASSAY_OK);
    ASSERT_EQ(b.train(s), ASSAY_OK);
    s.seed = 2;
    ASSERT_EQ(c.train(s), ASSAY_OK);
    EXPECT_TRUE(same(a.net.parameters(), b.net.parameters()));
    EXPECT_FALSE(same(a.net.parameters(), c.net.parameters()));
}

TEST(Train, AStopLeavesTheNetworkAsItWas) {
    Task task(true);
    const std::vector<Parameters> before = task.net.parameters();
    TrainSettings s = settings(2);
    uint64_t calls = 0;
    s.progress = [&calls](uint64_t step, uint64_t steps, double loss) {
        EXPECT_EQ(step, ++calls);
        EXPECT_EQ(steps, 16u);
        EXPECT_GT(loss, 0);
        return step < 5;
    };
    EXPECT_EQ(task.train(s), ASSAY_INTERRUPTED);
    EXPECT_EQ(calls, 5u);
    EXPECT_TRUE(same(task.net.parameters(), before));
    EXPECT_FALSE(task.net.tensors()[0].weight.requires_grad());
}

// Trains to the end with a checkpoint after the first epoch, then from that checkpoint.
void expect_resumes(Task& whole, Task& rest, TrainSettings s) {
    assay::TrainState state;
    std::vector<Parameters> halfway;
    s.checkpoint = [&](const assay::TrainState& at, const std::vector<Parameters>& parameters) {
        if (at.steps == 8) {
            state = at;
            halfway = parameters;
        }
    };
    ASSERT_EQ(whole.train(s), ASSAY_OK) << whole.report.text();
    ASSERT_EQ(state.steps, 8u);
    rest.net.set_parameters(halfway);
    s.resume = &state;
    ASSERT_EQ(rest.train(s), ASSAY_OK) << rest.report.text();
    EXPECT_FALSE(same(whole.net.parameters(), halfway));
    EXPECT_TRUE(same(whole.net.parameters(), rest.net.parameters()));
}

TEST(Train, ATrainingThatGoesOnEndsInTheSameBytes) {
    Task whole(true), rest(true);
    TrainSettings s = settings(3);
    s.augment = true;
    s.warmup_epochs = 0.5;
    expect_resumes(whole, rest, s);
}

TEST(Train, ATrainingOfMasksCodebooksAndClipsGoesOnToo) {
    Task whole, rest;
    for (Task* task : {&whole, &rest}) {
        task->quantise(4, 4);
        task->policy.layers[1].w_density = 0.5;
        task->policy.layers[3].codebook_bits = 2;
    }
    TrainSettings s = settings(3, 0.005);
    s.pact = true;
    expect_resumes(whole, rest, s);
}

TEST(Train, ARateThatIsTooHighIsSaidAndUndone) {
    Task task;
    const std::vector<Parameters> before = task.net.parameters();
    EXPECT_EQ(task.train(settings(3, 900)), ASSAY_BAD_INPUT);
    EXPECT_NE(task.report.text().find("rate 900 is too high"), std::string::npos)
        << task.report.text();
    EXPECT_TRUE(same(task.net.parameters(), before));
}

TEST(Train, AllSettingsOutOfRangeAreNamed) {
    Task task;
    TrainSettings s = settings(-1, NAN);
    s.batch = 0;
    s.momentum = 1;
    s.distill_alpha = 0.5;
    task.data.train = {};
    EXPECT_EQ(task.train(s), ASSAY_BAD_INPUT);
    for (const char* part : {"epochs is -1", "rate is nan", "batch is 0", "momentum is 1",
                             "needs a teacher", "no images for training"}) {
        EXPECT_NE(task.report.text().find(part), std::string::npos) << part << "\n"
                                                                    << task.report.text();
    }
}

} // namespace
