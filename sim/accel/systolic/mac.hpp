// A multiplier of one width and operands of any: wider ones are multiplied part by part, a part a
// pass, as TPU v1 does 8 x 16 bits at half speed and 16 x 16 at a quarter.
#pragma once

#include <cstdint>

namespace assay::systolic {

constexpr unsigned parts(unsigned bits, unsigned mac_bits) {
    return (bits + mac_bits - 1) / mac_bits;
}

// Part i of an operand, low ones first: the top one keeps the sign, the others are unsigned.
constexpr int32_t part(int32_t value, unsigned i, unsigned count, unsigned mac_bits) {
    const int32_t shifted =
        value >> (i * mac_bits); // arithmetic in every compiler that we build with
    return i + 1 == count ? shifted : shifted & ((int32_t{1} << mac_bits) - 1);
}

// Of pass 0 .. w_parts * a_parts - 1: the low part of the weight first. Wraps around like the sums.
constexpr uint32_t pass_product(int32_t w, int32_t a, unsigned w_parts, unsigned a_parts,
                                unsigned mac_bits, unsigned pass) {
    const unsigned i = pass / a_parts, j = pass % a_parts;
    const int64_t product = int64_t{part(w, i, w_parts, mac_bits)} * part(a, j, a_parts, mac_bits);
    return static_cast<uint32_t>(static_cast<uint64_t>(product) << ((i + j) * mac_bits));
}

} // namespace assay::systolic
