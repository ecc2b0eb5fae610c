/* Sweeps: what many machines make of some networks. A specification names machines, workloads,
 * policies and which options take which values; every point is one run of a whole network, as
 * `assay run --no-outputs` does it, and is measured once: the measurement store remembers it.
 *
 *     assay_sweep* sweep = NULL;
 *     assay_sweep_settings settings = assay_default_sweep_settings();
 *     if (assay_sweep_open("sweep.json", &sweep, report) == ASSAY_OK &&
 *         assay_sweep_run(sweep, &settings, report) == ASSAY_OK)
 *         for (size_t i = 0; i < assay_sweep_points(sweep); i++)
 *             use(i, assay_sweep_result_at(sweep, i));
 *     assay_sweep_free(&sweep);
 *
 * The specification's format: docs/sweeps.md. Points and their order follow from the specification
 * alone, results from the point alone: not from the number of workers, nor from who measured what
 * when. Conventions as in sim.h. */
#ifndef ASSAY_SWEEP_H
#define ASSAY_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_sweep assay_sweep;

/* Reads the specification and every file that it names, and lists the points. ASSAY_BAD_INPUT:
 * every mistake has its message. */
assay_status assay_sweep_open(const char* path, assay_sweep** out, assay_report* report);
void assay_sweep_free(assay_sweep** sweep);
/* What the reader changed: values that were merged, ... `i` < count. */
size_t assay_sweep_note_count(const assay_sweep* sweep);
const char* assay_sweep_note(const assay_sweep* sweep, size_t i);

/* ---- Points ---- */

size_t assay_sweep_points(const assay_sweep* sweep);
size_t assay_sweep_options(const assay_sweep* sweep); /* that vary */
const char* assay_sweep_option(const assay_sweep* sweep, size_t option);
/* True for numbers, false for names and true/false. */
bool assay_sweep_option_is_number(const assay_sweep* sweep, size_t option);
/* True if the specification draws values (sampling is not "grid"). */
bool assay_sweep_is_drawn(const assay_sweep* sweep);

/* Names are file names without folder and ".json", or as in the specification where two entries
 * would be called the same. */
typedef struct assay_sweep_point_info {
    const char *hw, *workload, *policy;            /* policy: "" without one */
    const char *workload_hash, *policy_hash;       /* 32 hex digits; policy: "" without one */
    size_t hw_index, workload_index, policy_index; /* in the specification's lists */
} assay_sweep_point_info;

enum {
    ASSAY_SWEEP_VALUE_TEXT = 64,
    ASSAY_SWEEP_LEVEL_TEXT = 2 * ASSAY_SWEEP_VALUE_TEXT + 8
};

/* The texts are owned by the sweep. */
assay_sweep_point_info assay_sweep_point(const assay_sweep* sweep, size_t point);
/* 32 hex digits over the machine of the point; until the next call. */
const char* assay_sweep_hw_hash(assay_sweep* sweep, size_t point);
/* Names by indices. */
const char* assay_sweep_hw(const assay_sweep* sweep, size_t hw_index);
const char* assay_sweep_workload(const assay_sweep* sweep, size_t workload_index);
const char* assay_sweep_policy(const assay_sweep* sweep, size_t policy_index);
/* The option's value at the point as assay_hw_set reads it. False: the machine has no such option.
 */
bool assay_sweep_value(const assay_sweep* sweep, size_t point, size_t option,
                       char text[ASSAY_SWEEP_VALUE_TEXT]);

/* ---- Results ---- */

typedef enum assay_point_status {
    ASSAY_POINT_MISSING, /* not measured yet */
    ASSAY_POINT_OK,
    ASSAY_POINT_INVALID, /* rules between options forbid the machine */
    ASSAY_POINT_FAILED,  /* the machine refuses the workload: it does not fit, ... */
    ASSAY_POINT_CRASHED, /* brought down, or hung, its worker again and again; never stored */
} assay_point_status;
const char*
assay_point_status_name(assay_point_status status); /* "missing", "ok", "invalid", ... */

/* As in assay_result; all zero unless the point is ok. */
typedef struct assay_run_totals {
    uint64_t cycles, io_cycles, macs, dram_bytes;
    double seconds, energy_j, io_energy_j, area_mm2, utilisation;
} assay_run_totals;

typedef struct assay_sweep_result {
    assay_point_status status;
    assay_run_totals totals;
    const char* error; /* why not ok; "" if ok. Owned by the sweep, until it is freed */
} assay_sweep_result;

