// Linear quantisers: how real values become the integers that a machine multiplies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

// real = (q - zero) * scale, q an integer in low .. high. q = round(real / scale + zero), halves to
// even, clipped. NaN becomes `low` (0 where a ReLU comes first): whoever reads values from outside
// refuses it before it gets here.
struct Quantiser {
    float scale = 1;
    float zero =
        0; // an integer, but -0.5 for weights of one bit: q in {-1, 0} is real -+ scale / 2
    int32_t low = 0, high = 0;
};

// Weights: signed, -(2^(b-1) - 1) .. 2^(b-1) - 1, zero 0; clip > 0 is the real value of `high`.
// b in 1 .. 16; one bit is -clip and +clip (zero -0.5). (HAQ's linear quantiser: facts of HAQ §2.7)
Quantiser symmetric_quantiser(float clip, unsigned bits);
// Half-wave, for values that are never negative: 0 .. 2^b - 1, zero 0.
Quantiser half_wave_quantiser(float clip, unsigned bits);
// min .. max with an integer zero point so that real 0 is exact (ZeroQ); signed range. The range is
// widened to hold 0, and is 0 .. 1 if it holds nothing else.
Quantiser asymmetric_quantiser(float min, float max, unsigned bits);

int32_t quantise(const Quantiser& quantiser, float value);
float dequantise(const Quantiser& quantiser, int32_t q);
// out[i] = dequantise(quantise(in[i])); in == out is allowed. One vectorised pass.
void fake_quantise(const Quantiser& quantiser, const float* in, float* out, size_t count);
// The same on max(in, 0) ... min(in, limit) in one pass (limit 0: none): a ReLU and the next
// layer's quantiser together.
void relu_fake_quantise(const Quantiser& quantiser, float limit, const float* in, float* out,
                        size_t count);
void quantise_all(const Quantiser& quantiser, const float* in, int32_t* out, size_t count);

} // namespace assay
