#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "layer_stream.hpp"
#include "relative_index.hpp"
#include "report.hpp"
#include "rng.h"
#include "storage.hpp"

using namespace assay;
using assay_test::Report;

namespace {

// About `density` of the weights are one of `values` values.
std::vector<float> sparse_values(size_t n, double density, unsigned values, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "stream test");
    std::vector<float> out(n, 0);
    for (float& w : out) {
        if (assay_rng_unit(&rng) < density) {
            w = 0.37f *
                (static_cast<float>(assay_rng_below(&rng, values)) - 0.5f * float(values) + 0.25f);
        }
    }
    return out;
}

std::string bits_of(const std::vector<float>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size());
}

bool reads(const std::vector<uint8_t>& bytes, size_t weights, size_t biases, StreamContent& out,
           assay_report* report) {
    return read_stream(bytes.data(), bytes.size(), weights, biases, "F", out, report);
}

} // namespace

TEST(RelativeIndex, CountsZerosBetweenEntries) {
    const IndexedEntries e = index_entries(std::vector<float>{0, 0, 5, 6, 0, 7, 0}, 4);
    EXPECT_EQ(e.at, (std::vector<uint32_t>{2, 3, 5}));
    EXPECT_EQ(e.gaps, (std::vector<uint8_t>{2, 0, 1}));
}

// Figure 2 of Deep Compression, whose differences are gap + 1: places 1, 4, 15 at 3 bits.
TEST(RelativeIndex, FillsGapsBeyondTheSpan) {
    std::vector<float> weights(16, 0);
    weights[1] = weights[4] = weights[15] = 1;
    const IndexedEntries e = index_entries(weights, 3);
    EXPECT_EQ(e.at, (std::vector<uint32_t>{1, 4, 12, 15}));
    EXPECT_EQ(e.gaps, (std::vector<uint8_t>{1, 2, 7, 2}));
    EXPECT_EQ(count_entries(weights, 3), 4u);
}

TEST(RelativeIndex, FillerExactlyAtTheSpan) {
    for (size_t zeros : {15, 16, 31, 32, 47, 48}) {
        std::vector<float> weights(zeros, 0);
        weights.push_back(1);
        const IndexedEntries e = index_entries(weights, 4);
        EXPECT_EQ(e.at.size(), 1 + zeros / 16) << zeros;
        EXPECT_EQ(e.gaps.back(), zeros % 16) << zeros;
        EXPECT_EQ(count_entries(weights, 4), e.at.size()) << zeros;
    }
}

TEST(RelativeIndex, TrailingZerosTakeNothing) {
    EXPECT_TRUE(index_entries(std::vector<float>(100, 0), 4).at.empty());
    EXPECT_EQ(count_entries(std::vector<float>(100, 0), 4), 0u);
    EXPECT_EQ(index_entries(std::vector<float>(3, 0), 0).at.size(), 3u); // no index: all stored
}

TEST(LayerStream, KnownBytes) {
    // Codebook -1, 2; entries: gap 1 code 2, gap 0 code 1, gap 0 code 2.
    const LayerStream s = write_stream({0, 2, -1, 2}, {0.5f}, {2, 1});
    EXPECT_EQ(s.bytes, (std::vector<uint8_t>{
                           4, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 2, 1, 0, // header
                           0, 0, 0x80, 0xbf, 0, 0, 0, 0x40,                // -1, 2
                           0, 0, 0, 0x3f,                                  // 0.5
                           // Lengths 0, 1, 1 of codes and 1, 1 of gaps; codes 1 0 1, gaps 1 0 0.
                           0x01, 0x11, 0x1b, 0x00}));
    EXPECT_EQ(s.bits.header, 128u);
    EXPECT_EQ(s.bits.codebook, 64u);
    EXPECT_EQ(s.bits.bias, 32u);
    EXPECT_EQ(s.bits.tables, 20u);
    EXPECT_EQ(s.bits.values, 3u);
    EXPECT_EQ(s.bits.index, 3u);
    EXPECT_EQ(s.bits.padding, 6u);
}

TEST(LayerStream, ReadsBackBitForBit) {
    const std::vector<float> bias{1.5f, -0.0f, 3e-42f};
    for (unsigned codebook_bits : {0, 1, 2, 4, 5, 8}) {
        for (unsigned gap_bits : {0, 1, 4, 5, 8}) {
            for (double density : {0.0, 0.003, 0.08, 0.5, 1.0}) {
                const std::vector<float> weights =
                    sparse_values(5000, density, (1u << std::max(codebook_bits, 1u)) - 1, 9);
                const Coding coding{codebook_bits, gap_bits};
                const LayerStream s = write_stream(weights, bias, coding);
                ASSERT_EQ(s.bits.total(), 8 * s.bytes.size());
                ASSERT_EQ(s.entries, count_entries(weights, gap_bits));
                StreamContent back;
                Report report;
                ASSERT_TRUE(reads(s.bytes, weights.size(), bias.size(), back, report))
                    << report.text();
                EXPECT_EQ(bits_of(back.weights), bits_of(weights));
                EXPECT_EQ(bits_of(back.bias), bits_of(bias));
                EXPECT_EQ(back.coding.codebook_bits, codebook_bits);
                EXPECT_EQ(back.coding.gap_bits, gap_bits);
            }
        }
    }
}

TEST(LayerStream, NegativeZeroIsPruned) {
    const LayerStream s = write_stream({-0.0f, 1, -0.0f}, {}, {4, 4});
    StreamContent back;
    Report report;
    ASSERT_TRUE(reads(s.bytes, 3, 0, back, report));
    EXPECT_EQ(bits_of(back.weights), bits_of({0, 1, 0}));
}

