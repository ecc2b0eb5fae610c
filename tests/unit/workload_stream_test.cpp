#include <gtest/gtest.h>

#include <cmath>

#include "caffe_net.hpp"
#include "graph.hpp"
#include "host_ops.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

// A 3x3 convolution (8-bit codes by its name) and a classifier (4-bit codes).
const char* const tiny_prototxt = R"(# a comment
name: "Tiny"
input: "data"
input_dim: 1 input_dim: 1 input_dim: 5 input_dim: 5
layer { name: "conv_a" type: "Convolution" bottom: "data" top: "conv_a"
  convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "conv_a" top: "conv_a" }
layer { name: "drop" type: "Dropout" bottom: "conv_a" top: "conv_a" }
layer { name: "pool" type: "Pooling" bottom: "conv_a" top: "pool"
  pooling_param { pool: AVE global_pooling: true } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip" inner_product_param { num_output: 3 } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
)";

struct TinyStream {
    std::vector<uint32_t> nnz{4, 3};
    std::vector<float> conv_codebook = std::vector<float>(256), conv_bias{1, 2};
    std::vector<uint8_t> conv_codes{7, 8, 0, 9}, conv_gaps{0x10, 0x2F}; // gaps 0, 1, 15, 2
    std::vector<float> ip_codebook = std::vector<float>(16), ip_bias{3, 4, 5};
    std::vector<uint8_t> ip_codes{0x21, 0x01}, ip_gaps{0x02, 0x01}; // codes 1, 2, 1; gaps 2, 0, 1
    TinyStream() {
        conv_codebook[7] = 0.5f;
        conv_codebook[8] = -0.25f;
        conv_codebook[9] = 4;
        conv_gaps = {0x10, 0x0F}; // gaps 0, 1, 15, 0: places 0, 2, 18 -> past 18 weights
        ip_codebook[1] = 1.5f;
        ip_codebook[2] = -1;
    }
    std::string bytes() const {
        return raw(nnz) + raw(conv_codebook) + raw(conv_bias) + raw(conv_codes) + raw(conv_gaps) +
               raw(ip_codebook) + raw(ip_bias) + raw(ip_codes) + raw(ip_gaps);
    }
};

TinyStream good_stream() {
    TinyStream s;
    s.conv_gaps = {0x10, 0x0D}; // gaps 0, 1, 13, 0: places 0, 2, 16 (filler), 17
    return s;
}

std::string read_caffe(const std::string& text, Topology& net) {
    assay_report* report = assay_report_new();
    bool good = read_caffe_net("net", text, net, report);
    std::string messages = good ? "" : "refused\n";
    for (size_t i = 0; i < assay_report_kept(report); ++i) {
        messages += std::string(assay_report_text(report, i)) + "\n";
    }
    assay_report_free(&report);
    return messages;
}

} // namespace

TEST(Stream, DecodesWithThePrototxtBesideIt) {
    TempFolder folder;
    folder.write("other.prototxt", "name: \"x\"");
    folder.write("tiny.prototxt", tiny_prototxt);
    Loaded loaded = load(folder.write("tiny.net", good_stream().bytes()));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    const assay_workload& net = *loaded.workload;
    EXPECT_EQ(net.name, "Tiny");
    EXPECT_EQ(net.importer, "deep-compression");
    ASSERT_EQ(net.layers.size(), 4u);
    const SparseCodes& conv = *net.layers[0].weights.codes;
    EXPECT_EQ(conv.rows, 2u);
    EXPECT_EQ(conv.cols, 9u);
    EXPECT_EQ(conv.row, (std::vector<uint32_t>{0, 0, 1})); // the filler is gone
    EXPECT_EQ(conv.code, (std::vector<uint8_t>{7, 8, 9}));
    EXPECT_EQ(conv.col_start, (std::vector<uint32_t>{0, 1, 1, 2, 2, 2, 2, 2, 2, 3}));
    EXPECT_TRUE(net.layers[0].relu);
    EXPECT_EQ(net.layers[1].op, Op::global_avgpool);
    const SparseCodes& ip = *net.layers[2].weights.codes; // 3 x 2, places 2, 3, 5
    EXPECT_EQ(ip.row, (std::vector<uint32_t>{1, 1, 2}));
    EXPECT_EQ(ip.code, (std::vector<uint8_t>{1, 2, 1}));
    EXPECT_EQ(net.layers[2].weights.bias, (std::vector<float>{3, 4, 5}));
    EXPECT_EQ(net.input_label, "procedural image, seed 1");
    EXPECT_EQ(float_forward_all(net).back().size(), 3u);
}

