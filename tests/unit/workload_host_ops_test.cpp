#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "graph.hpp"
#include "host_ops.hpp"
#include "rng.h"
#include "sparse.hpp"

using namespace assay;

namespace {

Layer pool(Op op, Shape in, uint32_t kernel, uint32_t stride, uint32_t pad, bool ceil_mode) {
    Layer layer;
    layer.name = "pool";
    layer.op = op;
    layer.inputs = {-1};
    layer.kernel_h = layer.kernel_w = kernel;
    layer.stride_h = layer.stride_w = stride;
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = pad;
    layer.ceil_mode = ceil_mode;
    EXPECT_TRUE(infer_shapes(layer, {in}, "test", nullptr));
    return layer;
}

Layer simple(Op op, const std::vector<Shape>& in) {
    Layer layer;
    layer.op = op;
    EXPECT_TRUE(infer_shapes(layer, in, "test", nullptr));
    return layer;
}

FixedTensor tensor(Shape shape, int frac_bits, std::vector<int16_t> values) {
    return {shape, frac_bits, std::move(values)};
}

std::vector<float> random_values(uint64_t n, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "host ops test");
    std::vector<float> out;
    for (uint64_t i = 0; i < n; ++i) {
        out.push_back(static_cast<float>(assay_rng_unit(&rng) * 2 - 1));
    }
    return out;
}

} // namespace

TEST(FixedFromFloat, TakesTheMostFractionBitsThatFit) {
    EXPECT_EQ(fixed_from_float({0.5f, -0.25f}, {2, 1, 1}, 16, false).frac_bits, 15);
    EXPECT_EQ(fixed_from_float({0.5f}, {1, 1, 1}, 16, true).frac_bits, 14);
    EXPECT_EQ(fixed_from_float({1.0f}, {1, 1, 1}, 16, false).frac_bits, 14);
    EXPECT_EQ(fixed_from_float({0.99999f}, {1, 1, 1}, 16, false).frac_bits, 14); // rounds to 2^15
    EXPECT_EQ(fixed_from_float({3.9f}, {1, 1, 1}, 16, false).frac_bits, 13);
    EXPECT_EQ(fixed_from_float({100.0f}, {1, 1, 1}, 8, false).frac_bits, 0);
    EXPECT_EQ(fixed_from_float({}, {0, 1, 1}, 8, false).frac_bits, 7);
}

TEST(FixedFromFloat, RoundsHalfAwayFromZeroAndSaturates) {
    FixedTensor t = fixed_from_float({63.5f, 2.5f, -2.5f, 2.4f, -126.0f}, {5, 1, 1}, 8, false);
    EXPECT_EQ(t.frac_bits, 0);
    EXPECT_EQ(t.values, (std::vector<int16_t>{64, 3, -3, 2, -126}));
    t = fixed_from_float({1000.0f, -1000.0f}, {2, 1, 1}, 8, false);
    EXPECT_EQ(t.values, (std::vector<int16_t>{127, -128}));
}

TEST(FixedFromFloat, RoundTripsWithinHalfAStep) {
    std::vector<float> values = random_values(500, 1);
    FixedTensor t = fixed_from_float(values, {500, 1, 1}, 12, false);
    std::vector<float> back = float_from_fixed(t);
    for (size_t i = 0; i < values.size(); ++i) {
        EXPECT_NEAR(back[i], values[i], std::ldexp(0.5, -t.frac_bits) * 1.0001);
    }
}

TEST(Shapes, CaffePoolingRoundsUpButNotPastTheImage) {
    EXPECT_EQ(pool(Op::maxpool, {1, 111, 111}, 3, 2, 0, true).out.h, 55u);
    EXPECT_EQ(pool(Op::maxpool, {1, 112, 112}, 3, 2, 0, true).out.h, 56u);
    EXPECT_EQ(pool(Op::maxpool, {1, 112, 112}, 3, 2, 0, false).out.h, 55u);
    // ceil gives (5 + 2 - 2) / 2 up = 3, +1 = 4; window 3 would start at 6 - 1 = 5, past the image.
    EXPECT_EQ(pool(Op::maxpool, {1, 5, 5}, 2, 2, 1, true).out.h, 3u);
}

