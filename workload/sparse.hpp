// Building and naming SparseCodes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

struct SparseEntry {
    uint32_t row, col;
    uint8_t code;
};

// `entries` in row-major order (rows ascending), all inside rows x cols, no code 0.
SparseCodes sparse_from_entries(uint32_t rows, uint32_t cols,
                                const std::vector<SparseEntry>& entries,
                                std::vector<float> codebook);

// Identity of the content: 32 hex digits over sizes, structure, codes and codebook.
std::string sparse_hash(const SparseCodes& matrix);

// The matrix of an fc, conv or matmul layer; runs the generator if there is one, and draws a dense
// matrix if only the shape is known. Throws std::bad_alloc.
std::shared_ptr<const SparseCodes> resolve(const Weights& weights);

// Weights that hold a matrix read from a file.
Weights stored_weights(SparseCodes matrix, const std::string& label);

} // namespace assay
