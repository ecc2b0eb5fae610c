#include "sparse.hpp"

#include "content_hash.hpp"
#include "statistical.hpp"

namespace assay {

SparseCodes sparse_from_entries(uint32_t rows, uint32_t cols,
                                const std::vector<SparseEntry>& entries,
                                std::vector<float> codebook) {
    SparseCodes out;
    out.rows = rows;
    out.cols = cols;
    out.codebook = std::move(codebook);
    out.col_start.assign(size_t{cols} + 1, 0);
    for (const SparseEntry& e : entries) {
        ++out.col_start[size_t{e.col} + 1];
    }
    for (size_t j = 0; j < cols; ++j) {
        out.col_start[j + 1] += out.col_start[j];
    }
    // A counting sort is stable, so the ascending rows of the input stay ascending in each column.
    std::vector<uint32_t> next(out.col_start.begin(), out.col_start.end() - 1);
    out.row.resize(entries.size());
    out.code.resize(entries.size());
    for (const SparseEntry& e : entries) {
        uint32_t at = next[e.col]++;
        out.row[at] = e.row;
        out.code[at] = e.code;
    }
    return out;
}

std::string sparse_hash(const SparseCodes& m) {
    ContentHash hash;
    hash.uint("rows", m.rows);
    hash.uint("cols", m.cols);
    hash.values("col_start", m.col_start);
    hash.values("row", m.row);
    hash.values("code", m.code);
    hash.values("codebook", m.codebook);
    return hash.text();
}

std::shared_ptr<const SparseCodes> resolve(const Weights& weights) {
    if (weights.drawn()) {
        return std::make_shared<const SparseCodes>(
            draw_matrix(*static_cast<const StatisticalMatrix*>(weights.spec.get())));
    }
    return weights.codes ? weights.codes : weights.generate(weights.spec.get());
}

Weights stored_weights(SparseCodes matrix, const std::string& label) {
    Weights weights;
    weights.hash = sparse_hash(matrix);
    weights.label = label;
    weights.codes = std::make_shared<const SparseCodes>(std::move(matrix));
    return weights;
}

} // namespace assay
