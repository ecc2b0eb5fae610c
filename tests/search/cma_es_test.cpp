#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "cma.h"
#include "eigen.h"
#include "rng.h"
#include "searcher.hpp"
#include "synthetic_task.hpp"

namespace {

using assay::test::SyntheticTask;
using assay_test::Searcher;

struct Space {
    Space(size_t variables, unsigned each) : choices(variables, each), names(variables, "x") {
        problem.space.variables = variables;
        problem.space.choices = choices.data();
        problem.space.names = names.data();
        problem.space.previous_action = SIZE_MAX;
    }
    std::vector<unsigned> choices;
    std::vector<const char*> names;
    assay_problem problem = {};
};

assay_score worth(double reward, double violation = 0) {
    assay_score score = {};
    score.reward = reward;
    score.violation = violation;
    return score;
}

// Rows are orthonormal: Gram-Schmidt on random ones.
std::vector<double> random_axes(size_t n, assay_rng& rng) {
    std::vector<double> q(n * n);
    for (size_t i = 0; i < n; ++i) {
        double* row = &q[i * n];
        std::generate(row, row + n, [&] { return assay_rng_normal(&rng); });
        for (int twice = 0; twice < 2; ++twice) {
            for (size_t j = 0; j < i; ++j) {
                double along = std::inner_product(row, row + n, &q[j * n], 0.0);
                std::transform(row, row + n, &q[j * n], row,
                               [&](double a, double b) { return a - along * b; });
            }
        }
        double length = std::sqrt(std::inner_product(row, row + n, row, 0.0));
        std::transform(row, row + n, row, [&](double a) { return a / length; });
    }
    return q;
}

// sum of values[k] * axis k axis k^T
std::vector<double> matrix_of(const std::vector<double>& axes, const std::vector<double>& values) {
    size_t n = values.size();
    std::vector<double> matrix(n * n);
    for (size_t k = 0; k < n; ++k) {
        for (size_t i = 0; i < n * n; ++i) {
            matrix[i] += values[k] * axes[k * n + i / n] * axes[k * n + i % n];
        }
    }
    return matrix;
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        most = std::fmax(most, std::fabs(a[i] - b[i]));
    }
    return most;
}

std::vector<double> identity(size_t n) {
    std::vector<double> out(n * n);
    for (size_t i = 0; i < n; ++i) {
        out[i * n + i] = 1;
    }
    return out;
}

// Evaluations until a rotated ellipsoid of condition 1e6 is below 1e-10 of where it began.
size_t solve_ellipsoid(size_t n, uint64_t seed, size_t limit) {
    assay_rng rng = assay_rng_seed(seed, "cma test");
    const std::vector<double> axes = random_axes(n, rng), none(n);
    assay_cma cma;
    EXPECT_TRUE(assay_cma_init(&cma, n, 10));
    assay_cma_start(&cma, 0.3);
    std::fill(cma.mean, cma.mean + n, 1);
    size_t evaluations = 0;
    for (double least = 1e9; least > 1e-10 && evaluations < limit; evaluations += 10) {
        assay_cma_sample(&cma, &rng);
        std::vector<std::pair<double, size_t>> values;
        for (size_t k = 0; k < cma.samples; ++k) {
            double value = 0;
            for (size_t j = 0; j < n; ++j) {
                double along = 0;
                for (size_t i = 0; i < n; ++i) {
                    along += axes[j * n + i] * (cma.mean[i] + cma.sigma * cma.steps[k * n + i]);
                }
                value += std::pow(1e6, double(j) / double(n - 1)) * along * along;
            }
            values.emplace_back(value, k);
        }
        std::sort(values.begin(), values.end());
        least = values[0].first;
        size_t order[5];
        std::transform(values.begin(), values.begin() + 5, order, [](auto v) { return v.second; });
        assay_cma_update(&cma, order, false, none.data());
    }
    assay_cma_free(&cma);
    return evaluations;
}

double best_of(const char* name, uint64_t seed, size_t evaluations) {
    SyntheticTask task(35, seed);
    Searcher searcher(name, task.problem(), {}, seed);
    searcher.run([&](const unsigned* x) { return worth(task.reward(x), task.fits(x) ? 0 : 1); },
                 evaluations);
    return searcher.best();
}

} // namespace

