// Integers in a workload file: "weights" and "activations" of the kind "integers", and the sums
// that a layer is "expected" to make of them.
#pragma once

#include <string>

#include "json_fields.hpp"

namespace assay {

// The "weights" of a layer. With `shapes_known` false only what does not depend on them is checked.
void read_integer_weights(JsonFile& file, const assay_json* object, const std::string& place,
                          bool shapes_known, Layer& layer);

// The "activations": the integers, and as layer.own_input the same numbers for machines of reals.
void read_integer_activations(JsonFile& file, const assay_json* object, const std::string& place,
                              bool shapes_known, Layer& layer);

// "expected" of the layer `object`, after its weights and activations.
void read_expected(JsonFile& file, const assay_json* object, const std::string& place,
                   bool shapes_known, Layer& layer);

} // namespace assay
