// The integers of a quantised network: those that it multiplies, and their sums.
#include <gtest/gtest.h>

#include "integers.hpp"
#include "runner.hpp"
#include "torch_bench.hpp"

using namespace assay;
using assay_test::Report;
using torch::Tensor;
using torch_test::Workbench;

namespace {

// Sums of products as loops, from the integers alone.
int64_t plain_sum(const Layer& l, const LayerIntegers& integers, uint32_t o, uint32_t y,
                  uint32_t x) {
    const uint32_t inputs = l.in.c / l.groups, first = o / (l.out.c / l.groups) * inputs;
    int64_t sum = 0;
    size_t at = size_t{o} * inputs * l.kernel_h * l.kernel_w;
    for (uint32_t i = 0; i < inputs; ++i) {
        for (uint32_t ky = 0; ky < l.kernel_h; ++ky) {
            for (uint32_t kx = 0; kx < l.kernel_w; ++kx, ++at) {
                const int64_t iy = int64_t{y} * l.stride_h + ky - l.pad_top;
                const int64_t ix = int64_t{x} * l.stride_w + kx - l.pad_left;
                if (iy >= 0 && iy < l.in.h && ix >= 0 && ix < l.in.w) {
                    const auto place = (int64_t{first} + i) * l.in.h * l.in.w + iy * l.in.w + ix;
                    sum +=
                        int64_t{integers.weights[at]} * integers.inputs[static_cast<size_t>(place)];
                }
            }
        }
    }
    return sum;
}

// A linear layer reads its whole input as channels.
Layer flattened(Layer l) {
    if (l.op == Op::fc) {
        l.in = {static_cast<uint32_t>(l.in.size()), 1, 1};
    }
    return l;
}

} // namespace

TEST(TorchIntegers, IntegersAreWhatTheNetworkMultiplies) {
    const c10::InferenceMode inference;
    Workbench bench(torch_test::model(torch_test::layers()));
    assay_policy policy = torch_test::uniform(*bench.model, 5, 3);
    policy.layers[5] = {}; // 8 bits
    policy.layers[8].w_density = 0.5;
    const assay_policy widths = with_all_widths(*bench.model, &policy);
    const Candidate candidate = bench.make(widths);
    const Tensor& x = bench.inputs.batches[0];
    std::vector<Tensor> outputs(bench.model->size());
    Observer observer;
    observer.output = [&](size_t layer, const Tensor& y) { outputs[layer] = y.clone(); };
    const Structure structure(*bench.model);
    const std::vector<bool> whole(bench.model->size(), false);
    Pass(candidate, structure, whole, x).run(0, bench.model->size(), observer);

    const std::vector<LayerIntegers> found = find_integers(candidate, widths, bench.settings, x);
    ASSERT_EQ(found.size(), 7u);
    for (const LayerIntegers& integers : found) {
        const Layer l = flattened(bench.model->layer(integers.layer));
        const assay_layer_policy& p = widths.layers[integers.layer];
        EXPECT_EQ(integers.w_bits, p.w_bits);
        EXPECT_EQ(integers.a_bits, p.a_bits);
        EXPECT_EQ(integers.a_signed, l.a_signed);
        ASSERT_EQ(integers.sums.size(), l.out.size());
        const Tensor weight = bench.net->tensors()[integers.layer].weight.contiguous();
        const QuantisedWeights q =
            quantised_weights({weight.data_ptr<float>(), weight.data_ptr<float>() + weight.numel()},
                              l.out.c, weight_treatment(l, p), bench.settings);
        EXPECT_EQ(integers.weights, q.q);
        const Tensor real = outputs[integers.layer][0].contiguous();
        const double a_scale = candidate.layers[integers.layer].input[0].scale;
        size_t at = 0;
        for (uint32_t o = 0; o < l.out.c; ++o) {
            const double scale = a_scale * q.quantisers[o].scale;
            const double bias = bench.net->tensors()[integers.layer].bias[o].item<double>();
            for (uint32_t y = 0; y < l.out.h; ++y) {
                for (uint32_t column = 0; column < l.out.w; ++column, ++at) {
                    ASSERT_EQ(integers.sums[at], plain_sum(l, integers, o, y, column));
                    ASSERT_NEAR(static_cast<double>(integers.sums[at]) * scale + bias,
                                real.data_ptr<float>()[at], 1e-4);
                }
            }
        }
    }
}

TEST(TorchIntegers, IntegersOfAProductOfActivations) {
    using torch_test::joined;
    std::vector<Layer> layers = {
        tiny::convolution("conv1", -1, {1, 8, 8}, 8, 4, false), // [8][2][2]
        tiny::simple("left", Op::fc, 0, {8, 2, 2}, {8, 1, 1}),
        tiny::simple("right", Op::fc, 0, {8, 2, 2}, {8, 1, 1}),
        joined("matmul", Op::matmul, {1, 2}, {8, 1, 1}, {2, 1, 1}),
        tiny::simple("fc", Op::fc, 3, {2, 1, 1}, {tiny::classes, 1, 1}),
    };
    layers[0].kernel_h = layers[0].kernel_w = 3;
    layers[0].a_signed = layers[3].a_signed = layers[4].a_signed = true;
    layers[3].groups = 2;
    layers[3].second_by_columns = true;
    const auto engine = torch_test::open(torch_test::input_of(torch_test::model(layers)), 0);
    Report report;
    std::vector<LayerIntegers> found;
    ASSERT_EQ(engine->integers(nullptr, 5, found, report), ASSAY_OK) << report.text();
    ASSERT_EQ(found.size(), 5u);
    const LayerIntegers& product = found[3];
    ASSERT_EQ(product.inputs.size(), 8u);
    ASSERT_EQ(product.weights.size(), 8u);
    ASSERT_EQ(product.sums.size(), 2u);
    for (size_t head = 0; head < 2; ++head) {
        int64_t sum = 0;
        for (size_t k = 4 * head; k < 4 * head + 4; ++k) {
            sum += int64_t{product.inputs[k]} * product.weights[k];
        }
        EXPECT_EQ(product.sums[head], sum);
    }
}
