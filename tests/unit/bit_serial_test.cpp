// The parts of the bit-serial machine: its arithmetic, its choice of a tiling, its messages, its
// costs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bit_serial_cases.hpp"
#include "operands.hpp"
#include "planes.hpp"
#include "report.hpp"
#include "tiling.hpp"

using namespace assay;
using namespace assay::bit_serial;
using assay_test::Report;

namespace {

Options defaults() {
    Options o{};
    assay_options_defaults(&option_table, &o);
    return o;
}

Nest linear(uint64_t in, uint64_t out, unsigned w_bits, unsigned a_bits) {
    Nest n;
    n.in_c = in;
    n.out_c = out;
    n.w_bits = w_bits;
    n.a_bits = a_bits;
    return n;
}

// One product, plane by plane.
uint32_t serial_product(const Nest& n, int32_t w, int32_t a) {
    BitPlanes weight(1, n.w_bits, 1), input(1, n.a_bits, 1);
    weight.set(0, 0, w);
    input.set(0, 0, a);
    uint32_t sum = 0;
    for (const Pass& pass : passes(n)) {
        sum =
            accumulate(sum, pass.shift, pass.negative,
                       common_bits(weight.plane(0, pass.w_plane), input.plane(0, pass.a_plane), 1));
    }
    return sum;
}

std::vector<int32_t> corners(unsigned bits, bool is_signed) {
    const int32_t low = tiled::lowest(bits, is_signed), high = tiled::highest(bits, is_signed);
    return {low, high, 0, std::min(low + 1, high), high / 2};
}

Case plain_case(uint64_t index) {
    Case c = make_case(7, index);
    c.options.dram_banks = c.options.dram_turnaround_cycles = 0;
    c.options.dram_refresh_interval_cycles = c.options.dram_refresh_cycles = 0;
    std::string note;
    EXPECT_TRUE(make_design(c.options)->map(c.nest, "layer", c.mapping, note, nullptr));
    return c;
}

uint64_t simulated(Case c, const Mapping& mapping) {
    c.mapping = mapping;
    return run_event(c, *make_design(c.options)).counters.cycles;
}

} // namespace

TEST(BitSerial, ProductsOfAllWidthsAndSigns) {
    for (unsigned w_bits = 1; w_bits <= 16; ++w_bits) {
        for (unsigned a_bits = 1; a_bits <= 16; ++a_bits) {
            for (int signs = 0; signs < 4; ++signs) {
                Nest n = linear(1, 1, w_bits, a_bits);
                n.w_signed = (signs & 1) != 0;
                n.a_signed = (signs & 2) != 0;
                for (int32_t w : corners(w_bits, n.w_signed)) {
                    for (int32_t a : corners(a_bits, n.a_signed)) {
                        ASSERT_EQ(serial_product(n, w, a),
                                  static_cast<uint32_t>(w) * static_cast<uint32_t>(a))
                            << w_bits << " " << a_bits << " " << signs << " " << w << " " << a;
                    }
                }
            }
        }
    }
}

// BISMO: w * a * ceil(M / D_m) * ceil(N / D_n) * ceil(K / D_k).
TEST(BitSerial, CyclesOfATile) {
    const Options o = defaults();
    Nest n = linear(1280, 1000, 3, 5);
    n.batch = 20;
    Tile tile;
    tile.range[loop_out_c].count = 1000;
    tile.range[loop_in_c].count = 1280;
    tile.range[loop_batch].count = 20;
    EXPECT_EQ(product_of(o, n, tile).cycles(), 3u * 5 * 63 * 2 * 5);
}

TEST(BitSerial, DepthwiseFillsAWord) {
    const Options o = defaults();
    Nest n;
    n.groups = 96;
    n.kernel_h = n.kernel_w = 3;
    EXPECT_EQ(packed_groups(o, n), 16u); // 144 of 256 bits, 16 rows
    n.kernel_h = n.kernel_w = 5;
    EXPECT_EQ(packed_groups(o, n), 10u); // 250 of 256 bits
    n.groups = 4;
    EXPECT_EQ(packed_groups(o, n), 4u);
    n.out_c = 32; // more rows than there are
    EXPECT_EQ(packed_groups(o, n), 1u);
}

