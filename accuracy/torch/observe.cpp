#include "observe.hpp"

#include "quote.h"

namespace assay {
namespace {

using torch::Tensor;

std::vector<bool> read_by_matrices(const Model& model) {
    std::vector<bool> read(model.size() + 1, false);
    for (size_t i = 0; i < model.size(); ++i) {
        for (int source : model.layer(i).inputs) {
            read[static_cast<size_t>(source + 1)] =
                read[static_cast<size_t>(source + 1)] || is_matrix(model.layer(i).op);
        }
    }
    return read;
}

// Order does not matter to a histogram.
void add(const Tensor& values, int64_t images, Histogram& seen) {
    const Tensor used = values.narrow(0, 0, images);
    const Tensor dense = used.is_non_overlapping_and_dense() ? used : used.contiguous();
    seen.add(dense.data_ptr<float>(), static_cast<size_t>(dense.numel()));
}

} // namespace

unsigned weight_bits(const Layer& layer, const assay_layer_policy& policy) {
    return policy.w_bits ? policy.w_bits : layer.w_bits;
}

unsigned input_bits(const Layer& layer, const assay_layer_policy& policy) {
    return policy.a_bits ? policy.a_bits : layer.a_bits;
}

Observations::Observations(Net& net, const Inputs& inputs)
    : model_(net.shared_model()), seen_(net.size() + 1) {
    const std::vector<bool> read = read_by_matrices(*model_);
    auto left = static_cast<int64_t>(inputs.count());
    for (const Tensor& batch : inputs.batches) {
        const int64_t images = std::min(left, batch.size(0));
        Hooks hooks;
        hooks.output = [&](size_t layer, const Tensor& y) {
            if (read[layer + 1]) {
                add(y, images, seen_[layer + 1]);
            }
        };
        add(batch, images, seen_[0]);
        net.forward(batch, hooks);
        left -= images;
    }
}

float Observations::clip(int source, bool is_signed, unsigned bits, Clip method) {
    const auto key = std::make_tuple(source, is_signed, bits, method);
    const auto found = clips_.find(key);
    if (found != clips_.end()) {
        return found->second;
    }
    const Histogram& seen = seen_[static_cast<size_t>(source + 1)];
    return clips_[key] = activation_clip(seen, method, is_signed, bits);
}

bool Observations::quantiser(size_t layer, int operand, const assay_layer_policy& policy,
                             const QuantSettings& settings, Quantiser& out, assay_report* report) {
    const Layer& l = model_->layer(layer);
    const bool as_weights = operand == 1;
    const unsigned bits = as_weights ? weight_bits(l, policy) : input_bits(l, policy);
    if (bits == 0) {
        return true;
    }
    const int source = l.inputs[static_cast<size_t>(operand)];
    const Histogram& seen = seen_[static_cast<size_t>(source + 1)];
    if (settings.asymmetric) {
        out = asymmetric_quantiser(seen.min(), seen.max(), bits);
        return true;
    }
    const bool is_signed = as_weights ? l.w_signed : l.a_signed;
    if (!is_signed && seen.min() < 0) {
        assay_report_add(report,
                         "layer %s reads values down to %g, but its %s are declared not to be "
                         "signed; \"%s\": true quantises them symmetrically",
                         assay_quote(l.name.c_str()).text, static_cast<double>(seen.min()),
                         as_weights ? "second operands" : "activations",
                         as_weights ? "w_signed" : "a_signed");
        return false;
    }
    const float clip_value = clip(source, is_signed, bits, settings.activation_clip);
    out = is_signed ? symmetric_quantiser(clip_value, bits) : half_wave_quantiser(clip_value, bits);
    return true;
}

assay_status Observations::quantisers(const assay_policy& policy, const QuantSettings& settings,
                                      InputQuantisers& out, assay_report* report) {
    out.assign(model_->size(), {});
    bool good = true;
    for (size_t i = 0; i < model_->size(); ++i) {
        const Layer& l = model_->layer(i);
        const size_t operands = is_matrix(l.op) ? l.inputs.size() : 0;
        for (size_t k = 0; k < operands; ++k) {
            good &=
                quantiser(i, static_cast<int>(k), policy.layers[i], settings, out[i][k], report);
        }
    }
    return good ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace assay
