/* Sweeps from inside: what engines (worker processes here, jobs of a cluster) work with.
 *
 * An engine fills in the results of a sweep from a store:
 *
 *     sweep_look_up(sweep, NULL, store, report)       what the store knows
 *     sweep_missing(sweep, missing)                   what is still to be run
 *     ... have these run by `assay sweep SPEC --points FILE --shard I/N --store SHARD.sqlite`,
 *         which writes nothing but the store and exits 0 also when points failed
 *     assay_store_merge(store path, shard paths, ...) assay/store.h
 *     sweep_look_up(...)                              again, until nothing is missing
 *
 * A shard is one of N parts of the listed points, I = 1 .. N. Every N points are dealt out to all
 * shards, each time beginning with the next one: neighbours are the same machine with another
 * workload, and no shard is to have all points of the slowest. A task that is started again with
 * the same arguments runs only what its own store lacks. */
#ifndef ASSAY_SWEEP_INSIDE_H
#define ASSAY_SWEEP_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/sweep.h"
#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Points of a sweep in ascending order, each once. */
typedef struct sweep_selection {
    size_t* points; /* [count] malloc'd */
    size_t count;
} sweep_selection;

/* Those of `points_file` (NULL: all), and of these a shard's. ASSAY_BAD_INPUT: the file is no list
 * of points of this sweep. Free with sweep_selection_free. */
assay_status sweep_select(const assay_sweep* sweep, const char* points_file, unsigned shard,
                          unsigned shards, sweep_selection* out, assay_report* report);
void sweep_selection_free(sweep_selection* selection);
/* The k-th point of a shard, as an index into the list that is dealt out; shard 0 .. shards - 1.
 * The shard ends with the first index beyond the list. */
size_t sweep_shard_point(size_t k, size_t shard, size_t shards);
/* What sweep_select reads; ASSAY_IO with a message. The file appears whole or not at all. */
assay_status sweep_write_points(const char* path, const size_t* points, size_t count,
                                assay_report* report);

/* Reads the results of the selected points (NULL: all) that are still missing from the store. */
assay_status sweep_look_up(assay_sweep* sweep, const sweep_selection* selection, assay_store* store,
                           assay_report* report);
/* Points without a result, ascending; `out` [assay_sweep_points]. Returns how many. */
size_t sweep_missing(const assay_sweep* sweep, size_t* out);
/* The point's key in stores: 32 hex digits and a zero, ASSAY_KEY_TEXT. */
void sweep_key(assay_sweep* sweep, size_t point, char* key);
/* Sets a result; `error` is copied, NULL or "" for none. ASSAY_NO_MEMORY. */
assay_status sweep_set_result(assay_sweep* sweep, size_t point, assay_point_status status,
                              const assay_run_totals* totals, const char* error);
/* "rows=16, cols=8 eie_64pe lstm", for people. */
void sweep_say(assay_sweep* sweep, size_t point, char* text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
