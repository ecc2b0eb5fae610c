// Images as a network reads them, in batches of one size.
#pragma once

#include <vector>

#include "dataset.hpp"
#include "net.hpp"

namespace assay {

struct Inputs {
    std::vector<torch::Tensor> batches; // [batch][C][H][W], channels last in memory
    std::vector<uint16_t> labels;       // of the images that were asked for
    size_t count() const { return labels.size(); }
};

// Images of a batch: always the same, so that nothing depends on how many images were asked for;
// as many as the caches hold of the network's largest output.
size_t batch_size(const assay_workload& workload);

// The last batch is filled up with zeros.
Inputs load_inputs(const Images& images, const std::vector<uint32_t>& chosen,
                   const assay_workload& workload);

// Of the training set, or of the search split where there is none.
Inputs load_calibration_inputs(const Dataset& data, size_t count, const assay_workload& workload);

} // namespace assay
