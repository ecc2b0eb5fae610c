// What fits, what is loaded when, and what is refused with which numbers.
#include <gtest/gtest.h>

#include "eie_plan.hpp"

using namespace assay;
using namespace assay::eie;

namespace {

Options published() {
    Options o{};
    assay_options_defaults(&option_table, &o);
    return o;
}

// Every row of every column: easy to count.
SparseCodes dense(uint32_t rows, uint32_t cols) {
    SparseCodes m;
    m.rows = rows;
    m.cols = cols;
    m.codebook = {0, 1};
    m.col_start.push_back(0);
    for (uint32_t c = 0; c < cols; ++c) {
        for (uint32_t r = 0; r < rows; ++r) {
            m.row.push_back(r);
            m.code.push_back(1);
        }
        m.col_start.push_back(static_cast<uint32_t>(m.row.size()));
    }
    return m;
}

EncodedMatrix encode_for(const SparseCodes& m, const Options& o) {
    return encode(m, static_cast<uint32_t>(o.pe_count), static_cast<uint32_t>(o.index_bits),
                  static_cast<uint32_t>(o.act_registers));
}

} // namespace

TEST(EiePlan, ALayerThatFitsIsResidentInOneStep) {
    const Options o = published();
    const EncodedMatrix m = encode_for(dense(64, 128), o);
    Plan plan;
    std::string why;
    ASSERT_TRUE(make_plan(m, {1, false, 128, 64, false}, o, plan, why)) << why;
    EXPECT_EQ(plan.residency, Residency::resident);
    EXPECT_EQ(plan.source, Place::registers);
    EXPECT_EQ(plan.steps(), 1u);
    EXPECT_FALSE(plan.write_back());
    EXPECT_EQ(plan.batches[0][0].rows_scanned, 2u);
}

TEST(EiePlan, TheBiasColumnIsARowOfItsOwnInTheLastBatch) {
    Options o = published();
    o.pe_count = 4;
    o.act_registers = 2;
    const EncodedMatrix m = encode_for(dense(4, 21), o); // 20 inputs and a bias
    Plan plan;
    std::string why;
    ASSERT_TRUE(make_plan(m, {1, true, 20, 4, false}, o, plan, why)) << why;
    ASSERT_EQ(plan.batches[0].size(), 3u); // 8 + 8 + 4
    EXPECT_FALSE(plan.batches[0][0].bias);
    EXPECT_EQ(plan.batches[0][0].rows_scanned, 2u);
    EXPECT_TRUE(plan.batches[0][2].bias);
    EXPECT_EQ(plan.batches[0][2].inputs, 4u);
    EXPECT_EQ(plan.batches[0][2].end_col, 21u);
    EXPECT_EQ(plan.batches[0][2].rows_scanned, 2u);
    EXPECT_EQ(plan.source, Place::sram);
}

TEST(EiePlan, EntriesThatFitWithPointersThatDoNotAreLoadedInIoMode) {
    Options o = published();
    o.pe_count = 1;
    o.act_registers = 16;
    o.ptr_bytes = 80; // 40 pointers: two batches of 17
    o.dram_bits_per_cycle = 64;
    const EncodedMatrix m = encode_for(dense(2, 64), o);
    Plan plan;
    std::string why;
    ASSERT_TRUE(make_plan(m, {1, false, 64, 2, false}, o, plan, why)) << why;
    EXPECT_EQ(plan.residency, Residency::io_mode);
    ASSERT_EQ(plan.segments.size(), 2u);
    EXPECT_EQ(plan.segments[0].load_bits, 34u * 16) << "pointers only";
}

TEST(EiePlan, EntriesThatDoNotFitAreStreamedThroughHalfOfTheMemories) {
    Options o = published();
    o.pe_count = 1;
    o.act_registers = 16;
    o.spmat_bytes = 128; // 128 entries; half: 64
    o.dram_bits_per_cycle = 64;
    const EncodedMatrix m = encode_for(dense(4, 64), o); // 256 entries
    Plan plan;
    std::string why;
    ASSERT_TRUE(make_plan(m, {1, false, 64, 4, false}, o, plan, why)) << why;
    EXPECT_EQ(plan.residency, Residency::streamed);
    EXPECT_EQ(plan.segments.size(), 4u);
}

