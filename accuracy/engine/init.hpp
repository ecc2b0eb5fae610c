// Parameters of a network that has not been trained yet.
#pragma once

#include <string>
#include <vector>

#include "parameters.hpp"

namespace assay {

// Weights of convolutions normal with variance 2 / fan-in (He et al., 2015), of other matrices
// 1 / fan-in; biases 0; norms scale by 1 and shift by 0. Each tensor has its own random stream: the
// same seed and name give the same weights, also in layers that share it. Layers that name a batch
// normalisation get one, not folded, and no bias of their own; other convolutions and linear layers
// get a bias.
std::vector<Parameters> initial_parameters(const assay_workload& workload, uint64_t seed);

// What a layer's weights are called in the weights file; layers of one name share them.
std::string weights_name(const Layer& layer);

} // namespace assay