TEST(HostOps, MaxPoolIgnoresPaddingAndOverhang) {
    Layer layer = pool(Op::maxpool, {1, 3, 3}, 2, 2, 0, true);
    FixedTensor in = tensor({1, 3, 3}, 4, {-1, -2, -3, -4, -5, -6, -7, -8, -9});
    FixedTensor out = host_op(layer, {&in});
    EXPECT_EQ(out.values, (std::vector<int16_t>{-1, -3, -7, -9}));
    EXPECT_EQ(out.frac_bits, 4);
    layer = pool(Op::maxpool, {1, 3, 3}, 3, 2, 1, false);
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{-1, -2, -4, -5}));
}

TEST(HostOps, AveragePoolDividesByThePaddedWindow) {
    Layer layer = pool(Op::avgpool, {1, 3, 3}, 2, 2, 1, true);
    FixedTensor in = tensor({1, 3, 3}, 0, {10, 20, 30, 40, 50, 60, 70, 80, 90});
    // Windows over rows {-1,0}, {1,2}: areas of 4, padding counted as 0.
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{3, 13, 28, 70}));
    layer = pool(Op::avgpool, {1, 3, 3}, 3, 2, 1, true); // areas of 9 at every corner
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{13, 18, 27, 31}));
    // The hanging part is not counted: the corner window has area 1.
    layer = pool(Op::avgpool, {1, 3, 3}, 2, 2, 0, true);
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{30, 45, 75, 90}));
}

TEST(HostOps, GlobalAverageRoundsHalfAwayFromZero) {
    Layer layer = simple(Op::global_avgpool, {{2, 1, 2}});
    FixedTensor in = tensor({2, 1, 2}, 3, {1, 2, -1, -2});
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{2, -2}));
}

TEST(HostOps, ConcatAlignsToTheSmallestFraction) {
    Layer layer = simple(Op::concat, {{1, 1, 2}, {1, 1, 2}});
    FixedTensor a = tensor({1, 1, 2}, 3, {5, -32768}), b = tensor({1, 1, 2}, 5, {6, -7});
    FixedTensor out = host_op(layer, {&a, &b});
    EXPECT_EQ(out.frac_bits, 3);
    EXPECT_EQ(out.values, (std::vector<int16_t>{5, -32768, 2, -2}));
    EXPECT_EQ(out.shape.c, 2u);
}

TEST(HostOps, AddSaturates) {
    Layer layer = simple(Op::add, {{3, 1, 1}, {3, 1, 1}});
    FixedTensor a = tensor({3, 1, 1}, 0, {30000, -30000, 5}),
                b = tensor({3, 1, 1}, 1, {30000, -30000, 5});
    EXPECT_EQ(host_op(layer, {&a, &b}).values, (std::vector<int16_t>{32767, -32768, 8}));
}

TEST(HostOps, ReluAsOpAndAsFlag) {
    Layer layer = simple(Op::relu, {{3, 1, 1}});
    FixedTensor in = tensor({3, 1, 1}, 2, {-5, 0, 7});
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{0, 0, 7}));
    layer = simple(Op::softmax, {{3, 1, 1}});
    EXPECT_EQ(host_op(layer, {&in}).values, in.values);
    layer.relu = true;
    EXPECT_EQ(host_op(layer, {&in}).values, (std::vector<int16_t>{0, 0, 7}));
}

