// Workload files.
#include "malformed.hpp"

using namespace malformed;

namespace {

const char* const good_conv = R"({
  "schema": 1, "name": "net", "input": {"shape": [2, 5, 5], "density": 0.5}, "layers": [
    {"name": "c", "op": "conv", "in": [2, 5, 5], "out_channels": 4, "kernel": [3, 3],
     "stride": [1, 1], "pad": [1, 1, 1, 1], "groups": 2,
     "weights": {"kind": "statistical", "density": 0.5}},
    {"name": "p", "op": "maxpool", "kernel": [2, 2], "stride": [2, 2]},
    {"name": "q", "op": "concat", "inputs": ["p", "p"]},
    {"name": "f", "op": "fc", "out_features": 3, "bias": [0.5, 0, -0.5],
     "weights": {"kind": "statistical", "density": 0.5}}
  ]
})";

const char* const good_dense = R"({
  "schema": 1, "name": "dense", "layers": [
    {"name": "d", "op": "fc", "in_features": 3, "out_features": 2,
     "weights": {"kind": "dense", "values": [[1, 0, 2], [0, 3, 0]]},
     "activations": {"kind": "dense", "values": [1, 2, 3]}}
  ]
})";

const char* const good_tensor = R"({
  "schema": 1, "name": "tensor", "layers": [
    {"name": "t", "op": "fc", "in_features": 3, "out_features": 2,
     "weights": {"kind": "safetensors", "path": "t.safetensors", "tensor": "w"},
     "activations": {"kind": "dense", "values": [1, 2, 3]}}
  ]
})";

Case edit(const char* name, const char* base, const std::string& from, const std::string& to,
          const Words& fragments) {
    return {name, replaced(base, from, to), fragments};
}

std::vector<Case> root_cases() {
    return {
        edit("WrongSchema", good_fc, R"("schema": 1)", R"("schema": 0)", {"schema", "0"}),
        edit("NoName", good_fc, R"("name": "tiny",)", "", {"name: missing"}),
        edit("UnknownRootKey", good_fc, "description", "descripton",
             {"\"descripton\", did you mean \"description\"?"}),
        edit("DuplicateLayers", good_fc, R"("description")", R"("layers": [], "description")",
             {"key \"layers\" appears more than once"}),
        {"NoLayers", R"({"schema": 1, "name": "x", "layers": []})", {"layers", "1 .. 10000"}},
        {"LayersIsAnObject", R"({"schema": 1, "name": "x", "layers": {}})", {"layers", "array"}},
        {"LayerIsANumber", R"({"schema": 1, "name": "x", "layers": [7]})", {"layers[0]", "number"}},
        edit("InputThatNobodyReads", good_fc, R"("layers")",
             R"("input": {"shape": [1, 1, 1]}, "layers")", {"input: no layer reads it"}),
        {"NoInput",
         replaced(replaced(good_conv, R"("input": {"shape": [2, 5, 5], "density": 0.5},)", ""),
                  R"("in": [2, 5, 5], )", ""),
         {"input: missing"}},
        edit("NoImages", good_fc, R"("description")", R"("batch": 0, "description")",
             {"batch", "1 to 4096", "0"}),
        edit("TooManyImages", good_fc, R"("description")", R"("batch": 4294967297, "description")",
             {"batch", "1 to 4096"}),
        edit("BatchIsAList", good_fc, R"("description")", R"("batch": [1], "description")",
             {"batch", "array"}),
        edit("InputIsAnArray", good_conv, R"({"shape": [2, 5, 5], "density": 0.5})", "[2, 5, 5]",
             {"input", "an array"}),
        edit("InputOfTwoSides", good_conv, "[2, 5, 5]", "[2, 5]", {"input.shape", "3 whole"}),
        edit("InputOfNoSize", good_conv, "[2, 5, 5]", "[2, 0, 5]", {"input.shape", "1 .. 1048576"}),
        edit("InputThatOverflows", good_conv, "[2, 5, 5]", "[1048576, 1048576, 1048576]",
             {"input.shape", "2^28"}),
        edit("InputSidesAreText", good_conv, "[2, 5, 5]", R"(["2", 5, 5])", {"input.shape"}),
        edit("InputDensityOverOne", good_conv, R"("density": 0.5}, "layers")",
             R"("density": 1.5}, "layers")", {"input.density", "1.5"}),
    };
}

