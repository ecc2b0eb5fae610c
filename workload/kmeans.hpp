// Weight sharing (Han et al., Deep Compression, ICLR 2016, section 3): one-dimensional k-means over
// the kept weights, started from centroids spread evenly between their minimum and maximum, which
// that paper found better than random or density-based starts because large weights, few but
// important, keep centroids of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "workload.hpp"

namespace assay {

// At most `count` ascending centroids of finite values, zeros among them; no more distinct values
// than that are the centroids themselves. Ends when no value changes its cluster, or before.
std::vector<double> cluster_values(std::vector<float> values, size_t count,
                                   unsigned max_iterations);
// Index of the nearest of the ascending centroids (at least one); the lower one on a tie.
size_t nearest_centroid(const std::vector<double>& centroids, double value);

// Clusters the non-zero values into at most 2^bits - 1 centroids; zeros are pruned weights and get
// code 0. Returns the codebook ([0] = 0, then ascending centroids) and fills codes[n]. With no more
// distinct values than centroids the values themselves are the centroids. Deterministic; values
// must be finite, bits in 1..8.
std::vector<float> share_weights(const float* values, size_t n, unsigned bits,
                                 std::vector<uint8_t>* codes);

// The matrix with its codebook clustered again to 2^bits - 1 centroids, each old centroid weighing
// as many entries as use it. *relative_rms_error (may be NULL) = rms(change) / rms(value) over the
// entries; 0 when the codebook already fits.
SparseCodes recluster(const SparseCodes& matrix, unsigned bits, double* relative_rms_error);

} // namespace assay