TEST(LayerStream, StagesByTheirDefinition) {
    // 16 weights at gap 3 bits: one filler. Two values besides 0.
    std::vector<float> weights(16, 0);
    weights[1] = weights[4] = 0.5f;
    weights[15] = -2;
    const Coding coding{2, 3};
    const LayerStream s = write_stream(weights, {1, 2}, coding);
    const LayerStorage a = account(weights, {1, 2}, coding, s);
    EXPECT_EQ(a.original.total(), 16u * 32 + 64);
    EXPECT_EQ(a.pruned.total(), 4u * (32 + 3) + 64);
    EXPECT_EQ(a.shared.total(), 4u * (2 + 3) + 2 * 32 + 64);
    EXPECT_EQ(a.coded.total(), 8 * s.bytes.size());
    // Codes 2 2 0 1: words of 1, 2, 2 bits; gaps 1 2 7 2: likewise.
    EXPECT_EQ(a.coded.values, 6u);
    EXPECT_EQ(a.coded.index, 6u);
    EXPECT_EQ(s.fillers, 1u);
}

TEST(LayerStream, NamesWhatIsWrong) {
    const LayerStream s = write_stream(sparse_values(200, 0.3, 3, 1), {1}, {2, 4});
    const auto message = [&](size_t byte, uint8_t value) {
        std::vector<uint8_t> bytes = s.bytes;
        bytes[byte] = value;
        StreamContent out;
        Report report;
        EXPECT_FALSE(reads(bytes, 200, 1, out, report)) << byte;
        EXPECT_EQ(report.count(), 1u) << byte;
        return report.text();
    };
    EXPECT_NE(message(0, 7).find("7 weights and 1 biases, the layer has 200 and 1"),
              std::string::npos);
    EXPECT_NE(message(4, 201).find("201 entries for 200 weights"), std::string::npos);
    EXPECT_NE(message(12, 4).find("codebook of 4 values"), std::string::npos);
    EXPECT_NE(message(13, 9).find("codebook_bits 9"), std::string::npos);
    EXPECT_NE(message(14, 0).find("entries for 200 weights"), std::string::npos);
    EXPECT_NE(message(15, 1).find("last byte 1"), std::string::npos);
    EXPECT_NE(message(19, 0x7f).find("codebook: value 0 is"), std::string::npos);
    EXPECT_NE(message(32, 0xff).find("no Huffman code"), std::string::npos);
}

TEST(LayerStream, RefusesGapsBeyondTheEnd) {
    const std::vector<float> weights = sparse_values(200, 0.3, 3, 1);
    LayerStream s = write_stream(weights, {}, {2, 4});
    s.bytes[0] = 100; // the layer and the file agree on a size that the gaps do not
    StreamContent out;
    Report report;
    EXPECT_FALSE(reads(s.bytes, 100, 0, out, report));
    EXPECT_TRUE(report.mentions("of 100")) << report.text();
}

TEST(LayerStream, RefusesZerosThatNeedNotBeStored) {
    // Dense at 0 gap bits holds zeros as entries; the same said to be indexed is no stream.
    const LayerStream s = write_stream({1, 0, 2, 0}, {}, {0, 0});
    std::vector<uint8_t> bytes = s.bytes;
    bytes[14] = 1;
    bytes.push_back(0x10); // gaps: only 0
    StreamContent out;
    Report report;
    EXPECT_FALSE(reads(bytes, 4, 0, out, report));
    EXPECT_TRUE(report.mentions("entry 1 is a zero")) << report.text();
}

TEST(LayerStream, EveryTruncationIsRefused) {
    const LayerStream s = write_stream(sparse_values(300, 0.2, 7, 4), {1, 2}, {3, 4});
    for (size_t size = 0; size < s.bytes.size(); ++size) {
        const std::vector<uint8_t> bytes(s.bytes.begin(), s.bytes.begin() + ptrdiff_t(size));
        StreamContent out;
        Report report;
        EXPECT_FALSE(reads(bytes, 300, 2, out, report)) << size;
        EXPECT_EQ(report.count(), 1u) << size;
    }
    std::vector<uint8_t> longer = s.bytes;
    longer.push_back(0);
    StreamContent out;
    Report report;
    EXPECT_FALSE(reads(longer, 300, 2, out, report));
}

// Whatever is accepted is a stream: writing its content again gives the same content.
TEST(LayerStream, FlippedBytesAreRefusedOrMeanSomething) {
    assay_rng rng = assay_rng_seed(11, "stream fuzz");
    size_t accepted = 0, refused = 0;
    for (const Coding coding : {Coding{3, 4}, Coding{0, 4}, Coding{3, 0}, Coding{8, 8}}) {
        const LayerStream s = write_stream(sparse_values(300, 0.2, 7, 4), {1, 2}, coding);
        for (int i = 0; i < 3000; ++i) {
            std::vector<uint8_t> bytes = s.bytes;
            for (uint64_t k = 0; k <= assay_rng_below(&rng, 3); ++k) {
                bytes[assay_rng_below(&rng, bytes.size())] = uint8_t(assay_rng_next(&rng));
            }
            StreamContent out, again;
            Report report;
            if (!reads(bytes, 300, 2, out, report)) {
                ++refused;
                ASSERT_EQ(report.count(), 1u);
                continue;
            }
            ++accepted;
            const LayerStream rewritten = write_stream(out.weights, out.bias, out.coding);
            ASSERT_TRUE(reads(rewritten.bytes, 300, 2, again, report));
            ASSERT_EQ(bits_of(again.weights), bits_of(out.weights));
        }
    }
    EXPECT_GT(accepted, 100u);
    EXPECT_GT(refused, 5000u);
}
