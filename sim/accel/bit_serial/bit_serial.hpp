// A bit-serial matrix multiplier (BISMO; Umuroglu et al., FPL 2018): an array of dot-product units,
// each of which takes a word of one weight plane and a word of one activation plane in a cycle and
// counts the bits that both have. HAQ's (Wang et al., CVPR 2019) temporal machines are of this
// kind. Cycle contract: docs/contracts/bit_serial.md.
#pragma once

#include <cstdint>
#include <vector>

#include "amount.hpp"
#include "assay/sim.h"
#include "design.hpp"
#include "dram.hpp"
#include "nest.hpp"
#include "option_rows.hpp"

namespace assay::bit_serial {

enum DepthwiseMapping {
    depthwise_auto,
    depthwise_packed,
    depthwise_single
};

// clang-format off: one row per option
// name, default, low, high, unit, help. "HAQ's table": read off its published cloud latencies.
#define ASSAY_BIT_SERIAL_OPTIONS(UINT, REAL, BOOL, CHOICE)                                         \
    UINT(rows, 16, 1, 64, "units", "rows of dot-product units: outputs (HAQ's table: 16)")         \
    UINT(cols, 16, 1, 64, "units", "columns of dot-product units: pixels (HAQ's table: 16)")       \
    UINT(dpu_bits, 256, 8, 1024, "bits",                                                           \
         "of a plane that a unit takes in a cycle; words are as wide (HAQ's table: 256)")          \
    UINT(dpu_latency, 7, 1, 15, "cycles",                                                          \
         "from a unit's last word to its sum in the output buffer (BISMO: 3 + compressor, 4 at "   \
         "256 bits)")                                                                              \
    UINT(wbuf_bytes, 1 << 20, 1, 1 << 28, "bytes",                                                 \
         "weight buffers, one per row (HAQ's table: 16384 words of 256 bits in each half)")        \
    UINT(ibuf_bytes, 1 << 20, 1, 1 << 28, "bytes",                                                 \
         "activation buffers, one per column (HAQ's table: as wbuf_bytes)")                        \
    UINT(obuf_bytes, 1 << 19, 1, 1 << 28, "bytes",                                                 \
         "result buffer (ours: never full in HAQ's table)")                                        \
    UINT(buffer_halves, 2, 1, 2, "tiles",                                                          \
         "tiles that a buffer holds at a time, each in its share (BISMO: 2, double-buffered)")     \
    BOOL(shared_ports, 0,                                                                          \
         "a transfer to or from a buffer stops the array for its beats (ours: no)")                \
    UINT(w_bits, 8, 1, 16, "bits", "weights of layers that say nothing (ours: 8)")                 \
    UINT(a_bits, 8, 1, 16, "bits", "activations of layers that say nothing (ours: 8)")             \
    UINT(output_bits, 0, 0, 32, "bits",                                                            \
         "in which a final output is moved, 0: those of the layer's activations; partial sums "    \
         "take "                                                                                   \
         "32 (ours: 0; HAQ's table has no room for wider ones)")                                   \
    BOOL(image_at_a_time, 1,                                                                       \
         "weights are fetched again for every image of a batch, whose pixels have columns of "     \
         "their "                                                                                  \
         "own (HAQ's table: yes)")                                                                 \
    CHOICE(                                                                                        \
        depthwise_mapping, depthwise_auto, depthwise_choices,                                      \
        "grouped layers: packed lays as many groups as fit a word side by side, their weights on " \
        "a block diagonal (HAQ's table); single takes one at a time")                              \
    UINT(batch, 0, 0, 4096, "images",                                                              \
         "computed together; 0: the workload's (HAQ: cloud 16, edge 1)")                           \
    UINT(vector_lanes, 16, 1, 4096, "elements",                                                    \
         "per cycle on the unit beside the array: pooling, addition, ... (ours: one per column)")  \
    UINT(handover_bytes, 0, 0, 1 << 30, "bytes",                                                   \
         "on-chip memory that hands tensors from layer to layer (BISMO: none)")                    \
    UINT(handover_bits_per_cycle, 512, 1, 65536, "bits/cycle", "bandwidth of that memory (ours)")  \
    REAL(clock_mhz, 200, 1, 10000, "MHz", "clock (BISMO on a Zynq-7020: 200)")                     \
    UINT(technology_nm, 45, 7, 180, "nm",                                                          \
         "process node; energy and area are for gates of 45 and are scaled (ours: 45)")            \
    UINT(weight_port_bits, 256, 1, 65536, "bits/cycle",                                            \
         "memory port of the weights (HAQ's table: 256)")                                          \
    UINT(input_port_bits, 256, 1, 65536, "bits/cycle",                                             \
         "memory port of the activations (HAQ's table: 256)")                                      \
    UINT(output_port_bits, 256, 1, 65536, "bits/cycle",                                            \
         "memory port of the results (HAQ, recalled: four ports of 256, one for instructions)")    \
    UINT(dram_latency_cycles, 1, 1, 1000000, "cycles",                                             \
         "from the last beat of a transfer until its data can be used (HAQ's table: none to be "   \
         "seen)")                                                                                  \
    ASSAY_DRAM_ROW_OPTIONS(UINT)                                                                   \
    REAL(dram_pj_per_bit, 20, 0, 1000, "pJ/bit", "DRAM energy (EIE Table I; HAQ gives none)")
// clang-format on

struct Options {
    ASSAY_BIT_SERIAL_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL,
                             ASSAY_FIELD_CHOICE)
};

extern const assay_option_table option_table;

// The memory ports; the tensor buffer is there only if handover_bytes > 0.
enum Channel : uint8_t {
    channel_input,
    channel_weight,
    channel_output,
    channel_handover
};

// Words of dpu_bits that a tile may take of a buffer.
uint64_t tile_words(const Options& options, uint64_t buffer_bytes);
// Bits in which a final output is moved.
unsigned output_bits(const Options& options, const Nest& nest);

// Joules by component for one layer, mm2 by structure for the machine.
std::vector<Amount> energy(const Options& options, const tiled::LayerCounters& counters);
std::vector<Amount> area(const Options& options);

} // namespace assay::bit_serial
