// Algorithms whose answers are known from the separable estimate: exact, lagrangian, greedy.
#include "knapsack.hpp"
#include "searcher.hpp"

#include <string>

using assay_test::Knapsack;
using assay_test::Searcher;

namespace {

// Two layers of two widths, {0, 1, 2} x {0, 1}: an option's number is 2 * first + second.
const unsigned choices[] = {3, 2, 3, 2};
const size_t groups[] = {0, 0, 1, 1};
const char* const names[] = {"a.w", "a.a", "b.w", "b.a"};

const assay_test::Table cost = {{1, 2, 2, 4, 3, 6}, {2, 4, 4, 8, 6, 12}};
const assay_test::Table value = {{-9, -6, -5, -2, -4, -1}, {-8, -7, -6, -4, -5, 0}};

struct Problem {
    explicit Problem(double limit) : knapsack(value, {cost}, {limit}, {}, 100) {
        problem.space.variables = 4;
        problem.space.choices = choices;
        problem.space.names = names;
        problem.space.group = groups;
        problem.space.previous_action = SIZE_MAX;
        problem.separable = *knapsack;
    }
    Knapsack knapsack;
    assay_problem problem = {};
};

assay_score evaluate(const unsigned* x) {
    assay_score score = {};
    score.reward = 100 + value[0][2 * x[0] + x[1]] + value[1][2 * x[2] + x[3]];
    return score;
}

double bound_of(const char* name, const Problem& p) {
    const assay_algorithm* algorithm = assay_algorithm_find(name);
    std::vector<uint64_t> values(algorithm->options.values_size / 8 + 1);
    assay_options_defaults(&algorithm->options, values.data());
    void* self = nullptr;
    EXPECT_EQ(algorithm->create(&p.problem, values.data(), 1, &self, nullptr), ASSAY_OK);
    const double bound = algorithm->bound(self);
    algorithm->destroy(self);
    return bound;
}

} // namespace

TEST(Exact, ProposesTheOptimumAndEnds) {
    const Problem p(14);
    Searcher searcher("exact", p.problem, {}, 1);
    ASSERT_EQ(searcher.status(), ASSAY_OK);
    EXPECT_FALSE(searcher.run(evaluate, 10)); // has nothing more to propose
    ASSERT_EQ(searcher.asked().size(), 1u);
    // 12 for all of b leaves 2 of a: option 2, its first variable at 1.
    EXPECT_EQ(searcher.asked()[0], (std::vector<unsigned>{1, 0, 2, 1}));
    EXPECT_EQ(searcher.best(), 100 - 5 + 0);
    EXPECT_EQ(bound_of("exact", p), 95);
}

TEST(Exact, UnprovenBoundsHold) {
    const Problem p(14);
    Searcher searcher("exact", p.problem, {{"max_nodes", "1"}}, 1);
    ASSERT_EQ(searcher.status(), ASSAY_OK);
    searcher.run(evaluate, 1);
    EXPECT_GE(bound_of("exact", p), searcher.best());
}

TEST(Exact, LibraryOrAMessage) {
    const Problem p(14);
    Searcher searcher("exact", p.problem, {{"solver", "ip"}}, 1);
    if (searcher.status() == ASSAY_OK) {
        searcher.run(evaluate, 1);
        EXPECT_EQ(searcher.best(), 95);
    } else {
        EXPECT_TRUE(searcher.report().mentions("no integer programming library"));
    }
}

TEST(Lagrangian, BoundAndCandidateEncloseTheOptimum) {
    const Problem p(14);
    Searcher searcher("lagrangian", p.problem, {}, 1);
    ASSERT_EQ(searcher.status(), ASSAY_OK);
    EXPECT_FALSE(searcher.run(evaluate, 10));
    ASSERT_EQ(searcher.asked().size(), 1u);
    EXPECT_LE(searcher.best(), 95);
    EXPECT_GE(bound_of("lagrangian", p), 95);
    EXPECT_LE(bound_of("lagrangian", p), 99);
}

TEST(Greedy, GoesUpAndDown) {
    const Problem p(7);
    for (const char* direction : {"up", "down", "both"}) {
        Searcher searcher("greedy", p.problem, {{"direction", direction}}, 1);
        ASSERT_EQ(searcher.status(), ASSAY_OK);
        EXPECT_FALSE(searcher.run(evaluate, 10));
        ASSERT_GE(searcher.asked().size(), 1u) << direction;
        for (const auto& x : searcher.asked()) {
            EXPECT_LE(cost[0][2 * x[0] + x[1]] + cost[1][2 * x[2] + x[3]], 7) << direction;
        }
        EXPECT_GT(searcher.best(), 100 - 9 - 8) << direction; // better than the cheapest
    }
}

TEST(Answers, ABudgetThatCannotBeKeptIsRefusedWithNumbers) {
    const Problem p(2.5);
    for (const char* name : {"exact", "lagrangian", "greedy"}) {
        Searcher searcher(name, p.problem, {}, 1);
        EXPECT_EQ(searcher.status(), ASSAY_BAD_INPUT) << name;
        EXPECT_TRUE(searcher.report().mentions("need 3, the budget is 2.5"))
            << searcher.report().text();
    }
}

TEST(Answers, NothingAddsUp) {
    Problem p(14);
    p.problem.separable = nullptr;
    for (const char* name : {"exact", "lagrangian", "greedy"}) {
        Searcher searcher(name, p.problem, {}, 1);
        EXPECT_EQ(searcher.status(), ASSAY_BAD_INPUT) << name;
        EXPECT_TRUE(searcher.report().mentions(std::string(name) + " needs an estimate"));
    }
}
