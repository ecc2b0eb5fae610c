// The page around the data.
#include "fixtures.hpp"
#include "samples.hpp"

using namespace report_test;
using cli_test::contains;

namespace {

size_t count_of(const std::string& text, const std::string& part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

using ReportPage = Report;

} // namespace

TEST_F(ReportPage, DependsOnItsInputsAlone) {
    const std::string run = folder_.write("run.json", run_json), found = search();
    const Page first = page({run, found}), second = page({run, found});
    ASSERT_EQ(first.status, ASSAY_OK) << first.messages;
    EXPECT_EQ(first.html, second.html);
    EXPECT_NE(first.html, page({found, run}).html);
}

TEST_F(ReportPage, FetchesNothing) {
    const Page p = page({folder_.write("run.json", run_json)});
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_TRUE(contains(p.html, "default-src 'none'"));
    for (const char* part : {"src=\"http", "href=\"http", "src=http", "@import", "url(http",
                             "url(//", "sourceMappingURL"}) {
        EXPECT_EQ(count_of(p.html, part), 0u) << part;
    }
    EXPECT_TRUE(contains(p.html, "Permission is hereby granted")); // the library's licence
}

TEST_F(ReportPage, TextsOfInputsCannotLeaveTheirPlace) {
    const std::string harmless = page({folder_.write("run.json", run_json)}).html;
    std::string hostile = run_json;
    const std::string name = "</script><script>alert(1)</script><!--";
    hostile.replace(hostile.find("\"fc\""), 4, "\"" + name + "\"");
    const Page p = page({folder_.write("run.json", hostile)}, "<b>&\"</title>");
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    for (const char* tag : {"<script", "</script", "<!--", "</title"}) {
        EXPECT_EQ(count_of(p.html, tag), count_of(harmless, tag)) << tag;
    }
    EXPECT_TRUE(contains(p.html, "<title>&lt;b&gt;&amp;&quot;&lt;/title&gt;</title>"));
    const cli_test::Json data(data_of(p.html));
    EXPECT_EQ(data.text("inputs.0.layers.0.name"), name);
}

// assay report, as a user runs it.
class CliReport : public Report {};

TEST_F(CliReport, WritesOneFile) {
    const std::string run = folder_.write("run.json", run_json), out = folder_.path("report.html");
    const cli_test::Outcome o =
        cli_test::assay({"report", run, search(), "--out", out, "--title", "Mine"});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(o.out + o.err, "");
    EXPECT_TRUE(contains(cli_test::read_file(out), "<title>Mine</title>"));
}

TEST_F(CliReport, ReadsWhatRunWrites) {
    const std::string hw = folder_.write("hw.json", cli_test::tiny_hw),
                      out = folder_.path("r.html");
    const std::string net = folder_.write("net.json", cli_test::tiny_workload("net", "fc"));
    const std::string run = folder_.path("run.json");
    cli_test::Outcome o =
        cli_test::assay({"run", "--hw", hw, "--workload", net, "--workload", net, "--per-pe",
                         "--no-cache", "--quiet", "--format", "json", "--out", run});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    o = cli_test::assay({"report", run, "--out", out});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const cli_test::Json data(data_of(cli_test::read_file(out)));
    EXPECT_EQ(data.size("inputs"), 2u);
    EXPECT_EQ(data.size("inputs.0.layers.0.pe.entries"), 8u);
    EXPECT_EQ(data.number("inputs.0.layers.0.shape.in_channels"), 48);
    EXPECT_EQ(data.number("inputs.0.layers.0.shape.groups"), 1);
}

TEST_F(CliReport, AMistakeWritesNothing) {
    const std::string out = folder_.write("report.html", "old");
    const cli_test::Outcome o =
        cli_test::assay({"report", folder_.write("a", "{}"), folder_.path("nothing"),
                         folder_.write("b", run_json), "--out", out});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_EQ(count_of(o.err, "\n"), 2u) << o.err;
    EXPECT_EQ(cli_test::read_file(out), "old");
    EXPECT_EQ(cli_test::assay({"report", "--out", out}).exit_code, 2);
    EXPECT_EQ(cli_test::assay({"report", folder_.path("b")}).exit_code, 2);
}

TEST_F(CliReport, ThePlaceOfTheOutputIsCheckedToo) {
    const cli_test::Outcome o = cli_test::assay(
        {"report", folder_.write("a", "{}"), "--out", folder_.path("no/such/report.html")});
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_EQ(count_of(o.err, "\n"), 2u) << o.err;
}

// All that a reader does with the pages, in Chromium: tests/browser.
TEST_F(CliReport, WorksInABrowser) {
    const char* folder = std::getenv("ASSAY_SCREENSHOTS");
    const cli_test::Outcome o = cli_test::assay_in_shell(
        "exec bash \"$1\" \"$0\" \"$2\"", {cli_test::source("tests/browser/run"),
                                           folder != nullptr ? folder : folder_.path("browser")});
    if (o.exit_code == 77) {
        GTEST_SKIP() << o.out;
    }
    EXPECT_EQ(o.exit_code, 0) << o.out << o.err;
    EXPECT_GE(count_of(o.out, "ok "), 20u) << o.out;
}

// The other side of every skip above.
TEST(ReportWithoutLibrary, SaysHowToGetIt) {
    if (assay_page_available()) {
        GTEST_SKIP() << "this build has the library";
    }
    cli_test::Folder folder;
    const cli_test::Outcome o = cli_test::assay(
        {"report", folder.write("run.json", run_json), "--out", folder.path("r.html")});
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "scripts/setup"));
}
