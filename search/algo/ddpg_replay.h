/* The ring of transitions that DDPG learns from. What follows a record is the next record, as in
 * HAQ's memory: nothing is stored twice. */
#ifndef ASSAY_SEARCH_DDPG_REPLAY_H
#define ASSAY_SEARCH_DDPG_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"
#include "rng.h"

typedef struct ddpg_replay {
    size_t capacity, features;
    size_t count, at; /* records there are; where the next one goes */
    double reward_sum, square_sum;
    float* state;  /* [capacity][features] */
    float* action; /* [capacity] */
    float* reward; /* [capacity] */
    float* more;   /* [capacity] 0: the last of its episode, else 1 */
} ddpg_replay;

/* Rows of transitions, side by side. */
typedef struct ddpg_batch {
    size_t rows;
    size_t* index; /* [rows] of the records that were drawn */
    float* state;  /* [rows][features] */
    float* next;   /* [rows][features] */
    float* action; /* [rows] */
    float* reward;
    float* more;
} ddpg_batch;

assay_status ddpg_replay_open(ddpg_replay* replay, size_t capacity, size_t features);
void ddpg_replay_close(ddpg_replay* replay);
void ddpg_replay_add(ddpg_replay* replay, const float* state, float action, float reward,
                     bool last);
/* Mean and standard deviation of the rewards there are; deviation 0 where rounding is all of it. */
void ddpg_replay_rewards(const ddpg_replay* replay, double* mean, double* deviation);

assay_status ddpg_batch_open(ddpg_batch* batch, size_t rows, size_t features);
void ddpg_batch_close(ddpg_batch* batch);
/* Records drawn without replacement, or with, while there are fewer than rows. The newest one is
 * never drawn: what follows it is not known. At least two records. */
void ddpg_batch_draw(ddpg_batch* batch, const ddpg_replay* replay, assay_rng* rng);

#endif
