/* The work folder of a sweep on Slurm:
 *   sweep     hash of the points it is for
 *   lock      held by the process that is at work in it, and by the sbatch that it started
 *   round-N/  an array job each
 *   done/     shards: ROUND-TASK.sqlite, moved there whole, taken away when merged */
#ifndef ASSAY_SWEEP_SLURM_FOLDER_H
#define ASSAY_SWEEP_SLURM_FOLDER_H

#include "slurm_round.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names the folder and what is in it. *folder is malloc'd and belongs to place->folder; nothing is
 * made. */
assay_status slurm_place_init(const assay_slurm_settings* settings, assay_sweep* sweep,
                              char points_hash[33], slurm_place* place, char** folder,
                              assay_report* report);

/* Makes the folder or checks that it is of these points, and locks it. ASSAY_BAD_INPUT: it is not,
 * or another process is at work in it. *lock: for close(), which ends the lock. */
assay_status slurm_folder_open(const slurm_place* place, const char* points_hash, int* lock,
                               assay_report* report);
/* The largest number of a round in it, 0 for none. */
unsigned slurm_folder_last_round(const slurm_place* place);
/* Removes what this engine put there, and the folder if that is all. */
void slurm_folder_remove(const slurm_place* place);

/* A shard that is waiting. */
typedef struct slurm_shard {
    unsigned round;
    size_t task; /* from 1 */
} slurm_shard;
/* All of them, malloc'd into *shards. ASSAY_IO with a message. */
assay_status slurm_folder_shards(const slurm_place* place, slurm_shard** shards, size_t* count,
                                 assay_report* report);
/* malloc'd; NULL: out of memory. */
char* slurm_shard_path(const slurm_place* place, slurm_shard shard);

#ifdef __cplusplus
}
#endif
#endif
