// The search driver: phases, log, resume, results, with the task hawq, whose candidates cost
// nothing.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "algorithm.h"
#include "json.h"
#include "rng.h"
#include "search_files.hpp"

using namespace assay_test;

namespace {

class Run : public Search {
  protected:
    void SetUp() override {
        Search::SetUp();
        settings_.algorithm = "evolution";
        settings_.evaluations = 300;
    }
};

const char* const results[] = {"policy.json", "pareto.csv", "summary.json"};

// A document that frees itself.
class Doc {
  public:
    explicit Doc(const std::string& text) {
        EXPECT_EQ(assay_json_parse("text", text.data(), text.size(), &doc_, report_), ASSAY_OK)
            << report_.text();
    }
    ~Doc() { assay_json_free(&doc_); }
    Doc(const Doc&) = delete;
    Doc& operator=(const Doc&) = delete;
    const assay_json* get(const char* key) const {
        return assay_json_get(assay_json_root(doc_), key);
    }
    double number(const char* key) const {
        const assay_json* value = get(key);
        return value != nullptr && assay_json_kind_of(value) == ASSAY_JSON_NUMBER
                   ? assay_json_number(value)
                   : NAN;
    }
    std::string text(const char* key) const {
        return get(key) != nullptr ? assay_json_string(get(key)) : "";
    }

