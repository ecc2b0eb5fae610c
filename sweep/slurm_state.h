/* One sweep on Slurm while this process looks after it. */
#ifndef ASSAY_SWEEP_SLURM_STATE_H
#define ASSAY_SWEEP_SLURM_STATE_H

#include "slurm_folder.h"
#include "slurm_queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct slurm_state {
    assay_sweep* sweep;
    const assay_slurm_settings* settings;
    slurm_place place;
    char* store_path;
    assay_store* store;
    slurm_round* rounds; /* with tasks that are not settled, or were not at first */
    size_t round_count;
    unsigned last_round;
    unsigned char* attempts; /* [points] tasks that had the point and gave nothing at all */
    unsigned* taken;         /* [points] tasks that have the point and are not settled */
    size_t limit;            /* tasks of an array; 0: not asked yet */
    size_t fruitful, empty;  /* settled tasks: with an answer, with none */
    bool hopeless;           /* no task gives anything */
    slurm_census census;
    assay_sweep_progress progress;
} slurm_state;

/* Takes over the rounds that an earlier process left. */
assay_status slurm_adopt(slurm_state* state, assay_report* report);
/* Merges the shards that are there. */
assay_status slurm_collect(slurm_state* state, assay_report* report);
/* Settles the tasks that have ended: their points are free again, or given up. ASSAY_IO with
 * messages when no task gives anything. Call slurm_queue_look, slurm_collect, slurm_settle, in this
 * order: a task that the queue no longer has has moved its shard before. */
assay_status slurm_settle(slurm_state* state, assay_report* report);
/* Points that are missing and not taken: the next round. *round is all zero when there are none. */
assay_status slurm_next_round(slurm_state* state, slurm_round* round);
/* Submits rounds until every missing point is taken. While tasks are alive, a refusal is no error:
 * clusters limit how many one may have. */
assay_status slurm_submit_missing(slurm_state* state, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