std::vector<Case> fc_cases() {
    return {
        edit("FeaturesOf2To32", good_fc, R"("in_features": 8)", R"("in_features": 4294967296)",
             {"layers[0].in_features", "1 to 16777216", "4294967296"}),
        edit("OutputsOf2To32", good_fc, R"("out_features": 4)", R"("out_features": 4294967297)",
             {"layers[0].out_features", "1 to 16777216", "4294967297"}),
        edit("ABillionByABillion", good_fc, R"("in_features": 8, "out_features": 4)",
             R"("in_features": 1000000000, "out_features": 1000000000)",
             {"layers[0].in_features", "layers[0].out_features", "1000000000"}),
        edit("MatrixOverTheLimit", good_fc, R"("in_features": 8, "out_features": 4)",
             R"("in_features": 16777216, "out_features": 16777216)",
             {"layers[0]", "16777216 x 16777216", "268435456 elements"}),
        edit("NoInputs", good_fc, R"("in_features": 8)", R"("in_features": 0)",
             {"layers[0].in_features", "0"}),
        edit("NoOutputs", good_fc, R"("out_features": 4)", R"("out_features": 0)",
             {"layers[0].out_features", "0"}),
        edit("NegativeInputs", good_fc, R"("in_features": 8)", R"("in_features": -8)",
             {"layers[0].in_features", "-8"}),
        edit("FractionalInputs", good_fc, R"("in_features": 8)", R"("in_features": 8.5)",
             {"layers[0].in_features", "8.5"}),
        edit("InputsAsText", good_fc, R"("in_features": 8)", R"("in_features": "8")",
             {"layers[0].in_features", "\"8\""}),
        edit("UnknownInFeatures", good_fc, R"("in_features": 8,)", "",
             {"layers[0].in_features: missing"}),
        edit("DensityOverOne", good_fc, R"("density": 0.5)", R"("density": 1.5)",
             {"layers[0].weights.density", "to 1", "1.5"}),
        edit("DensityNegative", good_fc, R"("density": 0.5)", R"("density": -0.5)",
             {"layers[0].weights.density", "-0.5"}),
        edit("DensityZero", good_fc, R"("density": 0.5)", R"("density": 0)",
             {"layers[0].weights.density", "0"}),
        edit("DensityDenormal", good_fc, R"("density": 0.5)", R"("density": 1e-320)",
             {"layers[0].weights.density"}),
        edit("DensityNaN", good_fc, R"("density": 0.5)", R"("density": nan)", {".json:4:"}),
        edit("DensityMissing", good_fc, R"("density": 0.5, )", "",
             {"layers[0].weights.density: missing"}),
        edit("ActivationDensityOverOne", good_fc, R"("density": 0.75)", R"("density": 2)",
             {"layers[0].activations.density", "2"}),
        edit("CodebookOfNineBits", good_fc, R"("codebook_bits": 4)", R"("codebook_bits": 9)",
             {"layers[0].weights.codebook_bits", "1 to 8", "9"}),
        edit("SeedNegative", good_fc, R"("seed": 1)", R"("seed": -1)",
             {"layers[0].weights.seed", "-1"}),
        edit("SpreadTooWide", good_fc, R"("seed": 1)", R"("row_spread": 3)",
             {"layers[0].weights.row_spread", "0 to 2", "3"}),
        edit("UnknownWeightKey", good_fc, R"("seed": 1)", R"("sede": 1)",
             {"layers[0].weights", "\"sede\", did you mean \"seed\"?"}),
        edit("UnknownKind", good_fc, "statistical", "statistics",
             {"layers[0].weights.kind", "\"statistical\", \"dense\", \"safetensors\""}),
        edit("WeightsAsANumber", good_fc,
             R"({"kind": "statistical", "density": 0.5, "seed": 1, "codebook_bits": 4})", "1",
             {"layers[0].weights", "a number"}),
        edit("WeightsAsAList", good_fc,
             R"({"kind": "statistical", "density": 0.5, "seed": 1, "codebook_bits": 4})",
             R"(["drawn"])", {"layers[0].weights", "an array"}),
        edit("WeightsOfNoKind", good_fc, R"("kind": "statistical", "density": 0.5)",
             R"("density": 0.5)", {"layers[0].weights.kind: missing"}),
        edit("WeightKindAsANumber", good_fc, R"("kind": "statistical", "density": 0.5)",
             R"("kind": 1, "density": 0.5)", {"layers[0].weights.kind"}),
        edit("ActivationsAsText", good_fc, R"({"kind": "statistical", "density": 0.75, "seed": 2})",
             R"("many")", {"layers[0].activations", "a string"}),
        edit("UnknownOp", good_fc, R"("fc")", R"("fully")",
             {"layers[0].op", "\"fully\"", "\"fc\""}),
        edit("KeyOfAnotherOp", good_fc, R"("in_features")", R"("kernel": [1, 1], "in_features")",
             {"layers[0]", "unknown key \"kernel\""}),
        edit("NamelessLayer", good_fc, R"("name": "a", )", "", {"layers[0].name: missing"}),
        edit("LayerNamedInput", good_fc, R"("name": "a")", R"("name": "input")",
             {"layers[0].name", "\"input\" is already taken"}),
        edit("InputsBesideActivations", good_fc, R"("in_features")",
             R"("inputs": ["input"], "in_features")", {"layers[0].inputs"}),
    };
}

