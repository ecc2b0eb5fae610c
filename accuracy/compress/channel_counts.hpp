// What a policy that keeps some channels leaves of a network.
#pragma once

#include <cstdint>
#include <vector>

#include "channel_spaces.hpp"
#include "policy.hpp"

namespace assay {

// Input channels that layer i keeps; 0: all of them.
uint64_t kept_channels(const assay_workload& workload, const assay_policy& policy, size_t i);

// All readers of a removable space keep equally many channels, and thus the same ones: the others
// need not be computed.
bool keeps_as_one(const assay_workload& workload, const assay_policy& policy,
                  const ChannelSpace& space);

struct Remaining {
    uint64_t weights = 0, outputs = 0; // 0 of layers that have no weights
};

// Of each layer, without the weights of channels that it does not read and of outputs that nobody
// reads. Which channels those are does not matter.
std::vector<Remaining> remaining(const assay_workload& workload, const assay_policy& policy,
                                 const ChannelSpaces& spaces);

} // namespace assay
