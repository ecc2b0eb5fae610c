// The integers that a quantised layer multiplies, and their sums.
#pragma once

#include "candidate.hpp"
#include "engine.hpp"

namespace assay {

// A policy that states every width: 8 bits where the policy and the layer say nothing.
assay_policy with_all_widths(const Model& model, const assay_policy* policy);

// Of the first image of `x`, for each matrix layer but those whose weights share values of a
// codebook: they are no integers. Zero points of asymmetric quantisers and of one bit are in the
// integers still: sums are of the products of the integers as they are, padding adds nothing, and
// the host corrects them.
std::vector<LayerIntegers> find_integers(const Candidate& candidate, const assay_policy& widths,
                                         const QuantSettings& settings, const torch::Tensor& x);

} // namespace assay
