/* Measurement stores as files: what is in them, and keeping them in order. A store is one SQLite
 * file (docs/formats.md); what is something else, of a newer schema or damaged is refused and left
 * as it is. Conventions as in sim.h. */
#ifndef ASSAY_STORE_FILES_H
#define ASSAY_STORE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Identity of the simulator's sources, 16 hex digits: stored results of other sources are unknown
 * to this program. */
const char* assay_source_revision(void);

/* $ASSAY_STORE, else $XDG_DATA_HOME/assay/measurements.sqlite, else
 * $HOME/.local/share/assay/measurements.sqlite; malloc'd. NULL: none of them is set. The folders of
 * the last two are created. */
char* assay_store_default_path(void);

/* Entries that have the same kind, version, sources, model and machine. */
typedef struct assay_store_group {
    char kind[16];               /* "layer", "run" */
    char assay[32], sources[32]; /* version; sources "" in entries of schema 1 */
    char model[16], hw[128];
    bool current; /* this program may use them */
    uint64_t entries;
} assay_store_group;

typedef struct assay_store_info {
    uint64_t bytes, layers, runs, failed_runs;
    assay_store_group* groups; /* [group_count] malloc'd: free() */
    size_t group_count;
} assay_store_info;

/* Also of a store that cannot be written. */
assay_status assay_store_inspect(const char* path, assay_store_info* out, assay_report* report);

/* One entry. Texts live for the call; what an entry does not have is "" or 0. */
typedef struct assay_store_entry {
    const char *kind, *key; /* key: 32 hex digits */
    const char *assay, *sources, *model, *hw, *hw_hash, *workload, *workload_hash, *policy_hash;
    const char* setting;        /* of kind "run": options that varied */
    const char* layer;          /* of kind "layer" */
    unsigned w_bits, a_bits;    /* likewise */
    uint64_t batch;             /* likewise */
    const char *status, *error; /* layer: "ok" */
    uint64_t cycles, io_cycles, macs, dram_bits;
    double seconds, energy_j, io_energy_j, area_mm2, utilisation;
} assay_store_entry;

/* Calls `use` for every entry, layers first, in the order of keys; false stops
 * (ASSAY_INTERRUPTED). ASSAY_BAD_INPUT: an entry is damaged. Also of a store that cannot be
 * written. */
assay_status assay_store_export(const char* path,
                                bool (*use)(void* user, const assay_store_entry* entry), void* user,
                                assay_report* report);

typedef struct assay_store_merge_counts {
    uint64_t added, known; /* entries: new in `into`, and there already */
} assay_store_merge_counts;

/* Adds the entries of one store to another, which is made where it is missing: all of them, or none
 * when something is wrong. ASSAY_BAD_INPUT: an entry is damaged, or both have an entry of the same
 * key and other values; neither is changed. `counts` may be NULL. */
assay_status assay_store_merge(const char* into, const char* from, assay_store_merge_counts* counts,
                               assay_report* report);

typedef struct assay_store_gc_counts {
    uint64_t removed, kept, bytes_before, bytes_after;
} assay_store_gc_counts;

/* Removes entries of other versions and other sources than this program's, and gives their room
 * back. */
assay_status assay_store_gc(const char* path, assay_store_gc_counts* counts, assay_report* report);

typedef struct assay_store_verdict {
    uint64_t entries, damaged; /* damaged: the seal does not fit */
} assay_store_verdict;

/* Reads everything: pages, indices and seals. ASSAY_BAD_INPUT with messages where something is
 * wrong. Also of a store that cannot be written. */
assay_status assay_store_verify(const char* path, assay_store_verdict* out, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
