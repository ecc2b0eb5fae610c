// assay search --task joint, with made-up accuracies of an external evaluator.
#include <cmath>
#include <filesystem>

#include "../search/search_files.hpp"
#include "evaluators.hpp"
#include "fixtures.hpp"

using namespace cli_test;

namespace {

class CliSearchJoint : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        if (!have_python()) {
            GTEST_SKIP() << "needs python3";
        }
    }
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::vector<std::string> words(const std::string& out, std::vector<std::string> more) const {
        std::vector<std::string> all = {"search",
                                        "--task",
                                        "joint",
                                        "--network",
                                        net_,
                                        "--hw",
                                        machine_,
                                        "--vary",
                                        "rows=8,16,32",
                                        "--vary",
                                        "cols=16,32",
                                        "--store",
                                        path("store.sqlite"),
                                        "--external",
                                        "exec python3 '" + evaluator_ + "'",
                                        "--out",
                                        path(out)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    std::string file(const std::string& out, const std::string& name) const {
        return read_file(path(out) + "/" + name);
    }
    std::string log(const std::string& out) const {
        return assay_test::without_times(file(out, "log.jsonl"));
    }

    std::string net_ = source("traces/nets/glyphs_mobile.json");
    std::string machine_ = source("hw_configs/bit_fusion_16x32.json");
    std::string evaluator_ = folder_.write("evaluator.py", evaluator_py);
};

} // namespace

TEST_F(CliSearchJoint, ThePairTakesWhatTheSummarySays) {
    Outcome o = assay(
        words("a", {"--budget", "latency=0.8,area=0.9", "--evaluations", "60", "--no-baselines"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, path("a") + "/hw.json"));
    EXPECT_TRUE(contains(o.out, path("a") + "/policy.json"));
    Json summary(file("a", "summary.json"));
    EXPECT_LE(summary.number("budget.used"), summary.number("budget.limit"));
    // The float network is right 0.9 of the time, lambda is 0.1.
    EXPECT_NEAR(summary.number("best.reward"), 10 * (summary.number("best.accuracy") - 0.9), 1e-9);
    EXPECT_EQ(summary.text("baselines.0.name"), "as given, 8 bits");
    const double area = summary.number("best.area_mm2");
    EXPECT_LE(area, 0.9 * summary.number("baselines.0.area_mm2"));
    o = assay({"run", "--hw", path("a") + "/hw.json", "--policy", path("a") + "/policy.json",
               "--workload", net_, "--format", "json", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json there(o.out);
    EXPECT_EQ(there.number("total.area_mm2"), area);
    // A run has the pooling layer on top.
    EXPECT_NEAR(there.number("total.seconds"), summary.number("best.seconds"), 1e-6);
}

TEST_F(CliSearchJoint, WhatIsOverTheLimitsHasNoAccuracy) {
    ASSERT_EQ(
        assay(words("a", {"--budget", "latency=0.8", "--evaluations", "40", "--no-baselines"}))
            .exit_code,
        0);
    std::istringstream lines(file("a", "log.jsonl"));
    std::string line;
    std::getline(lines, line); // the header
    size_t over = 0;
    while (std::getline(lines, line)) {
        Json candidate(line);
        if (candidate.text("phase") == "reference") {
            EXPECT_GT(candidate.number("accuracy"), 0) << "what others are compared with";
            continue;
        }
        const bool known = assay_json_kind_of(candidate.at("accuracy")) == ASSAY_JSON_NUMBER;
        EXPECT_EQ(known, candidate.number("violation") == 0) << line;
        over += !known;
    }
    EXPECT_GT(over, 0u);
}

TEST_F(CliSearchJoint, OneWorkerOrTwoAndAResumedSearchGiveTheSameBytes) {
    const std::vector<std::string> more = {"--budget",  "latency=0.8,area=0.9", "--algo",
                                           "evolution", "--evaluations",        "40",
                                           "--quiet"};
    const auto with = [&more](std::vector<std::string> last) {
        last.insert(last.begin(), more.begin(), more.end());
        return last;
    };
    ASSERT_EQ(assay(words("one", with({"--jobs", "1"}))).exit_code, 0);
    ASSERT_EQ(assay(words("two", with({"--jobs", "2"}))).exit_code, 0);
    const std::string whole = file("two", "log.jsonl");
    std::filesystem::create_directories(path("part"));
    assay_test::write_text(path("part") + "/log.jsonl", whole.substr(0, whole.size() / 3));
    Outcome o = assay(words("part", with({"--jobs", "2", "--resume"})));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    for (const char* other : {"one", "part"}) {
        EXPECT_EQ(log(other), log("two"));
        for (const char* name : {"policy.json", "hw.json", "pareto.csv", "summary.json"}) {
            EXPECT_EQ(file(other, name), file("two", name)) << name;
        }
    }
}

TEST_F(CliSearchJoint, AllMistakesAreToldAtOnce) {
    Outcome o = assay({"search", "--task", "joint", "--network", net_ + "," + net_, "--hw",
                       source("hw_configs/tpu_v1.json"), "--vary", "rows=8", "--set", "w_min=9",
                       "--store", path("store.sqlite"), "--out", path("a")});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part : {"w_min: 9 is greater than w_max, 8", "a policy is of one network"}) {
        EXPECT_TRUE(contains(o.err, part)) << o.err;
    }
    o = assay({"search", "--task", "joint", "--network", net_, "--hw",
               source("hw_configs/eie_64pe.json"), "--sensitivity", "s.csv", "--out", path("a")});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part :
         {"--vary NAME=VALUES is missing", "--sensitivity: is not used by the task joint"}) {
        EXPECT_TRUE(contains(o.err, part)) << o.err;
    }
}
