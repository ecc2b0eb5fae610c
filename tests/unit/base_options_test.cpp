#include "assay/options.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "json.h"
#include "report.hpp"
#include "rng.h"
#include "suggest.h"

using assay_test::Report;

namespace {

struct Values {
    uint64_t fifo_depth;
    double clock_mhz;
    uint64_t share_reads;
    uint64_t order;
};

const char* const orders[] = {"row", "column", "random", nullptr};

const assay_option options[] = {
    {"fifo_depth", ASSAY_OPTION_UINT, 8, 1, 4096, "entries", "queue", nullptr,
     offsetof(Values, fifo_depth)},
    {"clock_mhz", ASSAY_OPTION_REAL, 800, 0.5, 1e5, "MHz", "clock", nullptr,
     offsetof(Values, clock_mhz)},
    {"share_reads", ASSAY_OPTION_BOOL, 1, 0, 1, "", "sharing", nullptr,
     offsetof(Values, share_reads)},
    {"order", ASSAY_OPTION_CHOICE, 1, 0, 2, "", "order", orders, offsetof(Values, order)},
};
const assay_option_table table = {"toy", options, 4, sizeof(Values)};

Values defaults() {
    Values values;
    assay_options_defaults(&table, &values);
    return values;
}

std::string format(const char* name, const Values& values) {
    char text[64];
    size_t needed =
        assay_option_format(assay_option_find(&table, name), &values, text, sizeof text);
    EXPECT_EQ(needed, std::strlen(text));
    return text;
}

std::string save(const Values& values) {
    assay_json_writer* w = assay_json_writer_new(2);
    assay_json_begin_object(w, nullptr);
    assay_json_write_uint(w, "fifo_depth", values.fifo_depth);
    assay_json_write_real(w, "clock_mhz", values.clock_mhz);
    assay_json_write_bool(w, "share_reads", values.share_reads != 0);
    assay_json_write_string(w, "order", orders[values.order]);
    assay_json_end_object(w);
    std::string text = assay_json_writer_text(w, nullptr);
    assay_json_writer_free(&w);
    return text;
}

// Reads `text` over `values`; true when nothing was reported.
bool load(const std::string& text, Values* values, Report& report) {
    assay_json_doc* doc = nullptr;
    EXPECT_EQ(assay_json_parse("t.json", text.data(), text.size(), &doc, report), ASSAY_OK)
        << report.text();
    if (doc != nullptr) {
        assay_options_read_json(&table, values, assay_json_root(doc), nullptr, "t.json: options",
                                report);
    }
    assay_json_free(&doc);
    return report.count() == 0;
}

} // namespace

TEST(Options, DefaultsComeFromTheTable) {
    Values values = defaults();
    EXPECT_EQ(values.fifo_depth, 8u);
    EXPECT_EQ(values.clock_mhz, 800);
    EXPECT_EQ(values.share_reads, 1u);
    EXPECT_EQ(values.order, 1u);
}

TEST(Options, GetAndFindByName) {
    Values values = defaults();
    EXPECT_EQ(assay_option_find(&table, "Fifo_depth"), nullptr);
    EXPECT_EQ(assay_option_get(assay_option_find(&table, "fifo_depth"), &values), 8);
    EXPECT_EQ(assay_option_get(assay_option_find(&table, "clock_mhz"), &values), 800);
    EXPECT_EQ(assay_option_get(assay_option_find(&table, "order"), &values), 1);
}

TEST(Options, SetTextTakesEveryType) {
    Values values = defaults();
    Report report;
    auto set = [&](const char* name, const char* text) {
        return assay_option_set_text(&table, &values, name, text, "--set", report);
    };
    EXPECT_EQ(set("fifo_depth", "4096"), ASSAY_OK);
    EXPECT_EQ(set("clock_mhz", "1e3"), ASSAY_OK);
    EXPECT_EQ(set("share_reads", "0"), ASSAY_OK);
    EXPECT_EQ(set("order", "random"), ASSAY_OK);
    EXPECT_EQ(values.fifo_depth, 4096u);
    EXPECT_EQ(values.clock_mhz, 1000);
    EXPECT_EQ(values.share_reads, 0u);
    EXPECT_EQ(values.order, 2u);
    EXPECT_EQ(set("share_reads", "true"), ASSAY_OK);
    EXPECT_EQ(values.share_reads, 1u);
    EXPECT_EQ(report.count(), 0u) << report.text();
}

TEST(Options, SetTextRefusesWithOneMessageAndChangesNothing) {
    struct Case {
        const char *name, *text, *message;
    } cases[] = {
        {"fifo_depth", "0", "--set fifo_depth: expected an integer from 1 to 4096 entries, not 0"},
        {"fifo_depth", "4097", "not 4097"},
        {"fifo_depth", "-1", "not -1"},
        {"fifo_depth", "2.5", "not 2.5"},
        {"fifo_depth", "", "not \"\""},
        {"fifo_depth", "8 ", "not \"8 \""},
        {"fifo_depth", " 8", "not \" 8\""},
        {"fifo_depth", "0x10", "not \"0x10\""},
        {"fifo_depth", "010", "not \"010\""},
        {"fifo_depth", "+8", "not \"+8\""},
        {"fifo_depth", "8\x1b[2J", "not \"8\\x1B[2J\""},
        {"fifo_depth", "99999999999999999999999", "expected an integer from 1 to 4096"},
        {"clock_mhz", "nan", "expected a number from 0.5 to 100000 MHz, not \"nan\""},
        {"clock_mhz", "inf", "not \"inf\""},
        {"clock_mhz", "1e999", "not \"1e999\""},
        {"clock_mhz", "0.49", "not 0.49"},
        {"clock_mhz", "100000.1", "not 100000.1"},
        {"share_reads", "yes", "--set share_reads: expected true or false, not \"yes\""},
        {"share_reads", "2", "not \"2\""},
        {"order", "Row", "--set order: expected row, column or random, not \"Row\""},
        {"order", "1", "not \"1\""},
        {"fifo_dept", "1", "--set: toy has no option \"fifo_dept\", did you mean \"fifo_depth\"?"},
        {"colour", "1", "--set: toy has no option \"colour\"\n"},
    };
    for (const Case& c : cases) {
        Values values = defaults(), before = values;
        Report report;
        EXPECT_EQ(assay_option_set_text(&table, &values, c.name, c.text, "--set", report),
                  ASSAY_BAD_INPUT)
            << c.name << "=" << c.text;
        EXPECT_EQ(report.count(), 1u);
        EXPECT_TRUE(report.mentions(c.message)) << c.text << " gave " << report.text();
        EXPECT_EQ(std::memcmp(&values, &before, sizeof values), 0) << c.name << "=" << c.text;
    }
}

