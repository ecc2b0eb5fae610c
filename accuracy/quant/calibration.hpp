// Choosing the clip of a linear quantiser from the values that it will see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantiser.hpp"

namespace assay {

enum class Clip {
    max, // the greatest magnitude
    kl,  // least divergence between the values and their quantised form (HAQ's _compute_threshold)
    mse, // least mean squared error over clips
    haq  // HAQ's mixture: weights max from 5 bits on, else kl; activations min(6, max) from 5 bits
         // on, else the lesser of that and kl
};

// What calibration keeps of the values that pass by: enough for any clip and width later, so that
// one pass over the images serves every candidate. Magnitudes in a histogram whose range doubles
// when it must: a power of two, so that the result does not depend on the order of the values.
// Values that are not finite count as 0.
class Histogram {
  public:
    void add(const float* values, size_t count);
    float max_magnitude() const { return max_ > -min_ ? max_ : -min_; }
    float min() const { return min_; }
    float max() const { return max_; }
    uint64_t count() const { return count_; }
    uint64_t zeros() const { return zeros_; } // of count(); they are in bins()[0], too
    const std::vector<uint64_t>& bins() const { return bins_; } // over 0 .. range()
    float range() const { return range_; }

  private:
    void widen(float magnitude);
    void add_piece(const float* values, size_t count);

    std::vector<uint64_t> bins_; // empty, or histogram_bins of them
    float range_ = 0, min_ = 0, max_ = 0;
    uint64_t count_ = 0, zeros_ = 0;
};

// The clip, > 0 (1 for values that are all 0). `is_signed`: a symmetric quantiser, else half-wave.
// Weights must be finite.
float activation_clip(const Histogram& seen, Clip method, bool is_signed, unsigned bits);
float weight_clip(const float* values, size_t count, Clip method, unsigned bits);

// A layer's quantised weights: one quantiser, or one per output channel.
struct QuantisedWeights {
    std::vector<Quantiser> quantisers; // [1] or [outputs]
    std::vector<int32_t> q;            // as the weights, row-major by output channel
    std::vector<float> real;           // dequantised
};
// `asymmetric`: from least to greatest weight (ZeroQ); `method` is not asked.
QuantisedWeights quantise_weights(const std::vector<float>& weights, size_t outputs, unsigned bits,
                                  Clip method, bool per_channel, bool asymmetric);

// Sum of squared differences |Q(w) - w|^2 (HAWQ's perturbation).
double squared_error(const std::vector<float>& weights, const QuantisedWeights& quantised);

} // namespace assay
