// Magnitude pruning: which weights of a layer stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

using Mask = std::vector<uint8_t>; // per weight: 1 stays, 0 is pruned

// The round(density * n) greatest magnitudes stay, of equal ones those that come first.
// 0 <= density <= 1.
Mask magnitude_mask(const std::vector<float>& weights, double density);
// |w| < quality * (standard deviation of the layer's weights) goes (Han et al., NIPS 2015).
Mask threshold_mask(const std::vector<float>& weights, double quality);

// Pruned weights become +0.
void apply_mask(const Mask& mask, std::vector<float>& weights);
uint64_t count_kept(const Mask& mask);

// Density after step `step` (1 .. steps) of a pruning in steps, from 1 down to `density`: by a
// cube, most of it early, when there is most to spare (Zhu and Gupta, 2017).
double gradual_density(double density, unsigned step, unsigned steps);

} // namespace assay