TEST(Stream, EveryTruncationIsRefused) {
    TempFolder folder;
    folder.write("tiny.prototxt", tiny_prototxt);
    std::string good = good_stream().bytes();
    for (size_t length = 0; length < good.size(); length += length < 16 ? 1 : 13) {
        Loaded loaded = load(folder.write("tiny.net", good.substr(0, length)));
        EXPECT_EQ(loaded.status, ASSAY_BAD_INPUT) << length;
        EXPECT_FALSE(loaded.messages.empty()) << length;
    }
}

TEST(Stream, MistakesNameLayerAndByte) {
    TempFolder folder;
    folder.write("tiny.prototxt", tiny_prototxt);
    auto refuse = [&](const std::string& bytes, const char* fragment) {
        SCOPED_TRACE(fragment);
        expect_refused(load(folder.write("tiny.net", bytes)), fragment);
    };
    std::string good = good_stream().bytes();
    refuse(good + "x", "the end at byte 1126: 1 bytes are left after the last layer");
    refuse(good.substr(0, good.size() - 1), "layer \"ip\" at byte 1046: needs 80 bytes");
    TinyStream s = good_stream();
    s.nnz[0] = 19;
    refuse(s.bytes(), "layer \"conv_a\" at byte 0: 19 stored entries for 18 weights");
    s = good_stream();
    s.nnz[1] = 0xFFFFFFFF;
    refuse(s.bytes(), "layer \"ip\" at byte 4: 4294967295 stored entries for 6 weights");
    refuse(TinyStream().bytes(), "layer \"conv_a\" at byte 1045: entry 2 is at place 18 of 18");
    s = good_stream();
    s.conv_codebook[0] = 1;
    refuse(s.bytes(), "layer \"conv_a\" at byte 8: codebook entry 0 must be 0, not 1");
    s = good_stream();
    s.conv_codebook[3] = NAN;
    refuse(s.bytes(), "layer \"conv_a\" at byte 20: codebook value is not finite");
    s = good_stream();
    s.ip_bias[1] = INFINITY;
    refuse(s.bytes(), "layer \"ip\" at byte 1114: bias value is not finite");
}

TEST(Stream, AloneItMustBeSqueezeNet) {
    TempFolder folder;
    expect_refused(load(folder.write("alone.net", good_stream().bytes())),
                   "not SqueezeNet v1.0 either");
    expect_refused(load(folder.write("bare.net", "abc")), "the importers are");
    folder.write("broken.prototxt", "layer {");
    expect_refused(load(folder.path("alone.net")), "broken.prototxt:1: a \"}\" is missing");
}

TEST(CaffeNet, SqueezeNetTopology) {
    Topology net = squeezenet_topology();
    uint64_t weights = 0, macs = 0, convolutions = 0;
    for (const Layer& layer : net.layers) {
        convolutions += layer.op == Op::conv;
        weights += layer.op == Op::conv ? stored_weight_count(layer) : 0;
        macs += layer.macs();
    }
    EXPECT_EQ(convolutions, 26u);
    EXPECT_EQ(weights, 1244448u);
    EXPECT_EQ(net.layers.size(), 38u);
    EXPECT_NEAR(static_cast<double>(macs), 861e6, 1e6);
    EXPECT_EQ(shape_text(net.layers.back().out), "1000x1x1");
}

