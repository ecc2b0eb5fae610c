#include <gtest/gtest.h>

#include <cmath>

#include "integer_net.hpp"
#include "report.hpp"
#include "rng.h"

using namespace assay;

namespace {

// A network of random integers: conv (stride 2, uneven padding) and grouped conv, their sum,
// average, linear.
struct Net {
    assay_workload workload;
    std::vector<Parameters> parameters;
    bool is_signed;
    assay_rng rng = assay_rng_seed(3, "integer net test");

    static constexpr float input_scale = 0.05f;

    explicit Net(bool is_signed_) : is_signed(is_signed_) {
        workload.name = "small";
        workload.input_shape = {4, 9, 7};
        add_conv("first", -1, {4, 9, 7}, {6, 5, 4}, 3, 1, input_scale);
        workload.layers[0].stride_h = workload.layers[0].stride_w = 2;
        workload.layers[0].pad_top = workload.layers[0].pad_right = 1;
        workload.layers[0].pad_bottom = workload.layers[0].pad_left = 1;
        workload.layers[0].relu = true;
        add_conv("grouped", 0, {6, 5, 4}, {6, 5, 4}, 3, 3, scale_of(0));
        Layer& grouped = workload.layers[1];
        grouped.pad_top = grouped.pad_bottom = grouped.pad_left = grouped.pad_right = 1;
        grouped.relu = true;
        grouped.relu_limit = 6;
        add_plain("sum", Op::add, {0, 1}, {6, 5, 4}, {6, 5, 4});
        add_plain("mean", Op::global_avgpool, {2}, {6, 5, 4}, {6, 1, 1});
        workload.layers[3].integer = workload.layers[2].integer;
        add_conv("out", 3, {6, 1, 1}, {10, 1, 1}, 1, 1, scale_of(3));
        workload.layers[4].op = Op::fc;
    }

    float scale_of(size_t layer) const { return workload.layers[layer].integer.scale; }
    int32_t least() const { return is_signed ? -128 : 0; }
    int32_t any_byte() { return least() + static_cast<int32_t>(assay_rng_below(&rng, 256)); }

    Layer& add_plain(const char* name, Op op, std::vector<int> inputs, Shape in, Shape out) {
        Layer layer;
        layer.name = name;
        layer.op = op;
        layer.inputs = std::move(inputs);
        layer.in = in;
        layer.out = out;
        layer.integer = {0.07f, least() + 40, is_signed};
        workload.layers.push_back(layer);
        parameters.emplace_back();
        return workload.layers.back();
    }

    void add_conv(const char* name, int from, Shape in, Shape out, uint32_t kernel, uint32_t groups,
                  float in_scale) {
        Layer& layer = add_plain(name, Op::conv, {from}, in, out);
        layer.kernel_h = layer.kernel_w = kernel;
        layer.groups = groups;
        Parameters& p = parameters.back();
        p.integers.weight.resize(size_t{out.c} * (in.c / groups) * kernel * kernel);
        for (int32_t& w : p.integers.weight) {
            w = any_byte();
        }
        for (uint32_t o = 0; o < out.c; ++o) {
            p.integers.weight_scale.push_back(0.001f * static_cast<float>(o + 1));
            p.integers.weight_zero.push_back(is_signed ? 0 : 100 + static_cast<int32_t>(o));
            p.integers.bias.push_back(static_cast<int32_t>(assay_rng_below(&rng, 4000)) - 2000);
            p.bias.push_back(static_cast<float>(p.integers.bias.back()) * in_scale *
                             p.integers.weight_scale.back());
        }
    }

