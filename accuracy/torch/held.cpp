#include "held.hpp"

#include <algorithm>

#include "codebook.hpp"
#include "mask.hpp"

namespace assay {
namespace {

using torch::Tensor;

std::vector<float> row_major(const Tensor& weight) {
    const Tensor plain = weight.detach().contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

// Input channels [out][in / groups][kernel] all of whose weights are 0 stay so.
std::vector<uint8_t> present_channels(const Layer& layer, const std::vector<float>& weights) {
    const size_t channels = layer.in.c / layer.groups;
    const size_t kernel = weights.size() / (size_t{layer.out.c} * channels);
    std::vector<uint8_t> present(channels, 0);
    for (size_t i = 0; i < weights.size(); ++i) {
        present[i / kernel % channels] |= weights[i] != 0;
    }
    std::vector<uint8_t> mask(weights.size());
    for (size_t i = 0; i < weights.size(); ++i) {
        mask[i] = present[i / kernel % channels];
    }
    return mask;
}

std::vector<uint8_t> mask_of_policy(const Layer& layer, const assay_layer_policy& policy,
                                    const std::vector<float>& weights) {
    std::vector<uint8_t> mask;
    if (policy.w_density > 0 && policy.w_density < 1) {
        mask = magnitude_mask(weights, policy.w_density);
    }
    if (policy.keep_channels == 0) {
        return mask;
    }
    const std::vector<uint8_t> present = present_channels(layer, weights);
    for (size_t i = 0; i < mask.size(); ++i) {
        mask[i] = mask[i] && present[i];
    }
    return mask.empty() ? present : mask;
}

// Different values in use, ascending; without 0 if that is the pruned weights'.
std::vector<float> used_values(std::vector<float> weights, bool keep_zero) {
    if (keep_zero) {
        weights.erase(std::remove(weights.begin(), weights.end(), 0.0f), weights.end());
    }
    std::sort(weights.begin(), weights.end());
    weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
    return weights;
}

// The values in use as a codebook, if there are few enough of them: empty if not.
std::vector<uint16_t> codes_as_they_are(const std::vector<float>& weights, size_t values,
                                        bool keep_zero) {
    const std::vector<float> used = used_values(weights, keep_zero);
    if (used.size() + keep_zero > values) {
        return {};
    }
    std::vector<uint16_t> codes;
    for (float weight : weights) {
        const auto at = std::lower_bound(used.begin(), used.end(), weight) - used.begin();
        codes.push_back(keep_zero && weight == 0 ? 0 : static_cast<uint16_t>(at + keep_zero));
    }
    return codes;
}

std::vector<uint16_t> codes_of_policy(unsigned bits, const std::vector<float>& weights,
                                      bool keep_zero) {
    std::vector<uint16_t> codes = codes_as_they_are(weights, size_t{1} << bits, keep_zero);
    return codes.empty() ? share_by_kmeans(weights, bits, keep_zero).codes : codes;
}

Tensor gone_tensor(const std::vector<uint8_t>& mask, const Tensor& weight) {
    Tensor gone = torch::empty_like(weight, torch::kBool);
    gone.copy_(
        torch::from_blob(const_cast<uint8_t*>(mask.data()), weight.sizes(), torch::kUInt8).eq(0));
    return gone;
}

template <typename Element>
std::vector<Element> given(const std::vector<std::vector<Element>>* all, size_t layer) {
    return all && layer < all->size() ? (*all)[layer] : std::vector<Element>();
}

// Code 0 is the pruned weights' if all of its weights are 0.
bool first_value_is_zero(const std::vector<uint16_t>& codes, const std::vector<float>& weights) {
    bool is_zero = true;
    for (size_t i = 0; i < codes.size(); ++i) {
        is_zero = is_zero && (codes[i] != 0 || weights[i] == 0);
    }
    return is_zero;
}

void set_codes(Held& held, const std::vector<uint16_t>& codes, const std::vector<float>& weights) {
    const size_t values = size_t{*std::max_element(codes.begin(), codes.end())} + 1;
    std::vector<int64_t> first(values, 0);
    for (size_t i = codes.size(); i-- > 0;) {
        first[codes[i]] = static_cast<int64_t>(i);
    }
    held.codes = torch::tensor(std::vector<int64_t>(codes.begin(), codes.end()));
    held.first = torch::tensor(first);
    held.trained = torch::ones({static_cast<int64_t>(values)});
    held.members = torch::bincount(held.codes).to(torch::kFloat32).clamp_min(1);
    if (first_value_is_zero(codes, weights)) {
        held.trained[0] = 0;
    }
}

Held find_held_of(const Layer& layer, const Tensor& weight, const assay_layer_policy& policy,
                  std::vector<uint8_t> mask, std::vector<uint16_t> codes) {
    Held held;
    std::vector<float> weights = row_major(weight);
    if (mask.empty() && codes.empty()) {
        mask = mask_of_policy(layer, policy, weights);
    }
    for (size_t i = 0; i < mask.size(); ++i) {
        weights[i] = mask[i] ? weights[i] : 0;
    }
    if (codes.empty() && policy.codebook_bits > 0) {
        codes = codes_of_policy(policy.codebook_bits, weights, !mask.empty());
    }
    if (!mask.empty()) {
        held.gone = gone_tensor(mask, weight);
    }
    if (!codes.empty()) {
        set_codes(held, codes, weights);
    }
    return held;
}

// Row-major, so that codes and values go together whatever the layout in memory.
Tensor flat(const Tensor& values) {
    return values.reshape({-1});
}

void spread(const Held& held, const Tensor& centres, Tensor& values) {
    values.copy_(centres.index_select(0, held.codes).view(values.sizes()));
}

Tensor sums(const Held& held, const Tensor& values) {
    return torch::zeros_like(held.trained).index_add_(0, held.codes, flat(values));
}

void prune(const Held& held, Tensor& values) {
    if (held.gone.defined()) {
        values.masked_fill_(held.gone, 0);
    }
}

} // namespace

std::vector<Held> find_held(const Net& net, const Constraints& constraints) {
    std::vector<Held> all(net.size());
    for (size_t i = 0; i < net.size(); ++i) {
        const Tensor& weight = net.tensors()[i].weight;
        if (is_matrix(net.model().layer(i).op) && weight.defined()) {
            all[i] = find_held_of(net.model().layer(i), weight,
                                  constraints.policy ? constraints.policy->layers[i]
                                                     : assay_layer_policy{},
                                  given(constraints.masks, i), given(constraints.codes, i));
        }
    }
    return all;
}

Tensor held_gradient(const Held& held, const Tensor& gradient) {
    Tensor out = gradient.clone();
    prune(held, out);
    if (held.codes.defined()) {
        spread(held, sums(held, out) / held.members * held.trained, out);
        prune(held, out);
    }
    return out;
}

void hold(const Held& held, Tensor& values) {
    if (held.codes.defined()) {
        spread(held, flat(values).index_select(0, held.first) * held.trained, values);
    }
    prune(held, values);
}

void share(const Held& held, Tensor& weights) {
    prune(held, weights);
    Tensor shared = weights.clone();
    hold(held, shared);
    if (held.codes.defined() && !shared.equal(weights)) {
        spread(held, sums(held, weights) / held.members * held.trained, weights);
        prune(held, weights);
    }
}

} // namespace assay
