#include "policy_size.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "channel_counts.hpp"
#include "init.hpp"
#include "mask.hpp"
#include "relative_index.hpp"

namespace assay {
namespace {

constexpr uint64_t real_bits = 32;
constexpr unsigned gap_bits = 4;

uint64_t pruned_entries(std::vector<float> weights, double density) {
    apply_mask(magnitude_mask(weights, density), weights);
    return count_entries(weights, gap_bits);
}

unsigned stored_width(const Layer& layer, const assay_layer_policy& p) {
    const unsigned own = p.w_bits != 0 ? p.w_bits : layer.w_bits;
    return p.codebook_bits != 0 ? p.codebook_bits : own != 0 ? own : real_bits;
}

uint64_t weight_bits(const Layer& layer, const std::vector<float>* values,
                     const assay_layer_policy& p, uint64_t remaining) {
    const uint64_t all = layer.params(), width = stored_width(layer, p);
    const uint64_t table = p.codebook_bits != 0 ? real_bits << p.codebook_bits : 0;
    if (p.w_density <= 0 || p.w_density >= 1) {
        return remaining * width + table;
    }
    const auto dense = static_cast<uint64_t>(std::llround(p.w_density * static_cast<double>(all)));
    const uint64_t stored = values != nullptr && remaining == all
                                ? pruned_entries(*values, p.w_density)
                                : std::min(dense, remaining);
    return stored * (width + gap_bits) + table;
}

uint64_t other_bits(const Layer& layer, const Parameters* p, uint64_t outputs) {
    const bool matrix = is_matrix(layer.op);
    if (p == nullptr) {
        return matrix ? real_bits * outputs : 0;
    }
    const size_t shifts = p->norm.present() ? p->norm.mean.size() : p->bias.size();
    if (matrix) {
        return shifts > 0 ? real_bits * outputs : 0;
    }
    return real_bits * (shifts + p->weight.size());
}

// Nothing is pruned without a policy.
std::vector<Remaining> remaining_of(const assay_workload& workload, const assay_policy* policy) {
    assay_policy none;
    none.layers.resize(workload.layers.size());
    return remaining(workload, policy != nullptr ? *policy : none, find_channel_spaces(workload));
}

} // namespace

uint64_t storage_bits(const assay_workload& workload, const std::vector<Parameters>& parameters,
                      const assay_policy* policy) {
    uint64_t bits = 0;
    std::set<std::string> counted;
    const std::vector<Remaining> left = remaining_of(workload, policy);
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        const Layer& layer = workload.layers[i];
        const Parameters* p = parameters.empty() ? nullptr : &parameters[i];
        if (!counted.insert(weights_name(layer)).second) {
            continue;
        }
        if (layer.op == Op::fc || layer.op == Op::conv) {
            bits += policy != nullptr ? weight_bits(layer, p != nullptr ? &p->weight : nullptr,
                                                    policy->layers[i], left[i].weights)
                                      : layer.params() * real_bits;
        }
        bits += other_bits(layer, p, left[i].outputs);
    }
    return bits;
}

} // namespace assay