TEST(Eigen, FindsAxesAndValuesOverTenDecades) {
    for (size_t n : {1, 2, 5, 30, 100}) {
        assay_rng rng = assay_rng_seed(n, "eigen test");
        std::vector<double> values(n), found(n), scratch(n * n);
        for (size_t i = 0; i < n; ++i) {
            values[i] = std::pow(1e-10, n > 1 ? double(i) / double(n - 1) : 0);
        }
        const std::vector<double> matrix = matrix_of(random_axes(n, rng), values);
        std::vector<double> axes = identity(n);
        assay_eigen(n, matrix.data(), axes.data(), found.data(), scratch.data());
        EXPECT_LT(difference(matrix_of(axes, found), matrix), 1e-13) << n;
        // Rows are orthonormal: so are columns, and the sum of their outer products is the
        // identity.
        EXPECT_LT(difference(matrix_of(axes, std::vector<double>(n, 1)), identity(n)), 1e-12) << n;
        std::sort(found.rbegin(), found.rend());
        for (size_t i = 0; i < n; ++i) {
            EXPECT_NEAR(found[i] / values[i], 1, 1e-4) << n << " " << i;
        }
    }
}

TEST(Eigen, StartsFromWhatIsKnown) {
    const size_t n = 20;
    assay_rng rng = assay_rng_seed(1, "eigen test");
    std::vector<double> values(n), found(n), scratch(n * n), axes = random_axes(n, rng);
    std::iota(values.begin(), values.end(), 1);
    const std::vector<double> matrix = matrix_of(axes, values);
    assay_eigen(n, matrix.data(), axes.data(), found.data(), scratch.data());
    EXPECT_LT(difference(found, values), 1e-12) << "in their order: nothing had to be turned";
}

// Ten seeds took 5,790 to 6,580 evaluations.
TEST(Cma, LearnsTheShapeOfARotatedEllipsoid) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
        EXPECT_LT(solve_ellipsoid(10, seed, 20000), 8000u) << seed;
    }
}

TEST(Cma, NoCoordinateFallsBelowItsFloor) {
    const size_t n = 6;
    const std::vector<double> floor = {0.01, 0.01, 0.01, 0.2, 0.2, 0.2};
    assay_cma cma;
    ASSERT_TRUE(assay_cma_init(&cma, n, 8));
    assay_cma_start(&cma, 0.3);
    assay_rng rng = assay_rng_seed(1, "cma test");
    std::vector<double> squares(n);
    for (int generation = 0; generation < 400; ++generation) {
        assay_cma_sample(&cma, &rng);
        std::vector<std::pair<double, size_t>> values;
        for (size_t k = 0; k < cma.samples; ++k) {
            double value = 0;
            for (size_t i = 0; i < n; ++i) {
                double x = cma.mean[i] + cma.sigma * cma.steps[k * n + i];
                value += x * x;
                squares[i] += generation < 200 ? 0 : std::pow(x - cma.mean[i], 2);
            }
            values.emplace_back(value, k);
        }
        std::sort(values.begin(), values.end());
        size_t order[4];
        std::transform(values.begin(), values.begin() + 4, order, [](auto v) { return v.second; });
        assay_cma_update(&cma, order, false, floor.data());
    }
    for (size_t i = 0; i < n; ++i) {
        double deviation = std::sqrt(squares[i] / (200.0 * cma.samples));
        EXPECT_GT(deviation, 0.7 * floor[i]) << i;
        EXPECT_LT(deviation, 3 * floor[i]) << i;
    }
    assay_cma_free(&cma);
}

TEST(CmaEs, FindsTheOptimumOfAnIntegerSphere) {
    const size_t variables = 20;
    for (uint64_t seed = 0; seed < 10; ++seed) {
        Space space(variables, 15);
        assay_rng rng = assay_rng_seed(seed, "sphere");
        std::vector<unsigned> target(variables);
        for (unsigned& t : target) {
            t = unsigned(assay_rng_below(&rng, 15));
        }
        auto evaluate = [&](const unsigned* x) {
            double sum = 0;
            for (size_t v = 0; v < variables; ++v) {
                sum += std::pow(double(x[v]) - double(target[v]), 2);
            }
            return worth(-sum);
        };
        Searcher own("cma_es", space.problem, {}, seed);
        Searcher random("random", space.problem, {}, seed);
        own.run(evaluate, 5000);
        random.run(evaluate, 5000);
        EXPECT_EQ(own.best(), 0) << seed;
        EXPECT_LT(random.best(), -50) << seed;
    }
}

