// assay search, as a user calls it, and what assay list says about searches.
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "../search/search_files.hpp"
#include "fixtures.hpp"
#include "rng.h"

using namespace cli_test;

namespace {

class CliSearch : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        csv_ = folder_.write("s.csv", assay_test::small_sensitivities);
    }
    std::vector<std::string> words(const std::string& out, std::vector<std::string> more) const {
        std::vector<std::string> all = {"search", "--task", "hawq",   "--sensitivity",
                                        csv_,     "--out",  path(out)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Outcome search(const std::string& out, std::vector<std::string> more) const {
        return assay(words(out, more));
    }
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::string log(const std::string& out) const {
        return assay_test::without_times(read_file(path(out) + "/log.jsonl"));
    }

    uint64_t log_size(const std::string& out) const {
        std::error_code error;
        const uint64_t size = std::filesystem::file_size(path(out) + "/log.jsonl", error);
        return error ? 0 : size;
    }
    static std::vector<std::string> with_program(std::vector<std::string> words) {
        words.insert(words.begin(), program());
        return words;
    }

    std::string csv_;
};

// The published table's copy; "" where it is not at hand.
std::string published(const std::string& name) {
    const char* data = std::getenv("ASSAY_DATA");
    const std::string path = std::string(data != nullptr ? data : "") + "/tables/hawq/" + name;
    return std::filesystem::exists(path) ? path : "";
}

} // namespace

TEST_F(CliSearch, FindsAPolicyAndTellsWhatItIsWorth) {
    Outcome o = search("a", {"--budget", "bops=0.5", "--seed", "3"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "hawq by exact, seed 3: bops "));
    for (const char* row : {"exact ", "8 bits ", "4 bits ", "random ", "greedy "}) {
        EXPECT_TRUE(contains(o.out, std::string("\n") + row));
    }
    EXPECT_TRUE(contains(o.out, "this one is as good as that"));
    EXPECT_TRUE(contains(o.out, path("a") + "/policy.json"));
    Json summary(read_file(path("a") + "/summary.json"));
    EXPECT_EQ(summary.text("task"), "hawq");
    EXPECT_EQ(summary.text("algorithm"), "exact");
    EXPECT_EQ(summary.number("seed"), 3);
    EXPECT_EQ(summary.number("evaluations"), 1);
    EXPECT_EQ(summary.text("stop_reason"), "finished");
    EXPECT_EQ(summary.text("budget.metric"), "bops");
    EXPECT_LE(summary.number("budget.used"), summary.number("budget.limit"));
    EXPECT_EQ(summary.number("bound"), summary.number("best.reward"));
    EXPECT_EQ(summary.size("baselines"), 4u);
    for (const char* key : {"best.accuracy", "best.seconds", "best.energy_j", "best.size_bytes"}) {
        EXPECT_NE(summary.at(key), nullptr) << key;
    }
    EXPECT_EQ(assay({"check", path("a") + "/summary.json"}).exit_code, 2) << "no file of ours";
}

TEST_F(CliSearch, QuietSaysNothing) {
    Outcome o = search("a", {"--quiet"});
    EXPECT_EQ(o.exit_code, 0);
    EXPECT_EQ(o.out + o.err, "");
}

TEST_F(CliSearch, PublishedAnswersOfHawqV3) {
    const std::string table = published("hawq_v3_resnet18.csv");
    if (table.empty()) {
        GTEST_SKIP() << "needs $ASSAY_DATA/tables/hawq";
    }
    const struct {
        const char *budget, *widths;
    } answers[] = {
        {"size=0.25", "8888888888888844444"},    {"size=0.5", "8888888888888884844"},
        {"size=0.75", "8888888888888488884"},    {"bops=0.25", "8884848444444444444"},
        {"bops=0.5", "8884888848884444444"},     {"bops=0.75", "8888888848888484884"},
        {"latency=0.25", "8884848444444444444"}, {"latency=0.5", "8888848848884484844"},
        {"latency=0.75", "8888888848888484884"},
    };
    for (const auto& answer : answers) {
        const std::string out = path(answer.budget);
        Outcome o = assay({"search", "--task", "hawq", "--algo", "exact", "--sensitivity", table,
                           "--ties", "resnet18", "--budget", answer.budget, "--out", out});
        ASSERT_EQ(o.exit_code, 0) << o.err;
        Json policy(read_file(out + "/policy.json"));
        std::string widths;
        for (int layer = 0; layer < 19; ++layer) {
            const std::string at = "layers." + std::to_string(layer);
            widths += std::to_string(static_cast<int>(policy.number(at + ".w_bits")));
            EXPECT_EQ(policy.number(at + ".w_bits"), policy.number(at + ".a_bits"));
        }
        EXPECT_EQ(widths, answer.widths) << answer.budget;
    }
}