TEST(EiePlan, WithoutAChannelTheLayerIsRefusedWithTheNumbers) {
    Options o = published();
    o.pe_count = 2;
    o.spmat_bytes = 128;
    o.dram_bits_per_cycle = 0;
    SparseCodes m = dense(8, 64); // 4 x 64 = 256 entries in each PE
    m.rows = 9;                   // PE 0 has one row more, without entries
    const EncodedMatrix encoded = encode_for(m, o);
    Plan plan;
    std::string why;
    ASSERT_FALSE(make_plan(encoded, {1, false, 64, 9, false}, o, plan, why));
    EXPECT_NE(why.find("needs 0.2 KB of entries in PE 0, has 0.1 KB"), std::string::npos) << why;
    EXPECT_NE(why.find("dram_bits_per_cycle is 0"), std::string::npos) << why;
}

TEST(EiePlan, ARowOfColumnsThatNoHalfCanHoldIsRefused) {
    Options o = published();
    o.pe_count = 1;
    o.spmat_bytes = 64; // half: 32 entries
    o.dram_bits_per_cycle = 64;
    const EncodedMatrix m = encode_for(dense(40, 8), o);
    Plan plan;
    std::string why;
    ASSERT_FALSE(make_plan(m, {1, false, 8, 40, false}, o, plan, why));
    EXPECT_NE(why.find("need 40 entries in PE 0"), std::string::npos) << why;
}

TEST(EiePlan, ActivationsThatNothingHoldsAreRefused) {
    Options o = published();
    o.pe_count = 1;
    o.act_registers = 64;
    o.act_sram_bytes = 64; // 32 activations
    o.dram_bits_per_cycle = 0;
    const EncodedMatrix m = encode_for(dense(1, 100), o);
    Plan plan;
    std::string why;
    ASSERT_FALSE(make_plan(m, {1, false, 100, 1, false}, o, plan, why));
    EXPECT_NE(why.find("activation SRAM holds 32"), std::string::npos) << why;
}

// Each batch is visited once per vector, in order, whichever loop is outside.
TEST(EiePlan, StepsCoverEveryPartOfEveryVector) {
    Options o = published();
    o.pe_count = 1;
    o.act_registers = 4;
    o.spmat_bytes = 64;
    o.act_sram_bytes = 4096;
    o.dram_bits_per_cycle = 64;
    const EncodedMatrix m = encode_for(dense(12, 4), o); // three blocks of 16 entries
    Plan plan;
    std::string why;
    ASSERT_TRUE(make_plan(m, {3, false, 12, 36, false}, o, plan, why)) << why;
    ASSERT_EQ(plan.residency, Residency::resident);
    for (bool outer : {false, true}) {
        plan.segment_outer = outer;
        std::vector<int> seen(3 * plan.parts.size(), 0);
        for (uint64_t i = 0; i < plan.steps(); ++i) {
            const Step s = step_at(plan, i);
            ++seen[s.vector * plan.parts.size() + s.part];
        }
        EXPECT_EQ(seen, std::vector<int>(seen.size(), 1));
    }
}

TEST(EiePlan, APointerMemorySmallerThanARowOfColumnsIsRefused) {
    Options o = published();
    o.dram_bits_per_cycle = 64;
    o.ptr_bytes = 128; // 64 pointers of 16 bits: the 64 columns of a row need 65
    const EncodedMatrix m = encode_for(dense(64, 128), o);
    Plan plan;
    std::string why;
    EXPECT_FALSE(make_plan(m, {1, false, 128, 64, false}, o, plan, why));
    EXPECT_NE(why.find("the 64 columns from 0"), std::string::npos) << why;
    EXPECT_NE(why.find("65 pointers"), std::string::npos) << why;
}
