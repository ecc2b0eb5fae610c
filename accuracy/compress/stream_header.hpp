// The fixed part of a layer's stream (layer_stream.hpp).
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

namespace assay {

constexpr size_t stream_header_bytes = 16;

struct StreamHeader {
    uint32_t weights = 0, entries = 0, biases = 0;
    uint8_t values = 0, codebook_bits = 0, gap_bits = 0, zero = 0;
};

inline void put_u32(std::vector<uint8_t>& out, uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<uint8_t>(value >> shift));
    }
}

inline void put_f32(std::vector<uint8_t>& out, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(out, bits);
}

inline uint32_t get_u32(const uint8_t* at) {
    return at[0] | at[1] << 8 | at[2] << 16 | static_cast<uint32_t>(at[3]) << 24;
}

inline float get_f32(const uint8_t* at) {
    const uint32_t bits = get_u32(at);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

} // namespace assay
