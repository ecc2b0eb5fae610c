// The bytes of data files in their formats.
#pragma once

#include <cstdint>
#include <string>

namespace data_test {

// `count` records of a label byte (record number mod `classes`) and `size` bytes that count
// upwards.
inline std::string records(size_t count, size_t size, unsigned classes) {
    std::string out;
    for (size_t i = 0; i < count; ++i) {
        out += static_cast<char>(i % classes);
        for (size_t j = 0; j < size; ++j) {
            out += static_cast<char>(i + j);
        }
    }
    return out;
}

inline std::string big_endian(uint32_t word) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>(word >> shift);
    }
    return out;
}

inline std::string idx_images(uint32_t count) {
    std::string out = big_endian(0x803) + big_endian(count) + big_endian(28) + big_endian(28);
    for (uint32_t i = 0; i < count * 784; ++i) {
        out += static_cast<char>(i % 251);
    }
    return out;
}

inline std::string idx_labels(uint32_t count) {
    std::string out = big_endian(0x801) + big_endian(count);
    for (uint32_t i = 0; i < count; ++i) {
        out += static_cast<char>(i % 10);
    }
    return out;
}

} // namespace data_test
