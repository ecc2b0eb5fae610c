// Where a layer of a workload file has its parameters, and how its output is bounded and stored.
#pragma once

#include <string>

#include "json_fields.hpp"

namespace assay {

// "relu", "relu_limit" and "integer", of any op.
void read_output(const JsonFile& file, const assay_json* object, const std::string& place,
                 Layer& layer);

// "tensors", "batch_norm" and "epsilon".
void read_tensor_names(const JsonFile& file, const assay_json* object, const std::string& place,
                       Layer& layer);

} // namespace assay
