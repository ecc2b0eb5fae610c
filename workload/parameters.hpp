// The real-valued parameters of a network's layers, as its weights file has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

// Of one layer. All empty for layers without any.
struct Parameters {
    // conv2d [out][in / groups][kernel_h][kernel_w], linear [out][in]; layer_norm and batch_norm:
    // the scale [channels].
    std::vector<float> weight;
    std::vector<float> bias; // [out], or empty; layer_norm, batch_norm: the shift

    // Batch normalisation after a conv2d or linear that is not folded into it yet:
    // y = (x - mean) / sqrt(variance + epsilon) * scale + shift.
    struct BatchNorm {
        std::vector<float> scale, shift, mean, variance; // [out]
        double epsilon = 1e-5;
        bool present() const { return !mean.empty(); }
    } norm;

    // Files of integers (TensorFlow Lite's scheme): real = (q - zero) * scale; `weight` and `bias`
    // hold the real values.
    struct Integers {
        std::vector<int32_t> weight, bias; // as stored
        std::vector<float> weight_scale;   // [1] or [out]
        std::vector<int32_t> weight_zero;  // likewise
        bool present() const { return !weight.empty(); }
    } integers;
};

// Reads every layer's parameters. `path`: a .safetensors file in place of the one that the workload
// names; NULL: that one. Missing tensors, other shapes and values that are not finite are mistakes,
// each with a message.
assay_status load_parameters(const assay_workload& workload, const char* path,
                             std::vector<Parameters>& out, assay_report* report);

// weight * scale / sqrt(variance + epsilon) and the bias to match; `norm` is then empty.
void fold_batch_norm(Parameters& parameters);

// Writes them as a .safetensors file with the names that load_parameters looks for; appears whole
// or not at all. ASSAY_IO.
assay_status save_parameters(const assay_workload& workload,
                             const std::vector<Parameters>& parameters, const char* path,
                             assay_report* report);

} // namespace assay
