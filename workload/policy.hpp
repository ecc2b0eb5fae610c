// What a policy says of each layer, as the C ABI hands it around.
#pragma once

#include <vector>

#include "assay/workload.h"

struct assay_policy {
    std::vector<assay_layer_policy> layers; // of the workload, in its order; defaults where a layer
                                            // is no matrix
};

namespace assay {

// Channels of what layer i reads, which keep_channels counts: a linear layer on an image has the
// image's channels, each of them several of its features.
uint64_t channels_read(const assay_workload& workload, size_t i);

} // namespace assay
