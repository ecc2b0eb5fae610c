// Keys of a workload file that stand for a weights file and what goes with it.
#pragma once

#include "json.h"
#include "workload.hpp"

namespace assay {

// "weights" (as an absolute path), "data" and "preprocess", as far as the workload has them.
void write_network_keys(assay_json_writer* w, const assay_workload& workload);
// "relu_limit", "integer", "tensors", "batch_norm" and "epsilon" of a layer, likewise.
void write_parameter_keys(assay_json_writer* w, const Layer& layer);
// What a slice takes, or a pad_channels adds.
void write_part_keys(assay_json_writer* w, const Layer& layer);

} // namespace assay
