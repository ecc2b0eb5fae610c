// A network with everything that matters to an engine: a residual addition, a depthwise layer with
// ReLU6, outputs that several layers read, pooling and a concatenation.
#pragma once

#include "tiny_task.hpp"

namespace torch_test {

inline assay::Layer joined(const char* name, assay::Op op, std::vector<int> inputs, assay::Shape in,
                           assay::Shape out) {
    assay::Layer layer = tiny::simple(name, op, -1, in, out);
    layer.inputs = std::move(inputs);
    return layer;
}

inline assay::Layer depthwise(const char* name, int input, assay::Shape in) {
    assay::Layer layer = tiny::convolution(name, input, in, in.c, 2, false);
    layer.groups = in.c;
    layer.relu_limit = 6;
    return layer;
}

inline std::vector<assay::Layer> layers() {
    using assay::Op;
    std::vector<assay::Layer> all = {
        tiny::convolution("conv1", -1, {1, 8, 8}, 8, 1, false),
        tiny::convolution("conv2", 0, {8, 8, 8}, 8, 1, false),
        tiny::convolution("conv3", 1, {8, 8, 8}, 8, 1, false),
        joined("add", Op::add, {0, 2}, {8, 8, 8}, {8, 8, 8}),
        depthwise("depthwise", 3, {8, 8, 8}),
        tiny::convolution("point", 4, {8, 4, 4}, 8, 1, false),
        joined("concat", Op::concat, {4, 5}, {8, 4, 4}, {16, 4, 4}),
        tiny::simple("pool", Op::maxpool, 6, {16, 4, 4}, {16, 2, 2}),
        tiny::simple("fc1", Op::fc, 7, {16, 2, 2}, {32, 1, 1}),
        tiny::simple("fc2", Op::fc, 8, {32, 1, 1}, {tiny::classes, 1, 1}),
    };
    all[0].a_signed = true;
    all[2].relu = false;
    all[3].relu = true;
    all[7].kernel_h = all[7].kernel_w = all[7].stride_h = all[7].stride_w = 2;
    all[9].a_signed = true; // fc1 has no ReLU
    return all;
}

inline std::shared_ptr<const assay::Model> model(std::vector<assay::Layer> layers,
                                                 uint64_t seed = 1) {
    auto workload = std::make_shared<assay_workload>();
    workload->name = "mixed";
    workload->input_shape = {1, tiny::side, tiny::side};
    workload->preprocess.subtract = {75};
    workload->preprocess.scale = {1.0f / 60};
    workload->layers = std::move(layers);
    auto model = std::make_shared<assay::Model>();
    model->parameters = assay::initial_parameters(*workload, seed);
    assay_rng rng = assay_rng_seed(seed, "biases");
    for (assay::Parameters& p : model->parameters) {
        for (float& b : p.bias) {
            b = static_cast<float>(0.2 * assay_rng_normal(&rng));
        }
    }
    model->workload = workload;
    return model;
}

inline assay_policy no_policy(const assay::Model& model) {
    assay_policy policy;
    policy.layers.assign(model.size(), {});
    return policy;
}

inline assay_policy uniform(const assay::Model& model, unsigned w_bits, unsigned a_bits) {
    assay_policy policy = no_policy(model);
    for (size_t i = 0; i < model.size(); ++i) {
        if (assay::is_matrix(model.layer(i).op)) {
            policy.layers[i].w_bits = w_bits;
            policy.layers[i].a_bits = a_bits;
        }
    }
    return policy;
}

} // namespace torch_test
