// Shared weights: k-means codebooks (Deep Compression, HAQ's k-means quantiser).
#pragma once

#include <cstdint>
#include <vector>

namespace assay {

struct Codebook {
    std::vector<float> values;   // [<= 2^bits]; with `keep_zero`, [0] is 0 and codes 0 are pruned
    std::vector<uint16_t> codes; // one per weight
};

// One-dimensional k-means, deterministic: centres start linearly between least and greatest value
// (Deep Compression §3.2), Lloyd's iterations on the sorted values until nothing moves. bits 1..8.
// `keep_zero`: zeros are pruned weights, they stay code 0 and the others share 2^bits - 1 values.
Codebook share_by_kmeans(const std::vector<float>& weights, unsigned bits, bool keep_zero,
                         unsigned max_iterations = 300);
// values[codes[i]]
std::vector<float> expand(const Codebook& codebook);
// Gradient of each centre: the sum of its weights' gradients; pruned weights have none.
std::vector<float> centroid_gradient(const Codebook& codebook, const float* weight_gradient,
                                     bool keep_zero);
// Each centre becomes the mean of its weights (HAQ's update after a step); code 0 stays 0 with
// `keep_zero`.
void recentre(Codebook& codebook, const float* weights, bool keep_zero);

} // namespace assay
