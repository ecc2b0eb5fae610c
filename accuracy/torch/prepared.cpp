#include "prepared.hpp"

#include <set>

#include "codebook.hpp"
#include "mask.hpp"

namespace assay {
namespace {

using torch::Tensor;

constexpr uint64_t most_bytes = uint64_t{256} << 20;

std::vector<float> values_of(const Tensor& tensor) {
    const Tensor plain = tensor.contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

Tensor tensor_like(const Tensor& like, std::vector<float>& values) {
    Tensor out = torch::empty_like(like);
    out.copy_(torch::from_blob(values.data(), like.sizes(), torch::kFloat32));
    return out;
}

Mask mask_of(const std::vector<float>& weights, const WeightTreatment& treatment) {
    Mask mask = magnitude_mask(weights, treatment.density);
    for (size_t i = 0; treatment.keep_zeros && i < mask.size(); ++i) {
        mask[i] = mask[i] && weights[i] != 0;
    }
    return mask;
}

bool is_shared_already(const std::vector<float>& weights, unsigned bits) {
    std::set<float> values;
    for (float w : weights) {
        if (values.insert(w).second && values.size() > size_t{1} << bits) {
            return false;
        }
    }
    return true;
}

} // namespace

WeightTreatment weight_treatment(const Layer& layer, const assay_layer_policy& policy) {
    WeightTreatment t;
    t.bits = policy.w_bits ? policy.w_bits : layer.w_bits;
    t.density = policy.w_density > 0 ? policy.w_density : 1;
    t.codebook_bits = policy.codebook_bits;
    t.keep_zeros = policy.keep_channels > 0;
    return t;
}

QuantisedWeights quantised_weights(std::vector<float> weights, size_t outputs,
                                   const WeightTreatment& treatment,
                                   const QuantSettings& settings) {
    const bool pruned = treatment.prunes();
    const Mask mask = pruned ? mask_of(weights, treatment) : Mask{};
    if (pruned) {
        apply_mask(mask, weights);
    }
    QuantisedWeights out = quantise_weights(weights, outputs, treatment.bits, settings.weight_clip,
                                            settings.per_channel, settings.asymmetric);
    if (pruned) {
        apply_mask(mask, out.real);
    }
    return out;
}

std::vector<float> treated_weights(std::vector<float> weights, size_t outputs,
                                   const WeightTreatment& treatment,
                                   const QuantSettings& settings) {
    if (treatment.codebook_bits == 0 && treatment.bits > 0) {
        return quantised_weights(std::move(weights), outputs, treatment, settings).real;
    }
    const bool pruned = treatment.prunes();
    if (pruned) {
        apply_mask(mask_of(weights, treatment), weights);
    }
    if (treatment.codebook_bits == 0 || is_shared_already(weights, treatment.codebook_bits)) {
        return weights;
    }
    return expand(share_by_kmeans(weights, treatment.codebook_bits, pruned));
}

assay_hash hash_of(const Tensor& tensor) {
    if (!tensor.defined()) {
        return {0, 0};
    }
    const Tensor plain = tensor.contiguous();
    return assay_hash_bytes(plain.data_ptr(), plain.nbytes());
}

Tensor PreparedWeights::get(size_t layer, const Tensor& weight, assay_hash hash,
                            const WeightTreatment& t) {
    if (!t.any()) {
        return weight;
    }
    const Key key{layer, hash.low, hash.high, t.bits, t.density, t.codebook_bits, t.keep_zeros};
    const auto found = kept_.find(key);
    if (found != kept_.end()) {
        return found->second;
    }
    if (bytes_ > most_bytes) { // rare; which ones go must not depend on anything but the order
        kept_.clear();
        bytes_ = 0;
    }
    std::vector<float> values =
        treated_weights(values_of(weight), static_cast<size_t>(weight.size(0)), t, settings_);
    bytes_ += weight.nbytes();
    return kept_[key] = tensor_like(weight, values);
}

} // namespace assay