    std::vector<float> image() {
        std::vector<float> out(workload.input_shape.size());
        for (float& v : out) {
            v = static_cast<float>(assay_rng_unit(&rng) * 256 * input_scale) - 3;
        }
        return out;
    }
};

std::vector<double> real_values(const std::vector<int32_t>& q, double scale, double zero) {
    std::vector<double> out;
    for (int32_t v : q) {
        out.push_back((v - zero) * scale);
    }
    return out;
}

double real_product(const Net& net, size_t i, const std::vector<double>& x, uint32_t o, int64_t y0,
                    int64_t x0) {
    const Layer& l = net.workload.layers[i];
    const Parameters::Integers& p = net.parameters[i].integers;
    uint32_t inputs = l.in.c / l.groups, first = o / (l.out.c / l.groups) * inputs;
    double sum = net.parameters[i].bias[o];
    for (uint32_t c = 0; c < inputs; ++c) {
        for (uint32_t ky = 0; ky < l.kernel_h; ++ky) {
            for (uint32_t kx = 0; kx < l.kernel_w; ++kx) {
                int64_t y = y0 + ky, column = x0 + kx;
                if (y < 0 || y >= l.in.h || column < 0 || column >= l.in.w) {
                    continue;
                }
                size_t w = ((size_t{o} * inputs + c) * l.kernel_h + ky) * l.kernel_w + kx;
                sum += (p.weight[w] - p.weight_zero[o]) * double{p.weight_scale[o]} *
                       x[(size_t{first + c} * l.in.h + static_cast<size_t>(y)) * l.in.w +
                         static_cast<size_t>(column)];
            }
        }
    }
    return sum;
}

std::vector<double> real_conv(const Net& net, size_t i, const std::vector<double>& x) {
    const Layer& l = net.workload.layers[i];
    std::vector<double> out;
    for (uint32_t o = 0; o < l.out.c; ++o) {
        for (int64_t y = 0; y < l.out.h; ++y) {
            for (int64_t column = 0; column < l.out.w; ++column) {
                out.push_back(real_product(net, i, x, o, y * l.stride_h - l.pad_top,
                                           column * l.stride_w - l.pad_left));
            }
        }
    }
    return out;
}

// Every layer's integers are its real result on the integers before it, rounded and clipped, within
// one: fixed-point factors round twice.
void expect_close(const Net& net, size_t i, const std::vector<int32_t>& got,
                  const std::vector<double>& real) {
    const Layer& l = net.workload.layers[i];
    ASSERT_EQ(got.size(), real.size());
    double low = net.least(), high = low + 255;
    if (l.relu) {
        double zero = l.integer.zero;
        low = std::max(low, zero);
        if (l.relu_limit > 0) {
            high = std::min<double>(high, zero + std::round(6 / l.integer.scale));
        }
    }
    size_t inside = 0;
    for (size_t k = 0; k < got.size(); ++k) {
        double q = real[k] / l.integer.scale + l.integer.zero;
        EXPECT_NEAR(got[k], std::min(std::max(q, low), high), 0.51) << l.name << " " << k;
        inside += q > low && q < high;
    }
    EXPECT_GT(inside, got.size() / 8) << l.name << ": the test would not see much";
}

void expect_layers_are_right(bool is_signed) {
    Net net(is_signed);
    IntegerNet integer;
    assay_test::Report report;
    ASSERT_EQ(IntegerNet::make(net.workload, net.parameters, -3, integer, report), ASSAY_OK)
        << report.text();
    const Quantiser& in = integer.input_quantiser();
    EXPECT_FLOAT_EQ(in.scale, Net::input_scale);
    EXPECT_EQ(in.zero, static_cast<float>(net.least()) + 60); // -3 / 0.05 steps below
    std::vector<float> image = net.image();
    std::vector<int32_t> q(image.size());
    quantise_all(in, image.data(), q.data(), q.size());
    std::vector<std::vector<int32_t>> got = integer.run(image.data());
    ASSERT_EQ(got.size(), 5u);
    auto real = [&](size_t i) {
        const OutputInteger& f = net.workload.layers[i].integer;
        return real_values(got[i], f.scale, f.zero);
    };
    expect_close(net, 0, got[0], real_conv(net, 0, real_values(q, in.scale, in.zero)));
    expect_close(net, 1, got[1], real_conv(net, 1, real(0)));
    std::vector<double> sum = real(0), other = real(1), mean(6, 0);
    for (size_t k = 0; k < sum.size(); ++k) {
        sum[k] += other[k];
    }
    expect_close(net, 2, got[2], sum);
    std::vector<double> added = real(2);
    for (size_t k = 0; k < added.size(); ++k) {
        mean[k / 20] += added[k] / 20;
    }
    expect_close(net, 3, got[3], mean);
    expect_close(net, 4, got[4], real_conv(net, 4, real(3)));
}

std::string complaint(const Net& net) {
    IntegerNet integer;
    assay_test::Report report;
    EXPECT_EQ(IntegerNet::make(net.workload, net.parameters, -3, integer, report), ASSAY_BAD_INPUT);
    return report.text();
}

} // namespace

