#include <gtest/gtest.h>

#include <cmath>

#include "graph.hpp"
#include "host_ops.hpp"
#include "onnx_builder.hpp"
#include "onnx_wire.hpp"
#include "sparse.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;
using namespace onnx_test;

namespace {

Loaded load_model(Model& model, const assay_workload_params* params = nullptr) {
    TempFolder folder;
    return load(folder.write("m.onnx", model.bytes()), params);
}

// "name op in > out" of every layer.
std::vector<std::string> summary(const Loaded& loaded) {
    std::vector<std::string> out;
    for (size_t i = 0; loaded.workload && i < loaded.workload->layers.size(); ++i) {
        const Layer& l = loaded.workload->layers[i];
        out.push_back(l.name + " " + layer_op_name(l) + " " + shape_text(l.in) + " > " +
                      shape_text(l.out) + (l.relu ? " relu" : "") +
                      (l.detached ? " detached" : ""));
    }
    return out;
}
using Lines = std::vector<std::string>;

#define ASSERT_LOADED(loaded) ASSERT_EQ((loaded).status, ASSAY_OK) << (loaded).messages

std::vector<float> dense(const Layer& layer) {
    auto m = resolve(layer.weights);
    std::vector<float> out(size_t{m->rows} * m->cols, 0.0f);
    for (uint32_t j = 0; j < m->cols; ++j) {
        for (uint32_t e = m->col_start[j]; e < m->col_start[j + 1]; ++e) {
            out[size_t{m->row[e]} * m->cols + j] = m->codebook[m->code[e]];
        }
    }
    return out;
}

} // namespace

TEST(Onnx, ConvBatchNormReluPoolGemm) {
    Model m;
    small_net(m);
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), (Lines{"conv conv2d 2x6x6 > 4x6x6 relu", "pool maxpool 4x6x6 > 4x3x3",
                                 "fc linear 4x3x3 > 5x1x1"}));
    EXPECT_EQ(l.workload->importer, "onnx");
    EXPECT_EQ(l.workload->name, "net");
    EXPECT_EQ(l.workload->batch, 1u);
    EXPECT_EQ(l.workload->input.size(), 72u);
    const std::vector<Layer>& layers = l.workload->layers;
    EXPECT_EQ(layers[0].pad_left, 1u);
    EXPECT_FALSE(layers[0].a_signed); // an image
    EXPECT_FALSE(layers[2].a_signed); // after a relu
    EXPECT_EQ(layers[1].inputs, std::vector<int>{0});
    // Row c times scale / sqrt(variance): 1, 2, 1/2, 1; bias (b - mean) * that + offset.
    EXPECT_EQ(layers[0].weights.bias, (std::vector<float>{1, 2, 2.5f, 4}));
    EXPECT_EQ(layers[2].weights.bias, (std::vector<float>{0.125f, 0.25f, 0.375f, 0.5f, 0.625f}));
    EXPECT_EQ(layers[0].macs() + layers[2].macs(), 36u * 4 * 18 + 180);
}

