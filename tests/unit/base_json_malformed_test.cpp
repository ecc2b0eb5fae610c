// Texts that are not strict JSON, each with the message it must give.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "json.h"
#include "report.hpp"

using assay_test::Report;
using namespace std::string_literals;

namespace {

assay_status parse(const std::string& text, Report& report) {
    assay_json_doc* doc = nullptr;
    // A copy of exactly this size: reading one byte beyond it is seen by the address sanitizer.
    std::vector<char> bytes(text.begin(), text.end());
    bytes.reserve(1);
    assay_status status = assay_json_parse("t", bytes.data(), bytes.size(), &doc, report);
    EXPECT_EQ(doc != nullptr, status == ASSAY_OK);
    assay_json_free(&doc);
    return status;
}

struct Case {
    std::string text, message;
};

const Case malformed[] = {
    {"", "t:1:1: is empty"},
    {" \n\t", "t:2:2: is empty"},
    {"{", "t:1:2: expected a key in quotes, but the text ends"},
    {"[", "t:1:2: expected a value, but the text ends"},
    {"[1", "t:1:3: expected ',' or ']', but the text ends"},
    {"{\"a\"", "expected ':' after the key, but the text ends"},
    {"{\"a\": 1", "expected ',' or '}'"},
    {"{\"a\": }", "t:1:7: expected a value, at \"}\""},
    {"{\"a\" 1}", "t:1:6: expected ':' after the key"},
    {"{a: 1}", "t:1:2: expected a key in quotes"},
    {"{'a': 1}", "expected a key in quotes"},
    {"{\"a\": 1,}", "t:1:9: comma before the closing brace"},
    {"[1, 2,]", "t:1:7: expected a value"},
    {"[1 2]", "t:1:4: expected ',' or ']'"},
    {"[1}", "expected ',' or ']'"},
    {"{\"a\": 1]", "expected ',' or '}'"},
    {"]", "expected a value"},
    {"{}\n{}", "t:2:1: text after the end of the value"},
    {"1 x", "text after the end of the value"},
    {"{\n  \"a\": 1,\n  \"b\": tru\n}", "t:3:8: expected a value"},
    {"True", "expected a value"},
    {"nul", "expected a value"},
    {"NaN", "expected a value"},
    {"Infinity", "expected a value"},
    {"-Infinity", "not a number: digits are missing"},
    {"-", "not a number: digits are missing"},
    {"+1", "expected a value"},
    {"01", "not a number in JSON's form"},
    {"-01", "not a number in JSON's form"},
    {"1.", "not a number: digits are missing"},
    {".5", "expected a value"},
    {"1e", "not a number: digits are missing"},
    {"1e+", "not a number: digits are missing"},
    {"0x10", "not a number in JSON's form"},
    {"1.2.3", "not a number in JSON's form"},
    {"1-2", "not a number in JSON's form"},
    {"9007199254740993", "integer beyond 2^53"},
    {"-9007199254740993", "integer beyond 2^53"},
    {"18446744073709551616000", "integer beyond 2^53"},
    {"0." + std::string(100, '3'), "number of more than 63 characters"},
    {"1e999", "t: number beyond the range of a double"},
    {"{\"a\": {\"b\": [1, -1e999]}}", "t: a.b[1]: number beyond the range of a double"},
    {"\"abc", "string without its closing quote"},
    {"\"abc\ndef\"", "t:1:5: string without its closing quote"},
    {"\"a\tb\"", "t:1:3: raw control character in a string, at \"\\tb\"\""},
    {"\"a\0b\""s, "raw control character in a string"},
    {"\0"s, "expected a value"},
    {"[1]\0"s, "text after the end of the value"},
    {"\"\\q\"", "unknown escape in a string"},
    {"\"\\", "unknown escape in a string"},
    {"\"\\\0\""s, "unknown escape in a string"},
    {"\"\\u12\"", "\\u needs four hexadecimal digits"},
    {"\"\\u12", "\\u needs four hexadecimal digits"},
    {"\"\\u0000\"", "\\u0000 is not allowed"},
    {"\"\\ud800\"", "half of a surrogate pair"},
    {"\"\\ud800\\u0041\"", "half of a surrogate pair"},
    {"\"\\udc00\"", "half of a surrogate pair"},
    {"\"\xff\"", "t:1:2: not UTF-8, at \"\\xFF\"\""},
    {"\"\xc0\xaf\"", "not UTF-8"},
    {"\"\xed\xa0\x80\"", "not UTF-8"},
    {"\"\xe2\x82", "not UTF-8"},
    {"\xef\xbb\xbf{}", "begins with a byte order mark"},
    {"// comment\n1", "expected a value"},
    {"/* c */ 1", "expected a value"},
    {"\f1", "expected a value"},
    {std::string(129, '['), "t:1:129: nested more than 128 deep"},
    {std::string(1000000, '['), "nested more than 128 deep"},
    {"{\"a\": 1, \"b\": 2, \"a\": 3}", "t: key \"a\" appears more than once"},
    {"{\"x\": [{\"a\": 1, \"\\u0061\": 3}]}", "t: x[0]: key \"a\" appears more than once"},
};

} // namespace

