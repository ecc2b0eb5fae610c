// What a network's weights take under a policy.
#pragma once

#include <cstdint>
#include <vector>

#include "parameters.hpp"
#include "policy.hpp"

namespace assay {

// Bits of all weights as the policy stores them, with codebooks (32 bits a value) and, where
// weights are pruned, the gaps between them (relative index of 4 bits, fillers included:
// relative_index.hpp); biases and norms at 32 bits. Channels that are not kept take nothing, nor do
// outputs that nobody reads any more. `parameters` empty: their values are not known, and fillers
// are not counted; neither are they in a layer that loses channels and single weights. Layers that
// share tensors count once. `policy` null: 32 bits a weight. `assay compress` counts what a file
// takes, to the bit.
uint64_t storage_bits(const assay_workload& workload, const std::vector<Parameters>& parameters,
                      const assay_policy* policy);

} // namespace assay
