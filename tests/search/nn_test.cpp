// Dense networks: forward passes worked out by hand, gradients against differences in
// double precision, Adam's first steps.
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <cblas.h>
#include <gtest/gtest.h>

#include "nn.h"

namespace assay::test {
namespace {

class Net {
  public:
    Net(std::vector<size_t> widths, size_t late, assay_nn_output output, size_t batch,
        uint64_t seed = 1) {
        assay_rng rng = assay_rng_seed(seed, "test");
        assay_nn_shape shape = {widths.data(), widths.size() - 1, late, output};
        EXPECT_EQ(assay_nn_new(&shape, batch, &rng, &net_), ASSAY_OK);
    }
    ~Net() { assay_nn_free(&net_); }
    Net(const Net&) = delete;
    Net& operator=(const Net&) = delete;

    assay_nn* get() const { return net_; }
    std::vector<float> parameters() const {
        float* first = assay_nn_parameters(net_);
        return {first, first + assay_nn_parameter_count(net_)};
    }

  private:
    assay_nn* net_ = nullptr;
};

std::vector<float> noise(size_t count, const char* name) {
    assay_rng rng = assay_rng_seed(2, name);
    std::vector<float> out(count);
    for (float& value : out) {
        value = float(2 * assay_rng_unit(&rng) - 1);
    }
    return out;
}

TEST(Nn, ForwardByHand) {
    Net net({2, 2, 1}, 1, ASSAY_NN_LINEAR, 2);
    // W1, b1, W2, b2, then the late input's
    std::vector<float> values = {1, 2, -1, 1, 0.5F, -1, 3, 2, 0.25F, 1, 2, 0.5F, 0};
    ASSERT_EQ(assay_nn_parameter_count(net.get()), values.size());
    std::copy(values.begin(), values.end(), assay_nn_parameters(net.get()));
    float input[] = {1, 1, -2, 0}, late[] = {1, -1};
    const float* out = assay_nn_forward(net.get(), 2, input, late);
    // row 0: 3 + .5 + 1 + .5 = 5 and 0 - 1 + 2 = 1; row 1: below 0, and 2 - 1 - 2 = -1
    EXPECT_FLOAT_EQ(out[0], 3 * 5 + 2 * 1 + 0.25F);
    EXPECT_FLOAT_EQ(out[1], 0.25F);
}

TEST(Nn, SigmoidOutput) {
    Net net({1, 1}, 0, ASSAY_NN_SIGMOID, 1);
    assay_nn_parameters(net.get())[0] = 2;
    assay_nn_parameters(net.get())[1] = -1;
    float input = 0.75F;
    EXPECT_FLOAT_EQ(assay_nn_forward(net.get(), 1, &input, nullptr)[0],
                    float(1 / (1 + std::exp(-0.5))));
}

TEST(Nn, InitialParametersAreWithinTheFanIn) {
    Net net({25, 40, 1}, 4, ASSAY_NN_LINEAR, 1);
    std::vector<float> all = net.parameters();
    float widest = 0;
    for (size_t i = 0; i < 26 * 40; ++i) {
        widest = std::max(widest, std::fabs(all[i]));
    }
    EXPECT_LE(widest, 0.2F);
    EXPECT_GT(widest, 0.19F);
    for (size_t i = 26 * 40 + 41; i < all.size(); ++i) {
        EXPECT_LE(std::fabs(all[i]), 0.5F);
    }
}

// The same network in double precision, written as plainly as can be.
struct Reference {
    std::vector<size_t> widths;
    size_t late;
    bool sigmoid;

    // Sum of coefficient * output over all rows.
    double loss(const std::vector<double>& p, const std::vector<double>& input,
                const std::vector<double>& extra, const std::vector<float>& coefficient) const {
        size_t outputs = widths.back(), rows = coefficient.size() / outputs;
        double sum = 0;
        for (size_t row = 0; row < rows; ++row) {
            std::vector<double> in(&input[row * widths[0]], &input[row * widths[0]] + widths[0]);
            in = run(p, in, &extra[row * late]);
            for (size_t i = 0; i < outputs; ++i) {
                sum += coefficient[row * outputs + i] * in[i];
            }
        }
        return sum;
    }

    std::vector<double> run(const std::vector<double>& p, std::vector<double> in,
                            const double* extra) const {
        size_t at = 0, late_at = p.size() - (late + 1) * widths[1];
        for (size_t l = 0; l + 1 < widths.size(); ++l) {
            std::vector<double> out(widths[l + 1]);
            for (size_t o = 0; o < out.size(); ++o) {
                out[o] = p[at + in.size() * out.size() + o];
                for (size_t i = 0; i < in.size(); ++i) {
                    out[o] += p[at + o * in.size() + i] * in[i];
                }
                for (size_t i = 0; l == 0 && i < late; ++i) {
                    out[o] += p[late_at + o * late + i] * extra[i];
                }
                out[o] += l == 0 ? p[late_at + late * out.size() + o] : 0;
                bool last = l + 2 == widths.size();
                out[o] =
                    last ? sigmoid ? 1 / (1 + std::exp(-out[o])) : out[o] : std::max(out[o], 0.0);
            }
            at += (in.size() + 1) * out.size();
            in = out;
        }
        return in;
    }
};

// Central differences in double: with steps of 1e-6 they err by about 1e-9, and ReLUs that bend
// within a step are not met. What remains is the float network's rounding: sums of some tens of
// products, to about 1e-6 of numbers around 1.
void expect_gradients(std::vector<double>& values, const float* gradient,
                      const std::function<double()>& measure) {
    const double h = 1e-6;
    double largest = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        double kept = values[i];
        values[i] = kept + h;
        double above = measure();
        values[i] = kept - h;
        double below = measure();
        values[i] = kept;
        EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-5) << "of number " << i;
        largest = std::max(largest, std::fabs(above - below) / (2 * h));
    }
    EXPECT_GT(largest, 1e-3); // differences of nothing would prove nothing
}