TEST(Options, FormatReadsBackToTheSameValue) {
    assay_rng rng = assay_rng_seed(1, "options");
    for (int i = 0; i < 1000; ++i) {
        Values values{1 + assay_rng_below(&rng, 4096), 0.5 + 1000 * assay_rng_unit(&rng),
                      assay_rng_below(&rng, 2), assay_rng_below(&rng, 3)};
        Values copy = defaults();
        Report report;
        for (const assay_option& option : options) {
            ASSERT_EQ(assay_option_set_text(&table, &copy, option.name,
                                            format(option.name, values).c_str(), "t", report),
                      ASSAY_OK)
                << report.text();
        }
        ASSERT_EQ(std::memcmp(&copy, &values, sizeof copy), 0);
    }
}

TEST(Options, FormatTellsTheLengthItNeeds) {
    Values values = defaults();
    char text[4];
    EXPECT_EQ(assay_option_format(&options[3], &values, text, sizeof text), 6u);
    EXPECT_STREQ(text, "col");
    EXPECT_EQ(assay_option_format(&options[0], &values, nullptr, 0), 1u);
}

TEST(Options, SaveLoadSaveIsTheSameText) {
    assay_rng rng = assay_rng_seed(2, "options");
    for (int i = 0; i < 200; ++i) {
        Values values{1 + assay_rng_below(&rng, 4096), 0.5 + 1000 * assay_rng_unit(&rng),
                      assay_rng_below(&rng, 2), assay_rng_below(&rng, 3)};
        Values loaded = defaults();
        Report report;
        std::string saved = save(values);
        ASSERT_TRUE(load(saved, &loaded, report)) << report.text();
        ASSERT_EQ(save(loaded), saved);
        ASSERT_EQ(std::memcmp(&loaded, &values, sizeof values), 0);
    }
}

TEST(Options, ReadJsonKeepsWhatIsAbsent) {
    Values values = defaults();
    values.fifo_depth = 77;
    Report report;
    EXPECT_TRUE(load("{\"clock_mhz\": 400}", &values, report)) << report.text();
    EXPECT_EQ(values.fifo_depth, 77u);
    EXPECT_EQ(values.clock_mhz, 400);
}

TEST(Options, ReadJsonReportsEveryMistake) {
    Values values = defaults(), before = values;
    Report report;
    load(R"({"fifo_depth": 2.5, "clock_mhz": "fast", "share_reads": 1, "order": "rwo",
             "clok_mhz": 3})",
         &values, report);
    EXPECT_EQ(report.text(),
              "t.json: options.fifo_depth: expected an integer from 1 to 4096 entries, not 2.5\n"
              "t.json: options.clock_mhz: expected a number from 0.5 to 100000 MHz, not \"fast\"\n"
              "t.json: options.share_reads: expected true or false, not 1\n"
              "t.json: options.order: expected row, column or random, not \"rwo\"\n"
              "t.json: options: unknown key \"clok_mhz\", did you mean \"clock_mhz\"?\n");
    EXPECT_EQ(std::memcmp(&values, &before, sizeof values), 0);
}

TEST(Options, ReadJsonSkipsNamedMembersAndRefusesNonObjects) {
    const char* const skip[] = {"schema", nullptr};
    for (const char* text : {"{\"schema\": 1}", "[]"}) {
        Report report;
        Values values = defaults();
        assay_json_doc* doc = nullptr;
        ASSERT_EQ(assay_json_parse("t", text, std::strlen(text), &doc, report), ASSAY_OK);
        assay_options_read_json(&table, &values, assay_json_root(doc), skip, "t", report);
        assay_json_free(&doc);
        EXPECT_EQ(report.text(),
                  text[0] == '{' ? "" : "t: expected an object of options, not an array\n");
    }
}

TEST(Suggest, FindsTheNearestWithinAThird) {
    const char* const names[] = {"rows", "columns", "clock_mhz", nullptr};
    EXPECT_STREQ(assay_suggest("row", names), "rows");
    EXPECT_STREQ(assay_suggest("colums", names), "columns");
    EXPECT_STREQ(assay_suggest("clock_ghz", names), "clock_mhz");
    EXPECT_EQ(assay_suggest("latency", names), nullptr);
    EXPECT_EQ(assay_suggest("", names), nullptr);
    EXPECT_EQ(assay_suggest(std::string(100000, 'r').c_str(), names), nullptr);
    EXPECT_STREQ(assay_option_suggest(&table, "ordr"), "order");
    EXPECT_EQ(assay_option_suggest(&table, "zzzz"), nullptr);
}
