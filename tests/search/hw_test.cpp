// The task hw: machines against what the simulator says of each, its limits, and its mistakes.
#include <cmath>
#include <map>

#include "../unit/table_files.hpp"
#include "hw_space.h"
#include "json.h"
#include "search_files.hpp"

using namespace assay_test;

namespace {

const char* const base_machine = R"({"schema": 1, "name": "base", "accelerator": "bit_fusion",
  "options": {"rows": 4, "cols": 8, "wbuf_bytes": 8192, "ibuf_bytes": 8192, "obuf_bytes": 4096,
  "depthwise_mapping": "published"}})";

const char* const net = R"({"schema": 1, "name": "net", "input": {"shape": [8, 6, 6]}, "layers": [
  {"name": "a", "op": "conv2d", "in_channels": 8, "in_height": 6, "in_width": 6,
   "out_channels": 16, "kernel": 3, "stride": 1, "padding": 1, "relu": true},
  {"name": "b", "op": "conv2d", "in_channels": 16, "in_height": 6, "in_width": 6,
   "out_channels": 24, "kernel": 1, "stride": 1, "padding": 0, "relu": true},
  {"name": "c", "op": "linear", "in_features": 864, "out_features": 10}]})";

const char* const other_net = R"({"schema": 1, "name": "other", "input": {"shape": [64, 1, 1]},
  "layers": [{"name": "a", "op": "linear", "in_features": 64, "out_features": 96}]})";

// Its 3x3 kernels need nine words of each bank of the weight buffer.
const char* const depthwise_net = R"({"schema": 1, "name": "dw", "input": {"shape": [16, 6, 6]},
  "layers": [{"name": "d", "op": "conv2d", "in_channels": 16, "in_height": 6, "in_width": 6,
   "out_channels": 16, "kernel": 3, "stride": 1, "padding": 1, "groups": 16}]})";

class Hw : public Search {
  protected:
    void SetUp() override {
        Search::SetUp();
        settings_ = assay_default_search_settings();
        settings_.task = "hw";
        settings_.algorithm = "evolution";
        settings_.evaluations = 200;
        settings_.jobs = 2;
        use(hw_, &settings_.hw, "base.json", base_machine);
        use(net_, &settings_.network, "net.json", net);
        store_ = dir_.path("store.sqlite");
        settings_.store = store_.c_str();
        vary({"rows=2,4,8", "cols=4..16:x2", "wbuf_bytes=4096,8192"});
    }
    void use(std::string& path, const char** member, const char* name, const char* text) {
        path = dir_.write(name, text);
        *member = path.c_str();
    }
    void vary(const std::vector<std::string>& texts) {
        vary_ = texts;
        pointers_.clear();
        for (const std::string& text : vary_) {
            pointers_.push_back(text.c_str());
        }
        settings_.vary = pointers_.data();
        settings_.vary_count = pointers_.size();
    }
    // "best.reward"
    double in_summary(const std::string& folder, const std::string& object, const char* key) {
        const std::string text = file(folder, "summary.json");
        assay_json_doc* doc = nullptr;
        Report report;
        EXPECT_EQ(assay_json_parse("summary", text.data(), text.size(), &doc, report), ASSAY_OK);
        if (doc == nullptr) {
            return NAN;
        }
        const assay_json* at = assay_json_get(assay_json_root(doc), object.c_str());
        const double value = assay_json_number(assay_json_get(at, key));
        assay_json_free(&doc);
        return value;
    }

    std::string hw_, net_, store_;
    std::vector<std::string> vary_;
    std::vector<const char*> pointers_;
};

struct Cost {
    double seconds = 0, energy_j = 0, area_mm2 = 0;
};

using Setting = std::map<std::string, std::string>;

