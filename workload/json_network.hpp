// What a workload file says of the whole network: its weights file, its data, and what the network
// does to them first.
#pragma once

#include "json_fields.hpp"
#include "json_layer.hpp"

namespace assay {

// "weights", "data" and "preprocess". The weights file is read and held by `net`.
void read_network(JsonFile& file, const assay_json* root, JsonNet& net);

// After the layers, when the shape of the input is known.
void check_preprocess(const JsonFile& file, const JsonNet& net);

} // namespace assay
