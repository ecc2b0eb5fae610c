#include "products.hpp"

namespace assay::bit_fusion {
namespace {

// The operand of `width` bits whose low bits are `pattern`.
int32_t operand(uint32_t pattern, unsigned width, bool is_signed) {
    const bool negative = is_signed && pattern >> (width - 1) != 0;
    return static_cast<int32_t>(pattern) - (negative ? int32_t{1} << width : 0);
}

} // namespace

void Products::prepare(const Nest& nest) {
    const unsigned w = brick_width(nest.w_bits), a = brick_width(nest.a_bits);
    if (w == w_width_ && a == a_width_ && nest.w_signed == w_signed_ &&
        nest.a_signed == a_signed_) {
        return;
    }
    w_width_ = w;
    a_width_ = a;
    w_signed_ = nest.w_signed;
    a_signed_ = nest.a_signed;
    w_mask_ = (1u << w) - 1;
    a_mask_ = (1u << a) - 1;
    table_.clear();
    if (w <= 8 && a <= 8) {
        fill();
    }
}

void Products::fill() {
    table_.resize(size_t{1} << (w_width_ + a_width_));
    for (uint32_t w = 0; w <= w_mask_; ++w) {
        for (uint32_t a = 0; a <= a_mask_; ++a) {
            table_[w << a_width_ | a] = static_cast<uint32_t>(
                fused_product(operand(w, w_width_, w_signed_), operand(a, a_width_, a_signed_),
                              w_width_, a_width_, w_signed_, a_signed_));
        }
    }
}

} // namespace assay::bit_fusion
