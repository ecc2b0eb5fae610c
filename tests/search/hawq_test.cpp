// The task hawq: its table, ties, budgets, and that its sums are what they should be.
#include <cmath>
#include <limits>
#include <vector>

#include "budget_spec.h"
#include "json.h"
#include "search_files.hpp"
#include "sensitivity_csv.h"
#include "ties.h"

using namespace assay_test;

namespace {

class Hawq : public Search {
  protected:
    double in_summary(const std::string& folder, const char* object, const char* key) {
        const std::string text = file(folder, "summary.json");
        assay_json_doc* doc = nullptr;
        Report report;
        assay_json_parse("summary", text.data(), text.size(), &doc, report);
        const assay_json* at = assay_json_root(doc);
        at = object != nullptr ? assay_json_get(at, object) : at;
        const double value = assay_json_number(assay_json_get(at, key));
        assay_json_free(&doc);
        return value;
    }
};

struct Layer {
    double damage, parameters, macs, lat4, lat8;
};

// Independent of the reader that is tested.
std::vector<Layer> layers() {
    std::vector<Layer> all;
    std::istringstream in(small_sensitivities);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        double n, trace, d8, d4;
        Layer l{};
        sscanf(line.c_str(), "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &n, &trace, &d8, &d4, &l.parameters,
               &l.macs, &l.lat4, &l.lat8);
        l.damage = trace * (d4 - d8);
        all.push_back(l);
    }
    return all;
}

double cost(const Layer& l, const std::string& metric, bool eight) {
    const double bits = eight ? 8 : 4;
    return metric == "size"   ? l.parameters * bits / 8
           : metric == "bops" ? l.macs * bits * bits
                              : 1e-3 * (eight ? l.lat8 : l.lat4);
}

// The best of all 2^7 candidates; layers 2 and 5 alike if `tied`.
double best_reward(const std::string& metric, double fraction, bool tied) {
    const std::vector<Layer> all = layers();
    double low = 0, high = 0, best = -std::numeric_limits<double>::infinity();
    for (const Layer& l : all) {
        low += cost(l, metric, false);
        high += cost(l, metric, true);
    }
    for (unsigned x = 0; x < 128; ++x) {
        double reward = 0, used = 0;
        for (size_t i = 0; i < all.size(); ++i) {
            const bool eight = (x >> i & 1) != 0;
            reward -= eight ? 0 : all[i].damage;
            used += cost(all[i], metric, eight);
        }
        if ((!tied || (x >> 2 & 1) == (x >> 5 & 1)) &&
            used <= (low + (high - low) * fraction) * (1 + 1e-12)) {
            best = std::max(best, reward);
        }
    }
    return best;
}

} // namespace

TEST_F(Hawq, ExactFindsTheBestOfAllCandidates) {
    const std::string ties = dir_.write("ties.json", R"({"schema": 1, "ties": [["5", "2"]]})");
    int number = 0;
    for (const char* metric : {"size", "bops", "latency"}) {
        for (double fraction : {0.0, 0.21, 0.47, 0.83, 1.0}) {
            for (bool tied : {false, true}) {
                const std::string budget = std::string(metric) + "=" + std::to_string(fraction);
                const std::string name = std::to_string(number++);
                settings_.budget = budget.c_str();
                settings_.ties = tied ? ties.c_str() : nullptr;
                ASSERT_EQ(run(name), ASSAY_OK) << messages();
                const double expected = best_reward(metric, fraction, tied);
                EXPECT_NEAR(in_summary(name, "best", "reward"), expected, 1e-12) << budget;
                EXPECT_NEAR(in_summary(name, nullptr, "bound"), expected, 1e-12) << budget;
            }
        }
    }
}

TEST_F(Hawq, RecordsAreTheSumsOfTheTable) {
    settings_.budget = nullptr;
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    double size = 0, bops = 0, seconds = 0;
    for (const Layer& l : layers()) {
        size += l.parameters;
        bops += 64 * l.macs;
        seconds += 1e-3 * l.lat8;
    }
    EXPECT_EQ(in_summary("a", "best", "reward"), 0); // nothing is limited: 8 bits everywhere
    EXPECT_EQ(in_summary("a", "best", "size_bytes"), size);
    EXPECT_EQ(in_summary("a", "best", "bops"), bops);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "seconds"), seconds);
}

