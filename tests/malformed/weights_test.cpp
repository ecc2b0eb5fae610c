// Weights files, as accuracy is measured with them.
#include <cmath>
#include <limits>

#include "accuracy_place.hpp"

using namespace malformed;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float most = std::numeric_limits<float>::max();

std::vector<float> f_with(size_t at, float value) {
    std::vector<float> f(15, 0.25f);
    f[at] = value;
    return f;
}

Case values(const char* name, const std::vector<float>& c, const std::vector<float>& variance,
            const std::vector<float>& f, const Words& fragments) {
    return {name, AccuracyPlace::weights(c, variance, f).bytes(), fragments};
}

Case header(const char* name, const char* from, const char* to, const Words& fragments) {
    return {name, AccuracyPlace::good_weights().edit(from, to).bytes(), fragments};
}

const std::vector<float> c_good = {1, 1, -1, 0.5f, 2, 0}, ones = {1, 1, 1};

std::vector<Case> value_cases() {
    return {
        values(
            "NaN", c_good, ones, f_with(14, nan),
            {"layer \"f\": tensor \"f.weight\" holds a value that is not finite, at element 14"}),
        values("Infinity", {1, 1, -HUGE_VALF, 0.5f, 2, 0}, ones, f_with(0, 0),
               {"layer \"c\": tensor \"c.weight\" holds a value that is not finite, at element 2"}),
        values("VarianceIsNaN", c_good, {1, nan, 1}, f_with(0, 0),
               {"\"bn.running_var\"", "finite"}),
        values("VarianceBelowZero", c_good, {1, 1, -1}, f_with(0, 0),
               {"\"bn.running_var\" holds a variance below 0"}),
        values("FoldedBeyondFloats", {most, 1, -1, 0.5f, 2, 0}, {0, 0, 0}, f_with(0, 0),
               {"layer \"c\"", "values beyond those of 32 bits"}),
        {"AllMistakesAtOnce",
         AccuracyPlace::weights({1, nan, -1, 0.5f, 2, 0}, {1, 1, -1}, f_with(3, nan))
             .edit("bn.bias", "bn.bais")
             .edit("[3],\"data_offsets\":[48", "[1,3],\"data_offsets\":[48")
             .bytes(),
         {"\"c.weight\" holds a value that is not finite", "\"bn.running_var\" holds a variance",
          "\"bn.running_mean\" has the shape [1, 3]", "\"f.weight\" holds a value"}},
    };
}

std::vector<Case> header_cases() {
    return {
        header("MissingTensor", "f.weight", "g.weight",
               {"layer \"f\": tensor \"f.weight\" is missing"}),
        header("MissingStatistics", "bn.running_mean", "bn.running_maen",
               {"layer \"c\": tensor \"bn.running_mean\" is missing"}),
        header("OtherShape", "[5,3]", "[3,5]", {"shape [3, 5], the layer needs [5, 3]"}),
        header("FewerDimensions", "[3,2,1,1]", "[3,2]", {"[3, 2], the layer needs [3, 2, 1, 1]"}),
        header("OverlappingOffsets", "[24,36]", "[23,35]", {"\"bn.weight\"", "overlaps"}),
        header("HoleBetweenTensors", "[24,36]", "[25,37]", {"\"bn.weight\"", "hole"}),
        header("OffsetsBeyondTheFile", "[24,36]", "[24,3600]", {"\"bn.weight\"", "not inside"}),
        header("UnknownType", R"("dtype":"F32","shape":[5,3])", R"("dtype":"F33","shape":[5,3])",
               {"\"f.weight\"", "unknown dtype \"F33\""}),
        header("NoRealNumbers", R"("dtype":"F32","shape":[5,3],"data_offsets":[72,132])",
               R"("dtype":"BOOL","shape":[5,12],"data_offsets":[72,132])",
               {"\"f.weight\" has the shape [5, 12]"}),
        header("WiderTypeThanItsBytes", R"("dtype":"F32","shape":[5,3])",
               R"("dtype":"F64","shape":[5,3])", {"\"f.weight\"", "F64", "60 bytes"}),
        header("DuplicateTensor", "bn.bias", "bn.weight", {"appears more than once"}),
        {"ScaleThatOverflows",
         TensorFile()
             .add("c.weight", "F32", "3,2,1,1", c_good)
             .add("f.weight", "I32", "5,3", std::vector<int32_t>(15, 1 << 30))
             .add("f.weight_scale", "F32", "1", std::vector<float>{most})
             .bytes(),
         {"layer \"f\"", "values beyond those of 32 bits"}},
        {"ScaleOfZero",
         TensorFile()
             .add("c.weight", "F32", "3,2,1,1", c_good)
             .add("f.weight", "I8", "5,3", std::vector<int8_t>(15, 1))
             .add("f.weight_scale", "F32", "1", std::vector<float>{0})
             .bytes(),
         {"\"f.weight_scale\" holds a scale that is not greater than 0"}},
        {"Flags",
         TensorFile()
             .add("c.weight", "F32", "3,2,1,1", c_good)
             .add("f.weight", "BOOL", "5,3", std::vector<uint8_t>(15, 1))
             .bytes(),
         {"\"f.weight\" is of type BOOL"}},
        {"Empty", "", {"does not fit a file of 0 bytes"}},
        {"Text", "these are no weights, however long one reads on in them", {"does not fit"}},
        {"NothingBehindTheHeader",
         raw(std::vector<uint64_t>{2}) + "{}",
         {"\"c.weight\" is missing", "\"f.weight\" is missing"}},
    };
}

