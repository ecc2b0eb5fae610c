#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <vector>

#include "nsga2_sort.h"
#include "pareto.h"
#include "rng.h"
#include "searcher.hpp"

namespace {

using assay_test::Searcher;

assay_score point(double first, double second, double violation = 0) {
    assay_score score = {};
    score.violation = violation;
    score.objective_count = 2;
    score.objectives[0] = first;
    score.objectives[1] = second;
    return score;
}

// ZDT1 of Zitzler, Deb and Thiele (2000) on a grid: its Pareto set is where all variables but the
// first are 0. `relabelled`: the choices of the others are shuffled and said to have no order.
class Zdt1 {
  public:
    static constexpr size_t variables = 12;
    static constexpr unsigned each = 21;

    explicit Zdt1(bool relabelled = false) : relabelled_(relabelled) {
        problem.space.variables = variables;
        problem.space.choices = choices_;
        problem.space.names = names_;
        problem.space.unordered = relabelled ? unordered_ : nullptr;
        problem.space.previous_action = SIZE_MAX;
        for (size_t v = 0; v < variables; ++v) {
            choices_[v] = each;
            names_[v] = "zdt1";
            unordered_[v] = v > 0;
        }
    }

    assay_score operator()(const unsigned* x) const {
        double first = double(x[0]) / (each - 1), rest = 1;
        for (size_t v = 1; v < variables; ++v) {
            unsigned level = relabelled_ ? (8 * x[v] + 3) % each : x[v]; // 8 is prime to 21
            rest += 9.0 / (variables - 1) * level / (each - 1);
        }
        return point(first, rest * (1 - std::sqrt(first / rest)));
    }

    static double volume(const std::vector<double>& points) {
        const double reference[] = {1.1, 10};
        return assay_hypervolume(points.data(), points.size() / 2, 2, reference);
    }

    static double best_volume() {
        std::vector<double> points;
        for (unsigned i = 0; i < each; ++i) {
            double first = double(i) / (each - 1);
            points.insert(points.end(), {first, 1 - std::sqrt(first)});
        }
        return volume(points);
    }

    assay_problem problem = {};

  private:
    bool relabelled_;
    unsigned choices_[variables];
    const char* names_[variables];
    bool unordered_[variables];
};

double volume_of(const Searcher& searcher) {
    std::vector<double> points;
    for (const assay_score& score : searcher.told()) {
        points.insert(points.end(), {score.objectives[0], score.objectives[1]});
    }
    return Zdt1::volume(points);
}

double volume_after(const char* name, const Zdt1& zdt, uint64_t seed, size_t evaluations) {
    Searcher searcher(name, zdt.problem, {}, seed);
    searcher.run(zdt, evaluations);
    return volume_of(searcher);
}

std::vector<assay_nsga2_member> members_of(const std::vector<assay_score>& scores) {
    std::vector<assay_nsga2_member> members(scores.size());
    for (size_t i = 0; i < scores.size(); ++i) {
        members[i].score = scores[i];
        members[i].birth = i;
    }
    return members;
}

void sort(std::vector<assay_nsga2_member>& members) {
    assay_nsga2_scratch scratch;
    ASSERT_TRUE(assay_nsga2_scratch_init(&scratch, members.size()));
    assay_nsga2_sort(members.data(), members.size(), &scratch);
    assay_nsga2_scratch_free(&scratch);
}

} // namespace

TEST(Nsga2Sort, ConstraintsComeFirstAndFailuresLast) {
    const assay_score within = point(9, 9), better = point(8, 9), other = point(9, 1);
    const assay_score over = point(0, 0, 0.1), far = point(0, 0, 0.2);
    assay_score failed = point(0, 0), lost = point(0, NAN);
    failed.reward = NAN;
    EXPECT_TRUE(assay_nsga2_dominates(&better, &within));
    EXPECT_FALSE(assay_nsga2_dominates(&other, &better) || assay_nsga2_dominates(&better, &other));
    EXPECT_TRUE(assay_nsga2_dominates(&within, &over));
    EXPECT_FALSE(assay_nsga2_dominates(&over, &within));
    EXPECT_TRUE(assay_nsga2_dominates(&over, &far));
    EXPECT_TRUE(assay_nsga2_dominates(&far, &failed));
    EXPECT_TRUE(assay_nsga2_dominates(&far, &lost));
    EXPECT_FALSE(assay_nsga2_dominates(&failed, &far));
    EXPECT_FALSE(assay_nsga2_dominates(&failed, &lost) || assay_nsga2_dominates(&lost, &failed));
}