TEST(CmaEs, RefusesWhatHasNoOrderAndWhatIsTooLarge) {
    Space small(3, 4), large(501, 2);
    const bool unordered[] = {true, false, true};
    small.names = {"kernel", "bits", "dataflow"};
    small.problem.space.names = small.names.data();
    small.problem.space.unordered = unordered;
    Searcher first("cma_es", small.problem, {}, 1), second("cma_es", large.problem, {}, 1);
    EXPECT_EQ(first.status(), ASSAY_BAD_INPUT);
    EXPECT_EQ(first.report().count(), 2u);
    EXPECT_TRUE(first.report().mentions("the 4 choices of kernel have no order"));
    EXPECT_TRUE(first.report().mentions("dataflow"));
    EXPECT_EQ(second.status(), ASSAY_BAD_INPUT);
    EXPECT_TRUE(second.report().mentions("501 variables, at most 500"));
    small.choices = {2, 4, 2}; // of two either order is as good
    Searcher third("cma_es", small.problem, {}, 1);
    EXPECT_EQ(third.status(), ASSAY_OK);
}

TEST(CmaEs, RestartsWithALargerPopulationAndEnds) {
    Space space(5, 10);
    Searcher searcher("cma_es", space.problem,
                      {{"population", "10"}, {"stagnation", "3"}, {"restarts", "2"}}, 1);
    EXPECT_FALSE(searcher.run([](const unsigned*) { return worth(1); }, 100000));
    // The first generation is better than none; the fourth after it is one too many.
    EXPECT_EQ(searcher.asked().size(), 5u * (10 + 20 + 40));
}

TEST(CmaEs, AsksWhatIsWithinTheBudget) {
    for (double ratio : {0.6, 0.28}) {
        SyntheticTask task(20, 1, ratio);
        Searcher searcher("cma_es", task.problem(), {}, 1);
        searcher.run([&](const unsigned* x) { return worth(task.reward(x)); }, 1000);
        for (const std::vector<unsigned>& candidate : searcher.asked()) {
            ASSERT_TRUE(task.fits(candidate.data()));
        }
    }
}

TEST(CmaEs, FindsTheBudgetByViolationAlone) {
    Space space(10, 8);
    auto evaluate = [](const unsigned* x) { // a budget of 20, most is worth most
        double sum = std::accumulate(x, x + 10, 0.0);
        return worth(sum, std::max(0.0, sum - 20));
    };
    Searcher searcher("cma_es", space.problem, {}, 1);
    searcher.run(evaluate, 2000);
    EXPECT_EQ(searcher.best(), 20);
}

TEST(CmaEs, SurvivesFailedEvaluations) {
    Space space(8, 9);
    size_t i = 0;
    Searcher searcher("cma_es", space.problem, {}, 1), hopeless("cma_es", space.problem, {}, 1);
    auto unreliable = [&](const unsigned* x) {
        return worth(i++ % 3 == 0 ? NAN : std::accumulate(x, x + 8, 0.0));
    };
    EXPECT_TRUE(searcher.run(unreliable, 2000));
    EXPECT_EQ(searcher.best(), 64);
    EXPECT_TRUE(hopeless.run([](const unsigned*) { return worth(NAN); }, 1000));
}

TEST(CmaEs, IsTheSameHoweverManyAreAskedAtATime) {
    SyntheticTask task(20, 1);
    auto evaluate = [&](const unsigned* x) { return worth(task.reward(x)); };
    Searcher whole("cma_es", task.problem(), {}, 9), other("cma_es", task.problem(), {}, 8);
    whole.run(evaluate, 500);
    other.run(evaluate, 500);
    for (size_t max : {1, 7}) {
        Searcher chunks("cma_es", task.problem(), {}, 9);
        chunks.run(evaluate, 500, max);
        EXPECT_EQ(chunks.asked(), whole.asked());
    }
    EXPECT_NE(other.asked(), whole.asked());
}

TEST(CmaEs, BeatsRandomAtEqualEvaluations) {
    size_t won = 0;
    for (uint64_t seed = 0; seed < 10; ++seed) {
        won += best_of("cma_es", seed, 600) > best_of("random", seed, 600);
    }
    EXPECT_LT(assay_test::sign_test(won, 10), 0.01) << won;
}
