#include "knapsack.hpp"

#include <gtest/gtest.h>

#include "report.hpp"

using assay_test::Knapsack;
using assay_test::random_knapsack;
using assay_test::Shape;

namespace {

struct Answer {
    std::vector<size_t> choice;
    assay_mckp_result result;
};

template <typename Solver>
Answer solve(const Knapsack& knapsack, Solver solver) {
    Answer a{std::vector<size_t>((*knapsack)->items), {}};
    EXPECT_EQ(solver(*knapsack, a.choice.data(), &a.result), ASSAY_OK);
    return a;
}

Answer exact(const Knapsack& knapsack, uint64_t max_nodes = 0) {
    return solve(knapsack, [=](auto* p, size_t* choice, auto* out) {
        return assay_mckp_solve(p, max_nodes, choice, out);
    });
}

Answer lagrangian(const Knapsack& knapsack) {
    return solve(knapsack, [](auto* p, size_t* choice, auto* out) {
        double multiplier[ASSAY_LIMITS_MAX];
        return assay_mckp_lagrangian(p, choice, multiplier, out);
    });
}

// What any answer must be, whoever found it.
void expect_consistent(const Knapsack& knapsack, const Answer& a, double best) {
    if (a.result.feasible) {
        EXPECT_TRUE(knapsack.allows(a.choice));
        EXPECT_EQ(a.result.value, knapsack.worth(a.choice));
        EXPECT_LE(a.result.value, best + 1e-9);
    } else {
        EXPECT_EQ(a.result.value, -INFINITY);
    }
    EXPECT_GE(a.result.bound, best - 1e-9);
}

std::vector<Shape> shapes() {
    std::vector<Shape> all;
    for (size_t limits = 0; limits <= ASSAY_LIMITS_MAX; ++limits) {
        for (bool integers : {false, true}) {
            for (bool ties : {false, true}) {
                all.push_back({6, 4, limits, integers, ties});
            }
        }
    }
    return all;
}

template <typename Check>
void for_all_small(Check check) {
    for (const Shape& shape : shapes()) {
        for (uint64_t seed = 0; seed < 40; ++seed) {
            SCOPED_TRACE(testing::Message()
                         << "limits " << shape.limits << " integers " << shape.integers << " ties "
                         << shape.ties << " seed " << seed);
            const Knapsack knapsack = random_knapsack(shape, seed);
            check(knapsack, knapsack.best_of_all());
        }
    }
}

} // namespace

TEST(Mckp, ExactFindsWhatTryingEverythingFinds) {
    int feasible = 0;
    for_all_small([&](const Knapsack& knapsack, double best) {
        const Answer a = exact(knapsack);
        expect_consistent(knapsack, a, best);
        EXPECT_TRUE(a.result.proven);
        EXPECT_EQ(a.result.feasible, best != -INFINITY);
        EXPECT_EQ(a.result.bound, a.result.value);
        if (a.result.feasible) {
            EXPECT_NEAR(a.result.value, best, 1e-9);
            ++feasible;
        }
    });
    EXPECT_GT(feasible, 500); // of 800
}

TEST(Mckp, LagrangianBoundsAndGreedyAnswersHold) {
    for_all_small([](const Knapsack& knapsack, double best) {
        expect_consistent(knapsack, lagrangian(knapsack), best);
        expect_consistent(knapsack, solve(knapsack, assay_mckp_greedy_up), best);
        expect_consistent(knapsack, solve(knapsack, assay_mckp_greedy_down), best);
    });
}

TEST(Mckp, IntegerProgrammingLibraryAgrees) {
    assay_test::Report report;
    for (const Shape& shape : shapes()) {
        for (uint64_t seed = 100; seed < 104; ++seed) {
            const Knapsack knapsack =
                random_knapsack({14, 6, shape.limits, shape.integers, shape.ties}, seed);
            std::vector<size_t> choice((*knapsack)->items);
            assay_mckp_result ip;
            if (assay_mckp_solve_ip(*knapsack, 60, choice.data(), &ip, report) != ASSAY_OK) {
                GTEST_SKIP() << "**** no integer programming library: NOT compared ****";
            }
            const Answer own = exact(knapsack);
            ASSERT_TRUE(ip.proven && own.result.proven) << seed;
            ASSERT_EQ(ip.feasible, own.result.feasible) << seed;
            if (ip.feasible) {
                EXPECT_TRUE(knapsack.allows(choice));
                EXPECT_NEAR(ip.value, own.result.value, 1e-8) << seed;
            }
        }
    }
}

