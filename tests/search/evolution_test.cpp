#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "breeding.h"
#include "searcher.hpp"
#include "synthetic_task.hpp"

namespace {

using assay::test::SyntheticTask;
using assay_test::Searcher;
using assay_test::Settings;
using Candidate = std::vector<unsigned>;

// Variables in pairs, a pair is a group.
struct Pairs {
    explicit Pairs(size_t pairs, unsigned each)
        : choices(2 * pairs, each), names(2 * pairs, "pair"), group(2 * pairs) {
        for (size_t v = 0; v < group.size(); ++v) {
            group[v] = v / 2;
        }
        problem.space.variables = 2 * pairs;
        problem.space.choices = choices.data();
        problem.space.names = names.data();
        problem.space.group = group.data();
        problem.space.previous_action = SIZE_MAX;
    }

    std::vector<unsigned> choices;
    std::vector<const char*> names;
    std::vector<size_t> group;
    assay_problem problem = {};
};

assay_score worth(double reward, double violation = 0) {
    assay_score score = {};
    score.reward = reward;
    score.violation = violation;
    return score;
}

double sum(const unsigned* x, size_t variables) {
    return std::accumulate(x, x + variables, 0.0);
}

std::set<Candidate> slice(const Searcher& searcher, size_t from, size_t to) {
    return {searcher.asked().begin() + from, searcher.asked().begin() + to};
}

bool includes(const std::set<Candidate>& all, const std::set<Candidate>& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

// With these, children are copies of parents: what is asked tells who the parents are.
const Settings copies = {{"mutants", "1"}, {"mutation_probability", "0"}, {"unique", "false"}};

double best_of(const char* name, const Settings& settings, uint64_t seed, size_t evaluations) {
    SyntheticTask task(35, seed);
    Searcher searcher(name, task.problem(), settings, seed);
    searcher.run([&](const unsigned* x) { return worth(task.reward(x), task.fits(x) ? 0 : 1); },
                 evaluations);
    return searcher.best();
}

} // namespace

TEST(Ranking, IsByFailureThenViolationThenReward) {
    const assay_score best = worth(2), good = worth(1), over = worth(9, 0.1), far = worth(9, 0.2);
    const assay_score failed = worth(NAN), lost = worth(1, NAN);
    const assay_score order[] = {best, good, over, far, failed};
    for (size_t i = 0; i < 5; ++i) {
        for (size_t j = 0; j < 5; ++j) {
            int expected = i < j ? -1 : i > j;
            EXPECT_EQ(assay_score_compare(&order[i], &order[j]), expected) << i << " " << j;
        }
    }
    EXPECT_EQ(assay_score_compare(&failed, &lost), 0);
}

TEST(Seen, HoldsWhatWasAddedAndNothingElse) {
    assay_seen seen = {};
    for (unsigned i = 0; i < 5000; ++i) {
        const unsigned x[] = {i, i / 7};
        ASSERT_FALSE(assay_seen_holds(&seen, x, 2)) << i;
        assay_seen_add(&seen, x, 2);
        assay_seen_add(&seen, x, 2);
        ASSERT_TRUE(assay_seen_holds(&seen, x, 2)) << i;
    }
    EXPECT_EQ(seen.count, 5000u);
    free(seen.slots);
}

TEST(Evolution, AsksEveryCandidateOfASmallSpaceOnceAndEnds) {
    Pairs pairs(2, 3);
    Searcher searcher("evolution", pairs.problem, {{"population", "20"}, {"tries", "10000"}}, 1);
    EXPECT_FALSE(searcher.run([](const unsigned* x) { return worth(sum(x, 4)); }, 1000));
    EXPECT_EQ(searcher.asked().size(), 81u);
    EXPECT_EQ(slice(searcher, 0, searcher.asked().size()).size(), 81u);
}

TEST(Evolution, ParentsAreTheBestQuarterAndFailuresAreTheWorst) {
    Pairs pairs(4, 1000);
    Searcher searcher("evolution", pairs.problem, copies, 3);
    // 20 within, 30 over by different amounts and richly rewarded, 50 failed: of the latter none.
    size_t i = 0;
    auto score = [&](const unsigned*) {
        size_t k = i++;
        return k < 50 ? worth(NAN) : k < 80 ? worth(100, double(80 - k)) : worth(double(k));
    };
    searcher.run(score, 100);
    searcher.run([](const unsigned*) { return worth(NAN); }, 1000); // the parents stay
    EXPECT_EQ(slice(searcher, 100, 1100), slice(searcher, 75, 100));
}

TEST(Evolution, OriginalDefectsDropHalfOfTheFirstPopulationAndAllCrossovers) {
    Pairs pairs(4, 1000);
    Settings settings = {{"population", "40"},
                         {"mutants", "0.5"},
                         {"mutation_probability", "0"},
                         {"original_defects", "true"},
                         {"unique", "false"}};
    Searcher searcher("evolution", pairs.problem, settings, 3);
    size_t i = 0;
    auto later_is_better = [&](const unsigned*) { return worth(double(i++)); };
    searcher.run(later_is_better, 120);
    const std::set<Candidate> parents = slice(searcher, 10, 20); // best quarter of the first half
    const std::set<Candidate> crossovers = slice(searcher, 60, 80);
    EXPECT_FALSE(includes(parents, crossovers));
    EXPECT_TRUE(includes(parents, slice(searcher, 40, 60))) << "mutants without mutation";
    EXPECT_TRUE(includes(parents, slice(searcher, 80, 100)))
        << "of parents and mutants, though the crossovers were told to be better";
}

TEST(Evolution, CrossoversCount) {
    Pairs pairs(4, 1000);
    Settings settings = {{"population", "40"}, {"mutants", "0"}, {"unique", "false"}};
    Searcher searcher("evolution", pairs.problem, settings, 3);
    size_t i = 0;
    searcher.run([&](const unsigned*) { return worth(double(i++)); }, 120);
    // The third generation mixes the best quarter of the second alone.
    const std::set<Candidate> parents = slice(searcher, 70, 80);
    for (const Candidate& child : slice(searcher, 80, 120)) {
        for (size_t g = 0; g < 4; ++g) {
            EXPECT_TRUE(std::any_of(parents.begin(), parents.end(), [&](const Candidate& parent) {
                return parent[2 * g] == child[2 * g] && parent[2 * g + 1] == child[2 * g + 1];
            })) << "a group is inherited whole";
        }
    }
}

TEST(Evolution, MutantsDrawWholeGroupsAnewWithTheGivenProbability) {
    const size_t groups = 200;
    Pairs pairs(groups, 1000000);
    Settings settings = {{"population", "40"}, {"parents", "0.001"}, {"mutants", "1"}};
    Searcher searcher("evolution", pairs.problem, settings, 5);
    size_t i = 0;
    searcher.run([&](const unsigned*) { return worth(i++ == 0 ? 1 : 0); }, 80);
    const Candidate& parent = searcher.asked()[0];
    size_t changed = 0;
    for (size_t k = 40; k < 80; ++k) {
        for (size_t g = 0; g < groups; ++g) {
            bool first = searcher.asked()[k][2 * g] != parent[2 * g];
            bool second = searcher.asked()[k][2 * g + 1] != parent[2 * g + 1];
            EXPECT_EQ(first, second);
            changed += first;
        }
    }
    EXPECT_NEAR(double(changed), 800, 5 * std::sqrt(8000 * 0.1 * 0.9));
}

TEST(Evolution, StepsMoveOrderedVariablesByOneAndUnorderedOnesAnywhere) {
    Pairs pairs(100, 5);
    const std::vector<char> odd = [] {
        std::vector<char> out(200);
        for (size_t v = 1; v < 200; v += 2) {
            out[v] = 1;
        }
        return out;
    }();
    pairs.problem.space.unordered = reinterpret_cast<const bool*>(odd.data());
    Settings settings = {{"population", "40"},
                         {"parents", "0.001"},
                         {"mutants", "1"},
                         {"step_probability", "1"},
                         {"mutation_probability", "1"}};
    Searcher searcher("evolution", pairs.problem, settings, 5);
    size_t i = 0, far = 0;
    searcher.run([&](const unsigned*) { return worth(i++ == 0 ? 1 : 0); }, 80);
    for (size_t k = 40; k < 80; ++k) {
        for (size_t v = 0; v < 200; ++v) {
            int moved = std::abs(int(searcher.asked()[k][v]) - int(searcher.asked()[0][v]));
            far += v % 2 == 1 && moved > 1;
            ASSERT_LT(searcher.asked()[k][v], 5u);
            if (v % 2 == 0) {
                EXPECT_EQ(moved, 1);
            }
        }
    }
    EXPECT_GT(far, 500u);
}

TEST(Evolution, AskedAreWithinTheBudgetHoweverTight) {
    for (double ratio : {0.6, 0.28}) { // by rejection; by repair, for no random draw is within
        SyntheticTask task(20, 1, ratio);
        Searcher searcher("evolution", task.problem(), {}, 1);
        ASSERT_TRUE(searcher.run([&](const unsigned* x) { return worth(task.reward(x)); }, 1000));
        for (const Candidate& candidate : searcher.asked()) {
            ASSERT_TRUE(task.fits(candidate.data()));
        }
        EXPECT_EQ(slice(searcher, 0, 1000).size(), 1000u);
    }
}

TEST(Evolution, EndsWhereNothingCanBeRepairedAndGoesOnWhereNothingRepairs) {
    Pairs pairs(2, 10);
    pairs.problem.feasible = [](void*, const unsigned*) { return false; };
    Searcher beyond("evolution", pairs.problem, {}, 1);
    EXPECT_TRUE(beyond.run([](const unsigned* x) { return worth(0, sum(x, 4)); }, 2000));
    EXPECT_TRUE(slice(beyond, 0, 2000).count({0, 0, 0, 0})) << "the least violation";
    pairs.problem.repair = [](void*, unsigned*) { return false; };
    Searcher impossible("evolution", pairs.problem, {}, 1);
    EXPECT_FALSE(impossible.run([](const unsigned*) { return worth(0); }, 1));
    EXPECT_TRUE(impossible.asked().empty());
}

TEST(Evolution, EndsAfterItsGenerations) {
    Pairs pairs(4, 1000);
    Searcher searcher("evolution", pairs.problem, {{"generations", "3"}, {"population", "30"}}, 1);
    EXPECT_FALSE(searcher.run([](const unsigned* x) { return worth(sum(x, 8)); }, 1000));
    EXPECT_EQ(searcher.asked().size(), 90u);
}

TEST(Evolution, IsTheSameHoweverManyAreAskedAtATime) {
    SyntheticTask task(20, 1, 0.3);
    auto evaluate = [&](const unsigned* x) { return worth(task.reward(x)); };
    Searcher whole("evolution", task.problem(), {}, 9), other("evolution", task.problem(), {}, 8);
    whole.run(evaluate, 500);
    other.run(evaluate, 500);
    for (size_t max : {1, 7, 100}) {
        Searcher chunks("evolution", task.problem(), {}, 9);
        chunks.run(evaluate, 500, max);
        EXPECT_EQ(chunks.asked(), whole.asked());
    }
    EXPECT_NE(other.asked(), whole.asked());
}

TEST(Evolution, BeatsRandomAndItsOriginalDefects) {
    size_t over_random = 0, over_original = 0;
    const size_t seeds = 10, evaluations = 2000;
    for (uint64_t seed = 0; seed < seeds; ++seed) {
        double own = best_of("evolution", {}, seed, evaluations);
        over_random += own > best_of("random", {}, seed, evaluations);
        over_original +=
            own > best_of("evolution", {{"original_defects", "true"}}, seed, evaluations);
    }
    EXPECT_LT(assay_test::sign_test(over_random, seeds), 0.01) << over_random;
    EXPECT_LT(assay_test::sign_test(over_original, seeds), 0.06) << over_original;
}