  private:
    Report report_;
    assay_json_doc* doc_ = nullptr;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

bool stop_after(void* user, const assay_search_progress*) {
    return --*static_cast<int*>(user) > 0;
}

} // namespace

TEST_F(Run, EveryAlgorithmKeepsTheBudgetAndTheNumberOfCandidates) {
    for (size_t i = 0; i < assay_algorithm_total; ++i) {
        const std::string name = assay_algorithms[i]->name;
        settings_.algorithm = name.c_str();
        ASSERT_EQ(run(name), ASSAY_OK) << name << ": " << messages();
        Doc summary(file(name, "summary.json"));
        EXPECT_EQ(summary.text("algorithm"), name);
        EXPECT_LE(summary.number("evaluations"), 300) << name;
        const assay_json* budget = summary.get("budget");
        ASSERT_NE(budget, nullptr);
        EXPECT_LE(assay_json_number(assay_json_get(budget, "used")),
                  assay_json_number(assay_json_get(budget, "limit")))
            << name;
        EXPECT_LE(assay_json_number(assay_json_get(summary.get("best"), "reward")),
                  summary.number("bound"))
            << name;
        EXPECT_EQ(summary.get("estimate"), nullptr) << "rewards add up here";
    }
}

TEST_F(Run, LogHasAHeaderAndALinePerCandidate) {
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const std::vector<std::string> lines = lines_of(file("a", "log.jsonl"));
    Doc header(lines.at(0));
    EXPECT_EQ(header.text("task"), "hawq");
    EXPECT_EQ(header.text("algorithm"), "evolution");
    EXPECT_EQ(header.text("settings_hash").size(), 32u);
    EXPECT_EQ(assay_json_size(header.get("variables")), 7u);
    std::string phases;
    size_t searched = 0;
    for (size_t i = 1; i < lines.size(); ++i) {
        Doc line(lines[i]);
        EXPECT_EQ(line.number("evaluation"), i - 1);
        EXPECT_EQ(line.text("policy_hash").size(), 32u);
        EXPECT_EQ(assay_json_size(line.get("x")), 7u);
        EXPECT_GE(line.number("wall_s"), 0);
        searched += line.text("phase") == "search";
        if (phases.find(line.text("phase")) == std::string::npos) {
            phases += line.text("phase") + " ";
        }
        EXPECT_EQ(lines[i].find(",\"wall_s\":"), lines[i].rfind(",\"")) << "wall_s is last";
    }
    EXPECT_EQ(phases, "reference search random greedy exact ");
    EXPECT_LE(searched, 300u);
}

TEST_F(Run, KnownCandidatesHaveTheirNumbersAgain) {
    settings_.algorithm = "random"; // 300 draws of at most 128 candidates
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const std::vector<std::string> lines = lines_of(log("a"));
    std::vector<std::string> met;
    size_t known = 0;
    for (size_t i = 1; i < lines.size(); ++i) {
        const size_t from = lines[i].find("\"x\":"), to = lines[i].find(",\"known\":");
        const std::string numbers = lines[i].substr(from, to - from);
        const bool again = std::find(met.begin(), met.end(), numbers) != met.end();
        EXPECT_EQ(lines[i].find("\"known\":true") != std::string::npos, again) << lines[i];
        known += again;
        met.push_back(numbers);
    }
    EXPECT_GT(known, 100u);
}

TEST_F(Run, SameBytesForAnyNumberOfJobsAndAnotherSeedOthers) {
    settings_.jobs = 1;
    ASSERT_EQ(run("one"), ASSAY_OK) << messages();
    settings_.jobs = 2;
    ASSERT_EQ(run("two"), ASSAY_OK) << messages();
    settings_.seed = 2;
    ASSERT_EQ(run("seed"), ASSAY_OK) << messages();
    EXPECT_EQ(log("one"), log("two"));
    EXPECT_NE(log("one"), log("seed"));
    for (const char* name : results) {
        EXPECT_EQ(file("one", name), file("two", name)) << name;
    }
}

TEST_F(Run, StoppedAndResumedEndsInTheSameBytes) {
    ASSERT_EQ(run("whole"), ASSAY_OK) << messages();
    for (int calls : {1, 2, 3, 5, 8}) {
        const std::string name = "stopped" + std::to_string(calls);
        settings_.resume = false;
        settings_.progress = stop_after;
        settings_.user = &calls;
        ASSERT_EQ(run(name), ASSAY_INTERRUPTED) << messages();
        EXPECT_EQ(Doc(file(name, "summary.json")).text("stop_reason"), "interrupted");
        EXPECT_LT(log(name).size(), log("whole").size());
        settings_.resume = true;
        settings_.progress = nullptr;
        ASSERT_EQ(run(name), ASSAY_OK) << messages();
        EXPECT_EQ(log(name), log("whole"));
        for (const char* result : results) {
            EXPECT_EQ(file(name, result), file("whole", result)) << result;
        }
    }
}

TEST_F(Run, ALogThatEndsAnywhereIsContinued) {
    for (const char* algorithm : {"evolution", "nsga2", "cma_es", "ddpg"}) {
        settings_.algorithm = algorithm;
        settings_.evaluations = algorithm == std::string("ddpg") ? 40 : 300; // it is slow
        settings_.resume = false;
        const std::string name = algorithm;
        ASSERT_EQ(run(name), ASSAY_OK) << messages();
        const std::string whole = file(name, "log.jsonl");
        assay_rng rng = assay_rng_seed(1, algorithm);
        settings_.resume = true;
        for (int i = 0; i < 20; ++i) {
            const size_t end = assay_rng_below(&rng, whole.size() + 1);
            write_text(dir_.path(name) + "/log.jsonl", whole.substr(0, end));
            ASSERT_EQ(run(name), ASSAY_OK) << end << ": " << messages();
            ASSERT_EQ(log(name), without_times(whole)) << end;
        }
    }
}

TEST_F(Run, AWholeLogIsReadAndLeftAsItIs) {
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const std::string whole = file("a", "log.jsonl");
    settings_.resume = true;
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_EQ(file("a", "log.jsonl"), whole);
    write_text(dir_.path("a") + "/log.jsonl", whole + "{\"evaluation\":" + std::string(5000, ' '));
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_EQ(file("a", "log.jsonl"), whole); // but for a torn line behind it
    write_text(dir_.path("a") + "/log.jsonl", whole + "{\n");
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_EQ(file("a", "log.jsonl"), whole);
    write_text(dir_.path("a") + "/log.jsonl", whole + "{\n{\n"); // two are not ours
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_EQ(file("a", "log.jsonl"), whole + "{\n{\n");
}

TEST_F(Run, AnotherSearchIsRefusedAndLeftAlone) {
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const std::string whole = file("a", "log.jsonl");
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("there is a search already: --resume goes on with it")) << messages();
    settings_.resume = true;
    settings_.seed = 2;
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("is of another search and stays as it is")) << messages();
    EXPECT_TRUE(mentions("seed was 1, now it is 2")) << messages();
    settings_.seed = 1;
    settings_.budget = "size=0.6";
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("settings.budget was \"size=0.5\", now it is \"size=0.6\"")) << messages();
    settings_.budget = "size=0.5";
    const char* const set[] = {"population=50"};
    settings_.set = set;
    settings_.set_count = 1;
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("settings.algorithm_options.population was")) << messages();
    settings_.set_count = 0;
    write_text(csv_, std::string(small_sensitivities) + "7,1,1,1,1,1,1,1\n");
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("settings.sensitivity was")) << messages();
    EXPECT_EQ(file("a", "log.jsonl"), whole);
}

