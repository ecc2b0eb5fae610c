// assay search --task haq, on a machine, with the fake engine or an external evaluator.
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "../accuracy/engine_files.hpp"
#include "../search/search_files.hpp"
#include "evaluators.hpp"
#include "fixtures.hpp"
#include "rng.h"

using namespace cli_test;

namespace {

// Five layers, so that three are free between the ends.
const char* const net_json = R"({"schema": 1, "name": "five", "description": "for tests",
  "data": "raw", "weights": "five.safetensors", "input": {"shape": [2, 4, 4], "seed": 1},
  "layers": [
    {"name": "a", "op": "conv2d", "out_channels": 8, "kernel": 3, "padding": 1, "a_signed": true},
    {"name": "b", "op": "conv2d", "out_channels": 8, "kernel": 3, "padding": 1, "groups": 8,
     "a_signed": true},
    {"name": "c", "op": "conv2d", "out_channels": 16, "kernel": 1, "a_signed": true},
    {"name": "d", "op": "conv2d", "out_channels": 16, "kernel": 3, "padding": 1, "a_signed": true},
    {"name": "p", "op": "pool", "kind": "global_avg"},
    {"name": "f", "op": "linear", "out_features": 5, "a_signed": true}]})";

size_t occurrences(const std::string& text, const std::string& word) {
    size_t found = 0;
    for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) {
        ++found;
    }
    return found;
}