// By the simulator alone: a machine of its own for each question.
Cost cost_of(const std::string& hw_path, const std::vector<std::string>& nets,
             const Setting& setting, unsigned w, unsigned a) {
    Report report;
    Cost cost;
    assay_hw* hw = nullptr;
    assay_machine* machine = nullptr;
    EXPECT_EQ(assay_hw_load(hw_path.c_str(), &hw, report), ASSAY_OK) << report.text();
    for (const auto& [name, value] : setting) {
        EXPECT_EQ(assay_hw_set(hw, name.c_str(), value.c_str(), report), ASSAY_OK);
    }
    EXPECT_EQ(assay_machine_open(hw, ASSAY_MODEL_EVENT, nullptr, &machine, report), ASSAY_OK)
        << report.text();
    for (const std::string& path : nets) {
        assay_workload* workload = nullptr;
        EXPECT_EQ(assay_workload_load(path.c_str(), nullptr, &workload, report), ASSAY_OK)
            << report.text();
        for (size_t i = 0; i < assay_workload_layer_count(workload); ++i) {
            assay_measurement m{};
            EXPECT_EQ(assay_machine_measure(machine, workload, i, w, a, 0, &m, report), ASSAY_OK)
                << report.text();
            cost.seconds += m.seconds;
            cost.energy_j += m.energy_j;
        }
        assay_run_settings run = assay_default_run_settings();
        assay_result* result = nullptr;
        EXPECT_EQ(assay_machine_run(machine, workload, &run, &result, report), ASSAY_OK)
            << report.text();
        cost.area_mm2 = result->total.area_mm2;
        assay_result_free(&result);
        assay_workload_free(&workload);
    }
    assay_machine_close(&machine);
    assay_hw_free(&hw);
    return cost;
}

std::vector<Setting> all_settings() {
    std::vector<Setting> all;
    for (const char* rows : {"2", "4", "8"}) {
        for (const char* cols : {"4", "8", "16"}) {
            for (const char* wbuf : {"4096", "8192"}) {
                all.push_back({{"rows", rows}, {"cols", cols}, {"wbuf_bytes", wbuf}});
            }
        }
    }
    return all;
}

} // namespace

TEST_F(Hw, FindsTheBestOfAllMachines) {
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const Cost base = cost_of(hw_, {net_}, {}, 8, 8);
    double best = -INFINITY;
    Cost best_cost;
    for (const Setting& setting : all_settings()) {
        const Cost c = cost_of(hw_, {net_}, setting, 8, 8);
        const double reward = std::log(base.energy_j * base.seconds / (c.energy_j * c.seconds));
        if (reward > best) {
            best = reward;
            best_cost = c;
        }
    }
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "reward"), best);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "seconds"), best_cost.seconds);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "energy_j"), best_cost.energy_j);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "area_mm2"), best_cost.area_mm2);
    EXPECT_GT(best, 0) << "nothing to find";
}

TEST_F(Hw, TheFoundFileIsThatMachine) {
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const Cost c = cost_of(dir_.path("a") + "/hw.json", {net_}, {}, 8, 8);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "seconds"), c.seconds);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "energy_j"), c.energy_j);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "area_mm2"), c.area_mm2);
    EXPECT_FALSE(std::filesystem::exists(dir_.path("a") + "/policy.json"));
}

TEST_F(Hw, NetworksAddUpAtTheGivenWidths) {
    const std::string other = dir_.write("other.json", other_net), both = net_ + "," + other;
    const char* const set[] = {"w_bits=4", "a_bits=2", "objective=latency"};
    settings_.network = both.c_str();
    settings_.set = set;
    settings_.set_count = 3;
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const Cost c = cost_of(dir_.path("a") + "/hw.json", {net_, other}, {}, 4, 2);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "seconds"), c.seconds);
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "energy_j"), c.energy_j);
    const Cost base = cost_of(hw_, {net_, other}, {}, 4, 2);
    EXPECT_NEAR(in_summary("a", "best", "reward"), std::log(base.seconds / c.seconds), 1e-12);
}

TEST_F(Hw, KeepsAllItsBudgets) {
    const char* const set[] = {"objective=latency"};
    settings_.set = set;
    settings_.set_count = 1;
    settings_.budget = "area=0.9,power=1.2";
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const Cost base = cost_of(hw_, {net_}, {}, 8, 8);
    const double area = 0.9 * base.area_mm2, power = 1.2 * base.energy_j / base.seconds;
    double best = INFINITY;
    for (const Setting& setting : all_settings()) {
        const Cost c = cost_of(hw_, {net_}, setting, 8, 8);
        if (c.area_mm2 <= area && c.energy_j / c.seconds <= power) {
            best = std::min(best, c.seconds);
        }
    }
    EXPECT_DOUBLE_EQ(in_summary("a", "best", "seconds"), best);
    EXPECT_DOUBLE_EQ(in_summary("a", "budget", "limit"), area);
    EXPECT_DOUBLE_EQ(in_summary("a", "budget", "used"), in_summary("a", "best", "area_mm2"));
}

