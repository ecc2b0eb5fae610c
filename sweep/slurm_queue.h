/* What Slurm is asked: to take a job, which tasks it has, how long an array may be. */
#ifndef ASSAY_SWEEP_SLURM_QUEUE_H
#define ASSAY_SWEEP_SLURM_QUEUE_H

#include "slurm_round.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct slurm_census {
    size_t running, waiting;
    char reason[48]; /* why one of them waits, as Slurm calls it */
} slurm_census;

/* Sets `alive` and `state` of all tasks of rounds that are open. ASSAY_IO with a message: squeue
 * gave no answer, and everything is as it was. */
assay_status slurm_queue_look(const slurm_place* place, slurm_round* rounds, size_t count,
                              slurm_census* census, assay_report* report);

/* sbatch of the round's script. ASSAY_IO with a message. */
assay_status slurm_submit(const slurm_place* place, const slurm_round* round, assay_report* report);

/* Tasks that one array may have; Slurm's default where it cannot be asked. */
size_t slurm_array_limit(void);

#ifdef __cplusplus
}
#endif
#endif