TEST(Onnx, WeightsAreTheFilesValues) {
    Model m;
    m.input("x", {1, 3});
    m.weight("w", {2, 3}, {1, 0, -2, 3, 1, 0});
    m.weight("v", {2, 2}, {5, 6, 7, 8});
    m.node("Gemm", {"x", "w"}, {"h"}, {number("transB", 1)});
    m.node("MatMul", {"h", "v"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(dense(l.workload->layers[0]), (std::vector<float>{1, 0, -2, 3, 1, 0}));
    EXPECT_EQ(dense(l.workload->layers[1]), (std::vector<float>{5, 7, 6, 8})); // [input][output]
    EXPECT_EQ(resolve(l.workload->layers[0].weights)->row.size(), 4u);         // zeros are pruned
    EXPECT_EQ(l.workload->layers[0].name, "h");
}

TEST(Onnx, AWeightTransposedByANode) {
    Model m;
    m.input("x", {1, 2});
    m.weight("w", {3, 2}, {1, 2, 3, 4, 5, 6});
    m.node("Transpose", {"w"}, {"t"}, {numbers("perm", {1, 0})});
    m.node("MatMul", {"x", "t"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(dense(l.workload->layers[0]), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Onnx, GroupedWeightsAreBlockDiagonalAndScaled) {
    Model m;
    m.input("x", {1, 2, 1, 1});
    m.weight("w", {2, 1, 1, 1}, {3, 4});
    for (const char* name : {"scale", "offset", "mean"}) {
        m.weight(name, {2}, {2, 2});
    }
    m.weight("variance", {2}, {4, 1});
    m.node("Conv", {"x", "w"}, {"c"}, {number("group", 2)});
    m.node("BatchNormalization", {"c", "scale", "offset", "mean", "variance"}, {"y"},
           {real("epsilon", 0)});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(dense(l.workload->layers[0]), (std::vector<float>{3, 0, 0, 8}));
    EXPECT_EQ(l.workload->layers[0].weights.bias, (std::vector<float>{0, -2}));
}

TEST(Onnx, DifferentValuesAreADifferentWorkload) {
    std::string hashes[2];
    for (float last : {5.0f, 6.0f}) {
        Model m;
        m.input("x", {1, 3});
        m.weight("w", {1, 3}, {1, 2, last});
        m.node("Gemm", {"x", "w"}, {"y"}, {number("transB", 1)});
        Loaded l = load_model(m);
        ASSERT_LOADED(l);
        hashes[last > 5 ? 1 : 0] = l.workload->hash;
    }
    EXPECT_NE(hashes[0], hashes[1]);
}

TEST(Onnx, DepthwiseSeparableWithClip) {
    Model m;
    m.input("x", {1, 8, 7, 7});
    m.weight("dw", {8, 1, 3, 3});
    m.weight("pw", {4, 8, 1, 1});
    m.weight("low", {}, {0});
    m.weight("high", {}, {6});
    m.node("Conv", {"x", "dw"}, {"a"},
           {number("group", 8), numbers("strides", {2, 2}), string("auto_pad", "SAME_UPPER")});
    m.node("Clip", {"a", "low", "high"}, {"b"});
    m.node("Conv", {"b", "pw"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), (Lines{"a conv2d 8x7x7 > 8x4x4 relu", "y conv2d 8x4x4 > 4x4x4"}));
    EXPECT_EQ(l.workload->layers[0].groups, 8u);
    EXPECT_EQ(l.workload->layers[0].macs(), 8u * 16 * 9);
}

TEST(Onnx, PaddingOfEveryKind) {
    struct Case {
        std::vector<Attribute> attributes;
        uint32_t top, left, bottom, right, height;
    };
    const Case cases[] = {
        {{numbers("pads", {0, 1, 2, 3})}, 0, 1, 2, 3, 6},
        {{string("auto_pad", "VALID")}, 0, 0, 0, 0, 4},
        {{string("auto_pad", "SAME_UPPER"), numbers("strides", {2, 2})}, 0, 0, 1, 1, 3},
        {{string("auto_pad", "SAME_LOWER"), numbers("strides", {2, 2})}, 1, 1, 0, 0, 3},
        {{numbers("dilations", {2, 2}), string("auto_pad", "SAME_UPPER")}, 2, 2, 2, 2, 6},
        {{numbers("dilations", {2, 1})}, 0, 0, 0, 0, 2},
    };
    for (const Case& c : cases) {
        Model m;
        m.input("x", {1, 1, 6, 6});
        m.weight("w", {1, 1, 3, 3});
        m.node("Conv", {"x", "w"}, {"y"}, c.attributes);
        Loaded l = load_model(m);
        ASSERT_LOADED(l);
        const Layer& layer = l.workload->layers[0];
        EXPECT_EQ(layer.pad_top, c.top);
        EXPECT_EQ(layer.pad_left, c.left);
        EXPECT_EQ(layer.pad_bottom, c.bottom);
        EXPECT_EQ(layer.pad_right, c.right);
        EXPECT_EQ(layer.out.h, c.height);
    }
}

TEST(Onnx, APadNodeIsPartOfTheWindow) {
    Model m;
    m.input("x", {1, 1, 4, 4});
    m.weight("w", {1, 1, 3, 3});
    m.ints("pads", {0, 0, 0, 1, 0, 0, 2, 1});
    m.node("Pad", {"x", "pads"}, {"p"});
    m.node("Conv", {"p", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y conv2d 1x4x4 > 1x4x4"});
    EXPECT_EQ(l.workload->layers[0].pad_bottom, 2u);
    EXPECT_EQ(l.workload->layers[0].inputs, std::vector<int>{-1});
}

TEST(Onnx, ResidualAddAndConcat) {
    Model m;
    m.input("x", {1, 4, 5, 5});
    m.weight("w", {4, 4, 1, 1});
    m.node("Conv", {"x", "w"}, {"a"});
    m.node("Relu", {"a"}, {"r"});
    m.node("Conv", {"r", "w"}, {"b"});
    m.node("Add", {"b", "r"}, {"s"});
    m.node("Relu", {"s"}, {"t"});
    m.node("Concat", {"t", "r"}, {"c"}, {number("axis", 1)});
    m.node("AveragePool", {"c"}, {"d"},
           {numbers("kernel_shape", {2, 2}), numbers("strides", {2, 2}), number("ceil_mode", 1)});
    m.node("ReduceMean", {"d"}, {"y"}, {numbers("axes", {2, 3})});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), (Lines{"a conv2d 4x5x5 > 4x5x5 relu", "b conv2d 4x5x5 > 4x5x5",
                                 "s add 4x5x5 > 4x5x5 relu", "c concat 4x5x5 > 8x5x5",
                                 "d avgpool 8x5x5 > 8x3x3", "y global_avgpool 8x3x3 > 8x1x1"}));
    EXPECT_EQ(l.workload->layers[2].inputs, (std::vector<int>{1, 0}));
    EXPECT_EQ(l.workload->layers[3].inputs, (std::vector<int>{2, 0}));
}

TEST(Onnx, AReluThatOthersReadAroundStaysALayer) {
    Model m;
    m.input("x", {1, 2, 2, 2});
    m.weight("w", {2, 2, 1, 1});
    m.node("Conv", {"x", "w"}, {"a"});
    m.node("Identity", {"a"}, {"i"});
    m.node("Relu", {"i"}, {"r"}); // reads the same layer as the Add, by another name
    m.node("Add", {"a", "r"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l),
              (Lines{"a conv2d 2x2x2 > 2x2x2", "r relu 2x2x2 > 2x2x2", "y add 2x2x2 > 2x2x2"}));
}

TEST(Onnx, BatchNormAloneAndSqueezeAndExcite) {
    Model m;
    m.input("x", {1, 4, 3, 3});
    for (const char* name : {"s", "o", "u", "v"}) {
        m.weight(name, {4});
    }
    m.weight("w", {4, 4, 1, 1});
    m.node("BatchNormalization", {"x", "s", "o", "u", "v"}, {"n"});
    m.node("GlobalAveragePool", {"n"}, {"g"});
    m.node("Conv", {"g", "w"}, {"c"});
    m.node("Sigmoid", {"c"}, {"e"});
    m.node("Mul", {"e", "n"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l),
              (Lines{"n batch_norm 4x3x3 > 4x3x3", "g global_avgpool 4x3x3 > 4x1x1",
                     "c conv2d 4x1x1 > 4x1x1", "e sigmoid 4x1x1 > 4x1x1", "y mul 4x3x3 > 4x3x3"}));
    EXPECT_EQ(l.workload->layers[4].inputs, std::vector<int>{0});
}

namespace {

// One head pair of a transformer: 6 tokens, 8 features, 2 heads.
void attention(Model& m, bool spelled_out) {
    m.input("x", {-1, 6, 8});
    m.weight("g", {8});
    m.weight("b", {8});
    m.weight("two", {}, {2});
    m.ints("split", {0, 6, 2, 4});
    m.ints("join", {0, 6, 8});
    if (spelled_out) {
        m.node("ReduceMean", {"x"}, {"mean"}, {numbers("axes", {-1})});
        m.node("Sub", {"x", "mean"}, {"d"});
        m.node("Pow", {"d", "two"}, {"sq"});
        m.node("ReduceMean", {"sq"}, {"var"}, {numbers("axes", {-1})});
        m.node("Add", {"var", "two"}, {"eps"});
        m.node("Sqrt", {"eps"}, {"root"});
        m.node("Div", {"d", "root"}, {"n0"});
        m.node("Mul", {"n0", "g"}, {"n1"});
        m.node("Add", {"n1", "b"}, {"n"});
    } else {
        m.node("LayerNormalization", {"x", "g", "b"}, {"n"}, {number("axis", -1)});
    }
    for (const std::string p : {"q", "k", "v"}) {
        m.weight(p + ".w", {8, 8});
        m.node("MatMul", {"n", p + ".w"}, {p + "0"});
        m.node("Add", {"b", p + "0"}, {p + "1"});
        m.node("Reshape", {p + "1", "split"}, {p + "2"});
        Ints order = p == "k" ? Ints{0, 2, 3, 1} : Ints{0, 2, 1, 3};
        m.node("Transpose", {p + "2"}, {p}, {numbers("perm", order)});
    }
    m.node("MatMul", {"q", "k"}, {"score"});
    m.node("Div", {"score", "two"}, {"scaled"});
    m.node("Softmax", {"scaled"}, {"share"}, {number("axis", -1)});
    m.node("MatMul", {"share", "v"}, {"mix"});
    m.node("Transpose", {"mix"}, {"back"}, {numbers("perm", {0, 2, 1, 3})});
    m.node("Reshape", {"back", "join"}, {"joined"});
    m.weight("o.w", {8, 8});
    m.node("MatMul", {"joined", "o.w"}, {"o"});
    m.node("Add", {"o", "x"}, {"sum"});
    m.node("Div", {"sum", "two"}, {"e0"});
    m.node("Erf", {"e0"}, {"e1"});
    m.node("Add", {"e1", "two"}, {"e2"});
    m.node("Mul", {"sum", "e2"}, {"y"});
}

} // namespace

TEST(Onnx, AttentionBlock) {
    for (bool spelled_out : {false, true}) {
        Model m;
        attention(m, spelled_out);
        Loaded l = load_model(m);
        ASSERT_LOADED(l);
        EXPECT_EQ(summary(l), (Lines{"n layer_norm 8x6x1 > 8x6x1", "q0 linear 8x6x1 > 8x6x1",
                                     "k0 linear 8x6x1 > 8x6x1", "v0 linear 8x6x1 > 8x6x1",
                                     "score matmul 8x6x1 > 12x6x1", "share softmax 12x6x1 > 12x6x1",
                                     "mix matmul 12x6x1 > 8x6x1", "o linear 8x6x1 > 8x6x1",
                                     "sum add 8x6x1 > 8x6x1", "e1 gelu 8x6x1 > 8x6x1"}));
        const std::vector<Layer>& layers = l.workload->layers;
        EXPECT_EQ(layers[1].weights.bias.size(), 8u);
        EXPECT_EQ(layers[4].inputs, (std::vector<int>{1, 2}));
        EXPECT_EQ(layers[4].groups, 2u);
        EXPECT_FALSE(layers[4].second_by_columns); // the keys stand {features, tokens}
        EXPECT_EQ(layers[5].groups, 2u);
        EXPECT_EQ(layers[6].inputs, (std::vector<int>{5, 3}));
        EXPECT_TRUE(layers[6].second_by_columns);
        EXPECT_EQ(layers[4].macs(), 2u * 6 * 6 * 4);
        EXPECT_TRUE(layers[4].a_signed);
        EXPECT_FALSE(layers[6].a_signed); // after a softmax
        EXPECT_EQ(layers[8].inputs, (std::vector<int>{7, -1}));
    }
}

// The network's arithmetic, written out: what heads and transpositions become keeps the values.
TEST(Onnx, AttentionKeepsItsValues) {
    Model m;
    m.input("x", {1, 3, 4});
    m.ints("split", {0, 3, 2, 2});
    m.ints("join", {0, 3, 4});
    m.node("Reshape", {"x", "split"}, {"s"});
    m.node("Transpose", {"s"}, {"q"}, {numbers("perm", {0, 2, 1, 3})});
    m.node("Transpose", {"s"}, {"k"}, {numbers("perm", {0, 2, 3, 1})});
    m.node("MatMul", {"q", "k"}, {"score"});
    m.node("MatMul", {"score", "q"}, {"mix"});
    m.node("Transpose", {"mix"}, {"t"}, {numbers("perm", {0, 2, 1, 3})});
    m.node("Reshape", {"t", "join"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    const std::vector<float>& x = l.workload->input; // {4 features, 3 tokens}
    std::vector<float> y = float_forward_all(*l.workload).back();
    auto at = [&](int token, int feature) { return x[static_cast<size_t>(feature * 3 + token)]; };
    for (int t = 0; t < 3; ++t) {
        for (int f = 0; f < 4; ++f) {
            float expected = 0;
            for (int u = 0; u < 3; ++u) {
                int h = f / 2 * 2;
                expected += (at(t, h) * at(u, h) + at(t, h + 1) * at(u, h + 1)) * at(u, f);
            }
            EXPECT_NEAR(y[static_cast<size_t>(f * 3 + t)], expected, 1e-4 * std::fabs(expected));
        }
    }
}

TEST(Onnx, ImageToTokensAndTokenNumbers) {
    Model m;
    m.input("x", {1, 3, 4, 4});
    m.input("tokens", {1, 4}, ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    m.weight("patch", {8, 3, 2, 2});
    m.weight("table", {100, 8});
    m.weight("w", {8, 5});
    m.ints("shape", {0, 8, -1});
    m.node("Conv", {"x", "patch"}, {"p"}, {numbers("strides", {2, 2})});
    m.node("Reshape", {"p", "shape"}, {"r"});
    m.node("Transpose", {"r"}, {"t"}, {numbers("perm", {0, 2, 1})});
    m.node("Gather", {"table", "tokens"}, {"e"});
    m.node("Add", {"e", "t"}, {"s"});
    m.node("MatMul", {"e", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), (Lines{"p conv2d 3x4x4 > 8x2x2", "s add 8x4x1 > 8x4x1 detached",
                                 "y linear 8x4x1 > 5x4x1 detached"}));
    ASSERT_EQ(l.workload->notes.size(), 1u);
    EXPECT_NE(l.workload->notes[0].find("2 of 3 layers stand alone"), std::string::npos);
}

TEST(Onnx, ComputedShapesAsExportersWriteThem) {
    Model m;
    m.input("x", {2, 4, 3, 3});
    m.weight("w", {36, 7});
    m.ints("zero", {0});
    m.ints("minus", {-1});
    m.node("Shape", {"x"}, {"shape"});
    m.node("Gather", {"shape", "zero"}, {"n"});
    m.node("Concat", {"n", "minus"}, {"target"}, {number("axis", 0)});
    m.node("Reshape", {"x", "target"}, {"f"});
    m.node("MatMul", {"f", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y linear 4x3x3 > 7x1x1"});
    EXPECT_EQ(l.workload->batch, 2u);
}

TEST(Onnx, SliceAndIntegerArithmetic) {
    Model m;
    m.input("x", {1, 12});
    m.weight("w", {4, 2});
    m.ints("zero", {0});
    m.ints("one", {1});
    m.ints("end", {INT64_MAX});
    m.ints("three", {3});
    m.node("Shape", {"x"}, {"shape"});
    m.node("Slice", {"shape", "one", "end", "zero"}, {"features"});
    m.node("Div", {"features", "three"}, {"third"});
    m.node("Concat", {"one", "three", "third"}, {"target"}, {number("axis", 0)});
    m.node("Reshape", {"x", "target"}, {"f"});
    m.node("MatMul", {"f", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y linear 4x3x1 > 2x3x1"}); // what the first reader makes of it
}

TEST(Onnx, PartsOfATensorStandAlone) {
    Model m;
    m.input("x", {1, 4, 2, 2});
    m.weight("w", {3, 2, 1, 1});
    m.node("Split", {"x"}, {"a", "b"}, {number("axis", 1)});
    m.node("Conv", {"b", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y conv2d 2x2x2 > 3x2x2 detached"});
    EXPECT_EQ(l.workload->input.size(), 0u);
}

TEST(Onnx, QuantizedNetworksStateTheirBits) {
    Model m;
    const std::vector<uint8_t> bytes(12, 3);
    m.input("x", {1, 3, 2, 2});
    m.weight("scale", {}, {0.5f});
    m.raw("zero", {}, ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, bytes.data(), 1);
    m.raw("w8", {4, 3, 1, 1}, ONNX__TENSOR_PROTO__DATA_TYPE__INT8, bytes.data(), 12);
    m.node("QuantizeLinear", {"x", "scale", "zero"}, {"q"});
    m.node("DequantizeLinear", {"q", "scale", "zero"}, {"d"});
    m.node("DequantizeLinear", {"w8", "scale"}, {"w"});
    m.node("Conv", {"d", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    const Layer& layer = l.workload->layers[0];
    EXPECT_EQ(layer.a_bits, 8u);
    EXPECT_FALSE(layer.a_signed);
    EXPECT_EQ(layer.w_bits, 8u);
    EXPECT_TRUE(layer.w_signed);
    EXPECT_TRUE(layer.weights.drawn());
}

TEST(Onnx, ExternalWeightsAreShapes) {
    Model m;
    m.input("x", {1, 3});
    Onnx__TensorProto& w = m.weight("w", {3, 100000}, Floats(1));
    w.has_raw_data = 0;
    w.has_data_location = 1;
    w.data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    m.node("MatMul", {"x", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y linear 3x1x1 > 100000x1x1"});
    EXPECT_TRUE(l.workload->layers[0].weights.drawn());
}

TEST(Onnx, FloatDataAndSequencesAndOneDimension) {
    Model m;
    m.input("x", {1, 2, 9});
    Onnx__TensorProto& w = m.weight("w", {3, 2, 3});
    w.has_raw_data = 0;
    w.n_float_data = 18;
    w.float_data = reinterpret_cast<float*>(w.raw_data.data);
    m.node("Conv", {"x", "w"}, {"y"}, {numbers("pads", {1, 1}), numbers("dilations", {2})});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y conv2d 2x1x9 > 3x1x7"});
    EXPECT_FALSE(l.workload->layers[0].weights.drawn());
    EXPECT_EQ(l.workload->layers[0].inputs, std::vector<int>{-1});
}

TEST(Onnx, TheInputIsAnImageOrDrawn) {
    Model m;
    m.input("x", {1, 1, 2, 2});
    m.weight("w", {1, 1, 1, 1});
    m.node("Conv", {"x", "w"}, {"y"});
    TempFolder folder;
    std::string image = folder.write("i_2x2x1.bin", std::string("\x00\xff\xff\x00", 4));
    assay_workload_params params{};
    params.input_path = image.c_str();
    Loaded l = load_model(m, &params);
    ASSERT_LOADED(l);
    EXPECT_EQ(l.workload->input, (std::vector<float>{0, 1, 1, 0}));
    Loaded one = load_model(m);
    params = {};
    params.seed = 2;
    Loaded two = load_model(m, &params);
    ASSERT_LOADED(one);
    ASSERT_LOADED(two);
    EXPECT_NE(one.workload->input, two.workload->input);
    EXPECT_EQ(two.workload->input_label, "drawn, density 1, seed 2");
}

namespace {

// Height x width x channels, as a user states them.
assay_workload_params shaped(uint64_t height, uint64_t width, uint64_t channels) {
    assay_workload_params params{};
    params.input_height = height;
    params.input_width = width;
    params.input_channels = channels;
    return params;
}

void open_image(Model& m, const Ints& dims) {
    m.input("x", dims);
    m.weight("w", {4, 3, 3, 3});
    m.node("Conv", {"x", "w"}, {"y"}, {numbers("pads", {1, 1, 1, 1})});
}

} // namespace

TEST(Onnx, OpenDimensionsOfAnImageAreStated) {
    for (const Ints& dims : {Ints{1, 3, -1, -1}, Ints{-1, -1, -1, -1}, Ints{1, 3, 8, -1}}) {
        Model m;
        open_image(m, dims);
        assay_workload_params params = shaped(8, 20, 3);
        Loaded l = load_model(m, &params);
        ASSERT_LOADED(l);
        EXPECT_EQ(summary(l), Lines{"y conv2d 3x8x20 > 4x8x20"});
        EXPECT_EQ(l.workload->layers[0].inputs, std::vector<int>{-1});
        EXPECT_EQ(l.workload->layers[0].macs(), 4u * 8 * 20 * 27);
        EXPECT_EQ(l.workload->input.size(), 480u);
    }
}

TEST(Onnx, AMinusOneOfTheFileIsOpenToo) {
    Model m;
    open_image(m, {1, 3, 8, -1});
    std::string bytes = m.bytes();
    Onnx__ModelProto* proto = onnx__model_proto__unpack(
        nullptr, bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
    ASSERT_NE(proto, nullptr);
    auto& width = *proto->graph->input[0]->type->tensor_type->shape->dim[3];
    free(width.dim_param);
    width.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    width.dim_value = -1;
    std::string packed(onnx__model_proto__get_packed_size(proto), '\0');
    onnx__model_proto__pack(proto, reinterpret_cast<uint8_t*>(packed.data()));
    onnx__model_proto__free_unpacked(proto, nullptr);
    TempFolder folder;
    assay_workload_params params = shaped(8, 20, 3);
    Loaded l = load(folder.write("m.onnx", packed), &params);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y conv2d 3x8x20 > 4x8x20"});
}

TEST(Onnx, OpenRowsAndFeaturesAreStated) {
    Model rows;
    rows.input("x", {-1, -1, 8});
    rows.weight("w", {8, 5});
    rows.node("MatMul", {"x", "w"}, {"y"});
    assay_workload_params params = shaped(6, 1, 8);
    Loaded l = load_model(rows, &params);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y linear 8x6x1 > 5x6x1"});
    Model features;
    features.input("x", {1, -1});
    features.weight("w", {8, 5});
    features.node("MatMul", {"x", "w"}, {"y"});
    params = shaped(1, 1, 8);
    Loaded f = load_model(features, &params);
    ASSERT_LOADED(f);
    EXPECT_EQ(summary(f), Lines{"y linear 8x1x1 > 5x1x1"});
}

TEST(Onnx, AStatedShapeIsTheInputs) {
    struct Wrong {
        Ints dims;
        uint64_t height, width, channels;
        const char* message;
    };
    const Wrong wrongs[] = {
        {{1, 3, -1, -1},
         0,
         0,
         0,
         "the shape [1, 3, -1, -1] must be stated, by the file or by --in"},
        {{1, 3, 8, -1}, 9, 20, 3, "8x20x3 (HxWxC), but --input-shape is 9x20x3"},
        {{1, 3, -1, -1}, 8, 20, 4, "8x20x3 (HxWxC), but --input-shape is 8x20x4"},
        {{1, 3, -1, -1}, 8, 0, 3, "the shape [1, 3, 8, -1] must be stated"},
        {{1, 3, -1, -1}, 1u << 20, 1u << 20, 3, "at most 2^28 elements"},
        {{1, 3, -1, -1}, UINT64_MAX - 6, 2, 3, "the shape [1, 3, -7, 2]"},
        {{1, 3, -7, 8}, 8, 8, 3, "the shape [1, 3, -7, 8]"},
        {{1, -1, 8}, 6, 2, 8, "6x1x8 (HxWxC), but --input-shape is 6x2x8"},
    };
    for (const Wrong& wrong : wrongs) {
        Model m;
        m.input("x", wrong.dims);
        m.node("Relu", {"x"}, {"y"});
        assay_workload_params params = shaped(wrong.height, wrong.width, wrong.channels);
        expect_refused(load_model(m, &params), wrong.message);
    }
    Model tokens;
    tokens.input("x", {1, 4}, ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    tokens.weight("table", {9, 2});
    tokens.node("Gather", {"table", "x"}, {"e"});
    tokens.node("Relu", {"e"}, {"y"});
    assay_workload_params params = shaped(1, 1, 4);
    expect_refused(load_model(tokens, &params), "no input of the graph has a shape that --input");
}

TEST(Onnx, AnImageOfTheStatedSizeFillsTheOpenInput) {
    Model m;
    m.input("x", {1, 1, -1, -1});
    m.weight("w", {1, 1, 1, 1});
    m.node("Conv", {"x", "w"}, {"y"});
    TempFolder folder;
    std::string image = folder.write("i.bin", std::string("\x00\xff\xff\x00\x00\xff", 6));
    assay_workload_params params = shaped(2, 3, 1);
    params.input_path = image.c_str();
    Loaded l = load_model(m, &params);
    ASSERT_LOADED(l);
    EXPECT_EQ(l.workload->input, (std::vector<float>{0, 1, 1, 0, 0, 1}));
}

TEST(Onnx, OtherFilesStateTheirInput) {
    TempFolder folder;
    std::string path = folder.write("t.csv", "Layer name, IFMAP Height, IFMAP Width, Filter "
                                             "Height, Filter Width, Channels, Num Filter, Strides,"
                                             "\nfirst, 18, 18, 3, 3, 3, 8, 2,\n");
    ASSERT_EQ(load(path).status, ASSAY_OK);
    assay_workload_params params = shaped(18, 18, 3);
    expect_refused(load(path, &params), "states the shape of its input itself");
}

// A text recogniser's neck as its exporter writes it: an image whose positions become rows, the
// layer normalization of old operator sets, q, k and v cut from one product, a swish.
TEST(Onnx, RowsOfAnImageSpelledOut) {
    Model m;
    m.input("x", {1, 8, 1, -1});
    for (const char* name : {"g", "b"}) {
        m.weight(name, {8});
    }
    m.weight("two", {}, {2});
    m.weight("one", {}, {1});
    m.ints("open", {-1});
    m.ints("split", {0, 6, 3, 2, 4});
    m.weight("w", {8, 24});
    m.weight("o", {8, 8});
    m.node("Shape", {"x"}, {"shape"});
    m.node("Slice", {"shape"}, {"start"},
           {numbers("axes", {0}), numbers("starts", {0}), numbers("ends", {2})});
    m.node("Concat", {"start", "open"}, {"flat"}, {number("axis", 0)});
    m.node("Reshape", {"x", "flat"}, {"f"});
    m.node("Transpose", {"f"}, {"t"}, {numbers("perm", {0, 2, 1})});
    m.node("ReduceMean", {"t"}, {"mean"}, {numbers("axes", {-1})});
    m.node("Sub", {"t", "mean"}, {"d"});
    m.node("Pow", {"d", "two"}, {"sq"});
    m.node("ReduceMean", {"sq"}, {"var"}, {numbers("axes", {-1})});
    m.node("Add", {"var", "two"}, {"eps"});
    m.node("Sqrt", {"eps"}, {"root"});
    m.node("Div", {"d", "root"}, {"n0"});
    m.node("Mul", {"n0", "g"}, {"n1"});
    m.node("Add", {"n1", "b"}, {"n"});
    m.node("MatMul", {"n", "w"}, {"qkv"});
    m.node("Reshape", {"qkv", "split"}, {"s"});
    m.node("Transpose", {"s"}, {"p"}, {numbers("perm", {2, 0, 3, 1, 4})});
    for (int64_t i = 0; i < 3; ++i) {
        std::string name(1, "qkv"[i]);
        m.node("Slice", {"p"}, {name + "0"},
               {numbers("axes", {0}), numbers("starts", {i}), numbers("ends", {i + 1})});
        m.node("Squeeze", {name + "0"}, {name}, {numbers("axes", {0})});
    }
    m.node("Transpose", {"k"}, {"kt"}, {numbers("perm", {0, 1, 3, 2})});
    m.node("MatMul", {"q", "kt"}, {"score"});
    m.node("Softmax", {"score"}, {"share"}, {number("axis", 3)});
    m.node("MatMul", {"share", "v"}, {"mix"});
    m.node("Mul", {"mix", "one"}, {"z"});
    m.node("Sigmoid", {"z"}, {"gate"});
    m.node("Mul", {"mix", "gate"}, {"y"});
    assay_workload_params params = shaped(1, 6, 8);
    Loaded l = load_model(m, &params);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), (Lines{"n layer_norm 8x1x6 > 8x1x6", "qkv linear 8x6x1 > 24x6x1",
                                 "score matmul 8x6x1 > 12x6x1 detached",
                                 "share softmax 12x6x1 > 12x6x1", "mix matmul 12x6x1 > 8x6x1",
                                 "gate sigmoid 8x6x1 > 8x6x1", "y mul 8x6x1 > 8x6x1"}));
    EXPECT_EQ(l.workload->layers[2].macs(), 2u * 6 * 6 * 4);
    EXPECT_EQ(l.workload->layers[6].inputs, (std::vector<int>{4, 5}));
}

TEST(Onnx, HardSwishSpelledOutAndGated) {
    Model m;
    m.input("x", {1, 4, 6, 6});
    m.weight("w", {4, 1, 3, 3});
    m.weight("p", {4, 4, 1, 1});
    m.weight("three", {}, {3});
    m.weight("scale", {1}, {2});
    m.node("Conv", {"x", "w"}, {"c"}, {number("group", 4)});
    m.node("Mul", {"scale", "c"}, {"s"});
    m.node("Add", {"s", "three"}, {"a"});
    m.node("Clip", {"a"}, {"b"}, {real("min", 0), real("max", 6)});
    m.node("Mul", {"s", "b"}, {"h"});
    m.node("Div", {"h", "three"}, {"i"});
    m.node("GlobalAveragePool", {"i"}, {"g"});
    m.node("Conv", {"g", "p"}, {"e"});
    m.node("HardSigmoid", {"e"}, {"f"}, {real("alpha", 0.2f)});
    m.node("Mul", {"i", "f"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l),
              (Lines{"c conv2d 4x6x6 > 4x4x4", "b relu 4x4x4 > 4x4x4", "h mul 4x4x4 > 4x4x4",
                     "g global_avgpool 4x4x4 > 4x1x1", "e conv2d 4x1x1 > 4x1x1",
                     "f relu 4x1x1 > 4x1x1", "y mul 4x4x4 > 4x4x4"}));
    EXPECT_EQ(l.workload->layers[2].inputs, (std::vector<int>{0, 1}));
    EXPECT_EQ(l.workload->layers[6].inputs, std::vector<int>{2});
}

TEST(Onnx, NearestResizeRepeatsPixels) {
    for (bool by_sizes : {false, true}) {
        Model m;
        m.input("x", {1, 3, 4, 5});
        m.weight("w", {2, 3, 1, 1});
        m.weight("scales", {4}, {1, 1, 2, 2.5f});
        m.ints("sizes", {1, 3, 8, 12});
        if (by_sizes) {
            m.node("Resize", {"x", "", "", "sizes"}, {"r"}, {string("mode", "nearest")});
        } else {
            m.node("Resize", {"x", "", "scales"}, {"r"}, {string("mode", "nearest")});
        }
        m.node("Conv", {"r", "w"}, {"y"});
        Loaded l = load_model(m);
        ASSERT_LOADED(l);
        EXPECT_EQ(summary(l), Lines{"y conv2d 3x8x12 > 2x8x12 detached"});
    }
}

TEST(Onnx, AResizeOfTheSameSizeIsNothing) {
    Model m;
    m.input("x", {1, 3, 4, 4});
    m.weight("w", {2, 3, 1, 1});
    m.weight("scales", {4}, {1, 1, 1, 1});
    m.node("Upsample", {"x", "scales"}, {"r"});
    m.node("Conv", {"r", "w"}, {"y"});
    Loaded l = load_model(m);
    ASSERT_LOADED(l);
    EXPECT_EQ(summary(l), Lines{"y conv2d 3x4x4 > 2x4x4"});
}

TEST(Onnx, AFileIsKnownByItsBytesToo) {
    Model m;
    small_net(m);
    TempFolder folder;
    EXPECT_EQ(load(folder.write("model.bin", m.bytes())).status, ASSAY_OK);
    expect_refused(load(folder.write("text.bin", "\x08\x08text")), "no importer knows");
}

TEST(Onnx, EveryTruncationIsRefused) {
    Model m;
    small_net(m);
    const std::string whole = m.bytes();
    TempFolder folder;
    for (size_t size = 0; size < whole.size(); ++size) {
        Loaded l = load(folder.write("m.onnx", whole.substr(0, size)));
        EXPECT_EQ(l.status, ASSAY_BAD_INPUT) << size;
        EXPECT_NE(l.message_count, 0u) << size;
    }
}

// Whatever a flipped bit makes of the model, it is taken or refused with a message.
TEST(Onnx, EveryFlippedBitIsSurvived) {
    Model m;
    small_net(m);
    const std::string whole = m.bytes();
    TempFolder folder;
    size_t refused = 0;
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string bad = whole;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
        Loaded l = load(folder.write("m.onnx", bad));
        EXPECT_TRUE(l.status == ASSAY_OK || l.status == ASSAY_BAD_INPUT) << bit << l.messages;
        EXPECT_EQ(l.status == ASSAY_OK, l.message_count == 0) << bit << l.messages;
        refused += l.status != ASSAY_OK;
    }
    EXPECT_GT(refused, 1000u); // most bits are weights
}

TEST(OnnxWire, SaysWhereItEnds) {
    const std::string nested("\x3a\x04\x0a\x02\x0a\x05", 6); // graph { node { input: 5 bytes } }
    WireFault fault;
    EXPECT_FALSE(check_wire(onnx__model_proto__descriptor,
                            reinterpret_cast<const uint8_t*>(nested.data()), nested.size(), 64,
                            fault));
    EXPECT_EQ(fault.path, "graph.node");
    EXPECT_EQ(fault.at, 6u);
    EXPECT_EQ(fault.what, "ends inside a field");
}