// im2col against the definition, with asymmetric padding, strides and kernels at every edge.
TEST(HostOps, Im2colFollowsTheDefinition) {
    for (uint32_t variant = 0; variant < 24; ++variant) {
        Layer layer;
        layer.op = Op::conv;
        layer.kernel_h = 1 + variant % 3;
        layer.kernel_w = 1 + variant % 4;
        layer.stride_h = 1 + variant % 2;
        layer.stride_w = 1 + variant / 2 % 2;
        layer.pad_top = variant % 5;
        layer.pad_left = variant / 3 % 5;
        layer.pad_bottom = variant / 5 % 3;
        layer.pad_right = variant / 7 % 4;
        layer.dilation_h = layer.kernel_h < 3 ? 1 + variant / 4 % 2 : 1;
        layer.dilation_w = layer.kernel_w < 4 ? 1 + variant / 3 % 2 : 1;
        layer.out.c = 1;
        ASSERT_TRUE(infer_shapes(layer, {{2, 4, 5}}, "test", nullptr));
        FixedTensor in = tensor({2, 4, 5}, 0, std::vector<int16_t>(40));
        std::iota(in.values.begin(), in.values.end(), int16_t{1});
        std::vector<int16_t> column(matrix_cols(layer));
        for (uint32_t oy = 0; oy < layer.out.h; ++oy) {
            for (uint32_t ox = 0; ox < layer.out.w; ++ox) {
                im2col_vector(layer, in, oy, ox, column.data());
                for (uint32_t j = 0; j < column.size(); ++j) {
                    int kx = static_cast<int>(j % layer.kernel_w);
                    int ky = static_cast<int>(j / layer.kernel_w % layer.kernel_h);
                    int c = static_cast<int>(j / layer.kernel_w / layer.kernel_h);
                    int y = static_cast<int>(oy * layer.stride_h + layer.dilation_h * ky) -
                            static_cast<int>(layer.pad_top);
                    int x = static_cast<int>(ox * layer.stride_w + layer.dilation_w * kx) -
                            static_cast<int>(layer.pad_left);
                    bool inside = y >= 0 && y < 4 && x >= 0 && x < 5;
                    ASSERT_EQ(column[j], inside ? 1 + (c * 4 + y) * 5 + x : 0)
                        << variant << " " << oy << " " << ox << " " << j;
                }
            }
        }
    }
}

// The float convolution equals the matrix times im2col columns: two independent index computations.
TEST(FloatForward, ConvolutionEqualsMatrixTimesColumns) {
    for (uint32_t variant = 0; variant < 12; ++variant) {
        Layer layer;
        layer.op = Op::conv;
        layer.groups = variant % 2 + 1;
        layer.kernel_h = 1 + variant % 3;
        layer.kernel_w = 1 + variant / 3 % 3;
        layer.stride_h = layer.stride_w = 1 + variant % 2;
        layer.pad_top = layer.pad_right = variant % 4;
        layer.pad_left = variant / 4;
        layer.dilation_h = 1 + variant / 2 % 2;
        layer.dilation_w = 1 + variant / 5 % 2;
        layer.out.c = 4;
        ASSERT_TRUE(infer_shapes(layer, {{2, 5, 6}}, "test", nullptr));
        std::vector<SparseEntry> entries;
        uint32_t cols = matrix_cols(layer), block = cols / layer.groups;
        for (uint32_t r = 0; r < 4; ++r) {
            for (uint32_t j = 0; j < block; j += 1 + r % 2) {
                entries.push_back(
                    {r, r / (4 / layer.groups) * block + j, static_cast<uint8_t>(1 + (r + j) % 3)});
            }
        }
        layer.weights =
            stored_weights(sparse_from_entries(4, cols, entries, {0, -1, 2, 3}), "test");
        layer.weights.bias = {1, -2, 3, 4};
        FixedTensor in = tensor({2, 5, 6}, 0, {});
        std::vector<float> values;
        for (int i = 0; i < 60; ++i) {
            in.values.push_back(static_cast<int16_t>(i * 7 % 23 - 11));
            values.push_back(in.values.back());
        }
        std::vector<float> out = float_forward(layer, {&values});
        std::vector<int16_t> column(cols);
        const SparseCodes& m = *layer.weights.codes;
        for (uint32_t p = 0; p < layer.out.h * layer.out.w; ++p) {
            im2col_vector(layer, in, p / layer.out.w, p % layer.out.w, column.data());
            std::vector<float> expected = layer.weights.bias;
            for (uint32_t j = 0; j < cols; ++j) {
                for (uint32_t e = m.col_start[j]; e < m.col_start[j + 1]; ++e) {
                    expected[m.row[e]] += m.codebook[m.code[e]] * column[j];
                }
            }
            for (uint32_t r = 0; r < 4; ++r) {
                ASSERT_EQ(out[r * layer.out.h * layer.out.w + p], expected[r]) << variant;
            }
        }
    }
}

