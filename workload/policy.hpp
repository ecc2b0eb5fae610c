// What a policy says of each layer, as the C ABI hands it around.
#pragma once

#include <vector>

#include "assay/workload.h"

struct assay_policy {
    std::vector<assay_layer_policy> layers; // of the workload, in its order; defaults where a layer
                                            // is no matrix
};
