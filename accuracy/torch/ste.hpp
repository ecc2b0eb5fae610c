// Straight-through estimators: quantised forwards, differentiable backwards.
#pragma once

#include <torch/torch.h>

#include "quantiser.hpp"

namespace assay {

// fake_quantise(quantiser, x). Gradient: 1 strictly inside the quantiser's range, 0 elsewhere (also
// at both ends: a half-wave's 0 is where a ReLU has none either).
torch::Tensor quantise_through(const torch::Tensor& x, const Quantiser& quantiser);

// PACT: half-wave of `bits` with a trained clip (one value, > 0). Gradient of x as above; of the
// clip: the sum of the gradients where x >= clip (Choi et al. 2018, eq. 3).
torch::Tensor pact_through(const torch::Tensor& x, const torch::Tensor& clip, unsigned bits);

// `replacement`, with all of its gradient going to x: for weights, which must be able to come back
// from beyond the clip.
torch::Tensor replace_through(const torch::Tensor& x, const torch::Tensor& replacement);

} // namespace assay