// 53 layers of 7 x 7 widths are small; so are three and four limits.
TEST(Mckp, ProvesLargeOnes) {
    const Shape large[] = {{53, 64, 1, false, false}, {53, 64, 1, true, false},
                           {53, 25, 2, false, true},  {53, 25, 3, false, false},
                           {53, 10, 4, false, false}, {200, 49, 1, false, false}};
    for (const Shape& shape : large) {
        const Knapsack knapsack = random_knapsack(shape, 3);
        const Answer a = exact(knapsack);
        ASSERT_TRUE(a.result.feasible);
        EXPECT_TRUE(a.result.proven) << shape.items << " " << shape.limits;
        EXPECT_TRUE(knapsack.allows(a.choice));
        const Answer dual = lagrangian(knapsack);
        EXPECT_LE(a.result.value, dual.result.bound + 1e-9);
        EXPECT_GE(a.result.value, dual.result.value);
    }
}

TEST(Mckp, StopsAtItsNodesWithABoundThatHolds) {
    const Knapsack knapsack = random_knapsack({53, 10, 4, false, false}, 3);
    const Answer whole = exact(knapsack);
    ASSERT_GT(whole.result.nodes, 2000u);
    const Answer part = exact(knapsack, 1000);
    EXPECT_LT(part.result.nodes, 1100u); // and the options of one state
    EXPECT_FALSE(part.result.proven);
    EXPECT_GE(part.result.bound, whole.result.value);
    EXPECT_LE(part.result.value, whole.result.value);
    EXPECT_LE(part.result.bound, lagrangian(knapsack).result.bound);
}

TEST(Mckp, SameProblemSameAnswer) {
    const Knapsack knapsack = random_knapsack({30, 8, 2, true, true}, 11); // full of equal sums
    EXPECT_EQ(exact(knapsack).choice, exact(knapsack).choice);
}

// Sums of tenths depend on their order: a budget that is one candidate's own sum admits it.
TEST(Mckp, ALimitThatIsMetExactlyIsKept) {
    assay_test::Table value, cost;
    double limit = 0;
    for (int i = 0; i < 50; ++i) {
        const double dear = 0.1 * (1 + i % 7);
        value.push_back({0, 1});
        cost.push_back({dear / 3, dear});
        limit += dear;
    }
    const Knapsack knapsack(value, {cost}, {limit});
    EXPECT_EQ(exact(knapsack).result.value, 50);
    EXPECT_EQ(lagrangian(knapsack).result.value, 50);
}

TEST(Mckp, SaysThatNothingIsFeasible) {
    const Knapsack dear({{1, 2}, {3}}, {{{2, 3}, {4}}}, {5.9});
    const Knapsack forbidden({{1, 2}, {-INFINITY}}, {}, {});
    const Knapsack together({{1, 1}, {1, 1}}, {{{0, 1}, {0, 1}}, {{1, 0}, {1, 0}}}, {0.5, 0.5});
    for (const Knapsack* knapsack : {&dear, &forbidden, &together}) {
        const Answer a = exact(*knapsack);
        EXPECT_FALSE(a.result.feasible);
        EXPECT_TRUE(a.result.proven);
        EXPECT_EQ(a.result.bound, -INFINITY);
    }
}

TEST(Mckp, PricesOfTheLagrangian) {
    // Value 3 for cost 1, 2 for 1, 1 for 1: the second unit is the last that fits.
    const Knapsack knapsack({{0, 3}, {0, 2}, {0, 1}},
                            {{{0, 1}, {0, 1}, {0, 1}}, {{0, 1}, {0, 1}, {0, 1}}}, {2, 5});
    double multiplier[ASSAY_LIMITS_MAX];
    std::vector<size_t> choice(3);
    assay_mckp_result result;
    ASSERT_EQ(assay_mckp_lagrangian(*knapsack, choice.data(), multiplier, &result), ASSAY_OK);
    EXPECT_NEAR(result.bound, 5, 1e-9);
    EXPECT_EQ(choice, (std::vector<size_t>{1, 1, 0}));
    EXPECT_GE(multiplier[0], 1 - 1e-9);
    EXPECT_LE(multiplier[0], 2 + 1e-9);
    EXPECT_NEAR(multiplier[1], 0, 1e-9); // is not reached
    EXPECT_EQ(multiplier[2], 0);
}
