// DDPG on the synthetic task: what it asks, that it learns, that defects of the original can be
// switched on, that nothing but its arguments decides what it asks.
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "searcher.hpp"
#include "synthetic_task.hpp"

namespace assay_test {
namespace {

using assay::test::SyntheticTask;

const Settings small = {{"hidden1", "16"}, {"hidden2", "16"}, {"updates", "2"}};

Evaluate rewards(const SyntheticTask& task) {
    return [&task](const unsigned* x) {
        assay_score score = {};
        score.reward = task.reward(x);
        return score;
    };
}

double best_of(const std::vector<assay_score>& told) {
    double best = -std::numeric_limits<double>::infinity();
    for (const assay_score& score : told) {
        best = std::max(best, score.reward);
    }
    return best;
}

// Best of `episodes` as a share of the best there is, for each seed.
std::vector<double> shares(const char* name, size_t layers, size_t episodes, size_t seeds,
                           const Settings& settings) {
    std::vector<double> out;
    for (uint64_t seed = 1; seed <= seeds; ++seed) {
        SyntheticTask task(layers, seed);
        Searcher search(name, task.problem(), settings, seed);
        EXPECT_TRUE(search.run(rewards(task), episodes));
        out.push_back(best_of(search.told()) / task.bound());
    }
    std::sort(out.begin(), out.end());
    return out;
}

double median(const std::vector<double>& sorted) {
    return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

TEST(Ddpg, AsksWithinTheBudget) {
    SyntheticTask task(12, 3);
    for (const char* fit : {"true", "false"}) {
        Settings settings = small;
        settings.push_back({"fit_budget", fit});
        Searcher search("ddpg", task.problem(), settings, 1);
        ASSERT_TRUE(search.run(rewards(task), 60));
        for (const auto& x : search.asked()) {
            EXPECT_TRUE(task.fits(x.data())) << "fit_budget " << fit;
        }
    }
}

TEST(Ddpg, SameArgumentsSameQuestions) {
    SyntheticTask task(10, 3);
    Searcher one("ddpg", task.problem(), small, 7), two("ddpg", task.problem(), small, 7);
    Searcher other("ddpg", task.problem(), small, 8);
    for (Searcher* search : {&one, &two, &other}) {
        ASSERT_TRUE(search->run(rewards(task), 50));
    }
    EXPECT_EQ(one.asked(), two.asked());
    EXPECT_NE(one.asked(), other.asked());
}

// Each of them must change what is asked, or it would not be switched on at all.
TEST(Ddpg, EveryOptionOfTheOriginalMatters) {
    SyntheticTask task(10, 3);
    Searcher plain("ddpg", task.problem(), small, 7);
    ASSERT_TRUE(plain.run(rewards(task), 60));
    const std::pair<const char*, const char*> originals[] = {
        {"junk_transition", "true"},  {"inverted_flag", "true"}, {"stale_previous_action", "true"},
        {"original_defects", "true"}, {"identity", "false"},     {"fit_budget", "false"},
        {"normalise", "false"},       {"discount", "1"},         {"updates", "0"},
        {"actor_rate", "1e-4"},       {"noise_decay", "0.99"},   {"replay_episodes", "16"},
    };
    for (const auto& original : originals) {
        Settings settings = small;
        settings.push_back(original);
        Searcher search("ddpg", task.problem(), settings, 7);
        ASSERT_TRUE(search.run(rewards(task), 60));
        EXPECT_NE(search.asked(), plain.asked()) << original.first;
    }
}

TEST(Ddpg, ParallelEpisodesAreAskedTogether) {
    SyntheticTask task(5, 3);
    Settings settings = small;
    settings.push_back({"parallel", "8"});
    Searcher search("ddpg", task.problem(), settings, 1);
    std::vector<unsigned> x(64 * 10);
    ASSERT_TRUE(search.run(rewards(task), 48, 64));
    EXPECT_EQ(search.asked().size(), 48u);
}

TEST(Ddpg, FailedEvaluationsAreSurvived) {
    SyntheticTask task(6, 3);
    size_t count = 0;
    auto failing = [&](const unsigned* x) {
        assay_score score = {};
        score.reward = ++count % 3 == 0 ? std::nan("") : task.reward(x);
        return score;
    };
    Searcher search("ddpg", task.problem(), small, 1);
    ASSERT_TRUE(search.run(failing, 80));
    EXPECT_GT(task.reward(search.asked().back().data()), 0);
    auto never = [](const unsigned*) {
        assay_score score = {};
        score.reward = std::nan("");
        return score;
    };
    Searcher blind("ddpg", task.problem(), small, 1);
    EXPECT_TRUE(blind.run(never, 40)); // goes on asking, with nothing to learn from
    EXPECT_EQ(blind.asked().size(), 40u);
}

TEST(Ddpg, EqualRewardsTeachNothingAndBreakNothing) {
    SyntheticTask task(6, 3);
    Searcher search("ddpg", task.problem(), small, 1);
    auto equal = [](const unsigned*) {
        assay_score score = {};
        score.reward = 0.1;
        return score;
    };
    ASSERT_TRUE(search.run(equal, 60));
    EXPECT_NE(search.asked()[58], search.asked()[59]); // still explores
}

TEST(Ddpg, NeedsFeatures) {
    SyntheticTask task(6, 3);
    assay_problem problem = task.problem();
    problem.space.state = nullptr;
    Searcher search("ddpg", problem, small, 1);
    EXPECT_EQ(search.status(), ASSAY_BAD_INPUT);
    EXPECT_NE(search.report().text().find("features"), std::string::npos);
}

// Feature 1 is a number of channels: a task that forgot to say that it has no flag.
TEST(DdpgDeathTest, AFlagIsZeroOrOne) {
    SyntheticTask task(6, 3);
    assay_problem problem = task.problem();
    problem.space.flag = 1;
    EXPECT_DEATH({ Searcher search("ddpg", problem, small, 1); }, "contract violated");
    problem.space.flag = ASSAY_NO_FEATURE;
    Searcher search("ddpg", problem, small, 1);
    EXPECT_EQ(search.status(), ASSAY_OK);
}

// Shorter than what docs/validation.md tells of (20 to 50 layers, 10 seeds, 600 episodes).
TEST(Ddpg, LearnsBeyondRandomAndOriginalDefects) {
    const size_t layers = 20, episodes = 400, seeds = 3;
    std::vector<double> ours = shares("ddpg", layers, episodes, seeds, {});
    std::vector<double> random = shares("random", layers, episodes, seeds, {});
    std::vector<double> defects =
        shares("ddpg", layers, episodes, seeds, {{"original_defects", "true"}});
    EXPECT_GT(median(ours), 0.98);
    EXPECT_GT(ours.front(), random.back());
    EXPECT_GT(median(ours), median(defects));
}

} // namespace
} // namespace assay_test
