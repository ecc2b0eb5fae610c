#include "share_matrix.hpp"

#include <utility>

#include "graph.hpp"
#include "kmeans.hpp"
#include "sparse.hpp"

namespace assay {

SparseCodes share_matrix(const std::vector<float>& values, unsigned bits, const Layer& layer) {
    std::vector<uint8_t> codes;
    std::vector<float> codebook = share_weights(values.data(), values.size(), bits, &codes);
    const uint32_t bias_column =
        layer.weights.bias_column ? 1 : 0; // fc only: no groups to shift it
    const uint32_t width = matrix_cols(layer) / layer.groups + bias_column;
    const uint32_t group_rows = matrix_rows(layer) / layer.groups;
    std::vector<SparseEntry> entries;
    for (size_t i = 0; i < codes.size(); ++i) {
        if (codes[i] != 0) {
            const auto row = static_cast<uint32_t>(i / width),
                       col = static_cast<uint32_t>(i % width);
            entries.push_back({row, row / group_rows * width + col, codes[i]});
        }
    }
    return sparse_from_entries(matrix_rows(layer), matrix_cols(layer) + bias_column, entries,
                               std::move(codebook));
}

} // namespace assay
