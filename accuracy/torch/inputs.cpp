#include "inputs.hpp"

#include <algorithm>

namespace assay {
namespace {

using torch::Tensor;

// A core's second-level cache; ResNet-20 is a fifth slower with batches of twice its size.
constexpr uint64_t cache_bytes = 2 << 20;
constexpr uint64_t least_batch = 4, greatest_batch = 20;

Tensor load_batch(const Images& images, const uint32_t* chosen, size_t count, size_t batch,
                  const assay_workload& workload) {
    const Shape& shape = workload.input_shape;
    const Tensor values =
        torch::zeros({static_cast<int64_t>(batch), shape.c, shape.h, shape.w}, torch::kFloat32);
    load_values(images, chosen, count, workload.preprocess, values.data_ptr<float>());
    return values.contiguous(torch::MemoryFormat::ChannelsLast);
}

} // namespace

size_t batch_size(const assay_workload& workload) {
    uint64_t largest = 1;
    for (const Layer& layer : workload.layers) {
        largest = std::max(largest, layer.out.size() * sizeof(float));
    }
    return std::clamp(cache_bytes / largest, least_batch, greatest_batch);
}

Inputs load_inputs(const Images& images, const std::vector<uint32_t>& chosen,
                   const assay_workload& workload) {
    const size_t batch = batch_size(workload);
    Inputs inputs;
    for (size_t at = 0; at < chosen.size(); at += batch) {
        const size_t count = std::min(batch, chosen.size() - at);
        inputs.batches.push_back(load_batch(images, &chosen[at], count, batch, workload));
    }
    for (uint32_t image : chosen) {
        inputs.labels.push_back(images.labels[image]);
    }
    return inputs;
}

Inputs load_calibration_inputs(const Dataset& data, size_t count, const assay_workload& workload) {
    const bool has_train = data.train.count > 0;
    return load_inputs(has_train ? data.train : data.test,
                       split_indices(data, has_train ? Split::train : Split::search, count),
                       workload);
}

} // namespace assay