TEST_F(Hawq, TiedLayersAreOneVariableAndTwoLayersOfThePolicy) {
    const std::string ties = dir_.write("t.json", R"({"schema": 1, "ties": [["0", "4", "6"]]})");
    settings_.ties = ties.c_str();
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_NE(file("a", "log.jsonl").find(R"("variables":["0+4+6","1","2","3","5"])"),
              std::string::npos);
    const std::string policy = file("a", "policy.json");
    for (const char* layer : {"0", "1", "2", "3", "4", "5", "6"}) {
        EXPECT_NE(policy.find("\"" + std::string(layer) + "\": {"), std::string::npos) << policy;
    }
}

TEST_F(Hawq, AbsoluteBudgetsHaveUnits) {
    settings_.budget = "latency=1.1ms";
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_DOUBLE_EQ(in_summary("a", "budget", "limit"), 1.1e-3);
    EXPECT_LE(in_summary("a", "budget", "used"), 1.1e-3);
    settings_.budget = "size=40kB";
    ASSERT_EQ(run("b"), ASSAY_OK) << messages();
    EXPECT_EQ(in_summary("b", "budget", "limit"), 40000);
}

TEST_F(Hawq, BudgetsThatMakeNoSenseAreToldWithTheLeastThatDoes) {
    const struct {
        const char *budget, *message;
    } cases[] = {
        {"size=1.5", "1.5 is not in 0 .. 1"},
        {"size=20kB", "size of 20000 cannot be met, the least is 32500"},
        {"power=0.5", "\"power\" is not limited by this task, legal are size, bops, latency"},
        {"latency=3parsec", "\"parsec\" is no unit of latency: s, ms, us, ns"},
        {"latency", "\"latency\" is not METRIC=NUMBER[UNIT]"},
        {"size=-1", "\"size=-1\" is not METRIC=NUMBER[UNIT]"},
        {"size=nan", "\"size=nan\" is not METRIC=NUMBER[UNIT]"},
        {"size=1e999", "\"size=1e999\" is not METRIC=NUMBER[UNIT]"},
    };
    for (const auto& c : cases) {
        settings_.budget = c.budget;
        EXPECT_EQ(run("a"), ASSAY_BAD_INPUT) << c.budget;
        EXPECT_TRUE(mentions(c.message)) << messages();
    }
    EXPECT_FALSE(std::filesystem::exists(dir_.path("a")));
}

TEST_F(Hawq, LatencyNeedsLatencies) {
    write_text(csv_, "layer,avg_trace,d8_sq,d4_sq,parameters,macs\na,1,0,1,10,10\nb,1,0,2,10,10\n");
    settings_.budget = "latency=0.5";
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("the table has no latencies")) << messages();
    settings_.budget = "size=0.5";
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_NE(file("a", "summary.json").find("\"seconds\": null"), std::string::npos);
}

TEST_F(Hawq, WhatItDoesNotUseIsRefused) {
    settings_.hw = "some.json";
    settings_.network = "some";
    settings_.sensitivity = nullptr;
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("--hw: is not used by the task hawq")) << messages();
    EXPECT_TRUE(mentions("--network: is not used by the task hawq")) << messages();
    EXPECT_TRUE(mentions("--sensitivity FILE.csv is missing")) << messages();
}

TEST_F(Hawq, DivergencesAreDamagesByThemselvesAndNamesMayNameTheLayers) {
    write_text(csv_, "layer,avg_trace,d8_sq,d4_sq,parameters,macs,name,kl_4,kl_8\n"
                     "0,9,0,9,10,10,\"first, of two\",0.5,0.25\n1,9,0,9,10,10,last,2,1\n");
    const char* const set[] = {"labels=name"};
    settings_.set = set;
    settings_.set_count = 1;
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_EQ(in_summary("a", "best", "reward"), -0.25);
    EXPECT_NE(file("a", "policy.json").find("\"first, of two\""), std::string::npos);
}