TEST(BitSerial, NoteNamesTheAlternatives) {
    Options o = defaults();
    Nest n;
    n.groups = 32;
    n.in_h = n.in_w = n.out_h = n.out_w = 14;
    n.kernel_h = n.kernel_w = 3;
    n.pad_top = n.pad_left = 1;
    Mapping automatic, forced;
    std::string note, forced_note;
    ASSERT_TRUE(make_design(o)->map(n, "dw", automatic, note, nullptr));
    EXPECT_EQ(automatic.tile[loop_group], 16u);
    EXPECT_NE(note.find("packed by 16 groups"), std::string::npos) << note;
    o.depthwise_mapping = depthwise_single;
    ASSERT_TRUE(make_design(o)->map(n, "dw", forced, forced_note, nullptr));
    EXPECT_EQ(forced.tile[loop_group], 1u);
    EXPECT_LT(predict(o, n, automatic).cycles, predict(o, n, forced).cycles);
}

TEST(BitSerial, LayerThatDoesNotFit) {
    Options o = defaults();
    o.rows = 4;
    o.wbuf_bytes = 4 * 2 * 32 * 3; // 3 words of 256 bits in each half of each row's buffer
    Nest n = linear(8, 8, 4, 1);
    Mapping mapping;
    std::string note;
    Report report;
    EXPECT_FALSE(make_design(o)->map(n, "fc9", mapping, note, report));
    EXPECT_TRUE(report.mentions("fc9")) << report.text();
    EXPECT_TRUE(report.mentions("wbuf_bytes: 768, its smallest tile needs 1024")) << report.text();
    n.w_bits = 3;
    EXPECT_TRUE(make_design(o)->map(n, "fc9", mapping, note, report));
}

// Random small layers and memories without rows and refresh, which the prediction leaves out.
TEST(BitSerial, PredictionIsClose) {
    double sum = 0, worst = 0;
    constexpr uint64_t count = 150;
    for (uint64_t i = 0; i < count; ++i) {
        const Case c = plain_case(i);
        const double cycles = static_cast<double>(simulated(c, c.mapping));
        const double error = std::fabs(
            static_cast<double>(predict(c.options, c.nest, c.mapping).cycles) / cycles - 1);
        sum += error;
        worst = std::max(worst, error);
    }
    EXPECT_LT(sum / count, 0.02);
    EXPECT_LT(worst, 0.12);
    RecordProperty("mean", std::to_string(sum / count));
    RecordProperty("worst", std::to_string(worst));
}

// No other tiling of the space is much faster in simulation than the one chosen.
TEST(BitSerial, ChoiceIsHardlyBeaten) {
    double worst = 0, sum = 0;
    uint64_t others = 0;
    constexpr uint64_t cases = 150;
    for (uint64_t i = 0; i < cases; ++i) {
        const Case c = plain_case(i);
        const double chosen = static_cast<double>(simulated(c, c.mapping));
        double beaten = 0;
        for (const Mapping& mapping : tilings(c.options, c.nest, c.mapping.tile[loop_group])) {
            beaten = std::max(beaten, chosen / static_cast<double>(simulated(c, mapping)) - 1);
            ++others;
        }
        worst = std::max(worst, beaten);
        sum += beaten;
    }
    EXPECT_GT(others, 600u);
    EXPECT_LT(worst, 0.15);
    EXPECT_LT(sum / static_cast<double>(cases), 0.01);
    RecordProperty("worst", std::to_string(worst));
    RecordProperty("others", std::to_string(others));
}

// Energy: what no layer does costs nothing; a narrower layer takes less of everything that moves.
TEST(BitSerial, EnergyFollowsTheCounters) {
    const Options o = defaults();
    tiled::LayerCounters c;
    for (const Amount& amount : energy(o, c)) {
        EXPECT_EQ(amount.value, 0) << amount.name;
    }
    c.dram_read_bits = 1000;
    c.active_pe_cycles = 10;
    const std::vector<Amount> some = energy(o, c);
    EXPECT_DOUBLE_EQ(some.back().value, 1000 * 20e-12);
    // 256 bits of AND and count, a 64th of an 8-bit multiplier each; sum and its register.
    EXPECT_NEAR(some.front().value, 10e-12 * (256 * 0.2 / 64 + 0.1 + 32 * 0.009), 1e-15);
}

TEST(BitSerial, AreaGrowsWithTheArray) {
    Options o = defaults();
    const double before = area(o).front().value;
    o.rows *= 2;
    o.cols *= 2;
    const double after = area(o).front().value;
    EXPECT_GT(after, 3 * before);
    EXPECT_LT(after, 4 * before); // the registers of rows and columns only double
}
