// Canonical Huffman codes. A code is stated by the lengths of its words alone: words of one length
// are consecutive numbers in the order of their symbols, shorter words come first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bit_stream.hpp"

namespace assay {

constexpr unsigned huffman_length_bits = 4; // of a length in a written table
constexpr unsigned huffman_max_length = 15;
constexpr size_t huffman_max_symbols = 256;

// Word lengths by symbol, 0 for symbols that do not occur: the least total of counts * lengths that
// words of at most 15 bits allow. A symbol that is alone has length 1 here and takes no bits in a
// stream: nothing is left to say. counts.size() <= 256.
std::vector<uint8_t> huffman_lengths(const std::vector<uint64_t>& counts);

// Lengths that say a code: each <= 15, and either no symbol, or one of length 1, or a set of words
// that leaves no bit pattern without a meaning.
bool is_huffman_code(const std::vector<uint8_t>& lengths);

// Bits that symbols of these counts take, without the table.
uint64_t huffman_bits(const std::vector<uint64_t>& counts, const std::vector<uint8_t>& lengths);

class HuffmanEncoder {
  public:
    explicit HuffmanEncoder(const std::vector<uint8_t>& lengths);
    void put(size_t symbol, BitWriter& out) const { out.put(words_[symbol], bits_[symbol]); }

  private:
    std::vector<uint16_t> words_;
    std::vector<uint8_t> bits_;
};

class HuffmanDecoder {
  public:
    // is_huffman_code(lengths)
    explicit HuffmanDecoder(const std::vector<uint8_t>& lengths);
    // False if the stream ends in the middle of a word, or the code has no symbol.
    bool take(BitReader& in, uint8_t& symbol) const;

  private:
    std::vector<uint8_t> symbols_; // by length, then by number
    std::array<uint32_t, huffman_max_length + 1> count_{};
};

} // namespace assay
