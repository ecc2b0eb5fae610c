// Which tensors of a network may be below zero.
#include <algorithm>

#include "graph.hpp"

namespace assay {
namespace {

// Whether an output may be below zero if an input may.
bool gives_negatives(const Layer& layer, bool reads_negatives) {
    if (layer.relu) {
        return false;
    }
    switch (layer.op) {
    case Op::relu:
    case Op::sigmoid:
    case Op::softmax:
        return false;
    case Op::fc:
    case Op::conv:
    case Op::matmul:
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::gelu:
    case Op::tanh:
        return true;
    default:
        return reads_negatives;
    }
}

bool is_negative(float value) {
    return value < 0;
}

bool own_input_is_signed(const Layer& layer) {
    if (layer.detached) {
        return layer.a_signed;
    }
    return layer.own_input_draw
               ? layer.own_input_draw->is_signed
               : std::any_of(layer.own_input->begin(), layer.own_input->end(), is_negative);
}

} // namespace

bool input_is_signed(const assay_workload& workload) {
    if (workload.input_draw) {
        return workload.input_draw->is_signed;
    }
    const Preprocess& how = workload.preprocess;
    if (how.stated()) {
        return std::any_of(how.subtract.begin(), how.subtract.end(),
                           [](float v) { return v > 0; }) ||
               std::any_of(how.scale.begin(), how.scale.end(), is_negative);
    }
    return std::any_of(workload.input.begin(), workload.input.end(), is_negative);
}

std::vector<bool> signed_reads(const assay_workload& workload) {
    const bool input = input_is_signed(workload);
    std::vector<bool> reads, gives;
    for (const Layer& layer : workload.layers) {
        bool negative = false;
        if (layer.own_input || layer.detached) {
            negative = own_input_is_signed(layer);
        } else {
            // The second factor of a matmul is its weights: w_signed.
            const size_t count = layer.op == Op::matmul ? 1 : layer.inputs.size();
            for (size_t k = 0; k < count; ++k) {
                const int id = layer.inputs[k];
                negative = negative || (id < 0 ? input : gives[static_cast<size_t>(id)]);
            }
        }
        reads.push_back(negative);
        gives.push_back(gives_negatives(layer, negative));
    }
    return reads;
}

bool reads_signed(const assay_workload& workload, size_t layer) {
    return signed_reads(workload)[layer];
}

} // namespace assay