TEST_F(Run, ALogOfOtherQuestionsIsRefusedAndLeftAlone) {
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const std::string path = dir_.path("a") + "/log.jsonl";
    std::string changed = file("a", "log.jsonl");
    const size_t at = changed.find("\"x\":[", changed.find("\"search\"")) + 5;
    changed[at] = changed[at] == '0' ? '1' : '0';
    write_text(path, changed);
    settings_.resume = true;
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("log.jsonl:4: does not continue this search (x differs")) << messages();
    EXPECT_EQ(read_text(path), changed);
    changed = file("a", "log.jsonl");
    changed[at] = changed[at] == '0' ? '1' : '0';
    changed.replace(changed.find("\"search\""), 8, "\"greedy\"");
    write_text(path, changed);
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("log.jsonl:4: does not continue this search (phase differs"))
        << messages();
    write_text(path, "my notes\n");
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("is not the log of a search")) << messages();
    EXPECT_EQ(read_text(path), "my notes\n");
    write_text(path, "no line");
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_EQ(read_text(path), "no line");
}

TEST_F(Run, OneSearchAtATimeWritesALog) {
    std::filesystem::create_directory(dir_.path("a"));
    const int fd = open((dir_.path("a") + "/log.jsonl").c_str(), O_RDWR | O_CREAT, 0600);
    ASSERT_EQ(flock(fd, LOCK_EX), 0);
    settings_.resume = true;
    EXPECT_EQ(run("a"), ASSAY_IO);
    EXPECT_TRUE(mentions("another search is writing it")) << messages();
    close(fd);
    EXPECT_EQ(run("a"), ASSAY_OK) << messages();
}

TEST_F(Run, FrontIsWhatNothingDominates) {
    settings_.algorithm = "random";
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    const std::vector<std::string> rows = lines_of(file("a", "pareto.csv"));
    EXPECT_EQ(rows.at(0), "evaluation,phase,reward,accuracy,loss,seconds,energy_j,size_bytes,"
                          "area_mm2,bops,violation,budget_used,policy_hash");
    std::vector<std::pair<double, double>> front; // reward, budget_used
    for (size_t i = 1; i < rows.size(); ++i) {
        std::vector<std::string> cells;
        std::istringstream in(rows[i]);
        for (std::string cell; std::getline(in, cell, ',');) {
            cells.push_back(cell);
        }
        front.emplace_back(std::stod(cells.at(2)), std::stod(cells.at(11)));
    }
    ASSERT_GT(front.size(), 2u);
    for (const std::string& line : lines_of(file("a", "log.jsonl"))) {
        Doc doc(line);
        if (doc.get("reward") == nullptr) {
            continue;
        }
        const std::pair<double, double> point(doc.number("reward"), doc.number("budget_used"));
        EXPECT_TRUE(std::any_of(front.begin(), front.end(), [&](const auto& f) {
            return f.first >= point.first && f.second <= point.second;
        })) << line;
    }
    for (const auto& a : front) {
        for (const auto& b : front) {
            EXPECT_FALSE(a != b && a.first >= b.first && a.second <= b.second);
        }
    }
}

TEST_F(Run, MistakesInSettingsAreToldAtOnce) {
    const char* const set[] = {"population=0", "popullation=5", "nonsense"};
    settings_.set = set;
    settings_.set_count = 3;
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("population")) << messages();
    EXPECT_TRUE(mentions("has an option \"popullation\", did you mean population")) << messages();
    EXPECT_TRUE(mentions("\"nonsense\" is not NAME=VALUE")) << messages();
    settings_.task = "hawk";
    settings_.algorithm = "evolutoin";
    EXPECT_EQ(run("a"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(mentions("unknown task \"hawk\", did you mean \"hawq\"?")) << messages();
    EXPECT_TRUE(mentions("unknown algorithm \"evolutoin\", did you mean")) << messages();
    EXPECT_FALSE(std::filesystem::exists(dir_.path("a")));
}

TEST_F(Run, WithoutBaselinesThereIsTheSearchAlone) {
    settings_.baselines = false;
    ASSERT_EQ(run("a"), ASSAY_OK) << messages();
    EXPECT_EQ(log("a").find("\"phase\":\"random\""), std::string::npos);
    Doc summary(file("a", "summary.json"));
    EXPECT_EQ(assay_json_size(summary.get("baselines")), 2u); // 8 bits, 4 bits
    EXPECT_TRUE(std::isnan(summary.number("bound")));
}

TEST_F(Run, AFolderThatCannotBeMadeIsAMessage) {
    dir_.write("file", "x");
    EXPECT_EQ(run("file/deeper"), ASSAY_BAD_INPUT);
    EXPECT_EQ(run("new/deeper/still"), ASSAY_OK) << messages();
    EXPECT_TRUE(std::filesystem::exists(dir_.path("new/deeper/still/policy.json")));
}
