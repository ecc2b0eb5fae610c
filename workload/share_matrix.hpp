// Dense weights of a layer as the matrix that sparse machines take.
#pragma once

#include <vector>

#include "workload.hpp"

namespace assay {

// `values`: row by row over the columns of the row's own group (a bias column included), clustered
// to 2^bits - 1 values and 0 (kmeans.hpp).
SparseCodes share_matrix(const std::vector<float>& values, unsigned bits, const Layer& layer);

} // namespace assay