class CliSearchHaq : public CliRun {
  protected:
    CliSearchHaq() : module_("ASSAY_TORCH_ENGINE", std::getenv("ASSAY_FAKE_ENGINE")) {}
    void SetUp() override {
        CliRun::SetUp();
        engine_test::write_data(files_);
        net_ = files_.write("five.json", net_json);
        train();
    }
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::vector<std::string> bare(const std::string& out, std::vector<std::string> more) const {
        std::vector<std::string> all = {"search", "--task", "haq",     "--network",       net_,
                                        "--hw",   machine_, "--store", path("store.sql"), "--out",
                                        path(out)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    // With the fake engine.
    std::vector<std::string> words(const std::string& out, std::vector<std::string> more) const {
        more.insert(more.end(), {"--data", files_.path("")});
        return bare(out, more);
    }
    Outcome search(const std::string& out, std::vector<std::string> more) const {
        return assay(words(out, more));
    }
    // With the evaluator in Python.
    Outcome search_outside(const std::string& out, std::vector<std::string> more) const {
        more.insert(more.end(), {"--external", "exec python3 '" + evaluator_ + "'"});
        return assay(bare(out, more));
    }
    // The parameters of the same network without any.
    void train() const {
        std::string bare_net = net_json;
        const std::string named = "\"weights\": \"five.safetensors\",";
        bare_net.erase(bare_net.find(named), named.size());
        Outcome o = assay({"train", "--network", files_.write("bare.json", bare_net), "--data",
                           files_.path(""), "--epochs", "1", "--quiet", "--out",
                           files_.path("five.safetensors")});
        EXPECT_EQ(o.exit_code, 0) << o.err;
    }
    std::string file(const std::string& out, const std::string& name) const {
        return read_file(path(out) + "/" + name);
    }
    std::string log(const std::string& out) const {
        return assay_test::without_times(file(out, "log.jsonl"));
    }
    uint64_t log_size(const std::string& out) const {
        std::error_code error;
        const uint64_t size = std::filesystem::file_size(path(out) + "/log.jsonl", error);
        return error ? 0 : size;
    }
    void expect_same_files(const std::string& a, const std::string& b) const {
        EXPECT_EQ(log(a), log(b));
        for (const char* name : {"policy.json", "pareto.csv", "summary.json"}) {
            EXPECT_EQ(file(a, name), file(b, name)) << name;
            EXPECT_NE(file(a, name), "") << name;
        }
    }

    engine_test::Variable module_;
    assay_test::TempDir files_;
    std::string net_, machine_ = source("hw_configs/bit_fusion_16x32.json");
    std::string evaluator_ = folder_.write("evaluator.py", evaluator_py);
};

} // namespace

TEST_F(CliSearchHaq, FindsAPolicyWithinTheBudget) {
    Outcome o = search("a", {"--budget", "latency=0.9", "--evaluations", "30"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json summary(file("a", "summary.json")), policy(file("a", "policy.json"));
    EXPECT_EQ(summary.text("task"), "haq");
    EXPECT_EQ(summary.text("algorithm"), "ddpg");
    EXPECT_EQ(summary.text("budget.metric"), "latency");
    EXPECT_LE(summary.number("budget.used"), summary.number("budget.limit"));
    EXPECT_EQ(summary.number("budget.used"), summary.number("best.seconds"));
    EXPECT_GT(summary.number("best.energy_j"), 0);
    EXPECT_GT(summary.number("best.size_bytes"), 0);
    // 100 * 0.1 * (accuracy - 1): the fake engine's float network is always right.
    EXPECT_NEAR(summary.number("best.reward"), 10 * (summary.number("best.accuracy") - 1), 1e-9);
    EXPECT_EQ(assay_json_kind_of(summary.at("bound")), ASSAY_JSON_NULL)
        << "an estimate bounds no accuracy";
    EXPECT_LE(summary.number("estimate.best"), summary.number("estimate.bound"));
    EXPECT_LE(summary.number("estimate.bound"), 0) << "minus a damage";
    for (const char* end : {"layers.a", "layers.f"}) {
        EXPECT_EQ(policy.number(std::string(end) + ".w_bits"), 8);
        EXPECT_EQ(policy.number(std::string(end) + ".a_bits"), 8);
    }
    EXPECT_EQ(policy.size("layers"), 5u);
    EXPECT_EQ(summary.text("baselines.0.name"), "8 bits");
}

TEST_F(CliSearchHaq, TheFoundPolicyIsWorthAndTakesWhatTheSummarySays) {
    ASSERT_EQ(search("a", {"--algo", "greedy", "--budget", "latency=0.9"}).exit_code, 0);
    Json summary(file("a", "summary.json"));
    const std::string policy = path("a") + "/policy.json";
    Outcome o = assay({"accuracy", "--network", net_, "--data", files_.path(""), "--policy", policy,
                       "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json there(o.out);
    EXPECT_EQ(there.number("top1"), summary.number("best.accuracy"));
    EXPECT_EQ(there.text("policy_hash"), summary.text("best.policy_hash"));
    o = assay({"run", "--hw", machine_, "--workload", net_, "--policy", policy, "--format", "json",
               "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    // In a run, a layer's outputs have the width that the next layer reads.
    EXPECT_NEAR(Json(o.out).number("total.seconds") / summary.number("best.seconds"), 1, 0.1);
}

TEST_F(CliSearchHaq, EveryBudgetIsKept) {
    for (const char* budget : {"energy=0.8", "size=0.5", "bops=0.4", "size=1.5kB", "latency=1"}) {
        Outcome o = search(budget, {"--budget", budget, "--algo", "evolution", "--evaluations",
                                    "40", "--no-baselines"});
        ASSERT_EQ(o.exit_code, 0) << budget << o.err;
        Json summary(file(budget, "summary.json"));
        EXPECT_LE(summary.number("budget.used"), summary.number("budget.limit")) << budget;
        EXPECT_GT(summary.number("budget.used"), 0.5 * summary.number("budget.limit")) << budget;
    }
    Json absolute(file("size=1.5kB", "summary.json"));
    EXPECT_EQ(absolute.number("budget.limit"), 1500);
}

TEST_F(CliSearchHaq, WithoutAMachineSizesAreLimited) {
    Outcome o = assay({"search", "--task", "haq", "--network", net_, "--budget", "size=0.5",
                       "--algo", "exact", "--data", files_.path(""), "--out", path("a")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json summary(file("a", "summary.json"));
    EXPECT_EQ(assay_json_kind_of(summary.at("best.seconds")), ASSAY_JSON_NULL);
    EXPECT_LE(summary.number("best.size_bytes"), summary.number("budget.limit"));
}

TEST_F(CliSearchHaq, OneAndTwoWorkersWriteTheSameBytes) {
    const std::vector<std::string> more = {"--budget", "latency=0.9", "--evaluations", "60",
                                           "--algo",   "evolution",   "--quiet"};
    for (const char* jobs : {"1", "2"}) {
        std::vector<std::string> all = more;
        all.insert(all.end(), {"--jobs", jobs});
        Outcome o = search(jobs, all);
        ASSERT_EQ(o.exit_code, 0) << o.err;
    }
    expect_same_files("1", "2");
}

TEST_F(CliSearchHaq, KilledAndResumedEndsInTheSameBytes) {
    const std::vector<std::string> more = {"--budget", "latency=0.9", "--evaluations", "200",
                                           "--algo",   "ddpg",        "--quiet"};
    ASSERT_EQ(search("whole", more).exit_code, 0);
    std::vector<std::string> again = words("killed", more);
    again.push_back("--resume");
    assay_rng rng = assay_rng_seed(7, "moments");
    int killed = 0;
    for (int i = 0; i < 6; ++i) {
        const uint64_t end = log_size("killed") + assay_rng_below(&rng, log_size("whole") / 8);
        std::vector<std::string> all = again;
        all.insert(all.begin(), program());
        Child child(all);
        while (child.running() && log_size("killed") <= end) {
            usleep(200);
        }
        kill(child.pid(), SIGKILL);
        killed += child.wait().signal == SIGKILL;
    }
    EXPECT_EQ(killed, 6);
    Outcome o = assay(again);
    ASSERT_EQ(o.exit_code, 0) << o.err;
    expect_same_files("killed", "whole");
}

TEST_F(CliSearchHaq, BothEnforcementsKeepTheBudget) {
    for (const char* how : {"ours", "haq"}) {
        Outcome o = search(how, {"--budget", "bops=0.35", "--algo", "random", "--evaluations", "20",
                                 "--no-baselines", "--set", std::string("enforcement=") + how});
        ASSERT_EQ(o.exit_code, 0) << o.err;
        Json summary(file(how, "summary.json"));
        EXPECT_LE(summary.number("budget.used"), summary.number("budget.limit"));
    }
    EXPECT_NE(log("ours"), log("haq"));
    Outcome o = search("c", {"--set", "enforcement=haq", "--set", "keep_ends=false"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--set enforcement=haq: knows one least width and fixed ends"));
}

TEST_F(CliSearchHaq, AllMistakesAreToldAtOnce) {
    Outcome o = assay({"search", "--task", "haq", "--network", "no_such_network", "--hw",
                       source("hw_configs/eie_64pe.json"), "--budget", "power=1", "--ties",
                       "resnet18", "--set", "w_min=9", "--out", path("a")});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part :
         {"unknown network \"no_such_network\"", "computes every layer at widths of its own",
          "legal are latency, energy, size, bops", "--ties: is not used by the task haq",
          "--set w_min: 9 is greater than w_max, 8"}) {
        EXPECT_TRUE(contains(o.err, part));
    }
    EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(CliSearchHaq, WhatCannotBeDoneIsToldWithNumbers) {
    Outcome o = search("a", {"--budget", "latency=0.01"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "cannot be met, the least is"));
    o = search("a", {"--budget", "latency=0.9", "--data", path("nowhere")});
    EXPECT_EQ(o.exit_code, 2);
    const std::string pools = folder_.write("pools.json", R"({"schema": 1, "name": "pools",
        "input": {"shape": [2, 4, 4], "seed": 1}, "layers": [
        {"name": "p", "op": "pool", "kind": "global_avg"}]})");
    o = assay(
        {"search", "--task", "haq", "--network", pools, "--hw", machine_, "--out", path("a")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "has 0 layers that take widths"));
    o = assay({"search", "--task", "haq", "--network", net_, "--budget", "latency=0.5", "--out",
               path("a")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "a budget of latency needs a machine"));
    EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(CliSearchHaq, ATableInPlaceOfAMachine) {
    const std::string table = path("t.csv");
    ASSERT_EQ(assay({"table", "--hw", machine_, "--workload", net_, "--no-store", "--quiet",
                     "--out", table})
                  .exit_code,
              0);
    const std::vector<std::string> asked = {"--budget", "latency=0.9", "--algo", "exact",
                                            "--no-baselines"};
    ASSERT_EQ(search("machine", asked).exit_code, 0);
    std::vector<std::string> words = {
        "search", "--task",        "haq",   "--network",   net_,      "--table",        table,
        "--data", files_.path(""), "--out", path("table"), "--store", path("store.sql")};
    words.insert(words.end(), asked.begin(), asked.end());
    Outcome o = assay(words);
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(file("table", "policy.json"), file("machine", "policy.json"));
    words[4] = source("traces/nets/lenet5.json");
    words[10] = path("other");
    o = assay(words);
    EXPECT_EQ(o.exit_code, 2) << "the table lacks the layers of lenet5";
    EXPECT_TRUE(contains(o.err, "has no entry for this name"));
}

TEST_F(CliSearchHaq, SensitivitiesGuideGreedyAndExact) {
    if (!have_python()) {
        GTEST_SKIP() << "**** no python3: sensitivities are NOT tested ****";
    }
    double accuracy[2] = {0, 0};
    for (int measured = 0; measured < 2; ++measured) {
        const std::string how = measured != 0 ? "measured" : "proxy";
        Outcome o = search_outside(how, {"--budget", "bops=0.3", "--algo", "exact",
                                         "--no-baselines", "--set", "sensitivity=" + how});
        ASSERT_EQ(o.exit_code, 0) << o.err;
        accuracy[measured] = Json(file(how, "summary.json")).number("best.accuracy");
    }
    EXPECT_GT(accuracy[1], accuracy[0]);
}

TEST_F(CliSearchHaq, ACandidateThatKillsItsWorkersLosesNothingElse) {
    if (!have_python()) {
        GTEST_SKIP() << "**** no python3: dying workers are NOT tested ****";
    }
    const std::vector<std::string> asked = {"--budget",       "bops=0.5",      "--algo",
                                            "random",         "--evaluations", "20",
                                            "--no-baselines", "--set",         "sensitivity=proxy"};
    ASSERT_EQ(search_outside("well", asked).exit_code, 0);
    const std::pair<const char*, const char*> manners[] = {
        {"EVALUATOR_KILLS", "accuracy of candidate"}, {"EVALUATOR_NAN", "no answer today"}};
    for (const auto& [variable, message] : manners) {
        engine_test::Variable bad(variable, "c=3");
        Outcome o = search_outside(variable, asked);
        ASSERT_EQ(o.exit_code, 0) << o.err;
        EXPECT_TRUE(contains(o.err, message));
        const std::string text = log(variable);
        EXPECT_TRUE(contains(text, "\"reward\":null"));
        EXPECT_EQ(occurrences(text, "\"phase\":\"search\""), 20u);
        EXPECT_GT(occurrences(text, "\"accuracy\":0"), 10u);
    }
}