// A member is in front 0 if nothing dominates it, else one beyond the last front that does.
TEST(Nsga2Sort, FrontsAreThoseOfTheDefinition) {
    assay_rng rng = assay_rng_seed(1, "nsga2 test");
    std::vector<assay_score> scores;
    for (int i = 0; i < 300; ++i) {
        double over = assay_rng_below(&rng, 4) == 0 ? double(assay_rng_below(&rng, 5)) : 0;
        scores.push_back(
            point(double(assay_rng_below(&rng, 40)), double(assay_rng_below(&rng, 40)), over));
        scores.back().reward = i % 50 == 7 ? NAN : 0;
    }
    std::vector<assay_nsga2_member> members = members_of(scores);
    sort(members);
    std::set<uint64_t> births;
    for (size_t i = 0; i < members.size(); ++i) {
        size_t front = 0;
        for (size_t j = 0; j < i; ++j) { // dominators stand before
            if (assay_nsga2_dominates(&members[j].score, &members[i].score)) {
                front = std::max(front, members[j].front + 1);
            }
        }
        EXPECT_EQ(members[i].front, front);
        births.insert(members[i].birth);
    }
    EXPECT_EQ(births.size(), members.size());
    EXPECT_GT(members.back().front, 5u);
}

TEST(Nsga2Sort, CrowdingIsTheRelativeSizeOfTheGap) {
    std::vector<assay_nsga2_member> members =
        members_of({point(0, 10), point(1, 6), point(4, 5), point(10, 0)});
    sort(members);
    EXPECT_EQ(members[0].birth, 0u); // the ends first, the earlier before the later
    EXPECT_EQ(members[1].birth, 3u);
    EXPECT_EQ(members[0].crowding, INFINITY);
    EXPECT_EQ(members[1].crowding, INFINITY);
    EXPECT_EQ(members[2].birth, 2u);
    EXPECT_DOUBLE_EQ(members[2].crowding, 0.9 + 0.6);
    EXPECT_DOUBLE_EQ(members[3].crowding, 0.4 + 0.5);
}

// Parents are told to be all alike: what differs is mutation. Even variables are unordered.
TEST(Nsga2, MutationMovesEveryVariableAndReachesEveryChoice) {
    const size_t variables = 2000;
    const unsigned each = 5;
    std::vector<unsigned> choices(variables, each);
    std::unique_ptr<bool[]> unordered(new bool[variables]);
    for (size_t v = 0; v < variables; ++v) {
        unordered[v] = v % 2 == 0;
    }
    assay_problem problem = {};
    problem.space.variables = variables;
    problem.space.choices = choices.data();
    problem.space.unordered = unordered.get();
    const assay_algorithm* nsga2 = assay_algorithm_find("nsga2");
    assay_test::Report report;
    std::vector<uint64_t> values(nsga2->options.values_size / 8);
    assay_options_defaults(&nsga2->options, values.data());
    ASSERT_EQ(assay_option_set_text(&nsga2->options, values.data(), "population", "4", "", report),
              ASSAY_OK);
    ASSERT_EQ(assay_option_set_text(&nsga2->options, values.data(), "mutation_probability", "1", "",
                                    report),
              ASSAY_OK);
    for (unsigned parent : {0u, 2u, 4u}) {
        void* self = nullptr;
        ASSERT_EQ(nsga2->create(&problem, values.data(), 1, &self, report), ASSAY_OK);
        std::vector<unsigned> x(4 * variables);
        const assay_score scores[] = {point(1, 1), point(1, 1), point(1, 1), point(1, 1)};
        ASSERT_EQ(nsga2->ask(self, 4, x.data()), 4u);
        std::fill(x.begin(), x.end(), parent);
        nsga2->tell(self, 4, x.data(), scores);
        ASSERT_EQ(nsga2->ask(self, 4, x.data()), 4u);
        size_t found[2][each] = {};
        for (size_t i = 0; i < x.size(); ++i) {
            ASSERT_LT(x[i], each);
            ++found[i % 2][x[i]];
        }
        nsga2->destroy(self);
        for (unsigned c = 0; c < each; ++c) { // 4,000 of each kind
            unsigned distance = c < parent ? parent - c : c - parent;
            EXPECT_NEAR(double(found[0][c]), c == parent ? 0 : 1000, c == parent ? 0 : 140) << c;
            EXPECT_EQ(found[1][c] > 1000, distance == 1) << c << ": small steps are usual";
            EXPECT_EQ(found[1][parent], 0u);
        }
    }
}

