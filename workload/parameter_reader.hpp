// One layer's parameters out of a weights file: what load_parameters does for each layer, and what
// machines cluster when they need the values.
#pragma once

#include <string>
#include <vector>

#include "parameters.hpp"
#include "safetensors.hpp"

namespace assay {

class ParameterReader {
  public:
    // The file must outlive the reader.
    ParameterReader(const Safetensors& file, assay_report* report) : file_(file), report_(report) {}

    // Batch normalisation not folded. False with a message per mistake.
    bool read(const Layer& layer, Parameters& out);

  private:
    const Safetensors& file_;
    assay_report* report_;
};

// The names under which the layer's tensors are looked for.
std::vector<std::string> weight_names(const Layer& layer);
std::vector<std::string> bias_names(const Layer& layer);
// "" if no batch normalisation belongs to the layer.
std::string norm_prefix(const Layer& layer);

// [out][in / groups][kernel_h][kernel_w] or [out][in] of a conv2d or linear layer; [channels] of a
// layer_norm or batch_norm.
std::vector<uint64_t> parameter_shape(const Layer& layer);

// Every tensor of the file that belongs to the layer, by type, shape and bytes.
std::string parameter_hash(const Safetensors& file, const Layer& layer);

} // namespace assay