TEST_F(CliSearch, KilledTwentyTimesEndsInTheSameBytes) {
    const std::vector<std::string> more = {"--algo",  "evolution", "--evaluations",
                                           "6000",    "--set",     "unique=false",
                                           "--quiet", "--budget",  "latency=0.4"};
    ASSERT_EQ(search("whole", more).exit_code, 0);
    const uint64_t total = log_size("whole");
    std::vector<std::string> again = words("killed", more);
    again.push_back("--resume");
    assay_rng rng = assay_rng_seed(5, "moments");
    int killed = 0;
    for (int i = 0; i < 20; ++i) {
        // Each is let go on for up to a twenty-fifth of the whole search.
        const uint64_t end = log_size("killed") + assay_rng_below(&rng, total / 25);
        Child child(with_program(again));
        while (child.running() && log_size("killed") < end) {
            usleep(200);
        }
        kill(child.pid(), SIGKILL);
        killed += child.wait().signal == SIGKILL;
    }
    EXPECT_EQ(killed, 20);
    EXPECT_LT(log_size("killed"), total);
    Outcome o = assay(again);
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(log("killed"), log("whole"));
    for (const char* name : {"/policy.json", "/pareto.csv", "/summary.json"}) {
        EXPECT_EQ(read_file(path("killed") + name), read_file(path("whole") + name)) << name;
    }
}

TEST_F(CliSearch, AnInterruptKeepsWhatThereIsAndSaysHowToGoOn) {
    Child child(with_program(words(
        "a", {"--algo", "random", "--evaluations", "10000000", "--no-baselines", "--quiet"})));
    while (child.running() && log_size("a") < 10000) {
        usleep(1000);
    }
    kill(child.pid(), SIGINT);
    Outcome o = child.wait();
    EXPECT_EQ(o.exit_code, 6) << o.err;
    EXPECT_TRUE(contains(o.err, "stopped on request; everything so far is in"));
    EXPECT_TRUE(contains(o.err, "the same command with --resume goes on"));
    Json summary(read_file(path("a") + "/summary.json"));
    EXPECT_EQ(summary.text("stop_reason"), "interrupted");
    EXPECT_TRUE(std::filesystem::exists(path("a") + "/policy.json"));
}

TEST_F(CliSearch, AnExistingSearchIsNotOverwritten) {
    ASSERT_EQ(search("a", {}).exit_code, 0);
    Outcome o = search("a", {"--seed", "2"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "there is a search already: --resume goes on with it, another "
                                "--out begins a new one"));
}

TEST_F(CliSearch, AllMistakesAreToldAtOnce) {
    Outcome o = assay({"search", "--out", path("a"), "--evaluations", "0", "--jobs", "x"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--task"));
    EXPECT_TRUE(contains(o.err, "--evaluations"));
    EXPECT_TRUE(contains(o.err, "--jobs"));
    EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(CliSearch, ListKnowsTasksAndAlgorithms) {
    Outcome o = assay({"list", "tasks", "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "\"hawq\""));
    o = assay({"list", "algorithms", "evolution", "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.text("algorithms.0.name"), "evolution");
    EXPECT_EQ(json.text("options.0.name"), "population");
    o = assay({"list", "algorithms", "evolutoin"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "did you mean \"evolution\"?"));
}
