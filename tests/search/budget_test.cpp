#include "budget.h"

#include <gtest/gtest.h>

#include "haq_problem.hpp"
#include "knapsack.hpp"

using assay_test::HaqProblem;
using assay_test::HaqRaised;
using assay_test::HaqTable;
using assay_test::Knapsack;
using assay_test::Table;

namespace {

using X = std::vector<unsigned>;

struct Budget {
    Budget(const assay_space& space, const Knapsack& knapsack) {
        EXPECT_EQ(assay_budget_new(&space, *knapsack, &self), ASSAY_OK);
    }
    ~Budget() { assay_budget_free(&self); }
    operator assay_budget*() const { return self; }
    assay_budget* self = nullptr;
};

// One variable of four choices per layer.
struct Layers {
    explicit Layers(size_t n) : choices(n, 4) {
        space.variables = n;
        space.choices = choices.data();
    }
    std::vector<unsigned> choices;
    assay_space space = {};
};

// Damage of 16, 4, 1, 0 times a weight; a unit of cost per choice and weight.
Knapsack layers_of(const std::vector<double>& damages, const std::vector<double>& costs,
                   double limit, std::vector<size_t> tie = {}) {
    Table value, cost;
    for (size_t i = 0; i < damages.size(); ++i) {
        const double d = damages[i], c = costs[i];
        value.push_back({-16 * d, -4 * d, -d, 0});
        cost.push_back({c, 2 * c, 3 * c, 4 * c});
    }
    return Knapsack(value, {cost}, {limit}, std::move(tie));
}

} // namespace

TEST(Budget, TakesFirstWhatBuysMostForLeast) {
    const Layers layers(2);
    // The second saves ten times as much for the same damage.
    const Knapsack knapsack = layers_of({1, 1}, {1, 10}, 34);
    const Budget budget(layers.space, knapsack);
    X x = {3, 3};
    EXPECT_FALSE(assay_budget_within(budget, x.data()));
    ASSERT_TRUE(assay_budget_repair(budget, x.data()));
    EXPECT_EQ(x, (X{3, 2}));
}

TEST(Budget, LeavesWhatIsWithin) {
    const Layers layers(2);
    const Knapsack knapsack = layers_of({1, 1}, {1, 10}, 34);
    const Budget budget(layers.space, knapsack);
    X x = {0, 1};
    ASSERT_TRUE(assay_budget_repair(budget, x.data()));
    EXPECT_EQ(x, (X{0, 1}));
}

// Weights that a memory-bound layer has for nothing.
TEST(Budget, CutsAcrossAPlateau) {
    const Layers layers(1);
    const Knapsack knapsack({{-5, -2, -1, 0}}, {{{1, 8, 8, 8}}}, {7});
    const Budget budget(layers.space, knapsack);
    X x = {3};
    ASSERT_TRUE(assay_budget_cut(budget, x.data()));
    EXPECT_EQ(x, (X{0}));
}

TEST(Budget, RefillsTheCheapestFirst) {
    const Layers layers(2);
    // Equal gains: the first costs 1 a step, the second 2.
    const Knapsack knapsack({{0, 1, 2, 3}, {0, 1, 2, 3}}, {{{1, 2, 3, 4}, {2, 4, 6, 8}}}, {8.5});
    const Budget budget(layers.space, knapsack);
    X x = {0, 0};
    assay_budget_refill(budget, x.data());
    EXPECT_EQ(x, (X{3, 1}));
}

TEST(Budget, SaysWhatCannotBeKept) {
    const Layers layers(2);
    const Knapsack knapsack = layers_of({1, 1}, {1, 10}, 10.9);
    const Budget budget(layers.space, knapsack);
    X x = {3, 3};
    EXPECT_FALSE(assay_budget_repair(budget, x.data()));
}

