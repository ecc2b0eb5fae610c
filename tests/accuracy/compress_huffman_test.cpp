#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>

#include "huffman.hpp"
#include "rng.h"

using namespace assay;

namespace {

// Huffman's own construction: the total is the sum of all merges.
uint64_t least_bits(const std::vector<uint64_t>& counts) {
    std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> heap;
    for (uint64_t c : counts) {
        if (c > 0) {
            heap.push(c);
        }
    }
    uint64_t total = 0;
    while (heap.size() > 1) {
        uint64_t sum = heap.top();
        heap.pop();
        sum += heap.top();
        heap.pop();
        total += sum;
        heap.push(sum);
    }
    return total;
}

std::vector<uint64_t> random_counts(assay_rng* rng, size_t n, uint64_t most) {
    std::vector<uint64_t> out;
    for (size_t i = 0; i < n; ++i) {
        out.push_back(assay_rng_below(rng, most));
    }
    return out;
}

std::vector<uint8_t> symbols_of(const std::vector<uint64_t>& counts, assay_rng* rng) {
    std::vector<uint8_t> out;
    for (size_t s = 0; s < counts.size(); ++s) {
        out.insert(out.end(), counts[s], static_cast<uint8_t>(s));
    }
    for (size_t i = out.size(); i > 1; --i) {
        std::swap(out[i - 1], out[assay_rng_below(rng, i)]);
    }
    return out;
}

void expect_round_trip(const std::vector<uint8_t>& symbols, const std::vector<uint8_t>& lengths,
                       uint64_t expected_bits) {
    BitWriter out;
    const HuffmanEncoder encoder(lengths);
    for (uint8_t s : symbols) {
        encoder.put(s, out);
    }
    EXPECT_EQ(out.bits(), expected_bits);
    BitReader in(out.bytes().data(), out.bytes().size());
    const HuffmanDecoder decoder(lengths);
    for (size_t i = 0; i < symbols.size(); ++i) {
        uint8_t s = 0;
        ASSERT_TRUE(decoder.take(in, s)) << i;
        ASSERT_EQ(s, symbols[i]) << i;
    }
    EXPECT_TRUE(in.at_end());
}

} // namespace

TEST(BitStream, FirstBitIsTheHighest) {
    BitWriter out;
    out.put(1, 1);
    out.put(0, 2);
    out.put(0x1ff, 9);
    EXPECT_EQ(out.bits(), 12u);
    EXPECT_EQ(out.bytes(), (std::vector<uint8_t>{0x9f, 0xf0}));
    BitReader in(out.bytes().data(), 2);
    EXPECT_EQ(in.take(3), 4u);
    EXPECT_EQ(in.take(9), 0x1ffu);
    EXPECT_TRUE(in.at_end());
}

TEST(BitStream, EndsOnlyInZerosOfTheLastByte) {
    const uint8_t bytes[] = {0x80, 0x01};
    BitReader dirty(bytes, 2);
    dirty.take(9);
    EXPECT_FALSE(dirty.at_end());
    BitReader early(bytes, 2);
    early.take(8);
    EXPECT_FALSE(early.at_end());
}

TEST(Huffman, TextbookLengths) {
    EXPECT_EQ(huffman_lengths({45, 13, 12, 16, 9, 5}), (std::vector<uint8_t>{1, 3, 3, 3, 4, 4}));
    EXPECT_EQ(huffman_bits({45, 13, 12, 16, 9, 5}, {1, 3, 3, 3, 4, 4}), 224u);
}

TEST(Huffman, FewSymbols) {
    EXPECT_EQ(huffman_lengths({}), std::vector<uint8_t>{});
    EXPECT_EQ(huffman_lengths({0, 0}), (std::vector<uint8_t>{0, 0}));
    EXPECT_EQ(huffman_lengths({0, 7, 0}), (std::vector<uint8_t>{0, 1, 0}));
    EXPECT_EQ(huffman_lengths({9, 0, 1}), (std::vector<uint8_t>{1, 0, 1}));
}

TEST(Huffman, ALoneSymbolTakesNoBits) {
    expect_round_trip({3, 3, 3}, {0, 0, 0, 1}, 0);
    EXPECT_EQ(huffman_bits({0, 0, 0, 3}, {0, 0, 0, 1}), 0u);
}