assay_sweep_result assay_sweep_result_at(const assay_sweep* sweep, size_t point);

/* ---- Running ---- */

typedef struct assay_sweep_progress {
    size_t points, known; /* of the chosen points; known: by the store, before the run */
    size_t done, failed;  /* done: known ones included; failed: not ok, among those done */
    double rest_s;        /* about; < 0: not known yet */
    double worked_s;      /* by all workers, on points of this run */
    unsigned jobs;        /* workers; 0 if they are not this process's */
    const char* label;    /* of the point that was done last */
} assay_sweep_progress;

typedef struct assay_sweep_settings {
    const char* store;     /* measurement store; NULL: the default one */
    bool no_store;         /* nothing is looked up and nothing kept */
    const char* cache_dir; /* encoded matrices, as in assay_run_settings; NULL: none */
    unsigned jobs;         /* worker processes; 0: one per processor (default) */
    unsigned limit_s;      /* a point that takes longer counts as hung; default 3600, 0: no limit */
    /* A part of the points: of those that `points_file` lists (NULL: all) every shards-th,
     * beginning with the shard-th. Default 1 of 1. */
    const char* points_file; /* indices from 0 and ranges "7-12", one per line or with commas */
    unsigned shard, shards;  /* 1 <= shard <= shards */
    bool pilot_only; /* runs one point of each machine, workload and policy, to tell the time */
    bool (*progress)(void* user, const assay_sweep_progress* progress); /* false stops; or NULL */
    void* user;
    uint64_t cookie; /* set by assay_default_sweep_settings */
} assay_sweep_settings;
assay_sweep_settings assay_default_sweep_settings(void);

/* Looks up the points, runs those that are not known, and keeps each as soon as it is done. Failed
 * points are results and no failure of the call. ASSAY_INTERRUPTED: `progress` said so; what was
 * done is in the store. ASSAY_IO: the store cannot be read or written; what was kept before stays
 * there. */
assay_status assay_sweep_run(assay_sweep* sweep, const assay_sweep_settings* settings,
                             assay_report* report);

/* ---- What the results tell ---- */

typedef enum assay_metric {
    ASSAY_METRIC_LATENCY, /* seconds */
    ASSAY_METRIC_ENERGY,  /* energy_j */
    ASSAY_METRIC_AREA,    /* area_mm2 */
    ASSAY_METRIC_POWER,   /* energy_j / seconds */
    ASSAY_METRIC_EDP,     /* energy_j * seconds */
    ASSAY_METRIC_CYCLES,
    ASSAY_METRIC_DRAM,        /* dram_bytes */
    ASSAY_METRIC_UTILISATION, /* the only one of which more is better */
    ASSAY_METRIC_COUNT
} assay_metric;
const char* assay_metric_name(assay_metric metric); /* "latency", ... */
const char* assay_metric_unit(assay_metric metric); /* "s", ...; "" */
double assay_metric_of(assay_metric metric, const assay_run_totals* totals);

/* front[i] [assay_sweep_points]: among the points with the same workload and policy that are ok, no
 * other is better in one of the metrics and nowhere worse. Of equal points the first is taken.
 * ASSAY_NO_MEMORY. */
assay_status assay_sweep_front(const assay_sweep* sweep, const assay_metric* metrics, size_t count,
                               bool* front);

/* How much an option matters for a metric, over the points of one machine, workload and policy. */
typedef struct assay_sweep_effect {
    size_t hw_index, workload_index, policy_index, option;
    assay_metric metric;
    size_t points, levels; /* levels: different values, or up to 8 groups of neighbouring ones */
    /* Main effect: the share of the variance of log(metric) that is between levels, 0 .. 1. Of
     * drawn sweeps less what chance alone makes of it. */
    double share;
    double factor; /* geometric mean of the metric at its worst level by that at its best, >= 1 */
    char best[ASSAY_SWEEP_LEVEL_TEXT]; /* the level of the best mean: a value, or "low .. high" */
} assay_sweep_effect;

/* Of every option with at least two levels, on latency, energy and area; in this order within a
 * machine, workload and policy. Free *out with free(). ASSAY_NO_MEMORY. */
assay_status assay_sweep_effects(const assay_sweep* sweep, assay_sweep_effect** out, size_t* count);

#ifdef __cplusplus
}
#endif
#endif