TEST(CaffeNet, PairsInputLayersAndReluThatCannotFold) {
    Topology net;
    std::string messages = read_caffe(R"(
        layer { name: "data" type: "Input" top: "d" input_param { shape { dim: 1 dim: 2 dim: 6 dim: 9 } } }
        layer { name: "c" type: "Convolution" bottom: "d" top: "c" convolution_param {
          num_output: 4 group: 2 kernel_h: 1 kernel_w: 3 stride: 1 stride: 2 pad_h: 0 pad_w: 1 } }
        layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 2 stride: 2 } }
        layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
        layer { name: "q" type: "Pooling" bottom: "c" top: "q" pooling_param { kernel_size: 2; stride: 2 } }
        layer { name: "j" type: "Concat" bottom: "p" bottom: "q" top: "j" }
        )",
                                      net);
    ASSERT_EQ(messages, "");
    ASSERT_EQ(net.layers.size(), 5u);
    EXPECT_EQ(shape_text(net.layers[0].out), "4x6x5");
    EXPECT_FALSE(net.layers[0].relu); // "p" saw the values without it
    EXPECT_EQ(net.layers[2].op, Op::relu);
    EXPECT_EQ(net.layers[3].inputs, std::vector<int>{2});
    EXPECT_EQ(net.layers[4].inputs, (std::vector<int>{1, 3}));
    EXPECT_EQ(shape_text(net.layers[4].out), "8x3x3");
}

TEST(CaffeNet, WhatIsNotUnderstoodIsRefused) {
    struct Case {
        const char *from, *to, *fragment;
    };
    for (const Case& c :
         {Case{"type: \"Softmax\"", "type: \"LRN\"", "net:12: layer type \"LRN\" is not supported"},
          Case{"kernel_size: 3", "kernel_size: 0", "net:6: kernel_size: must be a whole number"},
          Case{"kernel_size: 3", "kernel_size: 3 dilation: 2", "dilation: only 1"},
          Case{"kernel_size: 3", "kernel_sise: 3", "\"kernel_sise\" is not understood"},
          Case{"kernel_size: 3", "bias_term: false kernel_size: 3", "bias_term: only true"},
          Case{"kernel_size: 3 ", "", "kernel_size is missing"},
          Case{"kernel_size: 3", "kernel_size: 9", "a 9x9 window does not fit"},
          Case{"num_output: 2 ", "", "num_output is missing"},
          Case{"num_output: 2", "num_output: 99999999999999999999", "num_output: must be"},
          Case{"bottom: \"pool\"", "bottom: \"ip\"", "not an earlier layer's output"},
          Case{"pool: AVE", "pool: STOCHASTIC", "only MAX and AVE"},
          Case{"name: \"pool\"", "name: \"conv_a\"", "a second layer of the same name"},
          Case{"input_dim: 1 ", "", "no shape of four dimensions"},
          Case{"input_dim: 1 ", "input_dim: 1 input_dim: 1 ", "four dimensions"},
          Case{"name: \"Tiny\"", "nom: \"Tiny\"", "net:2: \"nom\" is not understood"},
          Case{"name: \"Tiny\"", "name \"Tiny\"", "net:2: expected \":\" or \"{\""},
          Case{"name: \"Tiny\"", "name: \"Tiny", "net:2: line ends"},
          Case{"name: \"Tiny\"", "name: }", "net:2: a field has no value"},
          Case{"name: \"Tiny\"", "}", "net:2: a \"}\" too many"},
          Case{"name: \"Tiny\"", "\"Tiny\"", "net:2: expected a field name"},
          Case{"top: \"prob\" }", "top: \"prob\"", "a \"}\" is missing"}}) {
        SCOPED_TRACE(c.to);
        Topology net;
        std::string messages = read_caffe(replaced(tiny_prototxt, c.from, c.to), net);
        EXPECT_NE(messages.find("refused"), std::string::npos);
        EXPECT_NE(messages.find(c.fragment), std::string::npos) << messages;
    }
    Topology net;
    std::string deep;
    for (int i = 0; i < 100000; ++i) {
        deep += "a{";
    }
    EXPECT_NE(read_caffe(deep, net).find("nested too deeply"), std::string::npos);
    EXPECT_NE(read_caffe("", net).find("no layer"), std::string::npos);
}
