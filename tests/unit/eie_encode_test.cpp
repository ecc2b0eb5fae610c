// The machine format and its inverse, against the paper's own example and on random matrices.
#include <gtest/gtest.h>

#include "eie_encode.hpp"
#include "rng.h"

using namespace assay;
using namespace assay::eie;

namespace {

SparseCodes random_codes(assay_rng& rng, uint32_t rows, uint32_t cols, double density) {
    SparseCodes m;
    m.rows = rows;
    m.cols = cols;
    m.codebook.assign(16, 0.0f);
    m.col_start.push_back(0);
    for (uint32_t c = 0; c < cols; ++c) {
        for (uint32_t r = 0; r < rows; ++r) {
            if (assay_rng_unit(&rng) < density) {
                m.row.push_back(r);
                m.code.push_back(static_cast<uint8_t>(1 + assay_rng_below(&rng, 15)));
            }
        }
        m.col_start.push_back(static_cast<uint32_t>(m.row.size()));
    }
    return m;
}

bool equal(const SparseCodes& a, const SparseCodes& b) {
    return a.rows == b.rows && a.cols == b.cols && a.col_start == b.col_start && a.row == b.row &&
           a.code == b.code && a.codebook == b.codebook;
}

} // namespace

// EIE section III-B: [0,0,1,2, eighteen zeros, 3] is v = [1,2,0,3], z = [2,0,15,2].
TEST(EieEncode, PaperExample) {
    SparseCodes column;
    column.rows = 23;
    column.cols = 1;
    column.codebook = {0, 1, 2, 3};
    column.col_start = {0, 3};
    column.row = {2, 3, 22};
    column.code = {1, 2, 3};
    const EncodedMatrix m = encode(column, 1, 4, 64);
    ASSERT_EQ(m.blocks.size(), 1u);
    EXPECT_EQ(m.blocks[0].code, (std::vector<uint8_t>{1, 2, 0, 3}));
    EXPECT_EQ(m.blocks[0].gap, (std::vector<uint8_t>{2, 0, 15, 2}));
    EXPECT_EQ(m.padding_entries, 1u);
    EXPECT_EQ(m.entries, 4u);
}

// Rows are interleaved: row i is local row i / N of PE i mod N, gaps count in the PE's own slice.
TEST(EieEncode, InterleavesRowsOverPes) {
    SparseCodes column;
    column.rows = 8;
    column.cols = 1;
    column.codebook = {0, 1};
    column.col_start = {0, 3};
    column.row = {1, 6, 7};
    column.code = {1, 1, 1};
    const EncodedMatrix m = encode(column, 4, 4, 64);
    EXPECT_EQ(m.pe_entries, (std::vector<uint64_t>{0, 1, 1, 1}));
    EXPECT_EQ(m.blocks[0].gap, (std::vector<uint8_t>{0, 1, 1}));
    EXPECT_EQ(m.blocks[0].rows_per_pe, 2u);
}

TEST(EieEncode, RowsBeyondTheRegistersGoToFurtherBlocks) {
    SparseCodes column;
    column.rows = 5;
    column.cols = 1;
    column.codebook = {0, 1};
    column.col_start = {0, 2};
    column.row = {0, 4};
    column.code = {1, 1};
    const EncodedMatrix m = encode(column, 1, 4, 2);
    ASSERT_EQ(m.blocks.size(), 3u);
    EXPECT_EQ(m.blocks[0].code.size(), 1u);
    EXPECT_EQ(m.blocks[1].code.size(), 0u);
    EXPECT_EQ(m.blocks[2].gap, (std::vector<uint8_t>{0})) << "gaps start afresh in a block";
    EXPECT_TRUE(equal(decode(m), column));
}

TEST(EieEncode, RoundTripOnRandomMatricesAndMachines) {
    assay_rng rng = assay_rng_seed(11, "round trip");
    for (int i = 0; i < 200; ++i) {
        const auto rows = static_cast<uint32_t>(1 + assay_rng_below(&rng, 300));
        const auto cols = static_cast<uint32_t>(1 + assay_rng_below(&rng, 20));
        const SparseCodes m = random_codes(rng, rows, cols, assay_rng_unit(&rng) * 0.3);
        const auto pes = static_cast<uint32_t>(1 + assay_rng_below(&rng, 70));
        const auto bits = static_cast<uint32_t>(1 + assay_rng_below(&rng, 8));
        const auto registers = static_cast<uint32_t>(1 + assay_rng_below(&rng, 64));
        const EncodedMatrix encoded = encode(m, pes, bits, registers);
        ASSERT_TRUE(equal(decode(encoded), m)) << "matrix " << i;
        uint64_t sum = 0;
        for (uint64_t n : encoded.pe_entries) {
            sum += n;
        }
        ASSERT_EQ(sum, encoded.entries);
        ASSERT_EQ(encoded.entries - encoded.padding_entries, m.row.size());
    }
}

// The round trip bites: one changed gap is another matrix.
TEST(EieEncode, AChangedGapIsSeen) {
    assay_rng rng = assay_rng_seed(12, "bite");
    const SparseCodes m = random_codes(rng, 64, 4, 0.2);
    EncodedMatrix encoded = encode(m, 4, 4, 64);
    ++encoded.blocks[0].gap[3];
    EXPECT_FALSE(equal(decode(encoded), m));
}
