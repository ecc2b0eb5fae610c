// What the readers take, and what they say about what they do not take.
#include <cmath>

#include "fixtures.hpp"
#include "samples.hpp"

using namespace report_test;
using cli_test::contains;
using cli_test::Json;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

class ReportInputs : public Report {
  protected:
    Page of(const std::string& text, const std::string& name = "input") const {
        return page({folder_.write(name, text)});
    }
    // One mistake, told in these words, after the file's name.
    void expect_message(const std::string& text, const std::string& message) const {
        const Page p = of(text);
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT) << message;
        EXPECT_EQ(p.count, 1u) << p.messages;
        EXPECT_TRUE(contains(p.messages, folder_.path("input") + message));
    }
};

} // namespace

TEST_F(ReportInputs, EachKindIsKnownByItsContent) {
    struct Case {
        const char *text, *kind;
    };
    for (const Case& c :
         {Case{run_json, "run"}, Case{table_json, "table"}, Case{table_csv, "table_rows"},
          Case{sweep_csv, "sweep"}, Case{sweep_jsonl, "sweep"}, Case{timeline_json, "timeline"}}) {
        const Page p = of(c.text);
        ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
        const Json data(data_of(p.html));
        EXPECT_EQ(data.size("inputs"), 1u);
        EXPECT_EQ(data.text("inputs.0.kind"), c.kind);
        EXPECT_EQ(data.text("inputs.0.file"), folder_.path("input"));
    }
}

TEST_F(ReportInputs, ARunKeepsItsNumbers) {
    const Page p = of(run_json);
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    const Json data(data_of(p.html));
    EXPECT_EQ(data.number("inputs.0.layers.0.counters.entries"), 17);
    EXPECT_EQ(data.number("inputs.0.layers.0.pe.scan.1"), 2);
    EXPECT_EQ(data.number("inputs.0.total.energy_j"), 2e-9);
    EXPECT_EQ(data.number("inputs.0.hw.options.clock_mhz"), 800);
}

TEST_F(ReportInputs, SeveralRunsOfAFileAreSeveralInputs) {
    const Page p =
        of(std::string("{\"assay\": \"0.1.0\", \"runs\": [") + run_json + "," + run_json + "]}");
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_EQ(Json(data_of(p.html)).size("inputs"), 2u);
}

TEST_F(ReportInputs, BothFormatsOfASweepMeanTheSame) {
    const Page csv = of(sweep_csv), jsonl = of(sweep_jsonl);
    ASSERT_EQ(csv.status, ASSAY_OK) << csv.messages;
    EXPECT_EQ(data_of(csv.html), data_of(jsonl.html));
    const Json data(data_of(csv.html));
    EXPECT_EQ(data.number("inputs.0.rows"), 2);
    EXPECT_EQ(data.number("inputs.0.columns.0.1"), 16);
    EXPECT_EQ(assay_json_kind_of(data.at("inputs.0.columns.5.1")), ASSAY_JSON_NULL);
    EXPECT_EQ(data.text("inputs.0.columns.11.values.1"), "layer \"fc\", too large\nby 3");
    EXPECT_EQ(data.number("inputs.0.columns.11.codes.1"), 1);
}

TEST_F(ReportInputs, ASearchIsItsFolder) {
    const Page p = page({search()});
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    const Json data(data_of(p.html));
    EXPECT_EQ(data.text("inputs.0.kind"), "search");
    EXPECT_EQ(data.number("inputs.0.header.seed"), 7);
    EXPECT_EQ(data.number("inputs.0.log.reward.1"), -0.25);
    EXPECT_EQ(data.number("inputs.0.summary.best.reward"), -0.25);
    EXPECT_EQ(data.text("inputs.0.phases.0"), "search");
}

TEST_F(ReportInputs, AStoppedSearchHasNoSummaryAndMayEndAmidALine) {
    const std::string folder = search();
    ASSERT_EQ(std::remove((folder + "/summary.json").c_str()), 0);
    folder_.write("search/log.jsonl", std::string(log_jsonl) + "{\"evaluation\":2,\"pha");
    const Page p = page({folder});
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    const Json data(data_of(p.html));
    EXPECT_EQ(data.size("inputs.0.log.reward"), 2u);
    EXPECT_EQ(data.at("inputs.0.summary"), nullptr);
}

TEST_F(ReportInputs, ATimelineBecomesSlots) {
    const Page p = of(timeline_json);
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    const Json data(data_of(p.html));
    const std::string process = "inputs.0.processes.0.";
    EXPECT_EQ(data.text(process + "name"), "net");
    EXPECT_EQ(data.number(process + "end"), 600);
    EXPECT_EQ(data.text(process + "rows.0.name"), "array");
    EXPECT_EQ(data.text(process + "rows.0.names.0"), "issue");
    EXPECT_EQ(data.number(process + "rows.0.shares.0.449"), 1);
    EXPECT_EQ(data.number(process + "rows.0.shares.0.450"), 0);
    EXPECT_EQ(data.number(process + "rows.0.shares.1.450"), 1);
    EXPECT_EQ(data.text(process + "counters.0.name"), "input buffer: bytes");
    EXPECT_EQ(data.number(process + "counters.0.mean.299"), 100);
    EXPECT_EQ(data.number(process + "counters.0.max.300"), 0);
}

