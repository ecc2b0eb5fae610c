// What training must not undo: pruned weights stay 0, weights that share a value stay equal.
#pragma once

#include <vector>

#include "net.hpp"

namespace assay {

// Of one layer's weights.
struct Held {
    torch::Tensor gone;    // bool, as the weights: pruned; undefined: none is
    torch::Tensor codes;   // int64 [weights], row-major: which value each has; undefined: its own
    torch::Tensor first;   // int64 [values]: a weight that has it
    torch::Tensor trained; // [values] 1, or 0 for the value of pruned weights
    torch::Tensor members; // [values] how many weights have it, at least 1
    bool any() const { return gone.defined() || codes.defined(); }
};

struct Constraints {
    const assay_policy* policy = nullptr;                      // null: none
    const std::vector<std::vector<uint8_t>>* masks = nullptr;  // null or empty (elements): none
    const std::vector<std::vector<uint16_t>>* codes = nullptr; // likewise
};

// [layers]. What is not given but asked for by the policy follows from the weights as they are: the
// round(w_density * n) greatest stay (none if the layer's mask is given); codebooks by k-means, or
// as they are where no more values are in use than the codebook has.
std::vector<Held> find_held(const Net& net, const Constraints& constraints);

// The gradient of the loss by the weights, projected to where they may go: 0 for pruned ones, the
// mean over its weights for each centroid. Deep Compression (§3.3) takes the sum, whose steps grow
// with the cluster, so that no rate suits both a cluster of ten and one of ten thousand; the mean
// is what stays of a step of free weights, and a rate that suits them suits centroids.
torch::Tensor held_gradient(const Held& held, const torch::Tensor& gradient);
// Puts back what a step of arithmetic may have moved: pruned values to 0, shared ones to their
// first weight's. In place; also for the momentum.
void hold(const Held& held, torch::Tensor& values);
// Prunes and shares for the first time: each centroid becomes the mean of its weights, or stays if
// they are equal already.
void share(const Held& held, torch::Tensor& weights);

} // namespace assay
