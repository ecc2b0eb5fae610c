// What compression does to each layer: by a policy, or as published.
#pragma once

#include <vector>

#include "policy.hpp"
#include "workload.hpp"

namespace assay {

struct LayerPlan {
    double density = 1;         // share of weights that stay
    unsigned codebook_bits = 0; // weights share 2^bits values, 0 among them; 0: not shared
};

// [layers]; layers without weights of their own stay as they are. ASSAY_BAD_INPUT, with a message
// each: keys that compression has no use for (widths, channels), layers that read the same tensor
// of the weights file, nothing to compress.
assay_status plan_by_policy(const assay_workload& workload, const assay_policy& policy,
                            std::vector<LayerPlan>& out, assay_report* report);

// `density` and `codebook_bits` for every layer with weights. Where they are 0: as published for
// the network of this name (Han et al., ICLR 2016, tables 2 to 5; codebooks of 8 bits for
// convolutions and 5 for the others), else ASSAY_BAD_INPUT with a message that names those.
assay_status plan_uniform(const assay_workload& workload, double density, unsigned codebook_bits,
                          std::vector<LayerPlan>& out, assay_report* report);

} // namespace assay
