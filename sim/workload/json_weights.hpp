// The "weights", "bias" and "activations" of a layer in a workload file.
#pragma once

#include <string>

#include "json_fields.hpp"

namespace assay {

// False if the layer has no "weights", or drawn ones: then only their shape is known.
bool weights_have_values(const assay_json* layer);

// Completes layer.weights of an fc or conv layer. With `shapes_known` false (an earlier mistake)
// only what does not depend on them is checked, so that one run reports as much as possible.
void read_weights(JsonFile& file, const assay_json* object, const std::string& place,
                  bool shapes_known, Layer& layer);

// Completes layer.own_input; the same holds for `shapes_known`.
void read_activations(const JsonFile& file, const assay_json* value, const std::string& place,
                      bool shapes_known, Layer& layer);

} // namespace assay
