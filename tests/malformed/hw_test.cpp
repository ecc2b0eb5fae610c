// Hardware files and --set.
#include <cstdlib>

#include "../cli/fixtures.hpp"
#include "malformed.hpp"

using namespace malformed;

namespace {

// Good hardware with one edit; "pe_count": 2 stands for the options.
Case edit(const char* name, const char* from, const std::string& to, const Words& fragments) {
    return {name, replaced(good_hw, from, to), fragments};
}

Case options(const char* name, const std::string& text, const Words& fragments) {
    return edit(name, R"("pe_count": 2)", text, fragments);
}

std::string nested(size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::vector<Case> hw_cases() {
    return {
        options("OptionIsAString", R"("pe_count": "64")",
                {"options.pe_count", "an integer from 1 to 1024 PEs", "\"64\""}),
        options("OptionIsNull", R"("pe_count": null)", {"options.pe_count", "null"}),
        options("OptionIsABool", R"("pe_count": true)", {"options.pe_count", "true"}),
        options("OptionIsAnArray", R"("pe_count": [64])", {"options.pe_count", "an array"}),
        options("OptionIsAFraction", R"("pe_count": 2.5)", {"options.pe_count", "2.5"}),
        options("OptionIsNegative", R"("pe_count": -1)", {"options.pe_count", "-1"}),
        options("OptionIsNaN", R"("clock_mhz": NaN)", {".json:3:", "expected a value"}),
        options("OptionIsInfinity", R"("clock_mhz": -Infinity)", {".json:3:", "not a number"}),
        options("NumberBeyondADouble", R"("clock_mhz": 1e999)",
                {"options.clock_mhz", "beyond the range of a double"}),
        options("IntegerBeyondADoublesPrecision", R"("spmat_bytes": 9007199254740993)",
                {".json:3:", "2^53"}),
        options("IntegerWithSixtyFourDigits", R"("spmat_bytes": )" + std::string(64, '1'),
                {".json:3:", "number of more than 63 characters"}),
        options("LeadingZero", R"("pe_count": 064)", {".json:3:", "no leading zeros"}),
        options("Hexadecimal", R"("pe_count": 0x40)", {".json:3:", "no hexadecimal"}),
        options("DuplicateOption", R"("pe_count": 2, "pe_count": 4)",
                {"options", "key \"pe_count\" appears more than once"}),
        options("DuplicateOptionWithAnEscape", R"("pe_count": 2, "pe_c\u006funt": 4)",
                {"options", "key \"pe_count\" appears more than once"}),
        options("UnknownOption", R"("pe_cuont": 2)",
                {"options", "unknown key \"pe_cuont\", did you mean \"pe_count\"?"}),
        options("EveryMistakeIsTold", R"("pe_count": 0, "act_bits": 99, "clock_mhz": "x", "z": 1)",
                {"options.pe_count", "options.act_bits", "options.clock_mhz", "\"z\""}),
        options("WordSmallerThanAnEntry", R"("spmat_width_bits": 8, "index_bits": 8)",
                {"spmat_width_bits: 8", "index_bits + codebook_bits = 12"}),
        options("ActivationWordTooSmall", R"("act_sram_width_bits": 8)",
                {"act_sram_width_bits: 8", "act_bits = 16"}),
        options("SramSmallerThanItsWord", R"("spmat_bytes": 64, "spmat_width_bits": 4096)",
                {"spmat_bytes: 64", "spmat_width_bits = 4096"}),
        options("ActivationSramSmallerThanItsWord",
                R"("act_sram_bytes": 2, "act_sram_width_bits": 64)",
                {"act_sram_bytes: 2", "act_sram_width_bits = 64"}),
        edit("OptionsIsAnArray", R"({"pe_count": 2})", "[1]", {"options", "an array"}),
        edit("OptionsIsNull", R"({"pe_count": 2})", "null", {"options", "null"}),
        edit("UnknownKey", "description", "desription",
             {"unknown key \"desription\", did you mean \"description\"?"}),
        edit("WrongSchema", R"("schema": 1)", R"("schema": 2)", {"schema", "2"}),
        edit("SchemaIsAString", R"("schema": 1)", R"("schema": "1")", {"schema", "\"1\""}),
        edit("NoSchema", R"("schema": 1,)", "", {"schema: missing"}),
        edit("NameIsANumber", R"("tiny")", "5", {"name", "5"}),
        edit("NameIsEmpty", R"("tiny")", R"("")", {"name", "not empty"}),
        edit("UnknownAccelerator", R"("eie")", R"("eei")", {"accelerator", "\"eei\"", "eie"}),
        edit("AcceleratorIsAnObject", R"("eie")", "{}", {"accelerator", "an object"}),
        edit("DuplicateAccelerator", R"("name": "tiny")", R"("accelerator": "x")",
             {"key \"accelerator\" appears more than once"}),
        edit("Unclosed", "}\n}", "}", {".json:3:", "the text ends"}),
        edit("TextAfterTheEnd", "}\n}", "}\n} {}", {".json:4:", "text after the end"}),
        edit("CommaBeforeTheBrace", "}\n}", "},\n}",
             {".json:4:", "comma before the closing brace"}),
        edit("Comment", "{\n", "{ // two PEs\n", {".json:1:", "expected a key"}),
        edit("SingleQuotes", R"("name")", "'name'", {".json:2:", "expected a key"}),
        edit("RawControlCharacter", R"("tiny")", "\"ti\x01ny\"", {".json:2:", "control character"}),
        edit("NotUtf8", R"("tiny")", "\"ti\xffny\"", {".json:2:", "not UTF-8"}),
        edit("HalfASurrogatePair", R"("tiny")", R"("\ud800")", {".json:2:", "surrogate"}),
        edit("NulInAString", R"("tiny")", R"("a\u0000b")", {".json:2:", "\\u0000"}),
        edit("ByteOrderMark", "{\n", "\xef\xbb\xbf{\n", {".json:1:1:", "byte order mark"}),
        edit("NestedTooDeep", R"("two PEs")", nested(200), {".json:2:", "nested more than 128"}),
        edit("NestedAsDeepAsIsLegal", R"("two PEs")", nested(120), {"description", "an array"}),
        edit("NestedAMillionDeep", R"("two PEs")", nested(1000000), {".json:2:", "nested"}),
    };
}

class MalformedHw : public testing::TestWithParam<Case> {
  protected:
    Workplace place_;
};

TEST_P(MalformedHw, IsRefused) {
    place_.expect_bad_hw(place_.write("hw.json", GetParam().content), GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(All, MalformedHw, testing::ValuesIn(hw_cases()), case_name);

class HwFile : public testing::Test {
  protected:
    Workplace place_;
};

TEST_F(HwFile, TheBaseOfTheCasesIsGood) {
    const cli_test::Outcome o = watched(place_.run({}));
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST_F(HwFile, MissingAcceleratorIsNamed) {
    const std::string path =
        place_.write("hw.json", replaced(good_hw, R"("accelerator": "eie",)", ""));
    expect_refused({"run", "--hw", path, "--workload", place_.workload()},
                   {"hw.json: accelerator: missing"});
    // Without it `check` has to take the file for a workload, and says what it lacks as one.
    expect_refused({"check", path}, {"hw.json", "unknown key \"options\"", "layers"});
}

struct Range {
    std::string name, low, high;
};

std::vector<Range> ranges() {
    const cli_test::Outcome o =
        cli_test::assay({"list", "accelerators", "eie", "--format", "json"});
    const cli_test::Json json(o.out);
    std::vector<Range> ranges;
    for (size_t i = 0; i < json.size("options"); ++i) {
        const std::string option = "options." + std::to_string(i);
        const std::string range = json.text(option + ".range");
        const size_t dots = range.find(" .. ");
        EXPECT_NE(dots, std::string::npos) << range;
        ranges.push_back(
            {json.text(option + ".name"), range.substr(0, dots), range.substr(dots + 4)});
    }
    return ranges;
}

std::string next_to(const std::string& bound, int step) {
    return std::to_string(std::atoll(bound.c_str()) + step);
}

TEST_F(HwFile, EveryOptionIsHeldToItsRange) {
    const std::vector<Range> all = ranges();
    ASSERT_GT(all.size(), 15u);
    for (const Range& r : all) {
        const std::string legal = "from " + r.low + " to " + r.high;
        for (const std::string& value :
             {next_to(r.low, -1), next_to(r.high, 1), std::string("1e308"), std::string("\"1\"")}) {
            const std::string text =
                replaced(good_hw, R"("pe_count": 2)", "\"" + r.name + "\": " + value);
            expect_refused({"run", "--hw", place_.write("hw.json", text), "--workload",
                            place_.workload(), "--no-cache"},
                           {"hw.json: options." + r.name + ": expected", legal});
        }
    }
}

TEST_F(HwFile, EverySetIsHeldToTheRange) {
    for (const Range& r : ranges()) {
        const std::string place = "--set " + r.name + ": expected";
        const std::string legal = "from " + r.low + " to " + r.high;
        for (const std::string& value : {next_to(r.low, -1), next_to(r.high, 1)}) {
            place_.expect_bad_run({"--set", r.name + "=" + value}, {place, legal, value});
        }
    }
}

TEST_F(HwFile, SetTakesNumbersOnly) {
    for (const char* value : {"", " 4", "4 ", "+4", "0x4", "1e999", "nan", "inf", "-inf", "4k",
                              "04", "9007199254740993", "0.5", "1.", ".5", "--", "4,0"}) {
        place_.expect_bad_run({"--set", std::string("pe_count=") + value},
                              {"--set pe_count: expected an integer from 1 to 1024 PEs", value});
    }
    for (const char* value : {"nan", "inf", "1e999", "-0.0001", "1e3.5", "0"}) {
        place_.expect_bad_run({"--set", std::string("clock_mhz=") + value},
                              {"--set clock_mhz: expected a number from 1 to 10000 MHz"});
    }
}

TEST_F(HwFile, SetNamesWhatIsMeant) {
    place_.expect_bad_run({"--set", "quue_depth=4"}, {"--set", "did you mean \"queue_depth\"?"});
    place_.expect_bad_run({"--set", "accelerator=eie"}, {"--set", "\"accelerator\""});
    place_.expect_bad_run({"--set", "index_bits=8", "--set", "spmat_width_bits=8"},
                          {"tiny", "spmat_width_bits: 8"});
}

} // namespace
