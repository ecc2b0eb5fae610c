// Bit Fusion (Sharma et al., ISCA 2018): a systolic array of fusion units, each of which multiplies
// few wide or many narrow operands in a cycle. Cycle contract: docs/contracts/bit_fusion.md.
#pragma once

#include <cstdint>

#include "assay/sim.h"
#include "dram.hpp"
#include "nest.hpp"
#include "option_rows.hpp"

namespace assay::bit_fusion {

enum DepthwiseMapping {
    depthwise_auto,
    depthwise_published,
    depthwise_dense_blocks,
    depthwise_channels,
    depthwise_taps,
    depthwise_patches
};
enum ImageMapping {
    image_auto,
    image_channels,
    image_im2col
};

// clang-format off: one row per option
// name, default, low, high, unit, help. "authors": their simulator's configuration bf_e.
#define ASSAY_BIT_FUSION_OPTIONS(UINT, REAL, BOOL, CHOICE)                                         \
    UINT(rows, 16, 1, 256, "fusion units", "rows of the array: input channels (authors: 16)")      \
    UINT(cols, 32, 1, 256, "fusion units", "columns of the array: outputs (authors: 32)")          \
    UINT(wbuf_bytes, 65536, 1, 1 << 28, "bytes",                                                   \
         "weight buffer, one slice per fusion unit (authors: 64 KB)")                              \
    UINT(ibuf_bytes, 32768, 1, 1 << 28, "bytes",                                                   \
         "input buffer, one bank per row (authors: 32 KB)")                                        \
    UINT(obuf_bytes, 16384, 1, 1 << 28, "bytes",                                                   \
         "output buffer, one bank of 32-bit words per column (authors: 16 KB)")                    \
    UINT(buffer_halves, 2, 1, 2, "tiles",                                                          \
         "tiles that a buffer holds at a time, each in its share (authors: 2, double-buffered)")   \
    BOOL(packed_words, 0,                                                                          \
         "dense layers of few channels use all rows, and a word of a bank holds several taps or "  \
         "pixels (authors' buffer model; not APQ's table)")                                        \
    BOOL(shared_ports, 0,                                                                          \
         "a transfer to or from a buffer stops the array for its beats (ours: no)")                \
    UINT(w_bits, 8, 1, 16, "bits", "weights of layers that say nothing (ours: 8)")                 \
    UINT(a_bits, 8, 1, 16, "bits", "activations of layers that say nothing (ours: 8)")             \
    UINT(output_bits, 32, 1, 32, "bits",                                                           \
         "in which a final output is moved; partial sums take 32 (authors: 32)")                   \
    BOOL(output_preload, 0,                                                                        \
         "outputs are fetched before their first product too, as in the authors' loop model")      \
    CHOICE(depthwise_mapping, depthwise_auto, depthwise_choices,                                   \
           "how grouped layers lie on the array; published: as in APQ's table")                    \
    CHOICE(                                                                                        \
        image_mapping, image_auto, image_choices,                                                  \
        "im2col: layers of at most image_max_channels inputs lay taps and channels on the rows, "  \
        "as the authors' first layers do")                                                         \
    UINT(image_max_channels, 4, 1, 64, "channels",                                                 \
         "inputs of a layer that image_mapping is about")                                          \
    UINT(batch, 0, 0, 4096, "images",                                                              \
         "computed together; 0: the workload's (authors: 16, APQ: 1)")                             \
    UINT(vector_lanes, 32, 1, 4096, "elements",                                                    \
         "per cycle on the unit below the columns: pooling, addition, ... (ours: one per column)") \
    UINT(handover_bytes, 0, 0, 1 << 30, "bytes",                                                   \
         "on-chip memory that hands tensors from layer to layer (authors: none)")                  \
    UINT(handover_bits_per_cycle, 512, 1, 65536, "bits/cycle", "bandwidth of that memory (ours)")  \
    REAL(clock_mhz, 500, 1, 10000, "MHz", "clock (authors: 500)")                                  \
    UINT(technology_nm, 45, 7, 180, "nm",                                                          \
         "process node; energy and area are for 45 and are scaled (authors: 45)")                  \
    REAL(unit_pj_per_cycle, 0.459, 0, 1000, "pJ/cycle",                                            \
         "a fusion unit while the array works (authors' synthesis: 0.459; APQ's table: 0.93096)")  \
    REAL(unit_leakage_uw, 59.3, 0, 100000, "uW",                                                   \
         "always, per fusion unit (authors' synthesis: 59.3; APQ's table, with buffers: 422.87)")  \
    ASSAY_DRAM_OPTIONS(UINT, 192, 1)                                                               \
    REAL(dram_pj_per_bit, 15, 0, 1000, "pJ/bit", "DRAM energy (authors' code: 15)")
// clang-format on

struct Options {
    ASSAY_BIT_FUSION_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL,
                             ASSAY_FIELD_CHOICE)
};

extern const assay_option_table option_table;

// The array at a layer's widths.
struct Array {
    uint64_t rows = 1, cols = 1;
    unsigned w_width = 8, a_width = 8;                 // of the bricks
    unsigned products = 1;                             // per fusion unit, side by side
    unsigned passes = 1;                               // cycles that they take
    bool packed = false;                               // words of the banks, in dense layers
    uint64_t lanes() const { return rows * products; } // operands that enter together
};
Array array_at(const Options& options, const Nest& nest);

} // namespace assay::bit_fusion
