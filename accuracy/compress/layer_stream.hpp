// One layer's weights and biases as a compressed stream, and what each part of it takes.
//
//   u32 weights, u32 entries, u32 biases; u8 values of the codebook (its zero not counted),
//   u8 codebook_bits, u8 gap_bits, u8 0                         16 bytes, little-endian
//   f32 codebook[values]    ascending, no zero: code c >= 1 is codebook[c - 1], code 0 is 0
//   f32 bias[biases]
//   f32 value[entries]      only with codebook_bits 0, in place of codes
//   bits, highest first:    word lengths of the codes, 4 bits each, of 0 .. values;
//                           word lengths of the gaps, 4 bits each, of 0 .. 2^gap_bits - 1;
//                           codes of all entries; gaps of all entries; zeros up to a byte
// Each table is absent with its width 0. Entries and gaps: relative_index.hpp; with gap_bits 0
// every weight is an entry.
#pragma once

#include <string>
#include <vector>

#include "assay/status.h"

namespace assay {

// How a layer is stored.
struct Coding {
    unsigned codebook_bits = 0; // 1 .. 8: at most 2^bits values including 0; 0: 32 bits per value
    unsigned gap_bits = 0;      // 1 .. 8; 0: no index
};

// Bits of one layer, or of several, by what they are for.
struct StoredBits {
    uint64_t values = 0; // weights, or their codes
    uint64_t index = 0;
    uint64_t codebook = 0;
    uint64_t tables = 0; // of Huffman codes
    uint64_t bias = 0;
    uint64_t header = 0;
    uint64_t padding = 0;

    uint64_t total() const { return values + index + codebook + tables + bias + header + padding; }
    StoredBits& operator+=(const StoredBits& other);
};

struct LayerStream {
    std::vector<uint8_t> bytes;
    StoredBits bits; // their total is 8 * bytes.size()
    uint64_t entries = 0, fillers = 0;
    size_t codebook_values = 0; // without the zero
};

// Values that are not 0, ascending and each once.
std::vector<float> distinct_values(const std::vector<float>& weights);

// `weights` finite, at most 2^28, with codebook_bits at most 2^bits - 1 distinct values besides 0.
// Reading gives the same weights bit for bit, but
// -0 as 0 where there is an index or a codebook.
LayerStream write_stream(const std::vector<float>& weights, const std::vector<float>& bias,
                         const Coding& coding);

// The stream of a layer that has `weights` weights and `biases` biases. False, and a message that
// starts with `where`, if it is not such a stream from the first bit to the last.
struct StreamContent {
    Coding coding;
    std::vector<float> weights, bias;
};
bool read_stream(const uint8_t* bytes, size_t size, uint64_t weights, uint64_t biases,
                 const std::string& where, StreamContent& out, assay_report* report);

} // namespace assay
