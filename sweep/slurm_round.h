/* One array job: points dealt out to tasks. Its folder in the work folder, round-N/, holds `job.sh`
 * (what was submitted), `tasks` (their number), `points` and `log/`. */
#ifndef ASSAY_SWEEP_SLURM_ROUND_H
#define ASSAY_SWEEP_SLURM_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "assay/slurm.h"
#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SLURM_NAME = 64,          /* bytes of a job's name */
    SLURM_MAX_TASKS = 4000000 /* Slurm's own limit of an array */
};

/* What a round is written with. */
typedef struct slurm_place {
    const assay_slurm_settings* settings;
    const char* folder; /* absolute */
    char identity[9];   /* of the points and the folder */
} slurm_place;

typedef struct slurm_task {
    bool settled;   /* it has ended and its shard, if any, is merged */
    bool alive;     /* by the last look at the queue */
    bool seen;      /* it was alive at some look of this process */
    bool fruitful;  /* it answered some point */
    char state[20]; /* as squeue called it last; "" when it never did */
} slurm_task;

/* Dealt out by sweep_shard_point: task i is number i + 1 in the array. */
typedef struct slurm_round {
    unsigned number; /* from 1 */
    bool adopted;    /* submitted by an earlier process */
    sweep_selection points;
    slurm_task* tasks;
    size_t task_count, open; /* open: not settled */
} slurm_round;

/* Takes over `points`, also when it fails. ASSAY_NO_MEMORY. Free with slurm_round_free. */
assay_status slurm_round_new(unsigned number, sweep_selection points, size_t tasks,
                             slurm_round* out);
void slurm_round_free(slurm_round* round);

/* Its folder with all that a job needs. `points` comes last: a round that has them is whole. */
assay_status slurm_round_write(const slurm_place* place, const slurm_round* round,
                               assay_report* report);
/* A round of an earlier process. *found is false when there is none, or none that is whole. */
assay_status slurm_round_read(const slurm_place* place, const assay_sweep* sweep, unsigned number,
                              slurm_round* out, bool* found, assay_report* report);

/* "assay-1f3c9a2e-r1" */
void slurm_round_name(const slurm_place* place, unsigned number, char name[SLURM_NAME]);
/* "FOLDER/round-1/NAME", without /NAME if that is NULL; malloc'd. NULL: out of memory. */
char* slurm_round_path(const slurm_place* place, unsigned number, const char* name);
/* The batch script; false when the current folder has no name. */
bool slurm_script_write(const slurm_place* place, const slurm_round* round, FILE* out);

#ifdef __cplusplus
}
#endif
#endif
