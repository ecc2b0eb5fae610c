// Weights as a policy makes them, kept so that nothing is computed twice between candidates.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "engine.hpp"
#include "hash.h"
#include "net.hpp"

namespace assay {

// Everything of a layer's policy that changes its weights.
struct WeightTreatment {
    unsigned bits = 0; // 0: not quantised
    double density = 1;
    unsigned codebook_bits = 0; // then `bits` do not matter
    bool keep_zeros = false;    // they are those of channels that are gone
    bool prunes() const { return density < 1 || keep_zeros; }
    bool any() const { return bits > 0 || density < 1 || codebook_bits > 0; }
};
WeightTreatment weight_treatment(const Layer& layer, const assay_layer_policy& policy);

// Of a linear quantiser. Pruned weights are 0 in `real`; with one bit no integer is.
QuantisedWeights quantised_weights(std::vector<float> weights, size_t outputs,
                                   const WeightTreatment& treatment, const QuantSettings& settings);
// What the layer multiplies. Weights that use no more values than the codebook has stay as they
// are: their codebook has been trained.
std::vector<float> treated_weights(std::vector<float> weights, size_t outputs,
                                   const WeightTreatment& treatment, const QuantSettings& settings);

// A tensor's bytes in row-major order.
assay_hash hash_of(const torch::Tensor& tensor);

class PreparedWeights {
  public:
    explicit PreparedWeights(const QuantSettings& settings) : settings_(settings) {}

    // `hash`: of `weight`.
    torch::Tensor get(size_t layer, const torch::Tensor& weight, assay_hash hash,
                      const WeightTreatment& treatment);

  private:
    using Key = std::tuple<size_t, uint64_t, uint64_t, unsigned, double, unsigned, bool>;

    QuantSettings settings_;
    std::map<Key, torch::Tensor> kept_;
    uint64_t bytes_ = 0;
};

} // namespace assay
