#include "onnx_weights.hpp"

#include "content_hash.hpp"
#include "kmeans.hpp"
#include "onnx_node.hpp"
#include "sparse.hpp"

namespace assay {
namespace {

constexpr unsigned codebook_bits = 4; // the default of own JSON files

// Row-major, scaled.
std::vector<float> dense_rows(const OnnxMatrix& m) {
    std::vector<float> stored = tensor_floats(*m.tensor), out(stored.size());
    for (size_t row = 0; row < m.rows; ++row) {
        float scale = m.scale.empty() ? 1.0f : m.scale[row];
        for (size_t i = 0; i < m.row_size; ++i) {
            out[row * m.row_size + i] =
                scale * stored[m.by_columns ? i * m.rows + row : row * m.row_size + i];
        }
    }
    return out;
}

std::shared_ptr<const SparseCodes> generate(const void* spec) {
    const auto& m = *static_cast<const OnnxMatrix*>(spec);
    std::vector<float> values = dense_rows(m);
    std::vector<uint8_t> codes;
    std::vector<float> codebook =
        share_weights(values.data(), values.size(), codebook_bits, &codes);
    std::vector<SparseEntry> entries;
    uint32_t group_rows = m.rows / m.groups;
    for (size_t i = 0; i < codes.size(); ++i) {
        if (codes[i] != 0) {
            auto row = static_cast<uint32_t>(i / m.row_size);
            auto col = static_cast<uint32_t>(i % m.row_size);
            entries.push_back({row, row / group_rows * m.row_size + col, codes[i]});
        }
    }
    return std::make_shared<const SparseCodes>(
        sparse_from_entries(m.rows, m.row_size * m.groups, entries, std::move(codebook)));
}

std::string matrix_hash(const OnnxMatrix& m) {
    ContentHash hash;
    hash.uint("rows", m.rows);
    hash.uint("row_size", m.row_size);
    hash.uint("groups", m.groups);
    hash.uint("by_columns", m.by_columns);
    hash.uint("codebook_bits", codebook_bits);
    hash.values("scale", m.scale);
    hash.values("values", tensor_floats(*m.tensor));
    return hash.text();
}

} // namespace

Weights onnx_weights(const OnnxMatrix& matrix) {
    Weights out;
    out.hash = matrix_hash(matrix);
    out.label = matrix.model->name() + ": " + (matrix.tensor->name ? matrix.tensor->name : "");
    out.generate = generate;
    out.spec = std::make_shared<const OnnxMatrix>(matrix);
    return out;
}

Weights scaled_weights(const Weights& weights, const std::vector<float>& factors) {
    if (weights.generate != generate) {
        return weights;
    }
    OnnxMatrix matrix = *static_cast<const OnnxMatrix*>(weights.spec.get());
    matrix.scale.resize(matrix.rows, 1.0f);
    for (size_t row = 0; row < matrix.rows; ++row) {
        matrix.scale[row] *= factors[row];
    }
    Weights out = onnx_weights(matrix);
    out.bias = weights.bias;
    return out;
}

} // namespace assay
