/* DDPG's actor and critic (Lillicrap et al., "Continuous control with deep reinforcement learning",
 * 2016), one action in 0 .. 1, as HAQ (Wang et al., CVPR 2019) and AMC (He et al., ECCV 2018) build
 * and teach them. */
#ifndef ASSAY_SEARCH_DDPG_AGENT_H
#define ASSAY_SEARCH_DDPG_AGENT_H

#include "ddpg_replay.h"
#include "nn.h"

typedef struct ddpg_rates {
    double actor, critic; /* of Adam */
    double tau;           /* of the target networks */
    double discount;
    double baseline; /* share of a batch's mean reward in the moving baseline */
    bool normalise;  /* mean and deviation of the remembered rewards in place of that baseline */
} ddpg_rates;

typedef struct ddpg_agent {
    ddpg_rates rates;
    assay_nn *actor, *critic, *actor_target, *critic_target;
    assay_adam *actor_adam, *critic_adam;
    ddpg_batch batch;
    float* wanted;    /* [rows] what the critic should have said, then gradients by what it said */
    float* by_action; /* [rows] */
    double baseline;  /* NaN: no batch was seen yet */
    double spread;    /* that rewards are divided by */
} ddpg_agent;

typedef struct ddpg_sizes {
    size_t features, hidden1, hidden2, rows;
} ddpg_sizes;

assay_status ddpg_agent_open(ddpg_agent* agent, const ddpg_sizes* sizes, const ddpg_rates* rates,
                             assay_rng* rng);
void ddpg_agent_close(ddpg_agent* agent);
float ddpg_agent_act(ddpg_agent* agent, const float* state);
/* One step of the critic, the actor and their targets on a batch of the replay. */
void ddpg_agent_update(ddpg_agent* agent, const ddpg_replay* replay, assay_rng* rng);

#endif