class MalformedWeights : public testing::TestWithParam<Case> {
  protected:
    AccuracyPlace place_;
};

TEST_P(MalformedWeights, AreRefused) {
    Words fragments = GetParam().fragments;
    fragments.push_back("bad.safetensors");
    const std::string path = place_.write("bad.safetensors", GetParam().content);
    place_.expect_bad("accuracy", {"--weights", path, "--out", place_.path("r.json")}, fragments);
}

// The network itself names the file: then machines read it, too.
TEST_P(MalformedWeights, OfANetworkAreRefusedByMachines) {
    Words fragments = GetParam().fragments;
    fragments.push_back("bad.safetensors");
    place_.write("bad.safetensors", GetParam().content);
    const std::string net =
        place_.write("named.json", replaced(engine_test::net_json, R"("schema": 1)",
                                            R"("schema": 1, "weights": "bad.safetensors")"));
    expect_refused({"check", net}, fragments);
}

INSTANTIATE_TEST_SUITE_P(Values, MalformedWeights, testing::ValuesIn(value_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Header, MalformedWeights, testing::ValuesIn(header_cases()), case_name);

class WeightsOnDisk : public testing::Test {
  protected:
    AccuracyPlace place_;
};

TEST_F(WeightsOnDisk, TheBaseOfTheCasesIsGood) {
    place_.expect_good("accuracy", {});
    // Training counters and optimiser states of other programs are nobody's business.
    TensorFile more = AccuracyPlace::good_weights();
    more.add("bn.num_batches_tracked", "I64", "", std::vector<int64_t>{7});
    place_.expect_good("accuracy", {"--weights", place_.write("more.safetensors", more.bytes())});
}

TEST_F(WeightsOnDisk, EveryTruncationIsRefusedByEveryCommand) {
    const std::string whole = AccuracyPlace::good_weights().bytes();
    for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 12) {
        SCOPED_TRACE(size);
        const std::string path = place_.write("cut.safetensors", whole.substr(0, size));
        place_.expect_bad("accuracy", {"--weights", path}, {"cut.safetensors"});
    }
    const std::string cut = place_.write("cut.safetensors", whole.substr(0, whole.size() - 1));
    const Words named = {"cut.safetensors", "\"f.weight\"", "not inside"};
    place_.expect_bad("sensitivity",
                      {"--method", "trace", "--weights", cut, "--out", place_.path("s.csv")},
                      named);
    place_.expect_bad("train", {"--weights", cut, "--out", place_.path("t")}, named);
    place_.expect_bad("compress", {"--weights", cut, "--density", "0.5", "--out", place_.path("c")},
                      named);
}

TEST_F(WeightsOnDisk, WhatIsNoFileIsRefused) {
    place_.expect_bad("accuracy", {"--weights", place_.path("absent.safetensors")},
                      {"absent.safetensors", "No such file"});
    place_.expect_bad("accuracy", {"--weights", place_.path("")}, {"not a regular file"});
    place_.expect_bad("accuracy", {"--weights", "/dev/zero"}, {"not a regular file"});
    // Two gigabytes that are nowhere on the disk must not come into memory.
    const std::string huge = place_.write("huge", AccuracyPlace::good_weights().bytes());
    std::filesystem::resize_file(huge, (uint64_t{2} << 30) - 1);
    place_.expect_bad("accuracy", {"--weights", huge}, {"huge", "the tensors end at 132"});
    std::filesystem::resize_file(huge, uint64_t{8} << 40);
    place_.expect_bad("accuracy", {"--weights", huge}, {"huge", "the limit is 2147483648"});
}

TEST_F(WeightsOnDisk, MistakesOfDataAreToldToo) {
    place_.write("test.lab", std::string(32, '\7'));
    place_.expect_bad("accuracy", {"--weights", place_.write("bad", "x")},
                      {"bad: ", "test.lab: image 0: label 7, expected 0 .. 4"});
}

} // namespace
