// How clips are found; calibration.cpp decides which way is taken.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "quantiser.hpp"

namespace assay {

// HAQ's threshold on a histogram of magnitudes: the cumulative distribution is cut at each bin in
// turn, brought to 2^(bits - 1) points and back by linear interpolation, and compared with itself;
// the cut that changes it least is the clip. 0 if there are too few bins to choose from, or if
// every cut is infinitely bad.
double kl_threshold(const std::vector<uint64_t>& bins, double bin_width, unsigned bits);

// The clip in (0, max] with the least error(clip): a geometric grid from `max` down, then golden
// section between the neighbours of its best point. `max` itself is tried, so the result is never
// worse than it.
float least_error_clip(float max, const std::function<double(float clip)>& error);

// Sum of squared differences between values and their quantised form (quantise_passes.cpp).
double squared_error(const Quantiser& quantiser, const float* values, size_t count);

} // namespace assay
