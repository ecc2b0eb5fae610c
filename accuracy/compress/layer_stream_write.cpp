#include <algorithm>

#include "contract.h"
#include "huffman.hpp"
#include "layer_stream.hpp"
#include "relative_index.hpp"
#include "stream_header.hpp"

namespace assay {
namespace {

constexpr uint64_t f32_bits = 32;

std::vector<uint8_t> codes_of(const std::vector<float>& weights,
                              const std::vector<float>& codebook) {
    std::vector<uint8_t> out;
    out.reserve(weights.size());
    for (float w : weights) {
        const auto at = std::lower_bound(codebook.begin(), codebook.end(), w) - codebook.begin();
        out.push_back(w == 0 ? uint8_t{0} : static_cast<uint8_t>(at + 1));
    }
    return out;
}

// Huffman's table and words of symbols 0 .. count - 1.
class SymbolCoder {
  public:
    SymbolCoder(const std::vector<uint8_t>& symbols, size_t count)
        : lengths_(lengths_of(symbols, count)), encoder_(lengths_) {}

    void put_table(BitWriter& out) const {
        for (uint8_t length : lengths_) {
            out.put(length, huffman_length_bits);
        }
    }
    void put(const std::vector<uint8_t>& symbols, BitWriter& out) const {
        for (uint8_t s : symbols) {
            encoder_.put(s, out);
        }
    }

  private:
    static std::vector<uint8_t> lengths_of(const std::vector<uint8_t>& symbols, size_t count) {
        std::vector<uint64_t> counts(count, 0);
        for (uint8_t s : symbols) {
            ++counts[s];
        }
        return huffman_lengths(counts);
    }

    std::vector<uint8_t> lengths_;
    HuffmanEncoder encoder_;
};

class StreamWriter {
  public:
    StreamWriter(const std::vector<float>& weights, const std::vector<float>& bias,
                 const Coding& coding)
        : weights_(weights), bias_(bias), coding_(coding),
          entries_(index_entries(weights, coding.gap_bits)) {
        if (coding.codebook_bits > 0) {
            codebook_ = distinct_values(weights);
            ASSAY_REQUIRE(codebook_.size() < size_t{1} << coding.codebook_bits);
        }
    }

    LayerStream run() {
        put_header();
        put_floats(codebook_, out_.bits.codebook);
        put_floats(bias_, out_.bits.bias);
        if (coding_.codebook_bits == 0) {
            put_values();
        }
        put_bits();
        out_.entries = entries_.at.size();
        out_.codebook_values = codebook_.size();
        for (uint32_t at : entries_.at) {
            out_.fillers += coding_.gap_bits > 0 && weights_[at] == 0;
        }
        return std::move(out_);
    }

  private:
    void put_header() {
        put_u32(out_.bytes, static_cast<uint32_t>(weights_.size()));
        put_u32(out_.bytes, static_cast<uint32_t>(entries_.at.size()));
        put_u32(out_.bytes, static_cast<uint32_t>(bias_.size()));
        for (size_t field : {codebook_.size(), size_t{coding_.codebook_bits},
                             size_t{coding_.gap_bits}, size_t{0}}) {
            out_.bytes.push_back(static_cast<uint8_t>(field));
        }
        out_.bits.header = 8 * stream_header_bytes;
    }

    void put_floats(const std::vector<float>& values, uint64_t& bits) {
        for (float v : values) {
            put_f32(out_.bytes, v);
        }
        bits = f32_bits * values.size();
    }

    void put_values() {
        std::vector<float> values;
        for (uint32_t at : entries_.at) {
            values.push_back(weights_[at] == 0 && coding_.gap_bits > 0 ? 0.0f : weights_[at]);
        }
        put_floats(values, out_.bits.values);
    }

    void put_symbols(const std::vector<uint8_t>& symbols, const SymbolCoder& coder, uint64_t& bits,
                     BitWriter& out) {
        const uint64_t before = out.bits();
        coder.put(symbols, out);
        bits = out.bits() - before;
    }

    std::vector<uint8_t> entry_codes() const {
        const std::vector<uint8_t> all = codes_of(weights_, codebook_);
        std::vector<uint8_t> out;
        for (uint32_t at : entries_.at) {
            out.push_back(all[at]);
        }
        return out;
    }

    void put_bits() {
        BitWriter bits;
        const bool shared = coding_.codebook_bits > 0, indexed = coding_.gap_bits > 0;
        const std::vector<uint8_t> codes = shared ? entry_codes() : std::vector<uint8_t>();
        const std::vector<uint8_t> gaps = indexed ? entries_.gaps : std::vector<uint8_t>();
        const SymbolCoder code_coder(codes, shared ? codebook_.size() + 1 : 0);
        const SymbolCoder gap_coder(gaps, indexed ? size_t{1} << coding_.gap_bits : 0);
        code_coder.put_table(bits);
        gap_coder.put_table(bits);
        out_.bits.tables = bits.bits();
        if (shared) {
            put_symbols(codes, code_coder, out_.bits.values, bits);
        }
        put_symbols(gaps, gap_coder, out_.bits.index, bits);
        out_.bits.padding = 8 * bits.bytes().size() - bits.bits();
        out_.bytes.insert(out_.bytes.end(), bits.bytes().begin(), bits.bytes().end());
    }

    const std::vector<float>&weights_, &bias_;
    const Coding coding_;
    const IndexedEntries entries_;
    std::vector<float> codebook_; // without the zero
    LayerStream out_;
};

} // namespace

StoredBits& StoredBits::operator+=(const StoredBits& other) {
    values += other.values;
    index += other.index;
    codebook += other.codebook;
    tables += other.tables;
    bias += other.bias;
    header += other.header;
    padding += other.padding;
    return *this;
}

std::vector<float> distinct_values(const std::vector<float>& weights) {
    std::vector<float> out;
    std::copy_if(weights.begin(), weights.end(), std::back_inserter(out),
                 [](float w) { return w != 0; });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

LayerStream write_stream(const std::vector<float>& weights, const std::vector<float>& bias,
                         const Coding& coding) {
    ASSAY_REQUIRE(coding.codebook_bits <= 8 && coding.gap_bits <= 8);
    ASSAY_REQUIRE(weights.size() <= uint64_t{1} << 28 && bias.size() <= UINT32_MAX);
    return StreamWriter(weights, bias, coding).run();
}

} // namespace assay
