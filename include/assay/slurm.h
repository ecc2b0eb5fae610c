/* A sweep on a Slurm cluster: array jobs over chunks of the points that are missing, each task with
 * a store of its own, merged into the sweep's as they end.
 *
 *     assay_slurm_settings settings = assay_default_slurm_settings();
 *     settings.program = "/usr/local/bin/assay";
 *     settings.spec = "/home/me/sweep.json";
 *     status = assay_sweep_run_slurm(sweep, &settings, report);   (in place of assay_sweep_run)
 *
 * What has happened is read from the work folder, the store and squeue, and remembered nowhere
 * else: after a killed process the same call finds tasks that run, shards that are done, and
 * submits what is left. docs/scaling.md says how this is meant to be used. */
#ifndef ASSAY_SLURM_H
#define ASSAY_SLURM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "assay/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_SLURM_MAX_CHUNK = 100000,
    ASSAY_SLURM_ATTEMPTS = 3 /* of a point, each without an answer */
};

/* All texts are borrowed. */
typedef struct assay_slurm_settings {
    const char* program; /* assay, by a path that holds on every node */
    const char* spec;    /* the specification, likewise */
    const char* store;   /* measurement store; NULL: the default one. Only this process opens it */
    /* Shared with the nodes. NULL: "assay-sweep-" and 8 digits in the current folder, the same for
     * the same points. */
    const char* folder;
    const char *partition, *account; /* NULL: the cluster's defaults */
    const char* const* words;        /* further options of sbatch */
    size_t word_count;
    uint64_t minutes; /* limit of a task; 0: the partition's */
    uint64_t chunk;   /* points of a task; default 100 */
    unsigned jobs;    /* worker processes, and processors, of a task; default 1 */
    unsigned limit_s; /* as in assay_sweep_settings */
    bool (*progress)(void* user, const assay_sweep_progress* progress); /* false stops; or NULL */
    void* user;
    uint64_t cookie; /* set by assay_default_slurm_settings */
} assay_slurm_settings;
assay_slurm_settings assay_default_slurm_settings(void);

/* Returns when every point has a result: points that no task answered ASSAY_SLURM_ATTEMPTS times
 * are ASSAY_POINT_CRASHED. The work folder is removed when nothing was lost. ASSAY_INTERRUPTED
 * progress returned false; tasks go on, the message says how to end them ASSAY_BAD_INPUT    the
 * folder is of another sweep, or another process is at work in it ASSAY_IO           Slurm, the
 * folder or the store failed. What was merged stays. */
assay_status assay_sweep_run_slurm(assay_sweep* sweep, const assay_slurm_settings* settings,
                                   assay_report* report);

/* The batch script that would be submitted first, written to `out`; nothing else is written and
 * nothing submitted. With no point missing it says so, as a comment. */
assay_status assay_sweep_show_slurm(assay_sweep* sweep, const assay_slurm_settings* settings,
                                    FILE* out, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