std::vector<Case> graph_cases() {
    return {
        edit("ReadsItself", good_conv, R"(["p", "p"])", R"(["q"])",
             {"layers[2].inputs", "\"q\" is not a layer above"}),
        edit("ReadsALaterLayer", good_conv, R"(["p", "p"])", R"(["f"])",
             {"layers[2].inputs", "\"f\" is not a layer above"}),
        edit("Cycle", good_conv, R"("name": "p", )", R"("name": "p", "inputs": ["q"], )",
             {"layers[1].inputs", "\"q\" is not a layer above"}),
        edit("ReadsAnUnknownLayer", good_conv, R"(["p", "p"])", R"(["nowhere"])",
             {"layers[2].inputs", "\"nowhere\""}),
        edit("ReadsANumber", good_conv, R"(["p", "p"])", "[1]", {"layers[2].inputs"}),
        edit("ReadsNothing", good_conv, R"(["p", "p"])", "[]", {"layers[2].in_channels: missing"}),
        edit("DuplicateName", good_conv, R"("name": "p")", R"("name": "c")",
             {"layers[1].name", "\"c\" is already taken"}),
        edit("ShapesDiffer", good_conv, R"("in": [2, 5, 5])", R"("in": [2, 5, 6])",
             {"layers[0]", "2x5x6", "2x5x5"}),
        edit("FeaturesDiffer", good_conv, R"("out_features": 3,)",
             R"("inputs": ["q"], "out_features": 3, "in_features": 33,)",
             {"layers[3]", "33 features", "8x2x2"}),
        edit("ConcatOfTwoSizes", good_conv, R"(["p", "p"])", R"(["p", "c"])",
             {"layers[2]", "4x2x2", "4x5x5"}),
        edit("AddOfTwoSizes", good_conv, R"("concat", "inputs": ["p", "p"])",
             R"("add", "inputs": ["p", "c"])", {"layers[2]", "cannot add 4x2x2 and 4x5x5"}),
        edit("PoolOfTwo", good_conv, R"("name": "p", )", R"("name": "p", "inputs": ["c", "c"], )",
             {"layers[1]", "maxpool takes one input, not 2"}),
        edit("KernelBeyondTheInput", good_conv, R"("kernel": [3, 3])", R"("kernel": [8, 3])",
             {"layers[0]", "8x3 window does not fit the 2x5x5 input"}),
        edit("KernelZero", good_conv, R"("kernel": [3, 3])", R"("kernel": [0, 3])",
             {"layers[0].kernel", "1 .. 4096"}),
        edit("KernelOverflow", good_conv, R"("kernel": [3, 3])", R"("kernel": [4294967299, 3])",
             {"layers[0].kernel", "1 .. 4096"}),
        edit("StrideZero", good_conv, R"("stride": [1, 1])", R"("stride": [1, 0])",
             {"layers[0].stride", "1 .. 4096"}),
        edit("StrideOfThree", good_conv, R"("stride": [1, 1])", R"("stride": [1, 1, 1])",
             {"layers[0].stride", "list of 2"}),
        edit("StrideIsText", good_conv, R"("stride": [1, 1])", R"("stride": "1")",
             {"layers[0].stride", "1 .. 4096"}),
        edit("DilationBeyondTheInput", good_conv, R"("groups": 2)", R"("dilation": [1, 4])",
             {"layers[0]", "3x9 window does not fit the 2x5x5 input"}),
        edit("DilationOf2To32", good_conv, R"("groups": 2)", R"("dilation": 4294967297)",
             {"layers[0].dilation", "1 .. 4096"}),
        edit("PaddingTwice", good_conv, R"("groups": 2)", R"("padding": 1)",
             {"layers[0].pad", "padding"}),
        edit("InputTwice", good_conv, R"("groups": 2)", R"("in_width": 5)",
             {"layers[0].in", "in_width"}),
        edit("WeightsOf17Bits", good_conv, R"("groups": 2)", R"("w_bits": 17)",
             {"layers[0].w_bits", "1 to 16", "17"}),
        edit("ActivationsOfNoBits", good_conv, R"("groups": 2)", R"("a_bits": 0)",
             {"layers[0].a_bits", "1 to 16"}),
        edit("SignIsANumber", good_conv, R"("groups": 2)", R"("w_signed": 1)",
             {"layers[0].w_signed", "true or false"}),
        edit("WeightBitsOfAPool", good_conv, R"("op": "maxpool")",
             R"("op": "maxpool", "w_bits": 4)", {"layers[1]", "unknown key \"w_bits\""}),
        edit("PoolOfNoKind", good_conv, R"("maxpool")", R"("pool")", {"layers[1].kind: missing"}),
        edit("PoolOfAnotherKind", good_conv, R"("maxpool")", R"("pool", "kind": "sum")",
             {"layers[1].kind", "\"sum\"", "\"global_avg\""}),
        edit("KindTwice", good_conv, R"("maxpool")", R"("maxpool", "kind": "max")",
             {"layers[1].kind"}),
        edit("NoRows", good_fc, R"("in_features")", R"("rows": 0, "in_features")",
             {"layers[0].rows", "1 to 16777216"}),
        edit("RowsWithABiasColumn", good_fc, R"("in_features")",
             R"("rows": 4, "bias_column": true, "in_features")", {"layers[0].bias_column"}),
        edit("SoftmaxOfThreeGroups", good_conv, R"("concat", "inputs": ["p", "p"])",
             R"("softmax", "groups": 3)", {"layers[2]", "3 groups must divide 4 channels"}),
        edit("DrawnWithADensity", good_conv, R"("kind": "statistical")", R"("kind": "drawn")",
             {"layers[0].weights", "unknown key \"density\""}),
        edit("PadOfThree", good_conv, R"("pad": [1, 1, 1, 1])", R"("pad": [1, 1, 1])",
             {"layers[0].pad", "list of 2 or 4"}),
        edit("PadNegative", good_conv, R"("pad": [1, 1, 1, 1])", R"("pad": [1, -1, 1, 1])",
             {"layers[0].pad", "0 .. 4096"}),
        edit("PoolPaddedOverItsKernel", good_conv, R"("stride": [2, 2])",
             R"("stride": [2, 2], "pad": [0, 0, 2, 0])", {"layers[1]", "padding must be smaller"}),
        edit("GroupsZero", good_conv, R"("groups": 2)", R"("groups": 0)",
             {"layers[0].groups", "0"}),
        edit("GroupsDoNotDivide", good_conv, R"("groups": 2)", R"("groups": 3)",
             {"layers[0]", "3 groups must divide 2 input and 4 output channels"}),
        edit("PlanesOverTheLimit", good_conv, R"("out_channels": 4)", R"("out_channels": 16777216)",
             {"layers[0]", "16777216x5x5"}),
        edit("BiasTooShort", good_conv, "[0.5, 0, -0.5]", "[0.5, 0]",
             {"layers[3].bias", "3 numbers, not 2"}),
        edit("BiasOfText", good_conv, "[0.5, 0, -0.5]", R"([0.5, "0", -0.5])",
             {"layers[3].bias[1]", "number"}),
        edit("BiasBeyondAFloat", good_conv, "[0.5, 0, -0.5]", "[0.5, 1e39, -0.5]",
             {"layers[3].bias[1]", "32-bit float"}),
        edit("BiasTwice", good_conv, R"("bias")", R"("bias_column": true, "bias")",
             {"layers[3].bias", "bias_column"}),
        edit("BiasColumnAsANumber", good_conv, R"("bias": [0.5, 0, -0.5])", R"("bias_column": 1)",
             {"layers[3].bias_column", "true or false"}),
    };
}