TEST(Huffman, IsOptimalWhereTheLimitDoesNotBind) {
    assay_rng rng = assay_rng_seed(1, "huffman test");
    for (int i = 0; i < 200; ++i) {
        const size_t n = 2 + assay_rng_below(&rng, 255);
        const std::vector<uint64_t> counts = random_counts(&rng, n, 1 + assay_rng_below(&rng, 999));
        const std::vector<uint8_t> lengths = huffman_lengths(counts);
        ASSERT_TRUE(is_huffman_code(lengths));
        ASSERT_EQ(huffman_bits(counts, lengths), least_bits(counts)) << i;
    }
}

// Counts of Fibonacci make Huffman's words as long as they get: 30 symbols would need 29 bits.
TEST(Huffman, KeepsToTheLengthLimit) {
    std::vector<uint64_t> counts{1, 1};
    while (counts.size() < 30) {
        counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
    }
    const std::vector<uint8_t> lengths = huffman_lengths(counts);
    ASSERT_TRUE(is_huffman_code(lengths));
    EXPECT_EQ(*std::max_element(lengths.begin(), lengths.end()), 15);
    const uint64_t bits = huffman_bits(counts, lengths);
    EXPECT_GT(bits, least_bits(counts));
    EXPECT_LT(double(bits), 1.001 * double(least_bits(counts)));
}

TEST(Huffman, StaysWithinABitOfTheEntropy) {
    assay_rng rng = assay_rng_seed(2, "huffman test");
    const std::vector<uint64_t> counts = random_counts(&rng, 64, 1000);
    const double n = double(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
    double entropy = 0;
    for (uint64_t c : counts) {
        entropy -= c > 0 ? double(c) * std::log2(double(c) / n) : 0;
    }
    const double bits = double(huffman_bits(counts, huffman_lengths(counts)));
    EXPECT_GE(bits, entropy);
    EXPECT_LT(bits, entropy + n);
}

TEST(Huffman, ReadsBackWhatWasWritten) {
    assay_rng rng = assay_rng_seed(3, "huffman test");
    for (int i = 0; i < 30; ++i) {
        const size_t n = 2 + assay_rng_below(&rng, 255);
        const std::vector<uint64_t> counts = random_counts(&rng, n, 20);
        const std::vector<uint8_t> lengths = huffman_lengths(counts);
        expect_round_trip(symbols_of(counts, &rng), lengths, huffman_bits(counts, lengths));
    }
}

TEST(Huffman, WordsAreCanonical) {
    const std::vector<uint8_t> lengths{2, 1, 3, 3}; // words 10, 0, 110, 111
    BitWriter out;
    const HuffmanEncoder encoder(lengths);
    for (size_t s : {0, 1, 2, 3}) {
        encoder.put(s, out);
    }
    EXPECT_EQ(out.bytes(), (std::vector<uint8_t>{0x9b, 0x80})); // 10 0 110 11|1
}

TEST(Huffman, RefusesLengthsThatAreNoCode) {
    EXPECT_TRUE(is_huffman_code({0, 0}));
    EXPECT_TRUE(is_huffman_code({0, 1}));
    EXPECT_TRUE(is_huffman_code({1, 2, 2}));
    EXPECT_FALSE(is_huffman_code({0, 2}));        // alone and not of length 1
    EXPECT_FALSE(is_huffman_code({1, 1, 1}));     // too many words
    EXPECT_FALSE(is_huffman_code({1, 2}));        // 11 means nothing
    EXPECT_FALSE(is_huffman_code({1, 2, 3, 16})); // longer than the limit
}

TEST(Huffman, TruncatedStreamsEnd) {
    const HuffmanDecoder decoder({1, 2, 2});
    const uint8_t bytes[] = {0xff};
    BitReader in(bytes, 1);
    uint8_t symbol = 0;
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(decoder.take(in, symbol));
        EXPECT_EQ(symbol, 2);
    }
    EXPECT_FALSE(decoder.take(in, symbol));
    EXPECT_FALSE(HuffmanDecoder({0, 0}).take(in, symbol));
}
