// Constraints: what they mean, and where they are wrong.
#include "where.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "report.hpp"
#include "rng.h"

using assay_test::Report;

namespace {

bool is_alpha(void*, size_t, const char* text) {
    return std::string(text) == "alpha";
}

// With a = 3, b = 4 and everything else 10; the mode is "alpha".
bool holds(const std::string& text) {
    Report report;
    sweep_where* where = nullptr;
    EXPECT_EQ(sweep_where_parse(text.c_str(), "f: where[0]", &where, report), ASSAY_OK)
        << text << ": " << report.text();
    if (where == nullptr) {
        return false;
    }
    double values[64];
    for (size_t i = 0; i < sweep_where_names(where); ++i) {
        const std::string name = sweep_where_name(where, i);
        values[i] = name == "a" ? 3 : name == "b" ? 4 : 10;
    }
    const sweep_where_values at = {values, is_alpha, nullptr};
    const bool result = sweep_where_holds(where, &at);
    sweep_where_free(&where);
    return result;
}

std::string mistake(const std::string& text) {
    Report report;
    sweep_where* where = nullptr;
    EXPECT_EQ(sweep_where_parse(text.c_str(), "f: where[0]", &where, report), ASSAY_BAD_INPUT)
        << text;
    EXPECT_EQ(where, nullptr);
    EXPECT_EQ(report.count(), 1u);
    return report.text();
}

} // namespace

TEST(Where, Arithmetic) {
    EXPECT_TRUE(holds("a * b == 12"));
    EXPECT_TRUE(holds("a + b * 2 == 11"));
    EXPECT_TRUE(holds("(a + b) * 2 == 14"));
    EXPECT_TRUE(holds("10 - 3 - 2 == 5")); // from the left
    EXPECT_TRUE(holds("24 / 4 / 3 == 2"));
    EXPECT_TRUE(holds("17 % 5 == 2 and 7.5 % 2 == 1.5"));
    EXPECT_TRUE(holds("-a + b == 1"));
    EXPECT_TRUE(holds("- -a == 3"));
    EXPECT_TRUE(holds("b-1==a"));
    EXPECT_TRUE(holds("2 - -1 == a"));
    EXPECT_TRUE(holds("1e1 == 10.0"));
}

TEST(Where, ComparisonsAndLogic) {
    EXPECT_TRUE(holds("a < b and b > a and a <= 3 and a >= 3 and a == 3 and a != b"));
    EXPECT_FALSE(holds("a > b or b < a"));
    EXPECT_TRUE(holds("not a > b"));
    EXPECT_TRUE(holds("not not a < b"));
    EXPECT_TRUE(holds("a > b or a < b and true")); // and binds closer
    EXPECT_FALSE(holds("(a > b or a < b) and false"));
    EXPECT_TRUE(holds("a")); // not 0
    EXPECT_FALSE(holds("a - 3"));
    EXPECT_TRUE(holds("order > 9 and android == 10 and nothing == 10")); // names, not words
}

TEST(Where, NamesOfChoices) {
    EXPECT_TRUE(holds("mode == 'alpha'"));
    EXPECT_FALSE(holds("mode == 'beta'"));
    EXPECT_TRUE(holds("mode != 'beta' and a == 3"));
}

TEST(Where, WhatHasNoValueIsNotTrue) {
    EXPECT_FALSE(holds("a / 0"));
    EXPECT_FALSE(holds("a % 0 == 0"));
    EXPECT_FALSE(holds("a / 0 != 1"));
    EXPECT_FALSE(holds("not a / 0"));
    EXPECT_TRUE(holds("a / 0 > 1 or a == 3"));
}

TEST(Where, MistakesHaveAColumn) {
    EXPECT_EQ(mistake("rows * <= 5"), "f: where[0]: column 8: expected a number, an option or (\n");
    EXPECT_EQ(mistake("(rows"), "f: where[0]: column 6: expected an operator or )\n");
    EXPECT_EQ(mistake(""), "f: where[0]: column 1: the expression ends too early\n");
    EXPECT_EQ(mistake("a b"), "f: where[0]: column 3: expected an operator\n");
    EXPECT_EQ(mistake("1 < a < 3"),
              "f: where[0]: column 7: comparisons cannot be chained, say and\n");
    EXPECT_EQ(mistake("a = 3"), "f: where[0]: column 3: expected an operator\n");
    EXPECT_EQ(mistake("3x"), "f: where[0]: column 2: expected an operator\n");
    EXPECT_EQ(mistake("a and or b"), "f: where[0]: column 7: expected a number, an option or (\n");
    EXPECT_EQ(mistake("a == 'x"), "f: where[0]: column 7: the text has no closing '\n");
    EXPECT_EQ(mistake("a; rm"), "f: where[0]: column 2: expected an operator\n");
}

TEST(Where, DepthAndLengthAreBounded) {
    const std::string deep = std::string(60, '(') + "a" + std::string(60, ')') + " == 3";
    EXPECT_TRUE(holds(deep));
    EXPECT_NE(mistake(std::string(100000, '(')).find("too many parentheses"), std::string::npos);
    EXPECT_NE(mistake(std::string(100000, '-') + "a").find("too many"), std::string::npos);
    std::string nots;
    for (int i = 0; i < 1000; ++i) {
        nots += "not ";
    }
    EXPECT_NE(mistake(nots + "a").find("too many"), std::string::npos);
    std::string sum = "a";
    for (int i = 0; i < 2000; ++i) {
        sum += "+a";
    }
    EXPECT_NE(mistake(sum).find("too long"), std::string::npos);
}

// A small reader of its own would share our misunderstandings; what C++ computes does not.
TEST(Where, AgreesWithTheCompiler) {
    for (int a = 0; a < 4; ++a) {
        for (int b = 0; b < 4; ++b) {
            const std::string x = std::to_string(a), y = std::to_string(b);
            EXPECT_EQ(holds(x + " + 2 * " + y + " - 3 < 4 and not " + x + " == " + y + " or " + y +
                            " % 2 == 1"),
                      ((a + 2 * b - 3 < 4) && !(a == b)) || (b % 2 == 1));
        }
    }
}

// Whatever the text, there is either a constraint or one message.
TEST(Where, AnyTextIsReadOrRefused) {
    static const char* const pieces[] = {
        "a",   "rows", "1",  "2.5",  "(",     ")",    "+",   "-",  "*",   "/",
        "%",   "<",    "<=", "==",   "!=",    "=",    "and", "or", "not", "'",
        "'x'", " ",    "\t", "\xff", "1e999", "true", "_",   ";"};
    assay_rng rng = assay_rng_seed(1, "where");
    size_t good = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text;
        for (uint64_t k = assay_rng_below(&rng, 12); k > 0; --k) {
            text += pieces[assay_rng_below(&rng, sizeof pieces / sizeof *pieces)];
        }
        Report report;
        sweep_where* where = nullptr;
        const assay_status status = sweep_where_parse(text.c_str(), "f", &where, report);
        EXPECT_EQ(status == ASSAY_OK, where != nullptr);
        EXPECT_EQ(report.count(), status == ASSAY_OK ? 0u : 1u) << text;
        if (where != nullptr) {
            const std::vector<double> values(sweep_where_names(where) + 1, 1.0);
            const sweep_where_values at = {values.data(), nullptr, nullptr};
            sweep_where_holds(where, &at);
            ++good;
        }
        sweep_where_free(&where);
    }
    EXPECT_GT(good, 500u);
}