std::vector<Case> tensor_cases() {
    return {
        edit("RaggedRows", good_dense, "[0, 3, 0]", "[0, 3]",
             {"layers[0].weights.values[1]", "3 numbers, not 2"}),
        edit("TooFewRows", good_dense, "[1, 0, 2], ", "", {"layers[0].weights.values", "2 rows"}),
        edit("RowOfText", good_dense, "[0, 3, 0]", R"("030")", {"layers[0].weights.values[1]"}),
        edit("WeightBeyondAFloat", good_dense, "[0, 3, 0]", "[0, 3e38, 4e38]",
             {"layers[0].weights.values[1][2]", "32-bit float"}),
        edit("NoValues", good_dense, R"(, "values": [[1, 0, 2], [0, 3, 0]])", "",
             {"layers[0].weights.values"}),
        edit("TooFewActivations", good_dense, "[1, 2, 3]", "[1, 2]",
             {"layers[0].activations.values", "3 numbers, not 2"}),
        edit("NoActivationValues", good_dense, R"(, "values": [1, 2, 3])", "",
             {"layers[0].activations.values", "not nothing"}),
        edit("NoTensorFile", good_tensor, "t.safetensors", "absent.safetensors",
             {"absent.safetensors", "cannot"}),
        edit("TensorFileIsThisFile", good_tensor, "t.safetensors", "workload.json",
             {"workload.json", "length of its header"}),
        edit("TensorFileIsAFolder", good_tensor, "t.safetensors", "..", {"..: "}),
        edit("TensorPathIsEmpty", good_tensor, "t.safetensors", "",
             {"layers[0].weights.path", "not empty"}),
        edit("TensorPathIsANumber", good_tensor, R"("t.safetensors")", "5",
             {"layers[0].weights.path"}),
        edit("TensorIsNotNamed", good_tensor, R"(, "tensor": "w")", "",
             {"layers[0].weights.tensor: missing"}),
    };
}