TEST(SensitivityCsv, TellsEveryMistake) {
    TempDir dir;
    const std::string path = dir.write("s.csv", "# comment\n"
                                                "layer,avg_trace,d8_sq,d4_sq,parameters,macs\n"
                                                "a,1,x,2,3,4\n"
                                                "b,1,2,-2,3,4\n"
                                                "c,1,2\n"
                                                ",inf,2,2,3,4\n");
    assay_sensitivity_table table;
    Report report;
    EXPECT_EQ(assay_sensitivity_load(path.c_str(), &table, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions(":3: d8_sq: \"x\" is not a number in 0 .. 1e+15")) << report.text();
    EXPECT_TRUE(report.mentions(":4: d4_sq: \"-2\" is not a number in 0 .. 1e+15"));
    EXPECT_TRUE(report.mentions(":5: 3 fields, the first line names 6 columns"));
    EXPECT_TRUE(report.mentions(":6: layer: is empty"));
    EXPECT_TRUE(report.mentions(":6: avg_trace: \"inf\" is not a number in -1e+15 .. 1e+15"));
    assay_sensitivity_free(&table);
}

TEST(SensitivityCsv, RefusesWhatIsNoTable) {
    TempDir dir;
    const struct {
        const char *text, *message;
    } cases[] = {
        {"layer,macs\na,1\n", "the column \"avg_trace\" is missing"},
        {"layer,avg_trace,d8_sq,d4_sq,parameters,macs\n", "has no rows"},
        {"layer,avg_trace,d8_sq,d4_sq,parameters,macs\na,1,1,1,1,1\na,1,1,1,1,1\n",
         "layer: \"a\" stands in two rows"},
        {"layer,avg_trace,d8_sq,d4_sq,parameters,macs\n\"a,1,1,1,1,1\n",
         ":2: a quoted field does not end before a comma"},
    };
    for (const auto& c : cases) {
        assay_sensitivity_table table;
        Report report;
        const std::string path = dir.write("s.csv", c.text);
        EXPECT_EQ(assay_sensitivity_load(path.c_str(), &table, report), ASSAY_BAD_INPUT);
        EXPECT_TRUE(report.mentions(c.message)) << report.text();
        assay_sensitivity_free(&table);
    }
}

TEST(SensitivityCsv, CountsInMillionsAreCounts) {
    TempDir dir;
    const std::string path = dir.write("s.csv", "layer,avg_trace,d8_sq,d4_sq,parameters,macs\r\n"
                                                "a,1,1,1,0.004096,12.845056\r\n"
                                                "\"b \"\"q\"\"\",1,1,1,2,115.605504\r\n");
    assay_sensitivity_table table;
    Report report;
    ASSERT_EQ(assay_sensitivity_load(path.c_str(), &table, report), ASSAY_OK) << report.text();
    ASSERT_EQ(table.count, 2u);
    EXPECT_EQ(table.rows[0].parameters, 4096);
    EXPECT_EQ(table.rows[0].macs, 12845056);
    EXPECT_EQ(table.rows[1].parameters, 2e6);
    EXPECT_STREQ(table.rows[1].layer, "b \"q\"");
    assay_sensitivity_free(&table);
}

TEST(Ties, GroupsAreNumberedByTheirFirstLayers) {
    TempDir dir;
    const char* const names[] = {"a", "b", "c", "d", "e"};
    const std::string path = dir.write("t", R"({"schema": 1, "ties": [["d", "e"], ["b", "e"]]})");
    size_t group[5];
    Report report;
    EXPECT_EQ(assay_ties_read(path.c_str(), names, 5, group, report), 3u) << report.text();
    EXPECT_EQ(std::vector<size_t>(group, group + 5), (std::vector<size_t>{0, 1, 2, 1, 1}));
    EXPECT_EQ(assay_ties_read(nullptr, names, 5, group, report), 5u);
    EXPECT_EQ(std::vector<size_t>(group, group + 5), (std::vector<size_t>{0, 1, 2, 3, 4}));
}

TEST(Ties, TellsEveryMistake) {
    TempDir dir;
    const char* const names[] = {"a", "b"};
    size_t group[2];
    Report report;
    const std::string path =
        dir.write("t", R"({"schema": 1, "tie": 1, "ties": [["a"], ["a", "x", 3], 5]})");
    EXPECT_EQ(assay_ties_read(path.c_str(), names, 2, group, report), 0u);
    EXPECT_TRUE(report.mentions("ties[0]: expected a list of at least two layers"));
    EXPECT_TRUE(report.mentions("ties[1]: the table has no layer \"x\"")) << report.text();
    EXPECT_TRUE(report.mentions("ties[1]: expected names of layers"));
    EXPECT_TRUE(report.mentions("ties[2]: expected a list"));
    EXPECT_TRUE(report.mentions("tie")) << report.text();
    EXPECT_EQ(assay_ties_read("resnet50", names, 2, group, report), 0u);
    EXPECT_TRUE(report.mentions("--ties resnet50: is for tables of 52 layers, this one has 2"));
}
