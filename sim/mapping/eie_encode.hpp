// The machine format of EIE: per PE a column-compressed slice of the rows it owns, entries of
// (codebook index, zeros before it in the PE's own slice), padding entries where a gap is too long.
// Pure functions, no SystemC. Source: EIE §III-B; the split into row blocks is ours (contract §2).
#pragma once

#include <cstdint>
#include <vector>

#include "workload.hpp"

namespace assay::eie {

// Rows [block * registers * pes, ...) of the matrix: what one set of destination registers can
// hold.
struct EncodedBlock {
    uint32_t rows_per_pe = 0; // local rows of the fullest PE in this block
    // Entries before column c in PE k's slice: ptr[c * pes + k], c in [0, cols].
    std::vector<uint32_t> ptr;
    std::vector<uint16_t> padding; // [c * pes + k]; empty if the block has none
    // Entries of all PEs, column by column, inside a column PE by PE: one broadcast touches one
    // run.
    std::vector<uint64_t> column_start; // [cols + 1]
    std::vector<uint8_t> gap, code;
};

struct EncodedMatrix {
    uint32_t rows = 0, cols = 0, pes = 0, index_bits = 0, registers = 0;
    std::vector<EncodedBlock> blocks;
    std::vector<float> codebook;
    uint64_t entries = 0, padding_entries = 0;
    std::vector<uint64_t> pe_entries; // [pes], padding included
    // If the codes were clustered to fit the machine's codebook: its size before, and the rms
    // change of the weights. Kept with the matrix so that a cached one says the same.
    uint32_t clustered_from = 0;
    double clustering_error = 0;
    uint32_t max_pe() const; // the fullest PE
};

// `registers`: destination registers per PE. Limits: index_bits 1..8, pes >= 1.
EncodedMatrix encode(const SparseCodes& matrix, uint32_t pes, uint32_t index_bits,
                     uint32_t registers);

// The inverse: decode(encode(m)) == m for every m whose codes are in 1..255.
SparseCodes decode(const EncodedMatrix& encoded);

} // namespace assay::eie
