#include "sparse_fusion_cases.hpp"

#include <cstdlib>

#include "text.hpp"

namespace assay::sparse_fusion {
namespace {

int32_t draw_integer(assay_rng& rng, unsigned bits, bool is_signed) {
    const int32_t high = largest_integer(bits, is_signed);
    const int32_t low = is_signed ? -high : 0;
    // The ends are where signs, carries and wrap-around go wrong.
    switch (assay_rng_below(&rng, 6)) {
    case 0:
        return high;
    case 1:
        return low;
    default:
        return low + static_cast<int32_t>(assay_rng_below(&rng, uint64_t(high) - low + 1));
    }
}

Widths draw_widths(assay_rng& rng) {
    Widths widths;
    const bool narrow = assay_rng_below(&rng, 2) == 0; // several products at once
    widths.w_bits = 1 + static_cast<unsigned>(assay_rng_below(&rng, narrow ? 4 : 16));
    widths.a_bits = 1 + static_cast<unsigned>(assay_rng_below(&rng, narrow ? 4 : 16));
    widths.a_signed = assay_rng_below(&rng, 2) == 0;
    return widths;
}

void draw_format(assay_rng& rng, const Widths& widths, eie::Format& format) {
    format.fusion.used = true;
    format.fusion.w_signed = assay_rng_below(&rng, 4) != 0;
    format.fusion.a_signed = widths.a_signed;
    format.fusion.w_width = bit_fusion::brick_width(widths.w_bits);
    format.fusion.a_width = bit_fusion::brick_width(widths.act_bits());
    for (size_t i = 1; i < format.codebook.size(); ++i) {
        format.codebook[i] = draw_integer(rng, widths.w_bits, format.fusion.w_signed);
    }
}

// Zeros stay where they are. Unsigned activations of 16 bits travel in a signed number's place.
void draw_inputs(assay_rng& rng, const Widths& widths, eie::Case& c) {
    for (auto& column : c.inputs) {
        for (int16_t& value : column) {
            value = value == 0 ? int16_t{0}
                               : static_cast<int16_t>(static_cast<uint16_t>(
                                     draw_integer(rng, widths.a_bits, widths.a_signed)));
        }
    }
}

} // namespace

bool make_case(uint64_t seed, uint64_t index, eie::Case& c, Widths& widths) {
    if (!eie::make_case(seed, index, c)) {
        return false;
    }
    assay_rng rng = assay_rng_seed(seed, text("fusion %llu", (unsigned long long)index).c_str());
    widths = draw_widths(rng);
    draw_format(rng, widths, c.job.format);
    draw_inputs(rng, widths, c);
    for (int32_t& bias : c.bias) { // near the ends of 32 bits sums wrap around
        bias = assay_rng_below(&rng, 2) == 0 ? INT32_MAX - std::abs(bias) : bias;
    }
    c.options.act_bits = widest_operand;
    c.options.lanes = uint64_t{1} << assay_rng_below(&rng, 5);
    c.job.lanes = widths.lanes(c.options.lanes);
    c.job.passes = widths.passes();
    c.job.act_bits = widths.act_bits();
    c.job.bias_bits = c.shape.bias_bits = sum_bits;
    c.text += text(", %u x %u bits, %llu lanes", widths.w_bits, widths.a_bits,
                   (unsigned long long)c.options.lanes);
    eie::Options layer = c.options;
    layer.act_bits = widths.act_bits();
    std::string why;
    c.plan = eie::Plan();
    return eie::make_plan(c.matrix, c.shape, layer, c.plan, why);
}

} // namespace assay::sparse_fusion
