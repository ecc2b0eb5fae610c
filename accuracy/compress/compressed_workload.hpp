// A compressed network as a workload that machines of sparse weights run: the decoded weights in a
// .safetensors file, and a workload file whose layers read them with their codebooks.
#pragma once

#include <string>
#include <vector>

#include "layer_stream.hpp"
#include "parameters.hpp"

namespace assay {

// The workload with parameters of its own names ("<layer>.weight"), to be saved and exported.
assay_workload detached_names(const assay_workload& workload);

// JSON text of `workload`, made by detached_names; `tensors` is the name of the file with the
// parameters, beside this one. Layers that are not shared ask for the largest codebook there is.
std::string compressed_workload_text(const assay_workload& workload,
                                     const std::vector<Parameters>& parameters,
                                     const std::vector<Coding>& codings,
                                     const std::string& tensors);

} // namespace assay
