// Weights of a workload's weights file as machines take them: clustered on first use.
#pragma once

#include <memory>

#include "safetensors.hpp"
#include "workload.hpp"

namespace assay {

// Sets layer.weights of a conv2d or linear layer, batch normalisation folded; checks the tensors of
// any layer that may have some. False with a message per mistake.
bool take_file_weights(const std::shared_ptr<const Safetensors>& file, Layer& layer,
                       assay_report* report);

// Made by take_file_weights.
bool is_of_weights_file(const Weights& weights);

} // namespace assay