TEST_F(Hw, PowerThatIsMeasuredIsWhatABudgetUses) {
    settings_.budget = "power=0.9";
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_DOUBLE_EQ(in_summary("a", "budget", "used"),
                     in_summary("a", "best", "energy_j") / in_summary("a", "best", "seconds"));
    EXPECT_LE(in_summary("a", "budget", "used"), in_summary("a", "budget", "limit"));
}

TEST_F(Hw, AnAreaThatNothingHasIsRefusedWithTheLeast) {
    settings_.budget = "area=0.001mm2";
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    double least = INFINITY;
    for (const Setting& setting : all_settings()) {
        least = std::min(least, cost_of(hw_, {net_}, setting, 8, 8).area_mm2);
    }
    char number[32];
    snprintf(number, sizeof number, "allows is %g", least);
    EXPECT_TRUE(mentions("area of 0.001 mm2 cannot be met, the least")) << messages();
    EXPECT_TRUE(mentions(number)) << messages();
    EXPECT_FALSE(std::filesystem::exists(dir_.path("a") + "/log.jsonl"));
}

TEST_F(Hw, OneWorkerOrTwoAndAResumedSearchGiveTheSameBytes) {
    settings_.algorithm = "nsga2";
    settings_.budget = "area=1.5";
    ASSERT_EQ(run("two"), ASSAY_OK) << messages();
    settings_.jobs = 1;
    settings_.store = nullptr;
    const std::string another = dir_.path("another.sqlite");
    settings_.store = another.c_str();
    ASSERT_EQ(run("one"), ASSAY_OK) << messages();
    EXPECT_EQ(log("one"), log("two"));

    const std::string whole = file("two", "log.jsonl");
    std::filesystem::create_directories(dir_.path("part"));
    write_text(dir_.path("part") + "/log.jsonl", whole.substr(0, whole.size() / 2));
    settings_.resume = true;
    ASSERT_EQ(run("part"), ASSAY_OK) << messages();
    EXPECT_EQ(log("part"), log("two"));
    for (const char* name : {"hw.json", "summary.json", "pareto.csv"}) {
        EXPECT_EQ(file("one", name), file("two", name)) << name;
        EXPECT_EQ(file("part", name), file("two", name)) << name;
    }
}

TEST_F(Hw, WhatTheRulesForbidIsNeverBuilt) {
    // 16 columns, two halves of words of 32 bits: an output buffer of 64 bytes is too small.
    vary({"cols=4,8,16", "obuf_bytes=64,4096"});
    settings_.algorithm = "random";
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_EQ(log("a").find("\"x\":[2,0]"), std::string::npos);
    EXPECT_NE(log("a").find("\"x\":[2,1]"), std::string::npos);
    EXPECT_NE(log("a").find("\"x\":[1,0]"), std::string::npos);
}

TEST_F(Hw, AMachineWithoutRoomIsWorseThanAnyOther) {
    use(net_, &settings_.network, "net.json", depthwise_net);
    vary({"wbuf_bytes=256,8192", "rows=2,4"});
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_NE(log("a").find("\"reward\":-1000,"), std::string::npos);
    EXPECT_GT(in_summary("a", "best", "reward"), -10);
    EXPECT_FALSE(mentions("smallest tile")) << "a candidate is no mistake of the user's";
    settings_.budget = "area=2"; // then they are out before they are asked
    ASSERT_EQ(run("b"), ASSAY_OK) << messages();
    EXPECT_EQ(log("b").find("\"reward\":-1000,"), std::string::npos);
}

TEST_F(Hw, AGivenMachineWithoutRoomIsAMistake) {
    const std::string small =
        dir_.write("small.json", R"({"schema": 1, "name": "s", "accelerator": "bit_fusion",
          "options": {"rows": 4, "cols": 8, "wbuf_bytes": 256,
                      "depthwise_mapping": "published"}})");
    settings_.hw = small.c_str();
    use(net_, &settings_.network, "net.json", depthwise_net);
    vary({"rows=2,4"});
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("smallest tile")) << messages();
    EXPECT_TRUE(mentions("cannot run the networks")) << messages();
}

