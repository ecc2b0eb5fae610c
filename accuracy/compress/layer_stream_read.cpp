#include <cmath>

#include "huffman.hpp"
#include "layer_stream.hpp"
#include "stream_header.hpp"
#include "text.hpp"

namespace assay {
namespace {

using ull = unsigned long long;

class StreamReader {
  public:
    StreamReader(const uint8_t* bytes, size_t size, const std::string& where, assay_report* report)
        : bytes_(bytes), size_(size), where_(where), report_(report) {}

    bool run(uint64_t weights, uint64_t biases, StreamContent& out) {
        if (!read_header() || !check_header(weights, biases)) {
            return false;
        }
        out.coding = {header_.codebook_bits, header_.gap_bits};
        const size_t stored_values = header_.codebook_bits == 0 ? header_.entries : 0;
        if (!read_floats("codebook", header_.values, codebook_) ||
            !read_floats("bias", header_.biases, out.bias) ||
            !read_floats("values", stored_values, values_) || !check_codebook()) {
            return false;
        }
        return read_bits() && place(out.weights);
    }

  private:
    bool fail(const std::string& message) {
        assay_report_add(report_, "%s: %s", where_.c_str(), message.c_str());
        return false;
    }

    bool read_header() {
        if (size_ < stream_header_bytes) {
            return fail(text("%zu bytes, its header alone has %zu", size_, stream_header_bytes));
        }
        header_ = {get_u32(bytes_), get_u32(bytes_ + 4), get_u32(bytes_ + 8), bytes_[12],
                   bytes_[13],      bytes_[14],          bytes_[15]};
        at_ = stream_header_bytes;
        return true;
    }

    // Sizes are those of the layer, so that nothing is allocated on the word of a file.
    bool check_header(uint64_t weights, uint64_t biases) {
        const StreamHeader& h = header_;
        if (h.weights != weights || h.biases != biases) {
            return fail(text("%u weights and %u biases, the layer has %llu and %llu", h.weights,
                             h.biases, static_cast<ull>(weights), static_cast<ull>(biases)));
        }
        if (h.codebook_bits > 8 || h.gap_bits > 8 || h.zero != 0) {
            return fail(text("codebook_bits %u, gap_bits %u, last byte %u, legal: 0 .. 8, 0 .. 8, "
                             "0",
                             h.codebook_bits, h.gap_bits, h.zero));
        }
        if (h.values >= 1u << h.codebook_bits) {
            return fail(text("a codebook of %u values besides 0, legal at %u bits: 0 .. %u",
                             h.values, h.codebook_bits, (1u << h.codebook_bits) - 1));
        }
        if (h.entries > h.weights || (h.gap_bits == 0 && h.entries != h.weights)) {
            return fail(text("%u entries for %u weights", h.entries, h.weights));
        }
        return true;
    }

    bool read_floats(const char* what, size_t count, std::vector<float>& out) {
        if (count > (size_ - at_) / 4) {
            return fail(text("ends in the %zu values of its %s", count, what));
        }
        out.clear();
        for (size_t i = 0; i < count; ++i, at_ += 4) {
            out.push_back(get_f32(bytes_ + at_));
            if (!std::isfinite(out.back())) {
                return fail(text("%s: value %zu is not finite", what, i));
            }
        }
        return true;
    }

    bool check_codebook() {
        for (size_t i = 0; i < codebook_.size(); ++i) {
            if (codebook_[i] == 0 || (i > 0 && codebook_[i] <= codebook_[i - 1])) {
                return fail(text("codebook: value %zu is 0 or not greater than the one before", i));
            }
        }
        return true;
    }

    bool read_table(const char* what, size_t symbols, BitReader& in, std::vector<uint8_t>& out) {
        if (in.left() < symbols * huffman_length_bits) {
            return fail(text("ends in the table of its %s", what));
        }
        for (size_t s = 0; s < symbols; ++s) {
            out.push_back(static_cast<uint8_t>(in.take(huffman_length_bits)));
        }
        return is_huffman_code(out) ||
               fail(text("the word lengths of its %s are no Huffman code", what));
    }

    bool read_symbols(const char* what, const std::vector<uint8_t>& lengths, BitReader& in,
                      std::vector<uint8_t>& out) {
        const HuffmanDecoder decoder(lengths);
        out.resize(header_.entries);
        for (size_t i = 0; i < out.size(); ++i) {
            if (!decoder.take(in, out[i])) {
                return fail(text("%s: no word for entry %zu of %zu", what, i, out.size()));
            }
        }
        return true;
    }

    bool read_bits() {
        BitReader in(bytes_ + at_, size_ - at_);
        std::vector<uint8_t> code_lengths, gap_lengths;
        const bool shared = header_.codebook_bits > 0, indexed = header_.gap_bits > 0;
        if ((shared && !read_table("codes", codebook_.size() + 1, in, code_lengths)) ||
            (indexed && !read_table("gaps", size_t{1} << header_.gap_bits, in, gap_lengths)) ||
            (shared && !read_symbols("codes", code_lengths, in, codes_)) ||
            (indexed && !read_symbols("gaps", gap_lengths, in, gaps_))) {
            return false;
        }
        return in.at_end() || fail("does not end after its last entry");
    }

    float value(size_t entry) const {
        if (header_.codebook_bits == 0) {
            return values_[entry];
        }
        return codes_[entry] == 0 ? 0.0f : codebook_[codes_[entry] - 1u];
    }

    bool place(std::vector<float>& out) {
        out.assign(header_.weights, 0.0f);
        const uint32_t span = (1u << header_.gap_bits) - 1;
        uint64_t next = 0;
        for (size_t i = 0; i < header_.entries; ++i) {
            const uint32_t gap = header_.gap_bits > 0 ? gaps_[i] : 0;
            next += gap;
            if (next >= header_.weights) {
                return fail(text("entry %zu is at weight %llu of %u", i, static_cast<ull>(next),
                                 header_.weights));
            }
            const float v = value(i);
            // A zero that is stored is there to pass more zeros than a gap can count.
            if (header_.gap_bits > 0 && v == 0 && (gap != span || i + 1 == header_.entries)) {
                return fail(text("entry %zu is a zero that need not be stored", i));
            }
            out[next++] = v;
        }
        return true;
    }

    const uint8_t* bytes_;
    const size_t size_;
    const std::string& where_;
    assay_report* report_;
    StreamHeader header_;
    size_t at_ = 0;
    std::vector<float> codebook_, values_;
    std::vector<uint8_t> codes_, gaps_;
};

} // namespace

bool read_stream(const uint8_t* bytes, size_t size, uint64_t weights, uint64_t biases,
                 const std::string& where, StreamContent& out, assay_report* report) {
    return StreamReader(bytes, size, where, report).run(weights, biases, out);
}

} // namespace assay