TEST(IntegerNet, SignedLayersAreTheRealOnesRounded) {
    expect_layers_are_right(true);
}

TEST(IntegerNet, UnsignedLayersWithWeightZeroPointsAreTheRealOnesRounded) {
    expect_layers_are_right(false);
}

TEST(IntegerNet, PoolingKeepsScaleOrRescales) {
    for (Op op : {Op::maxpool, Op::avgpool, Op::global_avgpool}) {
        Net net(true);
        net.workload.layers.resize(1);
        net.parameters.resize(1);
        Layer& pool = net.add_plain("pool", op, {0}, {6, 5, 4}, {6, 2, 2});
        pool.integer = net.workload.layers[0].integer;
        pool.kernel_h = pool.kernel_w = pool.stride_h = pool.stride_w = 2;
        if (op == Op::global_avgpool) {
            pool.out = {6, 1, 1};
            pool.integer.scale *= 0.75f;
        }
        IntegerNet integer;
        assay_test::Report report;
        ASSERT_EQ(IntegerNet::make(net.workload, net.parameters, -3, integer, report), ASSAY_OK)
            << report.text();
        std::vector<std::vector<int32_t>> got = integer.run(net.image().data());
        const std::vector<int32_t>& plane = got[0]; // first channel, 5 rows of 4
        int32_t corner[] = {plane[0], plane[1], plane[4], plane[5]};
        double sum = corner[0] + corner[1] + corner[2] + corner[3];
        if (op == Op::maxpool) {
            EXPECT_EQ(got[1][0], *std::max_element(corner, corner + 4));
        } else if (op == Op::avgpool) {
            EXPECT_NEAR(got[1][0], sum / 4, 0.5);
        } else {
            double all = 0, zero = pool.integer.zero;
            for (size_t k = 0; k < 20; ++k) {
                all += (plane[k] - zero) / 20;
            }
            EXPECT_NEAR(got[1][0], std::min(127.0, all / 0.75 + zero), 0.51);
        }
    }
}

TEST(IntegerNet, EveryLayerThatHasNoIntegersIsNamed) {
    Net net(true);
    net.workload.layers[1].integer.scale = 0;
    net.parameters[4].integers.weight.pop_back();
    net.workload.layers[2].op = Op::mul;
    std::string text = complaint(net);
    EXPECT_NE(text.find("small: layer 'grouped' is not a layer of integers"), text.npos) << text;
    EXPECT_NE(text.find("layer 'sum': mul has no integer form here"), text.npos) << text;
    EXPECT_NE(text.find("layer 'out' has no integer weights that fit its shape"), text.npos)
        << text;
}

TEST(IntegerNet, ScalesAndZeroPointsAreChecked) {
    Net no_bias(true), far_zero(true), huge(true), ratio(true), moved(true);
    no_bias.parameters[0].bias.clear();
    EXPECT_NE(complaint(no_bias).find("no bias that tells the scale of the input"),
              std::string::npos);
    far_zero.workload.layers[0].integer.zero = 200;
    EXPECT_NE(complaint(far_zero).find("zero point 200 is not in -128 .. 127"), std::string::npos);
    huge.parameters[4].integers.weight[3] = INT32_MAX;
    EXPECT_NE(complaint(huge).find("layer 'out': its sums may not fit 32 bits"), std::string::npos);
    ratio.workload.layers[4].integer.scale = 1e-30f;
    EXPECT_NE(complaint(ratio).find("legal is less than 2^30"), std::string::npos);
    moved.workload.layers[0].integer.scale = 0.05f;
    moved.workload.layers[2].op = Op::concat;
    EXPECT_NE(complaint(moved).find("must have one scale and zero point"), std::string::npos);
}
