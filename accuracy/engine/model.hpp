// A network to be evaluated: the workload that the silicon runs, with its real-valued parameters.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataset.hpp"
#include "parameters.hpp"
#include "policy.hpp"
#include "workload.hpp"

namespace assay {

struct Model {
    std::shared_ptr<const assay_workload> workload;
    std::vector<Parameters> parameters; // [layers], values of each layer of the workload
    std::string hash;                   // 32 hex digits over workload and parameters

    const Layer& layer(size_t i) const { return workload->layers[i]; }
    size_t size() const { return workload->layers.size(); }
};

} // namespace assay
