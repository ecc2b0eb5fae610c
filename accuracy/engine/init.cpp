#include "init.hpp"

#include <cmath>

#include "rng.h"

namespace assay {
namespace {

void draw_weights(const Layer& layer, uint64_t seed, Parameters& p) {
    const uint64_t fan_in = uint64_t{layer.in.c / layer.groups} * layer.kernel_h * layer.kernel_w *
                            (layer.op == Op::fc ? uint64_t{layer.in.h} * layer.in.w : 1);
    const bool convolution = layer.op == Op::conv && !layer.linear_rows;
    const double deviation = std::sqrt((convolution ? 2.0 : 1.0) / static_cast<double>(fan_in));
    assay_rng rng = assay_rng_seed(seed, ("initial " + weights_name(layer)).c_str());
    p.weight.resize(fan_in * layer.out.c);
    for (float& weight : p.weight) {
        weight = static_cast<float>(deviation * assay_rng_normal(&rng));
    }
}

void add_norm(const Layer& layer, Parameters& p) {
    const size_t channels = layer.out.c;
    p.norm.scale.assign(channels, 1);
    p.norm.shift.assign(channels, 0);
    p.norm.mean.assign(channels, 0);
    p.norm.variance.assign(channels, 1);
    p.norm.epsilon = layer.tensors.epsilon;
}

Parameters initial(const Layer& layer, uint64_t seed) {
    Parameters p;
    if (layer.op == Op::conv || layer.op == Op::fc) {
        draw_weights(layer, seed, p);
        if (layer.tensors.batch_norm.empty()) {
            p.bias.assign(layer.out.c, 0);
        } else {
            add_norm(layer, p);
        }
    } else if (layer.op == Op::layer_norm || layer.op == Op::batch_norm) {
        p.weight.assign(layer.in.c, 1);
        p.bias.assign(layer.in.c, 0);
    }
    return p;
}

} // namespace

std::string weights_name(const Layer& layer) {
    std::string out;
    for (const std::string& name : layer.tensors.weight) {
        out += (out.empty() ? "" : " ") + name;
    }
    return out.empty() ? layer.name + ".weight" : out;
}

std::vector<Parameters> initial_parameters(const assay_workload& workload, uint64_t seed) {
    std::vector<Parameters> all;
    for (const Layer& layer : workload.layers) {
        all.push_back(initial(layer, seed));
    }
    return all;
}

} // namespace assay