// Real functions of fixed-point numbers: within half a step of the float reference.
TEST(HostOps, FunctionsAreTheReferenceRounded) {
    const FixedTensor in = tensor({4, 2, 1}, 10, {0, 1024, -1024, 3000, -3000, 5, 7000, -8000});
    const std::vector<float> values = float_from_fixed(in);
    for (Op op : {Op::gelu, Op::sigmoid, Op::tanh, Op::layer_norm, Op::batch_norm}) {
        SCOPED_TRACE(op_name(op));
        Layer layer = simple(op, {in.shape});
        const FixedTensor out = host_op(layer, {&in});
        const std::vector<float> got = float_from_fixed(out);
        const std::vector<float> expected = float_forward(layer, {&values});
        ASSERT_EQ(got.size(), expected.size());
        for (size_t i = 0; i < got.size(); ++i) {
            EXPECT_NEAR(got[i], expected[i], 0.5f / (1 << out.frac_bits) + 1e-6f) << i;
        }
    }
    const std::vector<float> one{1}, zero{0};
    EXPECT_NEAR(float_forward(simple(Op::gelu, {{1, 1, 1}}), {&one})[0], 0.841345f, 1e-5);
    EXPECT_FLOAT_EQ(float_forward(simple(Op::sigmoid, {{1, 1, 1}}), {&zero})[0], 0.5f);
}

TEST(HostOps, LayerNormIsOverTheChannelsOfAPosition) {
    Layer layer = simple(Op::layer_norm, {{2, 2, 1}});
    const std::vector<float> in{1, 10, 3, 10}; // positions (1, 3) and (10, 10)
    const std::vector<float> out = float_forward(layer, {&in});
    EXPECT_NEAR(out[0], -1, 1e-4);
    EXPECT_NEAR(out[2], 1, 1e-4);
    EXPECT_NEAR(out[1], 0, 1e-4);
    EXPECT_NEAR(out[3], 0, 1e-4);
}

TEST(HostOps, MulKeepsTheFirstInputsFractionAndSaturates) {
    Layer layer = simple(Op::mul, {{3, 1, 1}, {3, 1, 1}});
    FixedTensor a = tensor({3, 1, 1}, 8, {256, -384, 32767}), b = tensor({3, 1, 1}, 4, {8, 8, 64});
    const FixedTensor out = host_op(layer, {&a, &b});
    EXPECT_EQ(out.frac_bits, 8);
    EXPECT_EQ(out.values, (std::vector<int16_t>{128, -192, 32767}));
}

TEST(FloatForward, SoftmaxIsPerPositionAndGroup) {
    Layer layer;
    layer.op = Op::softmax;
    layer.groups = 2;
    ASSERT_TRUE(infer_shapes(layer, {{4, 2, 1}}, "test", nullptr));
    const std::vector<float> in{0, 5, 0, 5, 1, 0, 1, 700};
    const std::vector<float> out = float_forward(layer, {&in});
    EXPECT_EQ(out, (std::vector<float>{0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0, 0.5f, 1}));
}

TEST(FloatForward, FullyConnectedWithBiasColumn) {
    Layer layer;
    layer.op = Op::fc;
    layer.out.c = 2;
    ASSERT_TRUE(infer_shapes(layer, {{2, 1, 1}}, "test", nullptr));
    layer.weights = stored_weights(
        sparse_from_entries(2, 3, {{0, 0, 1}, {0, 2, 2}, {1, 1, 2}}, {0, 2, -3}), "test");
    layer.weights.bias_column = true;
    std::vector<float> in{10, 20};
    EXPECT_EQ(float_forward(layer, {&in}), (std::vector<float>{17, -60}));
    layer.relu = true;
    EXPECT_EQ(float_forward(layer, {&in}), (std::vector<float>{17, 0}));
    EXPECT_EQ(layer.macs(), 4u);
}

