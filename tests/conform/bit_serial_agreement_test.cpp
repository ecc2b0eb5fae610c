// Both models of the bit-serial machine on random layers: the same cycles by cause, the same bits,
// the same work of every unit, and the outputs of the plain reference.
#include <gtest/gtest.h>

#include <algorithm>

#include "bit_serial_cases.hpp"
#include "tiling.hpp"

using namespace assay;
using namespace assay::bit_serial;

namespace {

constexpr uint64_t seed = 20261123, cases = 160;

std::vector<uint32_t> expected(const Case& c) {
    std::vector<uint32_t> sums(c.nest.outputs(), 0);
    tiled::reference(c.operands(sums));
    return sums;
}

// Bits that any machine has to move at least: every weight and every activation that is used.
uint64_t least_load_bits(const Case& c) {
    return c.nest.weight_elements() * c.nest.w_bits;
}

} // namespace

TEST(BitSerialAgreement, RandomLayers) {
    for (uint64_t i = 0; i < cases; ++i) {
        const Case c = make_case(seed, i);
        SCOPED_TRACE(c.text + ", " + mapping_text(c.nest, c.mapping));
        const auto design = make_design(c.options);
        const Outcome event = run_event(c, *design);
        ASSERT_EQ(first_difference(event, run_clocked(c, *design)), "");
        ASSERT_EQ(event.sums, expected(c));
    }
}

TEST(BitSerialAgreement, Bounds) {
    for (uint64_t i = 0; i < cases; ++i) {
        const Case c = make_case(seed, i);
        SCOPED_TRACE(c.text);
        const auto design = make_design(c.options);
        const Outcome out = run_event(c, *design);
        const double cycles = static_cast<double>(out.counters.cycles);
        EXPECT_GE(cycles * design->peak_macs(c.nest), static_cast<double>(c.nest.macs()));
        EXPECT_EQ(out.counters.array.sum(), out.counters.cycles);
        EXPECT_GE(out.counters.load_bits[operand_weight], least_load_bits(c));
        EXPECT_GE(out.counters.store_bits, c.nest.outputs() * design->output_bits(c.nest));
        EXPECT_EQ(out.counters.load_bits[operand_output], 0u); // partial sums never leave
        EXPECT_LE(*std::max_element(out.active_cycles.begin(), out.active_cycles.end()),
                  out.counters.array.issue);
    }
}

// The sample has the corners in it that it is meant to have.
TEST(BitSerialAgreement, CasesCoverTheCorners) {
    uint64_t split = 0, packed = 0, several_images = 0, pixel = 0, edge_rows = 0;
    for (uint64_t i = 0; i < cases; ++i) {
        const Case c = make_case(seed, i);
        split += c.mapping.tile[loop_in_c] < c.nest.in_c;
        packed += c.mapping.tile[loop_group] > 1;
        several_images += c.mapping.tile[loop_batch] > 1;
        pixel += c.nest.pixels() == 1;
        edge_rows += c.nest.out_c % c.mapping.tile[loop_out_c] > 0;
    }
    EXPECT_GE(split, 5u);
    EXPECT_GE(packed, 10u);
    EXPECT_GE(several_images, 10u);
    EXPECT_GE(pixel, 10u);
    EXPECT_GE(edge_rows, 10u);
}
