// EIE (Han et al., ISCA 2016): what both models, the plain reference and the cost tables share.
// The cycle contract is docs/contracts/eie.md; section numbers in comments refer to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "amount.hpp"
#include "assay/sim.h"
#include "dram.hpp"

namespace assay::eie {

// clang-format off: one row per option or counter
// name, default, low, high, unit, help. All but the REAL ones are whole numbers.
#define ASSAY_EIE_OPTIONS(UINT, REAL)                                                              \
    UINT(pe_count, 64, 1, 1024, "PEs",                                                             \
         "processing elements; row i of the matrix lives in PE i mod pe_count (EIE: 64)")          \
    UINT(queue_depth, 7, 1, 1024, "entries",                                                       \
         "usable entries of a PE's activation queue (EIE: a ring of 8 holds 7)")                   \
    UINT(index_bits, 4, 1, 8, "bits",                                                              \
         "relative row index of an entry; longer gaps take padding entries (EIE: 4)")              \
    UINT(codebook_bits, 4, 1, 8, "bits",                                                           \
         "codebook index of an entry; index 0 is reserved for padding (EIE: 4)")                   \
    UINT(weight_bits, 16, 4, 16, "bits", "fixed-point width of a codebook value (EIE: 16)")        \
    UINT(act_bits, 16, 4, 16, "bits",                                                              \
         "fixed-point width of activations and accumulators (EIE: 16)")                            \
    UINT(spmat_width_bits, 64, 8, 4096, "bits",                                                    \
         "width of the sparse-matrix SRAM; a word holds whole entries (EIE: 64)")                  \
    UINT(spmat_bytes, 131072, 64, 1 << 28, "bytes", "sparse-matrix SRAM per PE (EIE: 128 KB)")     \
    UINT(ptr_bits, 16, 4, 32, "bits",                                                              \
         "width of a column pointer, relative to its batch (EIE: 16)")                             \
    UINT(ptr_bytes, 32768, 8, 1 << 28, "bytes",                                                    \
         "pointer SRAM per PE, both banks together (EIE: 32 KB)")                                  \
    UINT(act_registers, 64, 1, 32768, "registers",                                                 \
         "activations in each of the two register files of a PE (EIE: 64)")                        \
    UINT(act_sram_bytes, 2048, 2, 1 << 28, "bytes", "activation SRAM per PE (EIE: 2 KB)")          \
    UINT(act_sram_width_bits, 64, 4, 4096, "bits", "width of the activation SRAM (ours: 64)")      \
    UINT(lnzd_group, 4, 2, 64, "inputs", "inputs of a leading non-zero detection node (EIE: 4)")   \
    UINT(broadcast_latency_cycles, 0, 0, 64, "cycles",                                             \
         "extra pipeline stages from the control unit to the queues (ours: 0)")                    \
    UINT(layer_switch_cycles, 0, 0, 1000000, "cycles",                                             \
         "control unit set-up before a layer (ours: 0, hidden behind the previous drain)")         \
    REAL(clock_mhz, 800, 1, 10000, "MHz", "clock (EIE: 800)")                                      \
    UINT(technology_nm, 45, 7, 180, "nm",                                                          \
         "process node; energy and area tables are for 45 and are scaled (EIE: 45)")               \
    UINT(dram_bits_per_cycle, 0, 0, 65536, "bits/cycle",                                           \
         "bandwidth of the DRAM channel, also used in I/O mode; 0: no channel")                    \
    UINT(dram_latency_cycles, 100, 1, 1000000, "cycles", "latency of a DRAM transfer (ours: 100)") \
    ASSAY_DRAM_ROW_OPTIONS(UINT)                                                                   \
    REAL(dram_pj_per_bit, 20, 0, 1000, "pJ/bit", "DRAM energy (EIE Table I: 640 pJ per 32 bit)")
// clang-format on

struct Options {
#define ASSAY_UINT(name, def, low, high, unit, help) uint64_t name;
#define ASSAY_REAL(name, def, low, high, unit, help) double name;
    ASSAY_EIE_OPTIONS(ASSAY_UINT, ASSAY_REAL)
#undef ASSAY_UINT
#undef ASSAY_REAL
    // No option of EIE, which has one: products that a PE's arithmetic unit takes at once.
    uint64_t lanes;
    uint64_t issue_lanes() const {
        return lanes == 0 ? 1 : lanes;
    }
    uint64_t entry_bits() const {
        return index_bits + codebook_bits;
    }
    uint64_t entries_per_word() const {
        return spmat_width_bits / entry_bits();
    }
    // Entries that as many take up in whole words.
    uint64_t whole_words(uint64_t entries) const {
        return (entries + entries_per_word() - 1) / entries_per_word() * entries_per_word();
    }
    uint64_t spmat_capacity() const {
        return spmat_bytes * 8 / spmat_width_bits * entries_per_word();
    }
    uint64_t ptr_capacity() const {
        return ptr_bytes * 8 / ptr_bits;
    }
    uint64_t acts_per_word() const {
        return act_sram_width_bits / act_bits;
    }
    uint64_t act_sram_capacity() const {
        return act_sram_bytes * 8 / act_sram_width_bits * acts_per_word();
    }
    bool has_dram() const {
        return dram_bits_per_cycle > 0;
    }
};

extern const assay_option_table option_table;
// Rules between options, of every machine that has EIE's; adds a message per broken rule.
void check_options(const Options& options, const char* where, assay_report* report);

// clang-format off
// Per PE, per layer: event counts.
#define ASSAY_EIE_PE_COUNTERS(X)                                                                   \
    X(entries, "entries", "entries issued to the arithmetic unit, padding included")               \
    X(padding_entries, "entries", "padding zeros issued: a slot each, no accumulation")             \
    X(ptr_reads, "reads", "pointer pair reads (both banks at once), one per broadcast")             \
    X(spmat_reads, "reads", "sparse-matrix SRAM words read")                                       \
    X(act_src_reads, "reads", "source activation registers read by leading non-zero detection")     \
    X(act_dst_reads, "reads", "destination registers read to accumulate (bypassed ones too) or to be written back") \
    X(act_dst_writes, "writes", "destination registers written, presets with a bias included")      \
    X(act_src_writes, "writes", "source registers filled from activation SRAM")                     \
    X(act_sram_reads, "reads", "activation SRAM words read")                                       \
    X(act_sram_writes, "writes", "activation SRAM words written")                                  \
    X(queue_pushes, "pushes", "activations written into the queue")                                \
    X(queue_occupancy_cycles, "entry-cycles", "queue occupancy summed over cycles")                 \
    X(bypasses, "events", "sums taken from the adder's output: same row on two adjacent cycles")    \
    X(saturations, "events", "accumulations that clipped to the range of an activation")

// Per PE, per layer, of machines whose slot issues several entries together.
#define ASSAY_EIE_ISSUE_COUNTERS(X)                                                                \
    X(issue_cycles, "cycles", "the issue slot held entries, in groups of up to the layer's lanes")  \
    X(groups, "groups", "groups of entries issued together")

// Per PE, per layer: why its issue slot did no useful work in a cycle. With the useful entries
// (entries - padding_entries) these add up to the layer's cycles.
#define ASSAY_EIE_STALLS(X)                                                                        \
    X(padding, "cycles", "a padding zero in the issue slot")                                       \
    X(empty_column, "cycles", "the activation's column has no entry in this PE: a pointer-read slot") \
    X(scan, "cycles", "queue empty while leading non-zero detection was passing over zeros")         \
    X(back_pressure, "cycles", "queue empty while another PE's full queue held the broadcast")       \
    X(imbalance, "cycles", "finished, waiting for other PEs")                                       \
    X(fill, "cycles", "before the first broadcast can arrive")                                     \
    X(drain, "cycles", "arithmetic pipelines emptying after the last entry anywhere")               \
    X(act_load, "cycles", "source registers (or biases) being filled from activation SRAM")         \
    X(write_back, "cycles", "outputs being written to activation SRAM")                            \
    X(elements, "cycles", "pooling, addition, ...: element by element, no entry of a matrix")      \
    X(dram, "cycles", "waiting for the DRAM channel: activations, weights, outputs on their way")                                              \
    X(layer_switch, "cycles", "control unit set-up")

// Per layer, whole machine.
#define ASSAY_EIE_LAYER_COUNTERS(X)                                                                \
    X(broadcasts, "broadcasts", "non-zero activations broadcast to all PEs")                        \
    X(entries, "entries", "entries issued over all PEs, padding included")                          \
    X(padding_entries, "entries", "padding zeros among them")                                       \
    X(entries_max_pe, "entries", "entries issued by the fullest PE")                                \
    X(theoretical_cycles, "cycles", "entries / PEs rounded up: perfect balance, padding included")   \
    X(stored_entries, "entries", "entries stored for the layer, padding included")                   \
    X(stored_padding_entries, "entries", "padding zeros among them")                                \
    X(stored_entries_max_pe, "entries", "entries stored in the fullest PE")                         \
    X(spmat_reads, "reads", "sparse-matrix SRAM words read over all PEs")                           \
    X(ptr_reads, "reads", "pointer pair reads over all PEs")                                       \
    X(act_sram_reads, "reads", "activation SRAM words read over all PEs")                           \
    X(act_sram_writes, "writes", "activation SRAM words written over all PEs")                      \
    X(bypasses, "events", "adder-output bypasses over all PEs")                                    \
    X(saturations, "events", "clipped accumulations over all PEs")                                 \
    X(vectors, "vectors", "input vectors: 1 for fc, output pixels for conv")                        \
    X(row_blocks, "blocks", "passes over the input because outputs exceed the registers")           \
    X(batches, "batches", "register-sized pieces of the input, per vector and row block")           \
    X(segments, "segments", "pieces of the weights resident one after another; 1: all resident")    \
    X(scan_rows, "rows", "rows of pe_count activations scanned")                                   \
    X(blocked_cycles, "cycles", "broadcasts held by a full queue")                                 \
    X(pe_cycles, "cycles", "cycles * PEs")                                                         \
    X(dram_read_bits, "bits", "read from DRAM in computing mode")                                  \
    X(dram_write_bits, "bits", "written to DRAM in computing mode")                                \
    X(io_bits, "bits", "read from DRAM in I/O mode, before the layer or between its batches")

// clang-format on

#define ASSAY_FIELD(name, unit, help) uint64_t name = 0;
struct PeCounters {
    ASSAY_EIE_PE_COUNTERS(ASSAY_FIELD)
    ASSAY_EIE_ISSUE_COUNTERS(ASSAY_FIELD)
};
struct PeStalls {
    ASSAY_EIE_STALLS(ASSAY_FIELD)
};
struct LayerTotals {
    ASSAY_EIE_LAYER_COUNTERS(ASSAY_FIELD)
    ASSAY_EIE_ISSUE_COUNTERS(ASSAY_FIELD)
};
#undef ASSAY_FIELD

// Everything one layer's simulation measured.
struct Counters {
    uint64_t cycles = 0;    // computing mode
    uint64_t io_cycles = 0; // I/O mode between batches
    LayerTotals total;
    std::vector<PeCounters> pe;
    std::vector<PeStalls> stall;
};

// Joules by component for one layer, mm2 by structure for the machine (sim/cost/eie_cost.cpp).
std::vector<Amount> energy(const Options& options, const Counters& counters);
std::vector<Amount> area(const Options& options);

} // namespace assay::eie
