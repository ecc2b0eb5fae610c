// Dense arrays of multiply-accumulate units (MACs) of one width, in four dataflows: weight, output
// and input stationary (systolic, as TPU v1: Jouppi et al., ISCA 2017) and row stationary (as
// Eyeriss: Chen et al., ISCA 2016, JSSC 2017). Cycle contract: docs/contracts/systolic.md.
#pragma once

#include <cstdint>
#include <vector>

#include "amount.hpp"
#include "assay/sim.h"
#include "design.hpp"
#include "dram.hpp"
#include "nest.hpp"
#include "option_rows.hpp"

namespace assay::systolic {

enum Dataflow {
    dataflow_ws,
    dataflow_os,
    dataflow_is,
    dataflow_rs
};
enum MacWidth {
    mac_8,
    mac_16
};
enum MappingGoal {
    goal_cycles,
    goal_energy
};
enum DepthwiseMapping {
    depthwise_auto,
    depthwise_single,
    depthwise_packed
};

// clang-format off: one row per option
// name, default, low, high, unit, help. "TPU": Jouppi et al.; "Eyeriss": Chen et al.
#define ASSAY_SYSTOLIC_OPTIONS(UINT, REAL, BOOL, CHOICE)                                           \
    UINT(rows, 256, 1, 512, "MACs", "rows of the array (TPU: 256; Eyeriss: 12)")                   \
    UINT(cols, 256, 1, 512, "MACs", "columns of the array (TPU: 256; Eyeriss: 14)")                \
    CHOICE(dataflow, dataflow_ws, dataflow_choices,                                                \
           "what stays in the array: ws weights (TPU), os outputs, is inputs, rs rows of each "    \
           "(Eyeriss)")                                                                            \
    CHOICE(mac_bits, mac_8, mac_choices,                                                           \
           "width of a MAC; narrower operands take as long, wider ones several passes (TPU: 8)")   \
    UINT(wbuf_bytes, 262144, 1, 1 << 28, "bytes",                                                  \
         "weight buffer (TPU: a FIFO of four tiles of 64 KiB)")                                    \
    UINT(ibuf_bytes, 8388608, 1, 1 << 28, "bytes",                                                 \
         "input buffer (TPU: part of its unified buffer of 24 MiB)")                               \
    UINT(obuf_bytes, 4194304, 1, 1 << 28, "bytes", "accumulators of psum_bits (TPU: 4 MiB)")       \
    UINT(filter_spad, 224, 1, 65536, "words",                                                      \
         "rs: filter scratchpad of a PE: how many filters share a fetched row (Eyeriss: 224)")     \
    UINT(psum_spad, 24, 1, 65536, "words", "rs: sums that a PE keeps at a time (Eyeriss: 24)")     \
    UINT(input_spad, 12, 1, 65536, "words",                                                        \
         "rs: input scratchpad of a PE: how many input channels' windows it adds up before a sum " \
         "leaves it (Eyeriss: 12)")                                                                \
    UINT(sum_words_per_cycle, 0, 0, 65536, "words/cycle",                                          \
         "rs: sums that the networks on chip bring and take, 0: no limit (Eyeriss: 4, recalled)")  \
    BOOL(pooled_buffers, 0,                                                                        \
         "inputs and sums share ibuf_bytes + obuf_bytes, divided anew for every layer (Eyeriss: "  \
         "25 banks)")                                                                              \
    UINT(psum_bits, 32, 8, 32, "bits",                                                             \
         "in which partial sums are kept and moved; their values have 32 all the same (Eyeriss: "  \
         "16)")                                                                                    \
    UINT(buffer_halves, 2, 1, 2, "tiles",                                                          \
         "tiles that a buffer holds at a time, each in its share (TPU: double-buffered)")          \
    BOOL(shared_ports, 0,                                                                          \
         "a transfer to or from a buffer stops the array for its beats (ours: no)")                \
    UINT(w_bits, 8, 1, 16, "bits", "weights of layers that say nothing (TPU: 8)")                  \
    UINT(a_bits, 8, 1, 16, "bits", "activations of layers that say nothing (TPU: 8)")              \
    UINT(output_bits, 0, 0, 32, "bits",                                                            \
         "in which a final output is moved, 0: those of the layer's activations "                  \
         "(TPU: its activation unit stores 8)")                                                    \
    CHOICE(depthwise_mapping, depthwise_auto, depthwise_choices,                                   \
           "grouped layers: one group at a time, or as many as fit side by side: on a block "      \
           "diagonal, "                                                                            \
           "in rs in sets of their own (ours: the faster)")                                        \
    CHOICE(mapping_goal, goal_cycles, goal_choices,                                                \
           "what the mapping of a layer has least of: cycles, or energy of moving data (Eyeriss)") \
    UINT(batch, 0, 0, 4096, "images", "computed together; 0: the workload's (ours: 0)")            \
    UINT(vector_lanes, 256, 1, 4096, "elements",                                                   \
         "per cycle on the unit below the columns: pooling, addition, ... (ours: one per column)") \
    UINT(handover_bytes, 0, 0, 1 << 30, "bytes",                                                   \
         "on-chip memory that hands tensors from layer to layer (ours: none)")                     \
    UINT(handover_bits_per_cycle, 4096, 1, 65536, "bits/cycle",                                    \
         "bandwidth of that memory (TPU: 256 bytes in and 256 out, a row of its array each)")      \
    REAL(clock_mhz, 700, 1, 10000, "MHz", "clock (TPU: 700, recalled)")                            \
    UINT(technology_nm, 28, 7, 180, "nm",                                                          \
         "process node; energy and area are for 45 and are scaled (TPU: 28, recalled)")            \
    ASSAY_DRAM_OPTIONS(UINT, 389, 100)                                                             \
    REAL(dram_pj_per_bit, 70, 0, 1000, "pJ/bit", "DRAM energy (Accelergy's CACTI plug-in: DDR3 70)")
// clang-format on

struct Options {
    ASSAY_SYSTOLIC_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL, ASSAY_FIELD_CHOICE)
    unsigned mac_width() const { return mac_bits == mac_8 ? 8 : 16; }
};

extern const assay_option_table option_table;

constexpr uint64_t sum_bits = 32; // of a value

// Bits in which a final output is moved.
inline unsigned output_bits(const Options& options, const Nest& nest) {
    return options.output_bits == 0 ? nest.a_bits : static_cast<unsigned>(options.output_bits);
}

std::vector<Amount> energy(const Options& options, const tiled::LayerCounters& counters,
                           const Nest& nest);
std::vector<Amount> area(const Options& options);
std::unique_ptr<tiled::ClockedArray> make_clocked_array(const Options& options);

} // namespace assay::systolic
