// Bits in bytes, the first bit of a byte being its highest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

class BitWriter {
  public:
    // The `count` <= 32 low bits of `value`, highest first.
    void put(uint32_t value, unsigned count) {
        for (unsigned i = count; i-- > 0;) {
            if (bits_ % 8 == 0) {
                bytes_.push_back(0);
            }
            bytes_.back() |= static_cast<uint8_t>((value >> i & 1) << (7 - bits_ % 8));
            ++bits_;
        }
    }
    uint64_t bits() const { return bits_; }
    const std::vector<uint8_t>& bytes() const { return bytes_; } // the last one filled with zeros

  private:
    std::vector<uint8_t> bytes_;
    uint64_t bits_ = 0;
};

class BitReader {
  public:
    BitReader(const uint8_t* bytes, size_t size) : bytes_(bytes), end_(uint64_t{size} * 8) {}
    uint64_t left() const { return end_ - at_; }
    // The next bit; left() > 0.
    uint32_t bit() {
        const uint32_t out = bytes_[at_ / 8] >> (7 - at_ % 8) & 1;
        ++at_;
        return out;
    }
    // The next `count` <= 32 bits; left() >= count.
    uint32_t take(unsigned count) {
        uint32_t out = 0;
        for (unsigned i = 0; i < count; ++i) {
            out = out << 1 | bit();
        }
        return out;
    }
    // Less than a byte is left, and all of it is 0.
    bool at_end() {
        if (left() >= 8) {
            return false;
        }
        return take(static_cast<unsigned>(left())) == 0;
    }

  private:
    const uint8_t* bytes_;
    uint64_t end_, at_ = 0;
};

} // namespace assay
