#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "algorithm.h"
#include "report.hpp"

namespace {

const unsigned choices[] = {3, 1, 4};
const char* const names[] = {"a", "b", "c"};

assay_problem problem() {
    assay_problem p = {};
    p.space.variables = 3;
    p.space.choices = choices;
    p.space.names = names;
    p.space.previous_action = SIZE_MAX;
    return p;
}

std::vector<unsigned> asked(const assay_problem& p, uint64_t seed, size_t count,
                            const char* set = nullptr, const char* value = nullptr) {
    const assay_algorithm* random = assay_algorithm_find("random");
    assay_test::Report report;
    std::vector<char> values(random->options.values_size);
    assay_options_defaults(&random->options, values.data());
    if (set != nullptr) {
        EXPECT_EQ(assay_option_set_text(&random->options, values.data(), set, value, "", report),
                  ASSAY_OK);
    }
    void* self = nullptr;
    EXPECT_EQ(random->create(&p, values.data(), seed, &self, report), ASSAY_OK);
    std::vector<unsigned> x(count * 3);
    x.resize(3 * random->ask(self, count, x.data()));
    random->destroy(self);
    return x;
}

} // namespace

TEST(Random, DrawsEveryChoiceEquallyOften) {
    const size_t n = 12000;
    const std::vector<unsigned> x = asked(problem(), 1, n);
    ASSERT_EQ(x.size(), 3 * n);
    int counts[3][4] = {};
    for (size_t i = 0; i < 3 * n; ++i) {
        ASSERT_LT(x[i], choices[i % 3]);
        ++counts[i % 3][x[i]];
    }
    for (int v : {0, 2}) {
        for (unsigned c = 0; c < choices[v]; ++c) {
            EXPECT_NEAR(counts[v][c], n / choices[v], 260); // 5 standard deviations
        }
    }
}

TEST(Random, SameSeedSameCandidates) {
    EXPECT_EQ(asked(problem(), 7, 50), asked(problem(), 7, 50));
    EXPECT_NE(asked(problem(), 7, 50), asked(problem(), 8, 50));
}

TEST(Random, RejectsWhatIsBeyondTheBudget) {
    assay_problem p = problem();
    p.feasible = [](void*, const unsigned* x) { return x[0] + x[2] <= 1; };
    const std::vector<unsigned> x = asked(p, 3, 200);
    ASSERT_EQ(x.size(), 600u);
    for (size_t i = 0; i < 200; ++i) {
        EXPECT_LE(x[3 * i] + x[3 * i + 2], 1u);
    }
}

TEST(Random, RepairsWhereNothingIsFeasible) {
    assay_problem p = problem();
    p.feasible = [](void*, const unsigned*) { return false; };
    p.repair = [](void*, unsigned* x) {
        x[0] = 2, x[1] = 0, x[2] = 3;
        return true;
    };
    EXPECT_EQ(asked(p, 3, 1), (std::vector<unsigned>{2, 0, 3}));
}

TEST(Random, EndsAtItsLimit) {
    EXPECT_EQ(asked(problem(), 1, 50, "max_evaluations", "7").size(), 21u);
    EXPECT_EQ(asked(problem(), 1, 50, "max_evaluations", "0").size(), 150u);
}

TEST(Problem, OptionsAreMixedRadixNumbersOfTheirGroups) {
    const size_t group[] = {0, 0, 1};
    assay_space space = problem().space;
    space.group = group;
    unsigned x[] = {2, 0, 3};
    EXPECT_EQ(assay_option_of(&space, 0, x), 2u);
    EXPECT_EQ(assay_option_of(&space, 1, x), 3u);
    const size_t together[] = {0, 0, 0};
    space.group = together;
    EXPECT_EQ(assay_option_of(&space, 0, x), 2u * 4 + 3);
    for (size_t option = 0; option < 12; ++option) {
        assay_choose_option(&space, 0, option, x);
        EXPECT_EQ(assay_option_of(&space, 0, x), option);
    }
}

TEST(Registry, FindsEveryAlgorithmByItsName) {
    for (size_t i = 0; i < assay_algorithm_total; ++i) {
        EXPECT_EQ(assay_algorithm_find(assay_algorithms[i]->name), assay_algorithms[i]);
        EXPECT_GT(strlen(assay_algorithms[i]->summary), 0u);
    }
    EXPECT_EQ(assay_algorithm_find("no such"), nullptr);
}
