// The values of a tensor, whatever type they are stored in.
#include <cstring>

#include "safetensors.hpp"

namespace assay {
namespace {

float from_bits(uint32_t bits) {
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

float from_bfloat(uint16_t bits) { // the upper half of a 32-bit float
    return from_bits(uint32_t{bits} << 16);
}

// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits.
float from_half(uint16_t bits) {
    const uint32_t sign = uint32_t{bits} >> 15 << 31, rest = bits & 0x7fffu;
    const uint32_t exponent = rest >> 10, fraction = rest & 0x3ffu;
    if (exponent == 31) {
        return from_bits(sign | 0x7f800000u | fraction << 13);
    }
    if (exponent > 0) {
        return from_bits(sign | ((rest << 13) + ((127u - 15u) << 23)));
    }
    const float small = static_cast<float>(fraction) / 16777216.0f; // subnormal: times 2^-24
    return sign ? -small : small;
}

template <typename Stored, typename Convert>
auto convert(const uint8_t* bytes, uint64_t count, Convert one) {
    std::vector<decltype(one(Stored{}))> out;
    out.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
        Stored value;
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        out.push_back(one(value));
    }
    return out;
}

template <typename Stored, typename Out>
std::vector<Out> cast(const uint8_t* bytes, uint64_t count) {
    return convert<Stored>(bytes, count, [](Stored v) { return static_cast<Out>(v); });
}

// Of the integer types up to 32 bits; false if it is none.
template <typename Out>
bool cast_small_integers(const std::string& type, const uint8_t* bytes, uint64_t count,
                         std::vector<Out>& out) {
    if (type == "I8") {
        out = cast<int8_t, Out>(bytes, count);
    } else if (type == "U8") {
        out = cast<uint8_t, Out>(bytes, count);
    } else if (type == "I16") {
        out = cast<int16_t, Out>(bytes, count);
    } else if (type == "U16") {
        out = cast<uint16_t, Out>(bytes, count);
    } else if (type == "I32") {
        out = cast<int32_t, Out>(bytes, count);
    } else {
        return false;
    }
    return true;
}

} // namespace

std::vector<float> Safetensors::reals(const Tensor& tensor) const {
    const uint8_t* from = bytes(tensor);
    const uint64_t count = tensor.count();
    std::vector<float> out;
    if (cast_small_integers(tensor.dtype, from, count, out)) {
        return out;
    }
    if (tensor.dtype == "F32") {
        return floats(tensor);
    }
    if (tensor.dtype == "F16") {
        return convert<uint16_t>(from, count, from_half);
    }
    if (tensor.dtype == "BF16") {
        return convert<uint16_t>(from, count, from_bfloat);
    }
    if (tensor.dtype == "F64") {
        return cast<double, float>(from, count);
    }
    if (tensor.dtype == "U32") {
        return cast<uint32_t, float>(from, count);
    }
    if (tensor.dtype == "I64") {
        return cast<int64_t, float>(from, count);
    }
    if (tensor.dtype == "U64") {
        return cast<uint64_t, float>(from, count);
    }
    return out;
}

bool Safetensors::integers(const Tensor& tensor, std::vector<int32_t>& out) const {
    if (cast_small_integers(tensor.dtype, bytes(tensor), tensor.count(), out)) {
        return true;
    }
    if (tensor.dtype != "U32") {
        return false;
    }
    out.clear();
    for (uint32_t v : uints(tensor)) {
        if (v > INT32_MAX) {
            return false;
        }
        out.push_back(static_cast<int32_t>(v));
    }
    return true;
}

} // namespace assay
