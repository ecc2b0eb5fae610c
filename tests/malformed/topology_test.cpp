// SCALE-Sim topology files.
#include "malformed.hpp"

using namespace malformed;

namespace {

const std::string conv_header =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n";
const std::string gemm_header = "Layer, M, N, K,\n";

std::vector<Case> cases() {
    return {
        {"NoHeader", "conv1, 8, 8, 3, 3, 1, 4, 1\n", {"net.csv:1: expected a header row"}},
        {"AnotherTable", "name,cycles\na,1\n", {"net.csv:1: expected a header row"}},
        {"HeaderOfSevenColumns",
         "Layer, IFMAP H, IFMAP W, a, b, c, d\nx, 1, 1, 1, 1, 1, 1\n",
         {"net.csv:1: expected a header row"}},
        {"OnlyAHeader", conv_header, {"net.csv:1", "1 .. 10000 layers"}},
        {"TooFewFields", conv_header + "a, 8, 8, 3, 3, 1, 4\n", {"net.csv:2", "8 fields, not 7"}},
        {"Zero", conv_header + "a, 8, 8, 3, 3, 0, 4, 1\n", {"net.csv:2: field 6", "\"0\""}},
        {"Negative", gemm_header + "a, -1, 2, 3\n", {"net.csv:2: field 2", "\"-1\""}},
        {"Fraction", gemm_header + "a, 1.5, 2, 3\n", {"net.csv:2: field 2", "\"1.5\""}},
        {"Hexadecimal", gemm_header + "a, 0x10, 2, 3\n", {"net.csv:2: field 2"}},
        {"Of2To64", gemm_header + "a, 18446744073709551617, 2, 3\n", {"net.csv:2: field 2"}},
        {"EmptyField", gemm_header + "a, , 2, 3\n", {"net.csv:2: field 2"}},
        {"NoName", gemm_header + " , 1, 2, 3\n", {"net.csv:2", "no name"}},
        {"FilterBeyondTheImage",
         conv_header + "a, 8, 8, 9, 3, 1, 4, 1\n",
         {"net.csv:2", "9x3 window does not fit the 1x8x8 input"}},
        {"MatrixOverTheLimit",
         gemm_header + "a, 1, 16777216, 16777216\n",
         {"net.csv:2", "weight matrix is over the limit"}},
        {"ImageOverTheLimit",
         conv_header + "a, 16777216, 16777216, 1, 1, 16777216, 1, 1\n",
         {"net.csv:2", "more than 2^28 elements"}},
        {"OutputOverTheLimit",
         conv_header + "a, 4096, 4096, 1, 1, 1, 1024, 1\n",
         {"net.csv:2", "1024x4096x4096"}},
        {"ZeroBytes", gemm_header + std::string(100, '\0') + "\n", {"net.csv:2"}},
        {"TwoMistakes",
         gemm_header + "a, 0, 2, 3\nb, 1, 2\n",
         {"net.csv:2: field 2", "net.csv:3: expected 4 fields"}},
    };
}

class MalformedTopology : public testing::TestWithParam<Case> {
  protected:
    Workplace place_;
};

TEST_P(MalformedTopology, IsRefused) {
    place_.expect_bad_workload(place_.write("net.csv", GetParam().content), GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(Topology, MalformedTopology, testing::ValuesIn(cases()), case_name);

TEST(TopologyFile, ManyLinesAreTooMany) {
    const Workplace place;
    std::string text = gemm_header;
    for (int i = 0; i < 200000; ++i) {
        text += "a,1,1,1\n";
    }
    place.expect_bad_workload(place.write("net.csv", text), {"1 .. 10000 layers"});
}

TEST(TopologyFile, NamesThatRepeatEndQuickly) {
    const Workplace place;
    std::string text = gemm_header;
    for (int i = 0; i < 10000; ++i) {
        text += "a,1,1,1\n";
    }
    const cli_test::Outcome o = watched({"check", place.write("net.csv", text)});
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

} // namespace
