// The "weights", "bias" and "activations" of a layer in a workload file.
#pragma once

#include <string>
#include <vector>

#include "json_fields.hpp"

namespace assay {

// The file that a layer names, relative to the workload's; loaded once, however many name it. Null,
// with messages the first time, if it cannot be used.
const Safetensors* open_tensors(JsonFile& file, const std::string& name);
std::shared_ptr<const Safetensors> shared_tensors(JsonFile& file, const std::string& name);
// `name` where a file at `path` means it.
std::string beside(const std::string& path, const std::string& name);

// Of a tensor with the layer's weights.
std::vector<uint64_t> weight_tensor_shape(const Layer& layer);
std::string shape_list(const std::vector<uint64_t>& shape); // "[64, 3, 3, 3]"

// False if the layer has no "weights", or drawn ones: then only their shape is known.
bool weights_have_values(const assay_json* layer);

// Completes layer.weights of an fc or conv layer. With `shapes_known` false (an earlier mistake)
// only what does not depend on them is checked, so that one run reports as much as possible.
void read_weights(JsonFile& file, const assay_json* object, const std::string& place,
                  bool shapes_known, Layer& layer);

// Completes layer.own_input; the same holds for `shapes_known`.
void read_activations(JsonFile& file, const assay_json* value, const std::string& place,
                      bool shapes_known, Layer& layer);

} // namespace assay
