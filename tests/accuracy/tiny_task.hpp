// A task and a network that are small enough to be trained within a test.
#pragma once

#include <cstdint>
#include <memory>

#include <torch/torch.h>

#include "engine.hpp"
#include "init.hpp"
#include "model.hpp"
#include "rng.h"

namespace tiny {

constexpr uint32_t side = 8, classes = 4;

// A bright 3x3 patch in one of four quadrants, on noise.
inline assay::Images images(size_t count, uint64_t seed) {
    assay::Images set;
    set.channels = 1;
    set.height = set.width = side;
    set.count = count;
    assay_rng rng = assay_rng_seed(seed, "tiny images");
    for (size_t i = 0; i < count; ++i) {
        const auto label = static_cast<uint16_t>(assay_rng_below(&rng, classes));
        const uint64_t top = label / 2 * 4 + assay_rng_below(&rng, 2);
        const uint64_t left = label % 2 * 4 + assay_rng_below(&rng, 2);
        for (uint64_t p = 0; p < side * side; ++p) {
            const uint64_t y = p / side, x = p % side;
            const bool lit = y >= top && y < top + 3 && x >= left && x < left + 3;
            set.bytes.push_back(static_cast<uint8_t>(assay_rng_below(&rng, 150) + (lit ? 90 : 0)));
        }
        set.labels.push_back(label);
    }
    return set;
}

inline assay::Dataset dataset() {
    assay::Dataset data;
    data.name = data.label = "tiny";
    data.classes = classes;
    data.train = images(256, 1);
    data.test = images(128, 2);
    return data;
}

inline assay::Layer convolution(const char* name, int input, assay::Shape in, uint32_t out,
                                uint32_t stride, bool norm) {
    assay::Layer layer;
    layer.name = name;
    layer.op = assay::Op::conv;
    layer.inputs = {input};
    layer.in = in;
    layer.kernel_h = layer.kernel_w = 3;
    layer.stride_h = layer.stride_w = stride;
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = 1;
    layer.out = {out, in.h / stride, in.w / stride};
    layer.relu = true;
    layer.tensors.batch_norm = norm ? std::string(name) + "_bn" : "";
    return layer;
}

inline assay::Layer simple(const char* name, assay::Op op, int input, assay::Shape in,
                           assay::Shape out) {
    assay::Layer layer;
    layer.name = name;
    layer.op = op;
    layer.inputs = {input};
    layer.in = in;
    layer.out = out;
    return layer;
}

// conv 1 -> 8, conv 8 -> 8 at half the side, linear; with batch norms if asked for.
inline std::shared_ptr<const assay::Model> model(bool norm, uint64_t seed = 1) {
    auto workload = std::make_shared<assay_workload>();
    workload->name = "tiny";
    workload->input_shape = {1, side, side};
    workload->preprocess.subtract = {75};
    workload->preprocess.scale = {1.0f / 60};
    workload->layers = {convolution("conv1", -1, {1, 8, 8}, 8, 1, norm),
                        convolution("conv2", 0, {8, 8, 8}, 8, 2, norm),
                        simple("pool", assay::Op::avgpool, 1, {8, 4, 4}, {8, 2, 2}),
                        simple("fc", assay::Op::fc, 2, {8, 2, 2}, {classes, 1, 1})};
    workload->layers[0].a_signed = true;
    workload->layers[2].kernel_h = workload->layers[2].kernel_w = 2;
    workload->layers[2].stride_h = workload->layers[2].stride_w = 2;
    auto model = std::make_shared<assay::Model>();
    model->parameters = assay::initial_parameters(*workload, seed);
    model->workload = workload;
    return model;
}

inline assay::TrainSettings settings(double epochs, double rate = 0.05) {
    assay::TrainSettings s;
    s.epochs = epochs;
    s.rate = rate;
    s.batch = 32;
    s.augment = false;
    return s;
}

inline std::vector<float> values_of(const torch::Tensor& tensor) {
    const torch::Tensor plain = tensor.detach().contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

} // namespace tiny