TEST(Budget, TiedLayersStayEqual) {
    const Layers layers(3);
    const Knapsack knapsack = layers_of({1, 1, 1}, {1, 5, 5}, 30, {0, 1, 1});
    const Budget budget(layers.space, knapsack);
    X x = {3, 3, 1};
    ASSERT_TRUE(assay_budget_repair(budget, x.data()));
    EXPECT_EQ(x[1], x[2]);
    EXPECT_TRUE(assay_budget_within(budget, x.data()));
}

TEST(Budget, LeavesForbiddenOptions) {
    const Layers layers(2);
    const Knapsack knapsack({{0, 1, 2, -INFINITY}, {0, 1, 2, 3}}, {{{1, 2, 3, 4}, {1, 2, 3, 4}}},
                            {100});
    const Budget budget(layers.space, knapsack);
    X x = {3, 3};
    EXPECT_FALSE(assay_budget_feasible(budget, x.data()));
    ASSERT_TRUE(assay_budget_repair(budget, x.data()));
    EXPECT_EQ(x, (X{2, 3}));
}

// Never over, wherever it starts and whatever the numbers are; close to the optimum where damages
// are convex.
TEST(Budget, RandomCandidatesEndWithin) {
    double share = 0;
    int cases = 0;
    for (uint64_t seed = 0; seed < 60; ++seed) {
        assay_rng rng = assay_rng_seed(seed, "budget");
        const size_t n = 12;
        std::vector<double> damages(n), costs(n);
        double all = 0;
        for (size_t i = 0; i < n; ++i) {
            damages[i] = std::exp(assay_rng_normal(&rng));
            costs[i] = std::exp(assay_rng_normal(&rng));
            all += 4 * costs[i];
        }
        const Layers layers(n);
        const Knapsack knapsack = layers_of(damages, costs, all * (0.3 + 0.6 * (seed % 10) / 9));
        const Budget budget(layers.space, knapsack);
        X x(n, 3);
        for (int start = 0; start < 5; ++start) {
            ASSERT_TRUE(assay_budget_repair(budget, x.data())) << seed;
            const std::vector<size_t> choice(x.begin(), x.end());
            ASSERT_TRUE(knapsack.allows(choice)) << seed;
            if (start == 0) {
                std::vector<size_t> best(n);
                assay_mckp_result result;
                ASSERT_EQ(assay_mckp_solve(*knapsack, 0, best.data(), &result), ASSAY_OK);
                EXPECT_LE(knapsack.worth(choice), result.value + 1e-9);
                share += result.value / knapsack.worth(choice);
                ++cases;
            }
            for (unsigned& v : x) {
                v = static_cast<unsigned>(assay_rng_below(&rng, 4));
            }
        }
    }
    EXPECT_GT(share / cases, 0.9); // of the damage, the optimum's share
}

// ---- HAQ's table ----

TEST(Budget, HaqsPublishedPolicyIsDominatedOnItsOwnTable) {
    if (!validation::have_data()) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: HAQ's policy NOT refilled ****";
    }
    const HaqProblem p(0.6);
    const Budget budget(p.space, *p.knapsack);
    X x = HaqProblem::published();
    ASSERT_TRUE(assay_budget_within(budget, x.data()));
    assay_budget_refill(budget, x.data());
    ASSERT_TRUE(assay_budget_within(budget, x.data()));
    EXPECT_TRUE(p.no_fewer_bits(x));
    const HaqRaised ours = p.raised(x);
    EXPECT_GE(ours.w, 53u);
    EXPECT_GE(ours.a, 12u);

    std::vector<size_t> choice(HaqTable::layers);
    assay_mckp_result best;
    ASSERT_EQ(assay_mckp_solve(**p.knapsack, 0, choice.data(), &best), ASSAY_OK);
    ASSERT_TRUE(best.proven);
    X exact(x.size());
    for (size_t i = 0; i < HaqTable::layers; ++i) {
        assay_choose_option(&p.space, i, choice[i], exact.data());
    }
    EXPECT_TRUE(p.no_fewer_bits(exact));
    const HaqRaised most = p.raised(exact);
    EXPECT_EQ(most.w + most.a, 65u); // the true maximum, which the refill reaches
    EXPECT_EQ(ours.w + ours.a, 65u);
}
