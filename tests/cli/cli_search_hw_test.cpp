// assay search --task hw: a machine is found, runs, and is the same after any number of kills.
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "../search/search_files.hpp"
#include "fixtures.hpp"
#include "rng.h"

using namespace cli_test;

namespace {

class CliSearchHw : public CliRun {
  protected:
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::vector<std::string> words(const std::string& out, std::vector<std::string> more) const {
        std::vector<std::string> all = {"search",
                                        "--task",
                                        "hw",
                                        "--network",
                                        source("traces/nets/glyphs_mobile.json"),
                                        "--hw",
                                        source("hw_configs/bit_fusion_16x32.json"),
                                        "--store",
                                        path("store.sqlite"),
                                        "--vary",
                                        "rows=4..32:x2",
                                        "--vary",
                                        "cols=8..64:x2",
                                        "--out",
                                        path(out)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    std::string log(const std::string& out) const {
        return assay_test::without_times(read_file(path(out) + "/log.jsonl"));
    }
    uint64_t log_size(const std::string& out) const {
        std::error_code error;
        const uint64_t size = std::filesystem::file_size(path(out) + "/log.jsonl", error);
        return error ? 0 : size;
    }
};

} // namespace

TEST_F(CliSearchHw, WhatIsFoundIsAMachineThatRuns) {
    Outcome o = assay(words("a", {"--budget", "area=0.5,power=0.9"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "hw by nsga2, seed 1: area "));
    EXPECT_TRUE(contains(o.out, "area mm2"));
    EXPECT_TRUE(contains(o.out, path("a") + "/hw.json"));
    EXPECT_FALSE(contains(o.out, "policy.json"));
    Json summary(read_file(path("a") + "/summary.json"));
    EXPECT_LE(summary.number("budget.used"), summary.number("budget.limit"));
    o = assay({"run", "--hw", path("a") + "/hw.json", "--workload",
               source("traces/nets/glyphs_mobile.json"), "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(Json(o.out).number("total.area_mm2"), summary.number("best.area_mm2"));
}

TEST_F(CliSearchHw, KilledAtAnyMomentItEndsInTheSameBytes) {
    const std::vector<std::string> more = {"--evaluations", "200",
                                           "--algo",        "random",
                                           "--vary",        "wbuf_bytes=16384..131072:x2",
                                           "--quiet",       "--no-baselines"};
    ASSERT_EQ(assay(words("whole", more)).exit_code, 0);
    const uint64_t total = log_size("whole");
    std::filesystem::remove(path("store.sqlite")); // so that there is something to do
    std::vector<std::string> again = words("killed", more);
    again.push_back("--resume");
    again.insert(again.begin(), program());
    assay_rng rng = assay_rng_seed(7, "moments");
    int killed = 0;
    for (int i = 0; i < 5; ++i) {
        const uint64_t end = log_size("killed") + assay_rng_below(&rng, total / 6);
        Child child(again);
        while (child.running() && log_size("killed") <= end) {
            usleep(200);
        }
        kill(child.pid(), SIGKILL);
        killed += child.wait().signal == SIGKILL;
    }
    EXPECT_GT(killed, 0);
    again.erase(again.begin());
    Outcome o = assay(again);
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(log("killed"), log("whole"));
    for (const char* name : {"/hw.json", "/pareto.csv", "/summary.json"}) {
        EXPECT_EQ(read_file(path("killed") + name), read_file(path("whole") + name)) << name;
    }
}

TEST_F(CliSearchHw, AnUnmeetableAreaSaysWhatTheLeastIs) {
    Outcome o = assay(words("a", {"--budget", "area=1um2"}));
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "\"um2\" is no unit of area"));
    o = assay(words("a", {"--budget", "area=0.01"}));
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "cannot be met, the least of the machines that --vary allows is"));
}

TEST_F(CliSearchHw, OtherTasksDoNotVaryTheMachine) {
    const std::string csv = folder_.write("s.csv", assay_test::small_sensitivities);
    Outcome o = assay({"search", "--task", "hawq", "--sensitivity", csv, "--vary", "rows=1,2",
                       "--out", path("a")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--vary: is not used by the task hawq"));
}
