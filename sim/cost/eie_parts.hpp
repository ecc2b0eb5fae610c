// What an EIE machine is built of, in bits and nodes: shared by its energy, its area and their
// tests.
#pragma once

#include <cstdint>

#include "eie.hpp"

namespace assay::eie {

// Registers of one PE, in bits, by module.
struct RegisterBits {
    uint64_t spmat_read; // the sparse-matrix word being consumed
    uint64_t ptr_read;   // the pointer pair
    uint64_t act_queue;  // one slot more than it may hold: a full ring keeps one free
    uint64_t arithmetic; // codebook and pipeline stages
    uint64_t act_rw;     // source and destination activations
    uint64_t total() const { return spmat_read + ptr_read + act_queue + arithmetic + act_rw; }
};
RegisterBits register_bits(const Options& options);

// Width of a destination register's number, and of an activation's number within a batch; at least
// 1.
uint64_t row_bits(const Options& options);
uint64_t column_bits(const Options& options);
// What a queue slot holds: the activation and its column.
uint64_t queue_slot_bits(const Options& options);
// Bits clocked into the pipeline registers by one entry: after the codebook and address stage
// (weight, activation, row), after the multiply and read stage (product, old sum, row), after the
// add (sum, row).
uint64_t pipeline_bits(const Options& options);
// Nodes of the leading non-zero detection tree over the PEs: 21 for 64 PEs in groups of 4. A single
// PE needs none.
uint64_t lnzd_nodes(const Options& options);

} // namespace assay::eie