TEST_F(Hw, TheGivenMachineIsAReferenceWhereItCanBeProposed) {
    settings_.baselines = false;
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_NE(file("a", "summary.json").find("\"as given\""), std::string::npos);
    vary({"rows=2,8"}); // the file has 4
    ASSERT_EQ(run("b"), ASSAY_OK) << messages();
    EXPECT_EQ(file("b", "summary.json").find("\"as given\""), std::string::npos);
}

TEST_F(Hw, AllMistakesAreToldAtOnce) {
    vary({"rowz=1,2", "cols=8..600:x2", "wbuf_bytes", "rows=a", "rows=2,4", "obuf_bytes=9..5",
          "ibuf_bytes=1..1000"});
    settings_.budget = "area=3,area=2,speed=1";
    settings_.network = "no_such_network";
    settings_.table = "t.npy";
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    for (const char* part :
         {"no option \"rowz\", did you mean rows", "cols: expected an integer from 1 to 256",
          "wbuf_bytes has no choices", "rows: expected an integer", "rows is given twice",
          "obuf_bytes: \"9..5\" is not LOW..HIGH", "ibuf_bytes: more than 256 values",
          "area is given twice", "\"speed\" is not limited by this task",
          "unknown network \"no_such_network\"", "--table: is not used"}) {
        EXPECT_TRUE(mentions(part)) << part << "\n" << messages();
    }
    EXPECT_FALSE(std::filesystem::exists(dir_.path("a")));
}

TEST_F(Hw, SaysWhatIsMissing) {
    settings_.hw = settings_.network = nullptr;
    settings_.vary_count = 0;
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    for (const char* part :
         {"--network NAME is missing", "--hw FILE is missing", "--vary NAME=VALUES is missing"}) {
        EXPECT_TRUE(mentions(part)) << messages();
    }
}

TEST_F(Hw, ATableIsNoMachineToChange) {
    const std::string table = dir_.write("t.csv", small_csv());
    settings_.hw = table.c_str();
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("a table of measurements is no machine to change")) << messages();
}

namespace {

struct Space {
    explicit Space(const std::string& hw, std::vector<const char*> vary) {
        status = hw_space_open(hw.c_str(), vary.data(), vary.size(), &space, report);
    }
    ~Space() { hw_space_free(&space); }
    std::string values(size_t v) const {
        std::string all;
        for (unsigned i = 0; i < space.variables[v].count; ++i) {
            all += std::string(i > 0 ? " " : "") + space.variables[v].values[i].text;
        }
        return all;
    }
    Report report;
    hw_space space{};
    assay_status status;
};

} // namespace

TEST_F(Hw, ValuesAreOrderedAndEachIsThereOnce) {
    Space s(hw_, {"rows=8,2,4,2", "cols=8..40:8", "wbuf_bytes=1024..5000:x2", "ibuf_bytes=7..9",
                  "packed_words", "image_mapping", "clock_mhz=100..101:0.5"});
    ASSERT_EQ(s.status, ASSAY_OK) << s.report.text();
    EXPECT_EQ(s.values(0), "2 4 8");
    EXPECT_EQ(s.values(1), "8 16 24 32 40");
    EXPECT_EQ(s.values(2), "1024 2048 4096");
    EXPECT_EQ(s.values(3), "7 8 9");
    EXPECT_EQ(s.values(4), "false true");
    EXPECT_GE(s.space.variables[5].count, 2u);
    EXPECT_EQ(s.values(6), "100 100.5 101");
    EXPECT_EQ(s.space.variables[0].base, 1u) << "the file has 4 rows";
    EXPECT_EQ(s.space.variables[1].base, 0u);
    EXPECT_EQ(s.space.variables[3].base, 3u) << "not among the values";
}

TEST_F(Hw, BeyondTheLastChoiceIsTheFilesOwnValue) {
    Space s(hw_, {"rows=2,8"});
    ASSERT_EQ(s.status, ASSAY_OK);
    assay_hw* own = nullptr;
    ASSERT_EQ(assay_hw_load(hw_.c_str(), &own, s.report), ASSAY_OK);
    const unsigned last = 2, first = 0;
    EXPECT_TRUE(hw_space_set(&s.space, &first));
    EXPECT_STRNE(assay_hw_hash(s.space.hw), assay_hw_hash(own));
    EXPECT_TRUE(hw_space_set(&s.space, &last));
    EXPECT_STREQ(assay_hw_hash(s.space.hw), assay_hw_hash(own));
    assay_hw_free(&own);
}
