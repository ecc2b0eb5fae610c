#include <gtest/gtest.h>

#include <string>

#include "assay/status.h"
#include "quote.h"
#include "report.hpp"

using assay_test::Report;

TEST(Report, KeepsMessagesInOrder) {
    Report report;
    assay_report_add(report, "first %d", 1);
    assay_report_add(report, "second %s", "two");
    EXPECT_EQ(report.count(), 2u);
    EXPECT_EQ(report.text(), "first 1\nsecond two\n");
}

TEST(Report, CountsWhatItNoLongerKeeps) {
    Report report;
    for (int i = 0; i < 99; ++i) {
        assay_report_add(report, "message %d", i);
    }
    assay_report_add(report, "the last one kept");
    const char* last = assay_report_text(report, 99);
    EXPECT_STREQ(last, "the last one kept");
    for (int i = 0; i < 1234; ++i) {
        assay_report_add(report, "dropped");
    }
    EXPECT_EQ(report.count(), 1334u);
    EXPECT_EQ(assay_report_kept(report), 100u);
    EXPECT_STREQ(last, "the last one kept; and 1234 more messages");
    EXPECT_FALSE(report.mentions("dropped"));
}

TEST(Report, ClearMakesItEmptyAndUsable) {
    Report report;
    assay_report_add(report, "old");
    assay_report_clear(report);
    EXPECT_EQ(report.count(), 0u);
    assay_report_add(report, "new");
    EXPECT_EQ(report.text(), "new\n");
}

TEST(Report, NullReportDropsTheMessage) {
    assay_report_add(nullptr, "%s", "nobody listens");
    assay_report* none = nullptr;
    assay_report_free(&none);
    EXPECT_EQ(none, nullptr);
}

TEST(Report, FreeNullsTheHandle) {
    assay_report* report = assay_report_new();
    ASSERT_NE(report, nullptr);
    assay_report_free(&report);
    EXPECT_EQ(report, nullptr);
}

TEST(Report, CannotForgeLinesOrSteerATerminal) {
    Report report;
    assay_report_add(report, "%s", "evil\nname\x1b[2J\x7f and \xc2\x9b too");
    EXPECT_EQ(report.text(), "evil\\nname\\x1B[2J\\x7F and \\xC2\\x9B too\n");
}

TEST(Report, CutsHugeMessages) {
    Report report;
    assay_report_add(report, "%s", std::string(1 << 20, 'x').c_str());
    std::string text = report.text();
    EXPECT_LT(text.size(), 10000u);
    EXPECT_GT(text.size(), 1000u);
}

TEST(ReportDeathTest, MisuseNamesTheFunction) {
    EXPECT_DEATH(assay_report_count(nullptr), "assay_report_count");
    Report report;
    EXPECT_DEATH(assay_report_text(report, 0), "assay_report_text: contract violated");
}

TEST(Status, HasANameForEveryCode) {
    EXPECT_STREQ(assay_status_name(ASSAY_OK), "ok");
    EXPECT_STREQ(assay_status_name(ASSAY_BAD_INPUT), "bad input");
    EXPECT_STREQ(assay_status_name(static_cast<assay_status>(77)), "unknown status");
    for (int i = ASSAY_OK; i <= ASSAY_INTERRUPTED; ++i) {
        EXPECT_STRNE(assay_status_name(static_cast<assay_status>(i)), "unknown status") << i;
    }
}

TEST(Quote, ShowsPlainTextAndUtf8Unchanged) {
    EXPECT_STREQ(assay_quote("fifo_depth").text, "\"fifo_depth\"");
    EXPECT_STREQ(assay_quote("").text, "\"\"");
    EXPECT_STREQ(assay_quote("\xc2\xb5m\xe2\x82\xac\xf0\x9f\x99\x82").text,
                 "\"\xc2\xb5m\xe2\x82\xac\xf0\x9f\x99\x82\"");
}

TEST(Quote, EscapesWhatIsNotPrintable) {
    EXPECT_STREQ(assay_quote("a\tb\r\x01").text, "\"a\\tb\\x0D\\x01\"");
    EXPECT_STREQ(assay_quote("\xff\xc0\xaf").text, "\"\\xFF\\xC0\\xAF\"");
    EXPECT_STREQ(assay_quote("\xe2\x80\xae").text, "\"\\xE2\\x80\\xAE\""); // right-to-left override
    EXPECT_STREQ(assay_quote_bytes("a\0b", 3).text, "\"a\\x00b\"");
}

TEST(Quote, CutsLongTextBetweenCharacters) {
    std::string long_text(ASSAY_QUOTE_MAX, 'a');
    EXPECT_EQ(assay_quote(long_text.c_str()).text, "\"" + long_text + "\"");
    EXPECT_EQ(assay_quote((long_text + "b").c_str()).text, "\"" + long_text + "\"...");
    std::string straddling(ASSAY_QUOTE_MAX - 1, 'a');
    EXPECT_EQ(assay_quote((straddling + "\xe2\x82\xac").c_str()).text, "\"" + straddling + "\"...");
    std::string worst(1000, '\x01');
    std::string shown = assay_quote(worst.c_str()).text;
    EXPECT_EQ(shown.size(), 4u * ASSAY_QUOTE_MAX + 5u);
}

TEST(Quote, EscapeStopsBeforeWhatDoesNotFit) {
    char out[6];
    EXPECT_EQ(assay_escape("ab\ncd", 5, out, sizeof out), 5u);
    EXPECT_STREQ(out, "ab\\nc");
    EXPECT_EQ(assay_escape("abc\x01", 4, out, sizeof out), 3u);
    EXPECT_STREQ(out, "abc");
}

TEST(Utf8, KnowsTheBordersOfRfc3629) {
    auto length = [](const std::string& s) {
        return assay_utf8_length(s.data(), s.size(), nullptr);
    };
    EXPECT_EQ(length("a"), 1u);
    EXPECT_EQ(length("\xc2\x80"), 2u);
    EXPECT_EQ(length("\xe0\xa0\x80"), 3u);
    EXPECT_EQ(length("\xf4\x8f\xbf\xbf"), 4u);
    EXPECT_EQ(length(""), 0u);
    EXPECT_EQ(length("\xc1\xbf"), 0u) << "overlong";
    EXPECT_EQ(length("\xe0\x9f\xbf"), 0u) << "overlong";
    EXPECT_EQ(length("\xf0\x8f\xbf\xbf"), 0u) << "overlong";
    EXPECT_EQ(length("\xed\xa0\x80"), 0u) << "surrogate";
    EXPECT_EQ(length("\xf4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
    EXPECT_EQ(length("\xe2\x82"), 0u) << "cut short";
    EXPECT_EQ(length("\x80"), 0u) << "continuation first";
}