const char* const good_matmul = R"({
  "schema": 1, "name": "product", "batch": 2, "layers": [
    {"name": "q", "op": "linear", "in_features": 6, "out_features": 6, "rows": 4},
    {"name": "m", "op": "matmul", "inputs": ["q", "q"], "heads": 3, "rows": 4, "inner": 2,
     "columns": 4}
  ]
})";

std::vector<Case> matmul_cases() {
    return {
        edit("NoInner", good_matmul, R"("inner": 2,)", "", {"layers[1].inner: missing"}),
        edit("HeadsTimesColumns", good_matmul, R"("columns": 4)", R"("columns": 16777216)",
             {"layers[1]", "heads * columns must be at most 16777216"}),
        edit("HeadsOf2To32", good_matmul, R"("heads": 3)", R"("heads": 4294967297)",
             {"layers[1].heads", "1 to 16777216"}),
        edit("AnotherInner", good_matmul, R"("inner": 2)", R"("inner": 3)",
             {"layers[1]", "declares an input of 9x4x1, but reads 6x4x1"}),
        edit("SecondInputOfAnotherShape", good_matmul, R"("columns": 4)", R"("columns": 5)",
             {"layers[1]", "the second input must be 6x5x1 or 15x2x1, not 6x4x1"}),
        edit("ThreeInputs", good_matmul, R"(["q", "q"])", R"(["q", "q", "q"])",
             {"layers[1]", "matmul takes one input or two, not 3"}),
        edit("WeightsOfAProduct", good_matmul, R"("heads")",
             R"("weights": {"kind": "drawn"}, "heads")", {"layers[1]", "unknown key \"weights\""}),
        edit("ABatchOfTooMuchWork", good_matmul, R"("batch": 2, "layers": [)",
             R"("batch": 4096, "layers": [{"name": "big", "op": "conv2d", "inputs": [],
                "in_channels": 128, "in_height": 1024, "in_width": 1024, "out_channels": 128,
                "kernel": 15, "padding": 7},)",
             {"layer \"big\"", "2^53 MACs"}),
    };
}

