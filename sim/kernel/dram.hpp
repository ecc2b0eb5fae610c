// The DRAM channel behind a TLM-2.0 target socket, shared by all machines. Contract:
// docs/contracts/dram.md.
//
// A channel serves one transaction at a time, in the order in which it is given them. A transaction
// of n bits at a byte address takes ceil(n / bits_per_cycle) beats, at least one, cut into pieces
// at row boundaries; what comes on top of the beats is stated per option below. Its data can be
// used `latency_cycles` after its last beat.
#pragma once

#include <cstdint>

#include "assay/status.h"

namespace assay {

// clang-format off: one row per option
// What machines put into their option tables: name, default, low, high, unit, help.
#define ASSAY_DRAM_OPTIONS(UINT, bits_per_cycle, latency_cycles)                                   \
    UINT(dram_bits_per_cycle, bits_per_cycle, 1, 65536, "bits/cycle",                              \
         "bandwidth of the DRAM channel")                                                          \
    UINT(dram_latency_cycles, latency_cycles, 1, 1000000, "cycles",                                \
         "from the last beat of a DRAM transfer until its data can be used")                       \
    ASSAY_DRAM_ROW_OPTIONS(UINT)
// The same without bandwidth and latency, for a machine whose own say more.
#define ASSAY_DRAM_ROW_OPTIONS(UINT)                                                               \
    UINT(dram_banks, 0, 0, 1024, "banks",                                                          \
         "DRAM banks with a row buffer each; 0: rows not modelled")                                \
    UINT(dram_row_bytes, 2048, 64, 1 << 20, "bytes",                                               \
         "DRAM row; consecutive rows lie in consecutive banks")                                    \
    UINT(dram_row_miss_cycles, 0, 0, 100000, "cycles", "to open a DRAM row")                       \
    UINT(dram_turnaround_cycles, 0, 0, 100000, "cycles",                                           \
         "idle between a DRAM read and a write, either way")                                       \
    UINT(dram_refresh_interval_cycles, 0, 0, 1 << 30, "cycles",                                    \
         "from one DRAM refresh to the next; 0: no refresh")                                       \
    UINT(dram_refresh_cycles, 0, 0, 1 << 20, "cycles", "that a DRAM refresh takes")
// clang-format on

struct DramOptions {
    uint64_t bits_per_cycle = 64;
    uint64_t latency_cycles = 100; // >= 1, after the last beat; overlaps with other transactions
    // Row buffers: 0 banks = none modelled. Consecutive rows lie in consecutive banks.
    uint64_t banks = 0;
    uint64_t row_bytes = 2048;
    // Precharge and activate: cycles from the decision to open a row to its first beat. A bank
    // other than the one that is moving data opens the next row of the same transaction meanwhile.
    uint64_t row_miss_cycles = 0;
    uint64_t turnaround_cycles = 0; // idle beats between a read and a write, either way
    // Every `refresh_interval_cycles` (0: never) of the clock the channel stands still for
    // `refresh_cycles`; a beat that would fall in it waits, and all rows are closed.
    uint64_t refresh_interval_cycles = 0;
    uint64_t refresh_cycles = 0;
};

struct DramCounters {
    uint64_t transactions = 0, read_bits = 0, write_bits = 0;
    uint64_t busy_cycles = 0; // beats
    uint64_t row_hits = 0, row_misses = 0;
    uint64_t row_cycles = 0, turnaround_cycles = 0, refresh_cycles = 0; // idle because of them
};

// From the options of a machine that has ASSAY_DRAM_OPTIONS among them.
template <class O>
DramOptions dram_options(const O& o) {
    return {o.dram_bits_per_cycle,
            o.dram_latency_cycles,
            o.dram_banks,
            o.dram_row_bytes,
            o.dram_row_miss_cycles,
            o.dram_turnaround_cycles,
            o.dram_refresh_interval_cycles,
            o.dram_refresh_cycles};
}
// Adds a message, "`where`: ...", if refresh would leave no time to open a row: the one rule
// between these options.
void check_dram(const DramOptions& options, const char* where, assay_report* report);

} // namespace assay