TEST(FloatForward, FixedPointHostOpsAgreeWithFloat) {
    std::vector<float> values = random_values(3 * 7 * 9, 4);
    FixedTensor fixed = fixed_from_float(values, {3, 7, 9}, 16, false);
    std::vector<float> exact = float_from_fixed(fixed);
    for (Op op : {Op::maxpool, Op::avgpool}) {
        Layer layer = pool(op, {3, 7, 9}, 3, 2, 1, true);
        std::vector<float> expected = float_forward(layer, {&exact});
        std::vector<float> out = float_from_fixed(host_op(layer, {&fixed}));
        ASSERT_EQ(out.size(), expected.size());
        for (size_t i = 0; i < out.size(); ++i) {
            EXPECT_NEAR(out[i], expected[i], std::ldexp(0.51, -fixed.frac_bits));
        }
    }
    Layer layer = simple(Op::global_avgpool, {{3, 7, 9}});
    std::vector<float> expected = float_forward(layer, {&exact});
    std::vector<float> out = float_from_fixed(host_op(layer, {&fixed}));
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(out[i], expected[i], std::ldexp(0.51, -fixed.frac_bits));
    }
}

TEST(FloatForward, SoftmaxSumsToOne) {
    Layer layer = simple(Op::softmax, {{3, 1, 1}});
    std::vector<float> in{1000, 1001, 999};
    std::vector<float> out = float_forward(layer, {&in});
    EXPECT_NEAR(out[0] + out[1] + out[2], 1, 1e-6);
    EXPECT_NEAR(out[1] / out[0], std::exp(1.0), 1e-5);
}

TEST(Shapes, MistakesAreNamed) {
    struct Case {
        Op op;
        std::vector<Shape> in;
        uint32_t kernel, pad, groups, channels;
        const char* fragment;
    };
    for (const Case& c : {Case{Op::conv, {{3, 4, 4}}, 7, 1, 1, 8, "does not fit the 3x4x4 input"},
                          Case{Op::conv, {{3, 4, 4}}, 1, 0, 2, 8, "groups must divide"},
                          Case{Op::maxpool, {{3, 4, 4}}, 2, 2, 1, 0, "padding must be smaller"},
                          Case{Op::concat, {{3, 4, 4}, {3, 4, 5}}, 1, 0, 1, 0, "height and width"},
                          Case{Op::add, {{3, 4, 4}, {4, 4, 4}}, 1, 0, 1, 0, "cannot add"},
                          Case{Op::relu, {{3, 4, 4}, {3, 4, 4}}, 1, 0, 1, 0, "takes one input"},
                          Case{Op::mul, {{3, 4, 4}, {4, 4, 4}}, 1, 0, 1, 0, "cannot multiply"},
                          Case{Op::softmax, {{3, 4, 4}}, 1, 0, 2, 0, "groups must divide"},
                          Case{Op::matmul, {{4, 4, 1}, {4, 4, 2}}, 1, 0, 2, 8, "second input must"},
                          Case{Op::fc, {{1 << 20, 16, 1}}, 1, 0, 1, 1 << 10, "weight matrix"},
                          Case{Op::conv, {{1, 1 << 12, 1 << 12}}, 1, 0, 1, 1 << 10, "more than"}}) {
        Layer layer;
        layer.op = c.op;
        layer.kernel_h = layer.kernel_w = c.kernel;
        layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = c.pad;
        layer.groups = c.groups;
        layer.out.c = c.channels;
        assay_report* report = assay_report_new();
        EXPECT_FALSE(infer_shapes(layer, c.in, "here", report)) << c.fragment;
        ASSERT_EQ(assay_report_count(report), 1u) << c.fragment;
        EXPECT_NE(std::string(assay_report_text(report, 0)).find(c.fragment), std::string::npos)
            << assay_report_text(report, 0);
        assay_report_free(&report);
    }
}