TEST(JsonMalformed, EveryTextIsRefusedWithItsMessage) {
    for (const Case& c : malformed) {
        Report report;
        std::string shown = c.text.substr(0, 40);
        EXPECT_EQ(parse(c.text, report), ASSAY_BAD_INPUT) << shown;
        EXPECT_EQ(report.count(), 1u) << shown << report.text();
        EXPECT_TRUE(report.mentions(c.message)) << shown << " gave " << report.text();
    }
}

TEST(JsonMalformed, EveryPrefixOfAGoodTextIsRefusedOrAValue) {
    const std::string good =
        "{\"k\": [1.5e-3, \"a\\u00e9\\ud83d\\ude42\xc3\xa9\", true, null, {}]}";
    for (size_t n = 0; n < good.size(); ++n) {
        Report report;
        EXPECT_EQ(parse(good.substr(0, n), report), ASSAY_BAD_INPUT) << n;
        EXPECT_EQ(report.count(), 1u) << n;
    }
    Report report;
    EXPECT_EQ(parse(good, report), ASSAY_OK) << report.text();
}

TEST(JsonMalformed, AllDuplicatesAreReportedOnceEach) {
    Report report;
    EXPECT_EQ(parse(R"({"a":1,"b":{"c":1,"c":2,"c":3},"a":2,"d":1,"d":2})", report),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(report.text(), "t: key \"a\" appears more than once\n"
                             "t: key \"d\" appears more than once\n"
                             "t: b: key \"c\" appears more than once\n");
}

// Quadratic work on these would run for hours.
TEST(JsonHostile, AMillionKeysAreRefusedInOneSort) {
    std::string distinct = "{", same = "{";
    for (int i = 0; i < 1000000; ++i) {
        distinct += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
        same += i > 0 ? ",\"k\":1" : "\"k\":1";
    }
    Report good, bad;
    EXPECT_EQ(parse(distinct + "}", good), ASSAY_OK) << good.text();
    EXPECT_EQ(parse(same + "}", bad), ASSAY_BAD_INPUT);
    EXPECT_EQ(bad.count(), 1u);
}

TEST(JsonHostile, AMillionUnknownKeysGetTheirReport) {
    std::string text = "{";
    for (int i = 0; i < 1000000; ++i) {
        text += (i > 0 ? ",\"row" : "\"row") + std::to_string(i) + "\":1";
    }
    text += "}";
    const char* const legal[] = {"rows", "columns", nullptr};
    Report report;
    assay_json_doc* doc = nullptr;
    ASSERT_EQ(assay_json_parse("t", text.data(), text.size(), &doc, report), ASSAY_OK);
    assay_json_check_keys(assay_json_root(doc), legal, "t", report);
    assay_json_free(&doc);
    EXPECT_EQ(report.count(), 1000000u);
    EXPECT_TRUE(report.mentions("unknown key \"row0\", did you mean \"rows\"?"));
    EXPECT_TRUE(report.mentions("and 999900 more messages"));
}

TEST(JsonHostile, TheNumberOfValuesIsBounded) {
    std::string text = "[1";
    for (int i = 0; i < 4 << 20; ++i) {
        text += ",1";
    }
    Report report;
    EXPECT_EQ(parse(text + "]", report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("more than 4194304 values")) << report.text();
}
