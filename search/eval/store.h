/* The measurement store: what was simulated once, by content. One SQLite file, shared by any number
 * of processes; each measurement is a transaction of its own.
 *
 * What survives: a put that returned outlives the death of the process (kill -9, out of memory).
 * Of a power cut only the latest puts may be lost, never the file: the write-ahead log is
 * synchronised when it is checkpointed, not at every commit (synchronous=NORMAL).
 *
 * Not thread-safe; not to be used in a child process after fork. */
#ifndef ASSAY_SEARCH_STORE_H
#define ASSAY_SEARCH_STORE_H

#include <stdbool.h>

#include "assay/sim.h"
#include "assay/store.h"
#include "assay/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_store assay_store;

/* Opens the file, or creates it: under another name first, so that it appears whole or not at all.
 * A file of an older schema is brought up to date. ASSAY_BAD_INPUT: it is something else or
 * damaged; it is then left as it is. ASSAY_IO: it cannot be created, read or written. One message.
 * On failure *out is NULL. */
assay_status assay_store_open(const char* path, assay_store** out, assay_report* report);
void assay_store_close(assay_store** store);

/* ---- Layers ---- */

/* Where a measurement came from: for people who read the file, never for look-ups. */
typedef struct assay_origin {
    const char *model, *hw_name, *hw_hash, *workload, *layer;
    unsigned w_bits, a_bits;
    uint64_t batch;
} assay_origin;

/* `key`: of assay_measurement_key. *found tells whether there is one. ASSAY_IO with a message when
 * the file cannot be read, ASSAY_BAD_INPUT when the entry is damaged. */
assay_status assay_store_get(assay_store* store, const char* key, assay_measurement* out,
                             bool* found, assay_report* report);
/* An entry that is there already stays: equal keys mean equal measurements. */
assay_status assay_store_put(assay_store* store, const char* key, const assay_measurement* value,
                             const assay_origin* origin, assay_report* report);
/* Number of measurements of layers. */
assay_status assay_store_count(assay_store* store, uint64_t* out, assay_report* report);

/* ---- Runs of whole networks ---- */

typedef struct assay_stored_run {
    bool failed;       /* the machine refuses the workload: this, too, is found out once */
    const char* error; /* "" unless failed */
    assay_run_totals totals;
    double wall_s; /* that it took, to tell how long others will take */
} assay_stored_run;

typedef struct assay_run_origin {
    const char *model, *hw_name, *hw_hash, *setting, *workload, *workload_hash, *policy_hash;
} assay_run_origin;

/* As for layers. `out->error` lives until the next call. */
assay_status assay_store_get_run(assay_store* store, const char* key, assay_stored_run* out,
                                 bool* found, assay_report* report);
assay_status assay_store_put_run(assay_store* store, const char* key, const assay_stored_run* value,
                                 const assay_run_origin* origin, assay_report* report);

/* assay_store_merge into a store that is open. `counts` may be NULL. */
assay_status assay_store_add(assay_store* into, const char* from, assay_store_merge_counts* counts,
                             assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
