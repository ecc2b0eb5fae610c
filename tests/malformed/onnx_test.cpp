// ONNX models: a good one, and what can be wrong with it. Models are loaded by the program, which
// `malformed.hpp` watches.
#include <cmath>
#include <filesystem>
#include <functional>

#include "malformed.hpp"
#include "onnx_builder.hpp"

using namespace malformed;
using namespace onnx_test;

namespace {

std::string pack(const std::function<void(Model&)>& make) {
    Model m;
    make(m);
    return m.bytes();
}

std::string small() {
    return pack(small_net);
}

// An input, and nodes and constants that `more` adds.
Case with_input(const char* name, const Ints& dims, const std::function<void(Model&)>& more,
                const Words& fragments) {
    return {name, pack([&](Model& m) {
                m.input("x", dims);
                more(m);
            }),
            fragments};
}

Case image(const char* name, const std::function<void(Model&)>& more, const Words& fragments) {
    return with_input(name, {1, 2, 4, 4}, more, fragments);
}

// A convolution of 3 x 3 with these attributes.
Case conv(const char* name, const std::vector<Attribute>& attributes, const Words& fragments) {
    return image(
        name,
        [&](Model& m) {
            m.weight("w", {2, 2, 3, 3});
            m.node("Conv", {"x", "w"}, {"y"}, attributes, "the conv");
        },
        fragments);
}

std::vector<Case> graph_cases() {
    return {
        image("NoNodes", [](Model&) {}, {"the graph has no layer"}),
        image("UnknownOperators",
              [](Model& m) {
                  m.node("NonMaxSuppression", {"x"}, {"a"}, {}, "first");
                  m.node("Loop", {"a"}, {"b"});
                  m.node("Relu", {"b"}, {"c"}).domain = const_cast<char*>("com.example");
              },
              {"node 0 \"first\" (\"NonMaxSuppression\"): the operator is not supported",
               "node 1 \"b\" (\"Loop\")", "node 2 \"c\" (\"com.example\" \"Relu\")"}),
        image("Cycle",
              [](Model& m) {
                  m.node("Relu", {"b"}, {"a"});
                  m.node("Relu", {"a"}, {"b"});
              },
              {"node 0", "reads \"b\", which comes only after it (a cycle"}),
        image("ReadsItself", [](Model& m) { m.node("Relu", {"a"}, {"a"}); },
              {"comes only after it"}),
        image("MissingTensor",
              [](Model& m) {
                  m.node("Conv", {"x", "w"}, {"y"});
              },
              {"node 0 \"y\" (\"Conv\"): reads \"w\", which nothing in the graph makes"}),
        image("OutputTakenTwice",
              [](Model& m) {
                  m.node("Relu", {"x"}, {"y"});
                  m.node("Tanh", {"x"}, {"y"});
              },
              {"node 1", "its output \"y\" is already taken"}),
        image("OutputIsTheInput", [](Model& m) { m.node("Relu", {"x"}, {"x"}); },
              {"already taken"}),
        image("NoOutput", [](Model& m) { m.node("Relu", {"x"}, {}); }, {"needs 1 inputs"}),
        image("NoInput", [](Model& m) { m.node("Relu", {}, {"y"}); }, {"needs 1 inputs"}),
        image("EmptyInput",
              [](Model& m) {
                  m.node("Add", {"x", ""}, {"y"});
              },
              {"input 1 is missing"}),
        image("InitializerTwice",
              [](Model& m) {
                  m.weight("w", {1});
                  m.weight("w", {2});
                  m.node("Relu", {"x"}, {"y"});
              },
              {"initializer 1 \"w\": the name is already taken"}),
        with_input("OpenHeight", {1, 3, -1, 4}, [](Model& m) { m.node("Relu", {"x"}, {"y"}); },
                   {"input \"x\": the shape [1, 3, -1, 4] must be stated"}),
        with_input("NegativeInput", {1, 3, -7}, [](Model& m) { m.node("Relu", {"x"}, {"y"}); },
                   {"[1, 3, -7]"}),
        with_input("ZeroInput", {0, 3, 4, 4}, [](Model& m) { m.node("Relu", {"x"}, {"y"}); },
                   {"[0, 3, 4, 4]"}),
        with_input("OverflowingInput", {1, INT64_MAX, INT64_MAX, INT64_MAX},
                   [](Model& m) { m.node("Relu", {"x"}, {"y"}); }, {"at most 2^28 elements"}),
        with_input("HugeBatch", {4097, 3}, [](Model& m) { m.node("Relu", {"x"}, {"y"}); },
                   {"batch 4097 is over the limit of 4096"}),
        with_input("InputWithoutShape", {}, [](Model& m) { m.node("Relu", {"x"}, {"y"}); },
                   {"the shape must be stated"}),
    };
}

Case resize(const char* name, const Names& inputs, const std::vector<Attribute>& attributes,
            const Words& fragments) {
    return image(
        name,
        [&](Model& m) {
            m.weight("scales", {4}, {1, 1, 2, -2});
            m.weight("few", {2}, {1, 1});
            m.weight("huge", {4}, {1, 1, 3e38f, 3e38f});
            m.weight("odd", {4}, {1, 1, NAN, 1});
            m.ints("sizes", {1, 2, 0, 8});
            m.ints("short", {8, 8});
            m.node("Resize", inputs, {"y"}, attributes);
        },
        fragments);
}

std::vector<Case> operator_cases() {
    return {
        image("PowAlone",
              [](Model& m) {
                  m.weight("two", {}, {2});
                  m.node("Pow", {"x", "two"}, {"y"});
              },
              {"\"y\" (\"Pow\"): is supported only in a layer normalization"}),
        image("SqrtAlone", [](Model& m) { m.node("Sqrt", {"x"}, {"y"}); },
              {"\"y\" (\"Sqrt\"): is supported only in a layer normalization"}),
        resize("ResizeLinear", {"x", "", "scales"}, {string("mode", "linear")}, {"only the mode"}),
        resize("ResizeNegative", {"x", "", "scales"}, {}, {"scales [1, 2, 8, 4] by -2 on axis 3"}),
        resize("ResizeHuge", {"x", "", "huge"}, {}, {"on axis 2"}),
        resize("ResizeNotANumber", {"x", "", "odd"}, {}, {"not finite"}),
        resize("ResizeFewScales", {"x", "", "few"}, {}, {"input 2 must be 4 constant scales"}),
        resize("ResizeMovingScales", {"x", "", "x"}, {}, {"input 2 must be a constant"}),
        resize("ResizeWithout", {"x", "", ""}, {}, {"input 2 is missing"}),
        resize("ResizeToNothing", {"x", "", "", "sizes"}, {}, {"[1, 2, 0, 8]"}),
        resize("ResizeFewSizes", {"x", "", "", "short"}, {}, {"not those of 4 dimensions"}),
    };
}

std::vector<Case> tensor_cases() {
    return {
        image("TooFewBytes",
              [](Model& m) {
                  m.weight("w", {2, 2, 1, 1}).raw_data.len = 15;
                  m.node("Conv", {"x", "w"}, {"y"});
              },
              {"initializer 0 \"w\": the shape [2, 2, 1, 1] needs 4 values, the file holds 3"}),
        image("HugeTensorWithoutBytes",
              [](Model& m) {
                  m.raw("w", {1 << 20, 1 << 20}, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, "", 0);
                  m.node("Relu", {"x"}, {"y"});
              },
              {"initializer 0 \"w\"", "2^28 elements"}),
        image("LargeTensorWithoutBytes",
              [](Model& m) {
                  m.raw("w", {1 << 14, 1 << 14}, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, "", 0);
                  m.node("Relu", {"x"}, {"y"});
              },
              {"needs 268435456 values, the file holds 0"}),
        image("NegativeDimension",
              [](Model& m) {
                  m.raw("w", {-2, 2}, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, "", 0);
                  m.node("Relu", {"x"}, {"y"});
              },
              {"the shape [-2, 2] must have"}),
        image("NineDimensions",
              [](Model& m) {
                  m.weight("w", Ints(9, 1));
                  m.node("Relu", {"x"}, {"y"});
              },
              {"at most 8 dimensions"}),
        image("NaN",
              [](Model& m) {
                  m.weight("w", {2, 2, 1, 1}, {1, 2, __builtin_nanf(""), 4});
                  m.node("Conv", {"x", "w"}, {"y"});
              },
              {"a constant holds a value that is not finite"}),
        image("BatchNormOfNothing",
              [](Model& m) {
                  m.weight("w", {2, 2, 1, 1});
                  m.weight("p", {2});
                  m.weight("v", {2}, {-1, 1});
                  m.node("Conv", {"x", "w"}, {"c"});
                  m.node("BatchNormalization", {"c", "p", "p", "p", "v"}, {"y"});
              },
              {"channel 0 would be multiplied by"}),
        image("BatchNormOfOtherChannels",
              [](Model& m) {
                  m.weight("p", {3});
                  m.node("BatchNormalization", {"x", "p", "p", "p", "p"}, {"y"});
              },
              {"input 1 has the shape [3], the channels are 2"}),
    };
}

std::vector<Case> window_cases() {
    return {
        conv("StrideZero", {numbers("strides", {0, 1})}, {"strides is [0, 1]"}),
        conv("HugeStride", {numbers("strides", {4097, 1})}, {"1 .. 4096"}),
        conv("ThreeStrides", {numbers("strides", {1, 1, 1})}, {"must be 2 numbers"}),
        conv("NegativePad", {numbers("pads", {0, 0, -1, 0})}, {"pads is [0, 0, -1, 0]"}),
        conv("TwoPads", {numbers("pads", {1, 1})}, {"must be 4 numbers"}),
        conv("OddAutoPad", {string("auto_pad", "SAME")}, {"auto_pad must be"}),
        conv("KernelShape", {numbers("kernel_shape", {3, 1})}, {"kernel_shape is [3, 1]"}),
        conv("Groups", {number("group", 2)}, {"in 2 groups do not fit the input [1, 2, 4, 4]"}),
        conv("NoGroups", {number("group", 0)}, {"in 0 groups"}),
        conv("HugeGroups", {number("group", INT64_MAX)}, {"groups do not fit"}),
        conv("TooDilated", {numbers("dilations", {4, 1})}, {"\"the conv\"", "does not fit"}),
        with_input("RankFive", {1, 2, 3, 3, 3},
                   [](Model& m) {
                       m.weight("w", {2, 2, 1, 1, 1});
                       m.node("Conv", {"x", "w"}, {"y"});
                   },
                   {"[1, 2, 3, 3, 3], must be [1, channels, height, width]"}),
        image("PoolWithoutKernel", [](Model& m) { m.node("MaxPool", {"x"}, {"y"}); },
              {"kernel_shape is missing"}),
        image("PadThenRelu",
              [](Model& m) {
                  m.ints("p", {0, 0, 1, 1, 0, 0, 1, 1});
                  m.node("Pad", {"x", "p"}, {"a"});
                  m.node("Relu", {"a"}, {"y"});
              },
              {"a Pad can only be followed by"}),
        image("PadOfChannels",
              [](Model& m) {
                  m.ints("p", {0, 1, 0, 0, 0, 1, 0, 0});
                  m.node("Pad", {"x", "p"}, {"y"});
              },
              {"only zeros around the image"}),
        image("ManyPads",
              [](Model& m) {
                  m.ints("p", {0, 0, 4096, 4096, 0, 0, 4096, 4096});
                  m.weight("w", {1, 2, 1, 1});
                  m.node("Pad", {"x", "p"}, {"a"});
                  m.node("Pad", {"a", "p"}, {"b"});
                  m.node("Conv", {"b", "w"}, {"y"});
              },
              {"node 1"}),
        image("ClipFromMinusOne", [](Model& m) { m.node("Clip", {"x"}, {"y"}, {real("min", -1)}); },
              {"only a constant lower bound of 0"}),
    };
}

std::vector<Case> shape_cases() {
    auto reshape = [](const char* name, const Ints& to, const Words& fragments) {
        return image(
            name,
            [&](Model& m) {
                m.ints("to", to);
                m.node("Reshape", {"x", "to"}, {"y"});
            },
            fragments);
    };
    return {
        reshape("ReshapeToOther", {1, 31}, {"cannot reshape [1, 2, 4, 4] to [1, 31]"}),
        reshape("ReshapeTwoOpen", {-1, -1}, {"cannot reshape"}),
        reshape("ReshapeNegative", {-2, -16}, {"cannot reshape"}),
        reshape("ReshapeOverflow", {INT64_MAX, INT64_MAX, 2}, {"cannot reshape"}),
        reshape("ReshapeOpenRest", {5, -1}, {"cannot reshape"}),
        image("ReshapeByActivation",
              [](Model& m) {
                  m.node("Reshape", {"x", "x"}, {"y"});
              },
              {"input 1 must be up to 64 constant integers"}),
        image("FlattenAxis", [](Model& m) { m.node("Flatten", {"x"}, {"y"}, {number("axis", 5)}); },
              {"axis 5 of a tensor with 4 dimensions"}),
        image("TransposeOrder",
              [](Model& m) {
                  m.node("Transpose", {"x"}, {"y"}, {numbers("perm", {0, 0, 1, 2})});
              },
              {"perm [0, 0, 1, 2] is not an order of 4"}),
        image("UnsqueezeTwice",
              [](Model& m) {
                  m.node("Unsqueeze", {"x"}, {"y"}, {numbers("axes", {0, 0})});
              },
              {"an axis is named twice"}),
        image("UnsqueezeTooMany",
              [](Model& m) {
                  m.node("Unsqueeze", {"x"}, {"y"}, {numbers("axes", {0, 1, 2, 3, 4})});
              },
              {"at most 8 dimensions"}),
        image("ConcatOfOtherHeights",
              [](Model& m) {
                  m.node("MaxPool", {"x"}, {"a"}, {numbers("kernel_shape", {2, 2})});
                  m.node("Concat", {"x", "a"}, {"y"}, {number("axis", 1)});
              },
              {"cannot concatenate [1, 2, 4, 4] and [1, 2, 3, 3]"}),
        image("AddOfOtherShapes",
              [](Model& m) {
                  m.weight("c", {3});
                  m.node("Add", {"x", "c"}, {"y"});
              },
              {"cannot combine the shapes [1, 2, 4, 4] and [3]"}),
        image("SplitUneven",
              [](Model& m) {
                  m.node("Split", {"x"}, {"a", "b", "c"}, {number("axis", 1)});
              },
              {"does not divide 2 into 3 parts"}),
        image("SliceStepZero",
              [](Model& m) {
                  m.ints("a", {0});
                  m.ints("b", {1});
                  m.node("Slice", {"x", "a", "b", "b", "a"}, {"y"});
              },
              {"a step of 0"}),
        image("SliceToNothing",
              [](Model& m) {
                  m.ints("a", {2});
                  m.ints("b", {1});
                  m.node("Slice", {"x", "a", "b", "b"}, {"y"});
              },
              {"its output would have the shape [1, 0, 4, 4]"}),
        image("ExpandHuge",
              [](Model& m) {
                  m.ints("to", {1 << 20, 1 << 20, 4, 4});
                  m.node("Expand", {"x", "to"}, {"y"});
              },
              {"2^28 elements are possible"}),
        with_input("MatMulOfOtherSizes", {1, 3},
                   [](Model& m) {
                       m.weight("w", {4, 2});
                       m.node("MatMul", {"x", "w"}, {"y"});
                   },
                   {"a matrix of the shape [4, 2] does not fit the input [1, 3]"}),
        with_input("MatMulOfOtherActivations", {1, 3, 4},
                   [](Model& m) {
                       m.node("MatMul", {"x", "x"}, {"y"});
                   },
                   {"a product of the shapes [1, 3, 4] and [1, 3, 4] is not supported"}),
        with_input("GemmTransposed", {3, 3},
                   [](Model& m) {
                       m.weight("w", {3, 2});
                       m.node("Gemm", {"x", "w"}, {"y"}, {number("transA", 1)});
                   },
                   {"no transA"}),
        with_input("GemmBias", {1, 3},
                   [](Model& m) {
                       m.weight("w", {3, 2});
                       m.weight("b", {3});
                       m.node("Gemm", {"x", "w", "b"}, {"y"});
                   },
                   {"the bias has the shape [3], must have 2 values"}),
        with_input("MeanOfSomething", {1, 3, 4},
                   [](Model& m) { m.node("ReduceMean", {"x"}, {"y"}, {numbers("axes", {0})}); },
                   {"a mean is supported over the positions"}),
    };
}

class OnnxMistake : public testing::TestWithParam<Case> {};

TEST_P(OnnxMistake, IsNamed) {
    Workplace place;
    place.expect_bad_workload(place.write("m.onnx", GetParam().content), GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(Graph, OnnxMistake, testing::ValuesIn(graph_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Operator, OnnxMistake, testing::ValuesIn(operator_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Tensor, OnnxMistake, testing::ValuesIn(tensor_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Window, OnnxMistake, testing::ValuesIn(window_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Shape, OnnxMistake, testing::ValuesIn(shape_cases()), case_name);

class OnnxFile : public testing::Test {
  protected:
    void expect_bad(const std::string& content, const Words& fragments) const {
        expect_refused({"check", place_.write("m.onnx", content)}, fragments);
    }
    Workplace place_;
};

TEST_F(OnnxFile, TheBaseOfTheCasesIsGood) {
    const cli_test::Outcome o = watched({"check", place_.write("m.onnx", small())});
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

// Every length, and every bit: workload_onnx_test.cpp, which needs no process for each.
TEST_F(OnnxFile, TruncationsAreRefused) {
    const std::string whole = small();
    for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40) {
        SCOPED_TRACE(size);
        expect_bad(whole.substr(0, size), {"m.onnx"});
    }
    expect_bad(whole.substr(0, whole.size() / 2), {"not a whole ONNX model: byte", ", graph"});
}

// A message within a message, for ever: attribute -> graph -> node -> attribute ...
TEST_F(OnnxFile, NestingIsLimited) {
    std::string inner;
    const char keys[] = {0x2a, 0x0a, 0x32}; // node.attribute, graph.node, attribute.g
    auto length = [](size_t n) {
        std::string out;
        for (; n > 127; n >>= 7) {
            out += static_cast<char>((n & 127) | 128);
        }
        return out + static_cast<char>(n);
    };
    for (size_t depth = 0; depth < 3 * 5000; ++depth) {
        inner = keys[depth % 3] + length(inner.size()) + inner;
    }
    // The last key was attribute.g: what it is in is an attribute of a node of the graph.
    inner = '\x2a' + length(inner.size()) + inner;
    inner = '\x0a' + length(inner.size()) + inner;
    expect_bad("\x08\x08\x3a" + length(inner.size()) + inner,
               {"nested too deep", "graph.node.attribute.g"});
}

// Every command that reads a network takes the shape of an input that the file leaves open.
TEST_F(OnnxFile, EveryCommandTakesTheShapeOfAnOpenInput) {
    const std::string path = place_.write("open.onnx", pack([](Model& m) {
                                              m.input("x", {1, 2, -1, -1});
                                              m.weight("w", {4, 2, 3, 3});
                                              m.node("Conv", {"x", "w"}, {"y"}, {}, "the conv");
                                          }));
    const std::string hw = cli_test::source("hw_configs/bit_fusion_16x32.json");
    const std::string out = place_.folder().path("net.json");
    const std::vector<Words> commands = {
        {"check", path},
        {"export", path, "--out", out},
        {"run", "--hw", hw, "--workload", path, "--no-outputs"},
        {"table", "--hw", hw, "--workload", path, "--no-store", "--bits", "8..8", "--jobs", "1"}};
    for (Words words : commands) {
        SCOPED_TRACE(words[0]);
        const cli_test::Outcome open = watched(words);
        EXPECT_EQ(open.exit_code, 2);
        EXPECT_NE(open.err.find("by --input-shape HxWxC"), std::string::npos) << open.err;
        words.insert(words.end(), {"--input-shape", "5x7x2"});
        const cli_test::Outcome stated = watched(words);
        EXPECT_EQ(stated.exit_code, 0) << stated.err;
        words.back() = "5x7x3";
        EXPECT_NE(watched(words).err.find("5x7x2 (HxWxC), but --input-shape is 5x7x3"),
                  std::string::npos);
    }
}

// Two bytes of the file make a message of some hundred bytes.
TEST_F(OnnxFile, MemoryIsLimited) {
    std::string graph;
    for (int i = 0; i < 4000000; ++i) {
        graph += std::string("\x2a\x00", 2); // an empty initializer
    }
    std::string length;
    size_t n = graph.size();
    for (; n > 127; n >>= 7) {
        length += static_cast<char>((n & 127) | 128);
    }
    length += static_cast<char>(n);
    expect_bad("\x08\x08\x3a" + length + graph, {"far more memory than its size"});
}

// Whatever a flipped bit makes of the model, the program says yes or no and nothing else.
TEST_F(OnnxFile, FlippedBitsAreSurvived) {
    const std::string whole = small();
    int refused = 0;
    for (uint64_t i = 0; i < 60; ++i) {
        std::string bad = whole;
        uint64_t place = i * 2654435761u % (whole.size() * 8);
        bad[place / 8] = static_cast<char>(bad[place / 8] ^ (1 << place % 8));
        SCOPED_TRACE(place);
        const cli_test::Outcome o = watched({"check", place_.write("m.onnx", bad)});
        EXPECT_TRUE(o.exit_code == 0 || o.exit_code == 2) << o.err;
        EXPECT_EQ(o.exit_code == 2, o.err.find("m.onnx") != std::string::npos) << o.err;
        refused += o.exit_code == 2;
    }
    EXPECT_GT(refused, 3); // most bits are weights
}

} // namespace