// Slots that hold parts of slices: what they add up to is the time of the slices.
TEST_F(ReportInputs, SharesOfATimelineAddUpToItsSlices) {
    std::string events;
    for (int i = 0; i < 70; ++i) {
        events += std::string(i > 0 ? "," : "") + R"({"ph":"X","pid":1,"tid":1,"name":"a","ts":)" +
                  std::to_string(11 * i) + R"(,"dur":7})";
    }
    const Page p = of("{\"traceEvents\": [" + events + "]}");
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    const Json data(data_of(p.html));
    const double end = data.number("inputs.0.processes.0.end");
    double total = 0;
    for (int i = 0; i < 600; ++i) {
        total += data.number("inputs.0.processes.0.rows.0.shares.0." + std::to_string(i));
    }
    EXPECT_EQ(end, 11 * 69 + 7);
    EXPECT_NEAR(total * end / 600, 7 * 70, 0.5); // shares are rounded to thousandths
}

TEST_F(ReportInputs, MistakesAreToldWithTheirPlace) {
    expect_message(replaced(run_json, "\"cycles\": 10, \"seconds\": 1e-8,\n   \"energy_j\"",
                            "\"seconds\": 1e-8,\n   \"energy_j\""),
                   ": layers[0].cycles: missing, expected a number");
    expect_message(replaced(run_json, "\"scan\": 3", "\"scan\": -3"),
                   ": layers[0].stall_cycles: \"scan\": expected a number from 0 on");
    expect_message(replaced(run_json, "[8, 9]", "[8]"),
                   ": layers[0]: pe: must hold arrays of equally many numbers");
    expect_message(replaced(run_json, "\"model\": \"event\"", "\"model\": 3"),
                   ": model: expected a text, not a number");
    expect_message(
        replaced(table_json, "\"cycles\": [[1, 2], [3, 4]]", "\"cycles\": [[1, 2], [3]]"),
        ": layers[0]: cycles: must be 2 rows of 2 numbers from 0 on");
    expect_message(replaced(table_json, "[2, 3]", "[3, 2]"),
                   ": bits: must be two integers, 1 .. 16, in order");
    expect_message(replaced(sweep_csv, "0.5,64", "0.5"),
                   ":2: 11 columns where the first line has 12");
    expect_message(replaced(sweep_csv, "1.5", "x"), ": row 1: area_mm2: \"x\" is not a number");
    expect_message(replaced(sweep_csv, "by 3\"", "by 3"), ":3: a quote that does not end");
    expect_message(replaced(sweep_jsonl, "\"rows\":16,", ""),
                   ":2: 11 keys where the first line has 12");
    expect_message(replaced(sweep_jsonl, "\"rows\":16", "\"rows\":[16]"),
                   ":2: rows: must be a number, text, true, false or null");
    expect_message(replaced(timeline_json, "\"dur\": 450", "\"dur\": -1"),
                   ": traceEvents[2]: ts and dur must be numbers from 0 on");
    expect_message("{\"traceEvents\": []}", ": traceEvents: no slices and no levels");
    expect_message("{\"a\": 1}", ": not a result of run, table, sweep or search, and no timeline");
    expect_message("a,b\n1,2\n", ": not a result of run, table, sweep or search, and no timeline");
    expect_message(summary_json, ": is part of a search: name its folder instead");
    expect_message("layer,layer\n1,2\n", ":1: column \"layer\" is there twice");
    expect_message("layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n", ": no rows");
}

TEST_F(ReportInputs, AllMistakesOfAllInputsAreTold) {
    const std::string no_folder = folder_.path("nothing");
    const std::string run =
        folder_.write("run", replaced(replaced(run_json, "\"area_mm2\": 1,", ""),
                                      "\"bound\": \"compute\", ", ""));
    const std::string sweep =
        folder_.write("sweep", replaced(replaced(sweep_csv, "1.5", "x"), "64", "y"));
    const Page p = page({no_folder, run, folder_.write("fine", run_json), sweep});
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_EQ(p.count, 5u) << p.messages;
    for (const char* part :
         {"nothing", "total.area_mm2: missing, expected a number",
          "layers[0].bound: missing, expected a text", "area_mm2: \"x\"", "dram_bytes: \"y\""}) {
        EXPECT_TRUE(contains(p.messages, part));
    }
}

TEST_F(ReportInputs, ADamagedLogNamesTheLine) {
    const std::string folder = search();
    folder_.write("search/log.jsonl", replaced(log_jsonl, "-1.5", "\"much\""));
    Page p = page({folder});
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(p.messages, "log.jsonl:2: reward: must be a number or null"));
    folder_.write("search/log.jsonl", "");
    EXPECT_EQ(page({folder}).status, ASSAY_BAD_INPUT);
    ASSERT_EQ(std::remove((folder + "/log.jsonl").c_str()), 0);
    p = page({folder});
    EXPECT_TRUE(contains(p.messages, "has no log.jsonl: not the folder of a search"));
}
