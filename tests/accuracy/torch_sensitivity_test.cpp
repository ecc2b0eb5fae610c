// Sensitivities of whole networks against their definitions.
#include <algorithm>
#include <limits>

#include "exact_curvature.hpp"

using namespace curvature_test;

/* ---- Traces and eigenvalues ---- */

TEST(Sensitivity, TracesAreWithinAPercent) {
    for (Problem& p : std::vector<Problem>{regression(), residual()}) {
        for (const LayerSensitivity& found : p.measure(Sensitivity::trace)) {
            const Tensor exact = exact_block(p, found.layer);
            EXPECT_TRUE(agree(found.value * static_cast<double>(exact.size(0)), trace_of(exact)))
                << found.layer << ": " << found.value * static_cast<double>(exact.size(0))
                << " is not " << trace_of(exact);
        }
    }
}

TEST(Sensitivity, SummedTracesAreThoseOfSecondDerivatives) {
    for (Problem& p : std::vector<Problem>{regression(), residual()}) {
        p.settings.sampled = false;
        const Graph graph(p);
        const auto rows = p.measure(Sensitivity::trace);
        for (size_t k = 0; k < rows.size(); ++k) {
            const Tensor& weight = graph.curvature->weights()[k];
            double exact = 0; // unit vectors through the double backward pass
            for (int64_t i = 0; i < weight.numel(); ++i) {
                const Tensor unit = torch::zeros(weight.numel());
                unit[i] = 1;
                const Tensor column = graph.curvature->block_product(k, unit.view(weight.sizes()));
                exact += column.contiguous().flatten()[i].item<double>();
            }
            EXPECT_NEAR(rows[k].value * static_cast<double>(weight.numel()), exact,
                        1e-4 * std::abs(exact))
                << rows[k].layer;
            EXPECT_TRUE(rows[k].converged);
            EXPECT_EQ(rows[k].iterations, p.settings.images);
        }
    }
}

TEST(Sensitivity, TracesOfBentNetworksAreSampled) {
    Problem p({tiny::simple("fc1", Op::fc, -1, {2, 2, 2}, {3, 1, 1}),
               tiny::simple("bend", Op::tanh, 0, {3, 1, 1}, {3, 1, 1}),
               tiny::simple("fc2", Op::fc, 1, {3, 1, 1}, {3, 1, 1})},
              {2, 2, 2}, 8);
    p.settings.max_iterations = 20;
    p.settings.tolerance = 1e-9;
    const auto sampled = p.measure(Sensitivity::trace);
    p.settings.sampled = false;
    const auto asked = p.measure(Sensitivity::trace);
    for (size_t k = 0; k < sampled.size(); ++k) {
        EXPECT_EQ(asked[k].value, sampled[k].value);
        EXPECT_EQ(asked[k].iterations, 20u);
    }
}

TEST(Sensitivity, TracesEndWhenTheirErrorsAreSmall) {
    Problem p = regression();
    const LayerSensitivity found = p.measure(Sensitivity::trace)[0];
    EXPECT_TRUE(found.converged);
    EXPECT_LT(found.iterations, p.settings.max_iterations);
    p.settings.tolerance /= 2; // four times as many samples
    const double ratio =
        static_cast<double>(p.measure(Sensitivity::trace)[0].iterations) / found.iterations;
    EXPECT_NEAR(ratio, 4, 0.8);
}

TEST(Sensitivity, GreatestEigenvaluesAreWithinAPercent) {
    for (Problem& p : std::vector<Problem>{regression(), residual()}) {
        p.settings.tolerance = 1e-5;
        for (const LayerSensitivity& found : p.measure(Sensitivity::eigenvalue)) {
            const double exact = top_of(exact_block(p, found.layer));
            EXPECT_TRUE(agree(found.value, exact))
                << found.layer << ": " << found.value << " is not " << exact;
            EXPECT_TRUE(found.converged);
        }
    }
}

