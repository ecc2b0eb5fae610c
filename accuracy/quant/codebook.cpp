#include "codebook.hpp"

#include <algorithm>

#include "contract.h"
#include "kmeans.hpp"

namespace assay {
namespace {

// Sum of `values` and number of weights per code.
struct Totals {
    std::vector<double> sum;
    std::vector<uint64_t> uses;
};

Totals totals(const Codebook& codebook, const float* values) {
    Totals out{std::vector<double>(codebook.values.size(), 0),
               std::vector<uint64_t>(codebook.values.size(), 0)};
    for (size_t i = 0; i < codebook.codes.size(); ++i) {
        out.sum[codebook.codes[i]] += values[i];
        ++out.uses[codebook.codes[i]];
    }
    return out;
}

std::vector<float> without_zeros(const std::vector<float>& weights) {
    std::vector<float> kept;
    std::copy_if(weights.begin(), weights.end(), std::back_inserter(kept),
                 [](float w) { return w != 0; });
    return kept;
}

} // namespace

Codebook share_by_kmeans(const std::vector<float>& weights, unsigned bits, bool keep_zero,
                         unsigned max_iterations) {
    ASSAY_REQUIRE(bits >= 1 && bits <= 8);
    const size_t reserved = keep_zero ? 1 : 0; // code 0
    std::vector<double> centres = cluster_values(keep_zero ? without_zeros(weights) : weights,
                                                 (size_t{1} << bits) - reserved, max_iterations);
    Codebook out;
    out.values.assign(reserved, 0.0f);
    out.values.insert(out.values.end(), centres.begin(), centres.end());
    out.codes.reserve(weights.size());
    for (float w : weights) {
        bool pruned = keep_zero && w == 0;
        out.codes.push_back(
            pruned ? uint16_t{0} : static_cast<uint16_t>(nearest_centroid(centres, w) + reserved));
    }
    return out;
}

std::vector<float> expand(const Codebook& codebook) {
    std::vector<float> out;
    out.reserve(codebook.codes.size());
    for (uint16_t code : codebook.codes) {
        out.push_back(codebook.values[code]);
    }
    return out;
}

std::vector<float> centroid_gradient(const Codebook& codebook, const float* weight_gradient,
                                     bool keep_zero) {
    std::vector<double> sums = totals(codebook, weight_gradient).sum;
    std::vector<float> out(sums.begin(), sums.end());
    if (keep_zero && !out.empty()) {
        out[0] = 0;
    }
    return out;
}

void recentre(Codebook& codebook, const float* weights, bool keep_zero) {
    Totals all = totals(codebook, weights);
    for (size_t k = keep_zero ? 1 : 0; k < codebook.values.size(); ++k) {
        if (all.uses[k] > 0) { // a value that no weight has stays what it is
            codebook.values[k] = static_cast<float>(all.sum[k] / double(all.uses[k]));
        }
    }
}

} // namespace assay