TEST(Nsga2, FindsTheFrontOfZdt1AndBeatsRandom) {
    const Zdt1 zdt;
    std::vector<double> reached;
    for (uint64_t seed = 0; seed < 10; ++seed) {
        double own = volume_after("nsga2", zdt, seed, 4000);
        double random = volume_after("random", zdt, seed, 4000);
        EXPECT_GT(own, random) << seed;
        reached.push_back(own / Zdt1::best_volume());
    }
    EXPECT_GT(assay_test::median(reached), 0.98);
}

TEST(Nsga2, BeatsRandomWhereChoicesHaveNoOrder) {
    const Zdt1 zdt(true);
    for (uint64_t seed = 0; seed < 10; ++seed) {
        EXPECT_GT(volume_after("nsga2", zdt, seed, 4000), volume_after("random", zdt, seed, 4000));
    }
}

TEST(Nsga2, SpreadsAlongTheWholeFrontWithinItsConstraint) {
    const Zdt1 zdt;
    auto constrained = [&](const unsigned* x) {
        assay_score score = zdt(x);
        score.violation = std::max(0.0, 0.5 - score.objectives[0]);
        return score;
    };
    Searcher searcher("nsga2", zdt.problem, {}, 1);
    searcher.run(constrained, 6000);
    std::set<double> levels;
    size_t late_within = 0;
    for (size_t i = 5000; i < 6000; ++i) {
        late_within += searcher.told()[i].violation == 0;
    }
    for (const assay_score& score : searcher.told()) {
        if (score.violation == 0 && score.objectives[1] < 1.05 - std::sqrt(score.objectives[0])) {
            levels.insert(score.objectives[0]);
        }
    }
    EXPECT_GT(late_within, 800u);
    EXPECT_GE(levels.size(), 9u) << "of the 11 levels of the first objective from 0.5 on";
}

TEST(Nsga2, SurvivesFailedEvaluations) {
    const Zdt1 zdt;
    size_t i = 0;
    Searcher searcher("nsga2", zdt.problem, {}, 1);
    auto unreliable = [&](const unsigned* x) {
        assay_score score = zdt(x);
        score.reward = i++ % 3 == 0 ? NAN : 0;
        return score;
    };
    EXPECT_TRUE(searcher.run(unreliable, 4000));
    EXPECT_GT(volume_of(searcher), 0.95 * Zdt1::best_volume());
    Searcher hopeless("nsga2", zdt.problem, {}, 1);
    EXPECT_TRUE(hopeless.run([](const unsigned*) { return point(NAN, NAN); }, 500));
}

TEST(Nsga2, AsksNothingTwiceAndTheSameInAnyChunks) {
    const Zdt1 zdt;
    Searcher whole("nsga2", zdt.problem, {}, 4);
    whole.run(zdt, 700);
    std::set<std::vector<unsigned>> distinct(whole.asked().begin(), whole.asked().end());
    EXPECT_EQ(distinct.size(), 700u);
    for (size_t max : {1, 13}) {
        Searcher chunks("nsga2", zdt.problem, {}, 4);
        chunks.run(zdt, 700, max);
        EXPECT_EQ(chunks.asked(), whole.asked());
    }
    Searcher other("nsga2", zdt.problem, {}, 5);
    other.run(zdt, 700);
    EXPECT_NE(other.asked(), whole.asked());
}