TEST(Sensitivity, AMistakeOfThreePercentOrOfTheBlockWouldBeSeen) {
    Problem p = residual();
    const Graph wrong_scale(p, 1.03), right(p);
    CurvatureSettings s = p.settings;
    s.max_iterations = 4000;
    const std::vector<Estimate> scaled = traces(*wrong_scale.curvature, s, {});
    const double whole = top_of(full_hessian(*right.curvature));
    for (size_t k = 0; k < std::size(residual_layers); ++k) {
        const Tensor exact = exact_block(p, residual_layers[k]);
        EXPECT_FALSE(agree(scaled[k].value, trace_of(exact))) << k;
        EXPECT_FALSE(agree(top_eigenvalue(*wrong_scale.curvature, k, s, {}).value, top_of(exact)));
        EXPECT_FALSE(agree(whole, top_of(exact))) << k;
        const Tensor other = exact_block(p, residual_layers[(k + 1) % 3]);
        EXPECT_FALSE(agree(trace_of(other), trace_of(exact))) << k;
    }
}

TEST(Sensitivity, TraceIsOverTheNumberOfWeights) {
    Problem p = regression();
    p.settings.max_iterations = 10;
    const Graph graph(p);
    const std::vector<Estimate> sums = traces(*graph.curvature, p.settings, {});
    EXPECT_NEAR(p.measure(Sensitivity::trace)[0].value, sums[0].value / 24, 1e-9);
}

TEST(Sensitivity, SeedsAndLimitsAreFollowed) {
    Problem p = residual();
    p.settings.max_iterations = 20;
    p.settings.tolerance = 1e-9;
    for (Sensitivity method : {Sensitivity::trace, Sensitivity::eigenvalue}) {
        p.settings.seed = 1;
        const auto first = p.measure(method), again = p.measure(method);
        p.settings.seed = 2;
        const auto other = p.measure(method);
        for (size_t k = 0; k < first.size(); ++k) {
            EXPECT_EQ(first[k].layer, residual_layers[k]);
            EXPECT_EQ(first[k].value, again[k].value);
            EXPECT_NE(first[k].value, other[k].value);
            EXPECT_LE(first[k].iterations, 20u);
        }
    }
    const auto few = p.measure(Sensitivity::trace);
    EXPECT_EQ(few[0].iterations, 20u);
    EXPECT_FALSE(few[0].converged);
}

/* ---- Fisher information ---- */

TEST(Sensitivity, FisherInformationOfARegression) {
    Problem p = regression();
    const Tensor x = p.inputs().contiguous().view({p.count(), -1}).to(torch::kFloat64);
    const Tensor off = probabilities(p) - at::one_hot(p.labels(), 3);
    const double exact =
        (off.square().sum(1) * x.square().sum(1)).mean().item<double>(); // |(p - y) x^T|^2
    const auto found = p.measure(Sensitivity::fisher);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NEAR(found[0].value, exact, 1e-5 * exact);
    EXPECT_EQ(found[0].iterations, 12u);
    EXPECT_TRUE(found[0].converged);
}

TEST(Sensitivity, FisherInformationIsOfSingleImages) {
    Problem p = residual();
    double exact[3] = {}, batched[3] = {};
    Net net(p.model);
    for (size_t layer : residual_layers) {
        net.tensors()[layer].weight.requires_grad_(true);
    }
    const auto add_squares = [&](int64_t from, int64_t count, double* out) {
        const Tensor logits = net.forward(p.inputs().narrow(0, from, count), {});
        for (size_t layer : residual_layers) {
            net.tensors()[layer].weight.mutable_grad() = Tensor();
        }
        at::cross_entropy_loss(logits, p.labels().narrow(0, from, count)).backward();
        for (size_t k = 0; k < 3; ++k) {
            const Tensor g = net.tensors()[residual_layers[k]].weight.grad();
            out[k] += g.to(torch::kFloat64).square().sum().item<double>();
        }
    };
    for (int64_t n = 0; n < p.count(); ++n) {
        add_squares(n, 1, exact);
    }
    add_squares(0, p.count(), batched);
    const auto found = p.measure(Sensitivity::fisher);
    for (size_t k = 0; k < 3; ++k) {
        const double mean = exact[k] / static_cast<double>(p.count());
        EXPECT_NEAR(found[k].value, mean, 1e-4 * mean) << k;
        EXPECT_GT(found[k].value, 1.2 * batched[k]) << "of the mean gradient";
    }
}

