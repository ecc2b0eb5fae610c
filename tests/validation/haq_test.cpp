// Targets for HAQ's table: median errors, sums of uniform policies, the order of policies.
#include <gtest/gtest.h>

#include "csv.hpp"
#include "haq.hpp"

using namespace validation;

namespace {

const char skipped[] = "**** ASSAY_DATA is not set: HAQ's published table NOT compared ****";

} // namespace

class HaqTable : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (have_data()) {
            entries = measure_haq();
        }
    }
    static void TearDownTestSuite() { entries.clear(); }
    void SetUp() override {
        if (!have_data()) {
            GTEST_SKIP() << skipped;
        }
    }
    static std::vector<HaqEntry> entries;
};
std::vector<HaqEntry> HaqTable::entries;

TEST_F(HaqTable, MedianErrorOfEveryKindOfLayer) {
    ASSERT_EQ(entries.size(), 53u * 64);
    const std::map<std::string, Errors> errors = errors_by_kind(entries);
    ASSERT_EQ(errors.size(), 4u);
    for (const auto& [kind, of] : errors) {
        EXPECT_LE(of.median(), 0.05) << kind;
    }
}

TEST_F(HaqTable, SumsOfUniformPolicies) {
    EXPECT_EQ(uniform_sum(entries, 8).published, 39624933);
    for (unsigned bits = 1; bits <= 8; ++bits) {
        const Sum sum = uniform_sum(entries, bits);
        EXPECT_NEAR(sum.ours / sum.published, 1, 0.05) << bits << " bits";
    }
}

TEST_F(HaqTable, OrderOfRandomPolicies) {
    EXPECT_GE(policy_rank_correlation(entries, 2, 8, 2000, 1), 0.99);
    EXPECT_GE(policy_rank_correlation(entries, 1, 8, 2000, 2), 0.99);
}

// The published table has no entry that gets cheaper with more bits of either operand; here another
// tiling may save a few cycles of fill.
TEST_F(HaqTable, MoreBitsSaveNoCycles) {
    for (size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].a_bits > 1) {
            EXPECT_GE(entries[i].ours, 0.999 * entries[i - 1].ours) << i;
        }
        if (entries[i].w_bits > 1) {
            EXPECT_GE(entries[i].ours, 0.999 * entries[i - 8].ours) << i;
        }
    }
}
