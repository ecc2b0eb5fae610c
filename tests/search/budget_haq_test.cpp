#include <gtest/gtest.h>

#include "haq_table.hpp"

using assay_test::haq_policy;
using assay_test::HaqTable;

namespace {

using Policy = std::vector<assay_haq_bits>;

// What a layer costs: w * a, of layers without quantised activations w * 7.
double product(void*, size_t, int w, int a) {
    return w * (a == ASSAY_HAQ_NOT_QUANTISED ? 7 : a);
}

assay_haq_counts loop(Policy& policy, double target) {
    const assay_haq_budget budget = {policy.size(), 2, target, product, nullptr};
    return assay_budget_haq(&budget, policy.data());
}

void expect_bits(const Policy& policy, const std::vector<std::pair<int, int>>& expected) {
    ASSERT_EQ(policy.size(), expected.size());
    for (size_t i = 0; i < policy.size(); ++i) {
        EXPECT_EQ(std::make_pair(policy[i].w, policy[i].a), expected[i]) << i;
    }
}

} // namespace

// By hand: 4 layers of 8 x 8 cost 256. The first decrement fixes the ends, which makes the first
// layer 56: 248. Then layer 2's activations, its weights, layer 1's activations.
TEST(HaqBudget, LowersFromTheLastLayerToTheFirst) {
    Policy policy(4, {8, 8});
    const assay_haq_counts counts = loop(policy, 226);
    EXPECT_EQ(counts.sweeps, 1u);
    EXPECT_EQ(counts.decrements, 5u); // two of them undone in the last layer
    EXPECT_EQ(counts.used, 56 + 56 + 49 + 64);
    expect_bits(policy, {{8, -1}, {8, 7}, {7, 7}, {8, 8}});
}

TEST(HaqBudget, LeavesWhatIsWithin) {
    Policy policy = {{3, 3}, {8, 8}, {2, 2}};
    const assay_haq_counts counts = loop(policy, 77);
    EXPECT_EQ(counts.sweeps, 0u);
    EXPECT_EQ(counts.decrements, 0u);
    expect_bits(policy, {{3, 3}, {8, 8}, {2, 2}}); // its ends, too
}

TEST(HaqBudget, EndsWhereTheFixedLayersKeepItOver) {
    Policy policy(3, {4, 4});
    const assay_haq_counts counts = loop(policy, 30);
    EXPECT_EQ(counts.used, 56 + 4 + 64); // over: nothing but the ends is left
    expect_bits(policy, {{8, -1}, {2, 2}, {8, 8}});
}

// HAQ's own table: sweeps, decrements and cost by the original loop at seven budgets.
TEST(HaqBudget, PublishedTable) {
    if (!validation::have_data()) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: HAQ's table NOT compared ****";
    }
    const HaqTable table;
    ASSERT_EQ(table.all8(), 39624933);
    EXPECT_NEAR(table.cycles(haq_policy()) / table.all8(), 0.591380, 5.1e-7);
    const struct {
        double budget;
        unsigned sweeps, decrements;
        double ratio;
    } golden[] = {{0.9, 1, 91, 0.893688},    {0.8, 2, 144, 0.798653}, {0.6, 3, 301, 0.591960},
                  {0.556, 3, 310, 0.553878}, {0.5, 4, 376, 0.499765}, {0.4, 5, 451, 0.398456},
                  {0.3, 6, 531, 0.299864}};
    for (const auto& g : golden) {
        Policy policy(HaqTable::layers, {8, 8});
        const assay_haq_budget budget = {HaqTable::layers, 2, g.budget * table.all8(),
                                         [](void* user, size_t layer, int w, int a) {
                                             return static_cast<const HaqTable*>(user)->cycles(
                                                 layer, w, a);
                                         },
                                         const_cast<HaqTable*>(&table)};
        const assay_haq_counts counts = assay_budget_haq(&budget, policy.data());
        EXPECT_EQ(counts.sweeps, g.sweeps) << g.budget;
        EXPECT_EQ(counts.decrements, g.decrements) << g.budget;
        EXPECT_NEAR(counts.used / table.all8(), g.ratio, 5.1e-7) << g.budget;
    }
}