TEST(Sensitivity, OnlyTheImagesAskedForAreUsed) {
    Problem few = regression(4), many = regression(12);
    many.data.train.labels = few.data.train.labels; // the first of both are the same
    many.data.train.labels.resize(12);
    std::copy(few.data.train.bytes.begin(), few.data.train.bytes.end(),
              many.data.train.bytes.begin());
    many.settings.images = 4;
    for (Sensitivity method : {Sensitivity::fisher, Sensitivity::eigenvalue, Sensitivity::kl}) {
        EXPECT_EQ(few.measure(method)[0].value, many.measure(method)[0].value);
    }
    many.settings.images = 12;
    EXPECT_NE(few.measure(Sensitivity::fisher)[0].value,
              many.measure(Sensitivity::fisher)[0].value);
}

/* ---- Divergence ---- */

TEST(Sensitivity, DivergenceRisesWithFewerBits) {
    Problem p = residual();
    const auto found = p.measure(Sensitivity::kl);
    ASSERT_EQ(found.size(), 3u);
    for (const LayerSensitivity& layer : found) {
        ASSERT_EQ(layer.by_bits.size(), 17u);
        EXPECT_NEAR(layer.by_bits[16], 0, 1e-7);
        EXPECT_LT(layer.by_bits[8], 1e-3);
        EXPECT_GT(layer.by_bits[4], layer.by_bits[8]);
        EXPECT_GT(layer.by_bits[2], layer.by_bits[4]);
        EXPECT_EQ(layer.value, layer.by_bits[4]);
    }
}

TEST(Sensitivity, DivergenceIsItsFormula) {
    Problem p = regression();
    const Tensor before = probabilities(p);
    const QuantSettings quant;
    std::vector<Parameters> parameters = p.model->parameters;
    parameters[0].weight = quantise_weights(parameters[0].weight, 3, 3, quant.weight_clip,
                                            quant.per_channel, quant.asymmetric)
                               .real;
    const double found = p.measure(Sensitivity::kl)[0].by_bits[3];
    p.net.set_parameters(parameters);
    const Tensor after = probabilities(p);
    const double exact = (before * (before / after).log()).sum(1).mean().item<double>();
    EXPECT_NEAR(found, exact, 1e-5 * exact + 1e-7);
    EXPECT_GT(exact, 1e-4);
}

/* ---- What goes wrong ---- */

TEST(Sensitivity, StopsOnRequestAndTellsValuesThatAreNotFinite) {
    for (Sensitivity method :
         {Sensitivity::trace, Sensitivity::eigenvalue, Sensitivity::fisher, Sensitivity::kl}) {
        Problem p = residual();
        p.settings.max_iterations = 50;
        Report stopped, broken;
        std::vector<LayerSensitivity> out;
        size_t calls = 0;
        p.settings.progress = [&](size_t done, size_t total, const char* label) {
            EXPECT_LE(done, total);
            EXPECT_NE(label, nullptr);
            return ++calls < 3;
        };
        EXPECT_EQ(measure_sensitivity(p.net, p.data, {}, method, p.settings, out, stopped),
                  ASSAY_INTERRUPTED);
        EXPECT_EQ(calls, 3u);
        p.settings.progress = nullptr;
        p.net.tensors()[4].bias[1] = std::numeric_limits<float>::infinity();
        EXPECT_EQ(measure_sensitivity(p.net, p.data, {}, method, p.settings, out, broken),
                  ASSAY_BAD_INPUT);
        EXPECT_TRUE(broken.mentions("layer \"fc\"")) << broken.text();
    }
}
