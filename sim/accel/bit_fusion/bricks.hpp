// The arithmetic of a fusion unit (Sharma et al., Bit Fusion, ISCA 2018): 16 bit bricks, each a
// multiplier of two 2-bit digits, whose products are shifted and added to a product of wider
// operands. Used by every machine that is built of fusion units; the plain references do not use
// it, so that a wrong brick is seen.
#pragma once

#include <cstdint>

namespace assay::bit_fusion {

constexpr unsigned bricks_per_unit = 16;

// The width in which an operand of 1..16 bits is computed: 2, 4, 8 or 16.
constexpr unsigned brick_width(unsigned bits) {
    return bits <= 2 ? 2 : bits <= 4 ? 4 : bits <= 8 ? 8 : 16;
}

// Products that a fusion unit works on at once: int(8 / w) * int(8 / a) of its bricks' widths. Of a
// 16-bit operand it works on a half of 8 bits at a time.
constexpr unsigned fused_products(unsigned w_bits, unsigned a_bits) {
    const unsigned w = brick_width(w_bits), a = brick_width(a_bits);
    return (8 / (w < 8 ? w : 8)) * (8 / (a < 8 ? a : 8));
}

// Cycles that these products take: two for each operand of more than 8 bits.
constexpr unsigned passes(unsigned w_bits, unsigned a_bits) {
    return (w_bits > 8 ? 2u : 1u) * (a_bits > 8 ? 2u : 1u);
}

// Digit i of an operand of `width` bits (even): 0..3, but the top digit of a signed one is -2..1.
constexpr int32_t digit(int32_t value, unsigned i, unsigned width, bool is_signed) {
    const int32_t low = static_cast<int32_t>((static_cast<uint32_t>(value) >> (2 * i)) & 3);
    const bool top = 2 * i + 2 >= width;
    return is_signed && top && low >= 2 ? low - 4 : low;
}

// One bit brick: digits of -2..3, a product of -6..9 in 6 bits.
constexpr int32_t brick(int32_t w_digit, int32_t a_digit) {
    return w_digit * a_digit;
}

// The part of a product that one pass computes: digits [w_first, w_end) of the weight by digits
// [a_first, a_end) of the activation, in place (shifted by their positions).
struct DigitRange {
    unsigned first, end;
};
constexpr int64_t partial_product(int32_t w, int32_t a, unsigned w_width, unsigned a_width,
                                  bool w_signed, bool a_signed, DigitRange w_digits,
                                  DigitRange a_digits) {
    int64_t sum = 0;
    for (unsigned i = w_digits.first; i < w_digits.end; ++i) {
        for (unsigned j = a_digits.first; j < a_digits.end; ++j) {
            const int64_t product =
                brick(digit(w, i, w_width, w_signed), digit(a, j, a_width, a_signed));
            sum += product * (int64_t{1} << (2 * (i + j)));
        }
    }
    return sum;
}

// Digits of one operand in pass `half`: all of up to 8 bits, half of 16.
constexpr DigitRange pass_digits(unsigned width, unsigned half) {
    const unsigned digits = width < 8 ? width / 2 : 4;
    return {half * digits, (half + 1) * digits};
}

// Pass 0 .. passes - 1 of a product: the low half of the weight first, within it the low half of
// the activation.
constexpr int64_t pass_product(int32_t w, int32_t a, unsigned w_width, unsigned a_width,
                               bool w_signed, bool a_signed, unsigned pass) {
    const unsigned a_halves = a_width > 8 ? 2 : 1;
    return partial_product(w, a, w_width, a_width, w_signed, a_signed,
                           pass_digits(w_width, pass / a_halves),
                           pass_digits(a_width, pass % a_halves));
}

// w * a by bricks. Widths: 2, 4, 8 or 16 (brick_width). Operands must fit their width and sign.
constexpr int64_t fused_product(int32_t w, int32_t a, unsigned w_width, unsigned a_width,
                                bool w_signed, bool a_signed) {
    return partial_product(w, a, w_width, a_width, w_signed, a_signed, {0, w_width / 2},
                           {0, a_width / 2});
}

} // namespace assay::bit_fusion
