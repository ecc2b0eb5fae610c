// Sparse, weight-shared and of any precision: EIE's PE with a Bit Fusion fusion unit for its
// multiplier. What differs from EIE (sim/accel/eie) is here; the cycle contract is
// docs/contracts/sparse_fusion.md, whose sections comments refer to.
#pragma once

#include <array>
#include <vector>

#include "eie_layer.hpp"

namespace assay::sparse_fusion {

// clang-format off: one row per option or counter
// name, default, low, high, unit, help. Kept in EIE's options, whose models run the machine.
#define ASSAY_SPARSE_FUSION_OPTIONS(UINT, REAL)                                                    \
    UINT(pe_count, 64, 1, 1024, "PEs",                                                             \
         "processing elements; row i of the matrix lives in PE i mod pe_count (EIE: 64)")          \
    UINT(lanes, 8, 1, 16, "products",                                                              \
         "entries that a PE can issue together, a power of two (ours: 8, a word of entries)")      \
    UINT(queue_depth, 7, 1, 1024, "entries",                                                       \
         "usable entries of a PE's activation queue (EIE: a ring of 8 holds 7)")                   \
    UINT(index_bits, 4, 1, 8, "bits",                                                              \
         "relative row index of an entry; longer gaps take padding entries (EIE: 4)")              \
    UINT(codebook_bits, 4, 1, 8, "bits",                                                           \
         "codebook index of an entry; index 0 is reserved for padding (EIE: 4)")                   \
    UINT(weight_bits, 8, 1, 16, "bits",                                                            \
         "integer width of codebook values where neither policy nor workload says (ours: 8)")      \
    UINT(act_bits, 8, 1, 16, "bits",                                                               \
         "integer width of activations where neither policy nor workload says (ours: 8)")          \
    UINT(spmat_width_bits, 64, 8, 4096, "bits",                                                    \
         "width of the sparse-matrix SRAM; a word holds whole entries (EIE: 64)")                  \
    UINT(spmat_bytes, 131072, 64, 1 << 28, "bytes", "sparse-matrix SRAM per PE (EIE: 128 KB)")     \
    UINT(ptr_bits, 16, 4, 32, "bits",                                                              \
         "width of a column pointer, relative to its batch (EIE: 16)")                             \
    UINT(ptr_bytes, 32768, 8, 1 << 28, "bytes",                                                    \
         "pointer SRAM per PE, both banks together (EIE: 32 KB)")                                  \
    UINT(act_registers, 64, 1, 32768, "registers",                                                 \
         "sums of 32 bits in each of the two register files of a PE (EIE: 64 of 16 bits)")         \
    UINT(act_sram_bytes, 2048, 4, 1 << 28, "bytes", "activation SRAM per PE (EIE: 2 KB)")          \
    UINT(act_sram_width_bits, 64, 16, 4096, "bits", "width of the activation SRAM (ours: 64)")     \
    UINT(lnzd_group, 4, 2, 64, "inputs", "inputs of a leading non-zero detection node (EIE: 4)")   \
    UINT(broadcast_latency_cycles, 0, 0, 64, "cycles",                                             \
         "extra pipeline stages from the control unit to the queues (ours: 0)")                    \
    UINT(layer_switch_cycles, 0, 0, 1000000, "cycles",                                             \
         "control unit set-up before a layer (ours: 0, hidden behind the previous drain)")         \
    REAL(clock_mhz, 500, 1, 10000, "MHz", "clock (Bit Fusion: 500)")                               \
    UINT(technology_nm, 45, 7, 180, "nm",                                                          \
         "process node; energy and area tables are for 45 and are scaled (both parents: 45)")      \
    UINT(dram_bits_per_cycle, 0, 0, 65536, "bits/cycle",                                           \
         "bandwidth of the DRAM channel, also used in I/O mode; 0: no channel")                    \
    UINT(dram_latency_cycles, 100, 1, 1000000, "cycles", "latency of a DRAM transfer (ours: 100)") \
    ASSAY_DRAM_ROW_OPTIONS(UINT)                                                                   \
    REAL(dram_pj_per_bit, 20, 0, 1000, "pJ/bit", "DRAM energy (EIE Table I: 640 pJ per 32 bit)")

// Per PE, per layer: fields of eie::PeCounters. issue_cycles and EIE's stalls, less the padding
// that is in both, add up to the cycles.
#define ASSAY_SPARSE_FUSION_PE_COUNTERS(X)                                                         \
    X(issue_cycles, "cycles", "the issue slot held entries: groups x passes")                      \
    X(groups, "groups", "groups of up to the layer's lanes of entries, issued together")           \
    X(entries, "entries", "entries issued to the fusion unit, padding included")                   \
    X(padding_entries, "entries", "padding zeros among them: a lane each, no accumulation")        \
    X(ptr_reads, "reads", "pointer pair reads (both banks at once), one per broadcast")            \
    X(spmat_reads, "reads", "sparse-matrix SRAM words read")                                       \
    X(act_src_reads, "reads", "source registers read by leading non-zero detection")               \
    X(act_dst_reads, "reads",                                                                      \
      "destination registers read to accumulate (bypassed ones too) or to be written back")        \
    X(act_dst_writes, "writes", "destination registers written, presets with a bias included")     \
    X(act_src_writes, "writes", "source registers filled from activation SRAM")                    \
    X(act_sram_reads, "reads", "activation SRAM words read")                                       \
    X(act_sram_writes, "writes", "activation SRAM words written")                                  \
    X(queue_pushes, "pushes", "activations written into the queue")                                \
    X(queue_occupancy_cycles, "entry-cycles", "queue occupancy summed over cycles")                \
    X(bypasses, "events", "sums taken from an adder's output: same row on two adjacent cycles")

// Per layer, whole machine: fields of eie::LayerTotals.
#define ASSAY_SPARSE_FUSION_LAYER_COUNTERS(X)                                                      \
    X(broadcasts, "broadcasts", "non-zero activations broadcast to all PEs")                       \
    X(issue_cycles, "cycles", "issue slots that held entries, over all PEs")                       \
    X(groups, "groups", "groups of entries issued together, over all PEs")                         \
    X(entries, "entries", "entries issued over all PEs, padding included")                         \
    X(padding_entries, "entries", "padding zeros among them")                                      \
    X(entries_max_pe, "entries", "entries issued by the fullest PE")                               \
    X(theoretical_cycles, "cycles",                                                                \
      "entries x passes / (PEs x lanes) rounded up: all lanes always full")                        \
    X(stored_entries, "entries", "entries stored for the layer, padding included")                 \
    X(stored_padding_entries, "entries", "padding zeros among them")                               \
    X(stored_entries_max_pe, "entries", "entries stored in the fullest PE")                        \
    X(spmat_reads, "reads", "sparse-matrix SRAM words read over all PEs")                          \
    X(ptr_reads, "reads", "pointer pair reads over all PEs")                                       \
    X(act_sram_reads, "reads", "activation SRAM words read over all PEs")                          \
    X(act_sram_writes, "writes", "activation SRAM words written over all PEs")                     \
    X(bypasses, "events", "adder-output bypasses over all PEs")                                    \
    X(vectors, "vectors", "input vectors: 1 for fc, output pixels for conv, times the batch")      \
    X(row_blocks, "blocks", "passes over the input because outputs exceed the registers")          \
    X(batches, "batches", "register-sized pieces of the input, per vector and row block")          \
    X(segments, "segments", "pieces of the weights resident one after another; 1: all resident")   \
    X(scan_rows, "rows", "rows of pe_count activations scanned")                                   \
    X(blocked_cycles, "cycles", "broadcasts held by a full queue")                                 \
    X(pe_cycles, "cycles", "cycles * PEs")                                                         \
    X(dram_read_bits, "bits", "read from DRAM in computing mode")                                  \
    X(dram_write_bits, "bits", "written to DRAM in computing mode")                                \
    X(io_bits, "bits", "read from DRAM in I/O mode, before the layer or between its batches")
// clang-format on

extern const assay_option_table option_table;

constexpr unsigned sum_bits = 32;
// Codebook registers and the queue's slots hold the widest operands.
constexpr unsigned widest_operand = 16;

// How one layer's operands are computed (contract section 3).
struct Widths {
    unsigned w_bits = 8, a_bits = 8; // asked for
    bool a_signed = false;
    // A sign and a zero do not fit one bit: signed activations of 1 bit are kept in 2.
    unsigned act_bits() const { return a_signed && a_bits == 1 ? 2 : a_bits; }
    uint32_t lanes(uint64_t most) const;
    uint32_t passes() const;
};

// Largest magnitude of an integer of `bits`: 1 bit holds a sign, or 0 and 1.
int32_t largest_integer(unsigned bits, bool is_signed);

// Codebook values as integers: round(value / largest * largest_integer), negative ones 0 if
// unsigned; at 1 bit their signs. Returns the value of an integer's unit.
double quantise_codebook(const std::vector<float>& codebook, unsigned bits, bool is_signed,
                         std::array<int32_t, 256>& out);

// The tensor in integers of `bits`: shifted right by as little as makes all of them fit, rounding
// half away from zero. frac_bits can become negative.
FixedTensor narrow_tensor(const FixedTensor& tensor, unsigned bits, bool is_signed);

// A sum's way to an output: multiplied by a 32-bit integer and shifted right, rounding half up
// (contract section 5).
struct Requantiser {
    int64_t factor = 0; // 0 .. 2^31
    int shift = 1;      // 1 .. 62
    int32_t low = 0, high = 0;
    int frac_bits = 0; // of the outputs
    int16_t apply(int32_t sum) const;
};
// `scale`: value of a sum's unit; `largest`: the greatest |sum| that becomes an output. At 16 bits
// an unsigned output uses 15, what a tensor of the host holds.
Requantiser make_requantiser(double scale, uint32_t largest, unsigned bits, bool is_signed);

class SparseFusionMachine : public eie::EieMachine {
  public:
    using EieMachine::EieMachine;
    FixedTensor quantise(const std::vector<float>& values, const Layer& consumer) const override;
    std::vector<Amount> area() const override;

  protected:
    eie::LayerSetup set_up(const LayerTask& task) const override;
    void choose_formats(Pass& pass, LayerOutcome& out) const override;
    void store_output(Pass& pass, LayerOutcome& out) const override;
    void report_counters(const Pass* pass, const eie::Counters& counters,
                         LayerOutcome& out) const override;
    std::vector<Amount> energy_of(const eie::Counters& counters) const override;
    size_t io_bits_index() const override;
    unsigned element_bits(const LayerTask& task) const override {
        return task.a_bits > 0 ? task.a_bits : static_cast<unsigned>(options_.act_bits);
    }
};

// Joules by component for one layer, mm2 by structure for the machine (sparse_fusion_cost.cpp).
std::vector<Amount> energy(const eie::Options& options, const eie::Counters& counters);
std::vector<Amount> area(const eie::Options& options);

} // namespace assay::sparse_fusion