class MalformedWorkload : public testing::TestWithParam<Case> {
  protected:
    Workplace place_;
};

TEST_P(MalformedWorkload, IsRefused) {
    place_.expect_bad_workload(place_.write("workload.json", GetParam().content),
                               GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(Root, MalformedWorkload, testing::ValuesIn(root_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Fc, MalformedWorkload, testing::ValuesIn(fc_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Graph, MalformedWorkload, testing::ValuesIn(graph_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Matmul, MalformedWorkload, testing::ValuesIn(matmul_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Tensor, MalformedWorkload, testing::ValuesIn(tensor_cases()), case_name);

TEST(WorkloadFile, TheBasesOfTheCasesAreGood) {
    const Workplace place;
    for (const char* text : {good_fc, good_conv, good_dense, good_matmul}) {
        const cli_test::Outcome o = watched({"check", place.write("workload.json", text)});
        EXPECT_EQ(o.exit_code, 0) << o.err;
    }
}

// Sizes that are each legal, but not together.
TEST(WorkloadFile, SumOfManyLargeLayersIsBounded) {
    const Workplace place;
    std::string text = R"({"schema": 1, "name": "many", "layers": [)";
    for (int i = 0; i < 200; ++i) {
        text += std::string(i > 0 ? "," : "") + R"({"name": "l)" + std::to_string(i) +
                R"(", "op": "conv", "in": [1, 16384, 16384], "out_channels": 1, "kernel": [1, 1],
                    "stride": [4096, 4096], "weights": {"kind": "statistical", "density": 1},
                    "activations": {"kind": "statistical", "density": 0.00001}})";
    }
    const std::string path = place.write("many.json", text + "]}");
    const cli_test::Outcome o = watched({"check", path});
    EXPECT_EQ(o.exit_code, 2) << o.err;
    EXPECT_NE(o.err.find("layers[1]"), std::string::npos) << o.err;
    EXPECT_NE(o.err.find("2^28 elements in all"), std::string::npos) << o.err;
}

TEST(WorkloadFile, AHundredThousandLayersAreTooMany) {
    const Workplace place;
    std::string text = R"({"schema": 1, "name": "many", "layers": [{"name": "x", "op": "relu"})";
    for (int i = 1; i < 100000; ++i) {
        text += R"(,{"name": "x", "op": "relu"})";
    }
    place.expect_bad_workload(place.write("many.json", text + "]}"), {"layers", "1 .. 10000"});
}

TEST(WorkloadFile, MillionsOfValuesAreTooMany) {
    const Workplace place;
    std::string text = R"({"schema": 1, "name": "many", "layers": [0)";
    text.reserve(10 << 20);
    for (int i = 0; i < 5000000; ++i) {
        text += ",0";
    }
    place.expect_bad_workload(place.write("many.json", text + "]}"), {"many.json:1:", "4194304"});
}

TEST(WorkloadFile, AMillionUnknownKeysEndQuickly) {
    const Workplace place;
    std::string text = R"({"schema": 1)";
    for (int i = 0; i < 1000000; ++i) {
        text += ",\"layesr" + std::to_string(i) + "\":0";
    }
    place.expect_bad_workload(place.write("many.json", text + "}"),
                              {"unknown key \"layesr0\"", "more messages"});
}

} // namespace
