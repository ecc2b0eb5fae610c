// Bits per layer, as the C ABI hands them around.
#pragma once

#include <vector>

#include "assay/sim.h"

struct assay_policy {
    struct Bits {
        unsigned w_bits = 0, a_bits = 0; // 0: not stated
    };
    std::vector<Bits> layers; // of the workload, in its order; all 0 where a layer is no matrix
};