class Gradients : public ::testing::TestWithParam<assay_nn_output> {};

TEST_P(Gradients, AgreeWithDifferencesInDouble) {
    const size_t rows = 5;
    Reference reference = {{6, 12, 9, 2}, 3, GetParam() == ASSAY_NN_SIGMOID};
    Net net(reference.widths, reference.late, GetParam(), rows);
    std::vector<float> input = noise(rows * 6, "input"), late = noise(rows * 3, "late");
    std::vector<float> coefficient = noise(rows * 2, "coefficient"), kept = net.parameters();
    std::vector<double> p(kept.begin(), kept.end()), x(input.begin(), input.end());
    std::vector<double> y(late.begin(), late.end());
    auto measure = [&] { return reference.loss(p, x, y, coefficient); };

    const float* out = assay_nn_forward(net.get(), rows, input.data(), late.data());
    double sum = 0;
    for (size_t i = 0; i < coefficient.size(); ++i) {
        sum += double(coefficient[i]) * out[i];
    }
    EXPECT_NEAR(sum, measure(), 1e-5);

    std::vector<float> by_input(input.size()), by_late(late.size()), again(late.size());
    assay_nn_zero_gradients(net.get());
    assay_nn_backward(net.get(), coefficient.data(), by_input.data(), by_late.data());
    const float* all = assay_nn_gradients(net.get());
    std::vector<float> gradient(all, all + kept.size());
    expect_gradients(p, gradient.data(), measure);
    expect_gradients(x, by_input.data(), measure);
    expect_gradients(y, by_late.data(), measure);

    // By the inputs alone: the same ones, and nothing is added. A second full pass adds.
    assay_nn_backward_inputs(net.get(), coefficient.data(), nullptr, again.data());
    EXPECT_EQ(again, by_late);
    EXPECT_EQ(std::vector<float>(all, all + gradient.size()), gradient);
    assay_nn_backward(net.get(), coefficient.data(), nullptr, nullptr);
    for (size_t i = 0; i < gradient.size(); ++i) {
        EXPECT_NEAR(all[i], 2 * gradient[i], 1e-5);
    }
}

INSTANTIATE_TEST_SUITE_P(Outputs, Gradients, ::testing::Values(ASSAY_NN_LINEAR, ASSAY_NN_SIGMOID));

TEST(Nn, BlendMovesTheTarget) {
    Net target({3, 4, 1}, 0, ASSAY_NN_LINEAR, 1, 1), net({3, 4, 1}, 0, ASSAY_NN_LINEAR, 1, 2);
    std::vector<float> before = target.parameters(), towards = net.parameters();
    assay_nn_blend(target.get(), net.get(), 0.25);
    for (size_t i = 0; i < before.size(); ++i) {
        EXPECT_FLOAT_EQ(target.parameters()[i], 0.75F * before[i] + 0.25F * towards[i]);
    }
    assay_nn_blend(target.get(), net.get(), 1);
    EXPECT_EQ(target.parameters(), towards);
}

TEST(Adam, FirstStepsByHand) {
    Net net({1, 1}, 0, ASSAY_NN_LINEAR, 1);
    float* parameter = assay_nn_parameters(net.get());
    parameter[0] = 1;
    assay_adam* adam = nullptr;
    ASSERT_EQ(assay_adam_new(net.get(), 0.1, &adam), ASSAY_OK);
    double expected = 1, first = 0, second = 0;
    const double gradients[] = {2, -1, 0.5, 4};
    for (int step = 1; step <= 4; ++step) {
        float input = float(gradients[step - 1]), one = 1;
        assay_nn_forward(net.get(), 1, &input, nullptr);
        assay_nn_zero_gradients(net.get());
        assay_nn_backward(net.get(), &one, nullptr, nullptr); // by the weight: the input
        assay_adam_step(adam, net.get());
        double g = gradients[step - 1];
        first = 0.9 * first + 0.1 * g;
        second = 0.999 * second + 0.001 * g * g;
        expected -= 0.1 * (first / (1 - std::pow(0.9, step))) /
                    (std::sqrt(second / (1 - std::pow(0.999, step))) + 1e-8);
        EXPECT_NEAR(parameter[0], expected, 1e-6);
    }
    EXPECT_LT(parameter[0], 0.9); // the first step alone is -0.1
    assay_adam_free(&adam);
}

#ifdef OPENBLAS_VERSION
// Products large enough for OpenBLAS to share out: same bytes whatever it may start, and what it
// may start is as it was.
TEST(Nn, BytesDoNotDependOnThreads) {
    const size_t rows = 64;
    std::vector<float> input = noise(rows * 300, "input"), ones(rows, 1);
    std::vector<std::vector<float>> results;
    int before = openblas_get_num_threads();
    for (int threads : {1, 2}) {
        openblas_set_num_threads(threads);
        Net net({300, 300, 300, 1}, 0, ASSAY_NN_LINEAR, rows);
        assay_nn_forward(net.get(), rows, input.data(), nullptr);
        assay_nn_backward(net.get(), ones.data(), nullptr, nullptr);
        EXPECT_EQ(openblas_get_num_threads(), threads);
        const float* gradient = assay_nn_gradients(net.get());
        results.emplace_back(gradient, gradient + assay_nn_parameter_count(net.get()));
    }
    openblas_set_num_threads(before);
    EXPECT_EQ(results[0], results[1]);
}
#endif

} // namespace
} // namespace assay::test
