// Constant tensors of an ONNX file as the weights of a layer.
#pragma once

#include <memory>

#include "onnx_model.hpp"
#include "workload.hpp"

namespace assay {

struct OnnxMatrix {
    std::shared_ptr<const OnnxModel> model; // owns `tensor`
    const Onnx__TensorProto* tensor = nullptr;
    uint32_t rows = 0, row_size = 0; // row_size: inputs that a row reads, one group's
    uint32_t groups = 1;
    bool by_columns = false; // the file holds [input][output]
    // Per row, or empty: a scale after the layer that was folded into it (batch normalization).
    std::vector<float> scale;
};

// Weights whose codes are clustered from the file's values on first use.
Weights onnx_weights(const OnnxMatrix& matrix);

// The weights with each row times its factor; those without values stay as they are.
Weights scaled_weights(const Weights& weights, const std::vector<float>& factors);

} // namespace assay
