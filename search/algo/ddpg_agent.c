#include "ddpg_agent.h"

#include <math.h>
#include <stdlib.h>

static assay_status open_nets(ddpg_agent* agent, const ddpg_sizes* sizes, assay_rng* rng) {
    size_t widths[] = {sizes->features, sizes->hidden1, sizes->hidden2, 1};
    assay_nn_shape actor = {widths, 3, 0, ASSAY_NN_SIGMOID},
                   critic = {widths, 3, 1, ASSAY_NN_LINEAR};
    assay_status status = assay_nn_new(&actor, sizes->rows, rng, &agent->actor);
    if (!status) {
        status = assay_nn_new(&critic, sizes->rows, rng, &agent->critic);
    }
    if (!status) {
        status = assay_nn_new(&actor, sizes->rows, rng, &agent->actor_target);
    }
    if (!status) {
        status = assay_nn_new(&critic, sizes->rows, rng, &agent->critic_target);
    }
    return status;
}

static assay_status open_adams(ddpg_agent* agent) {
    assay_nn_blend(agent->actor_target, agent->actor, 1);
    assay_nn_blend(agent->critic_target, agent->critic, 1);
    assay_status status = assay_adam_new(agent->actor, agent->rates.actor, &agent->actor_adam);
    return status ? status
                  : assay_adam_new(agent->critic, agent->rates.critic, &agent->critic_adam);
}

assay_status ddpg_agent_open(ddpg_agent* agent, const ddpg_sizes* sizes, const ddpg_rates* rates,
                             assay_rng* rng) {
    *agent = (ddpg_agent){.rates = *rates, .baseline = NAN, .spread = 1};
    agent->wanted = calloc(sizes->rows, sizeof *agent->wanted);
    agent->by_action = calloc(sizes->rows, sizeof *agent->by_action);
    if (!agent->wanted || !agent->by_action) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = ddpg_batch_open(&agent->batch, sizes->rows, sizes->features);
    status = status ? status : open_nets(agent, sizes, rng);
    return status ? status : open_adams(agent);
}

void ddpg_agent_close(ddpg_agent* agent) {
    assay_nn_free(&agent->actor);
    assay_nn_free(&agent->critic);
    assay_nn_free(&agent->actor_target);
    assay_nn_free(&agent->critic_target);
    assay_adam_free(&agent->actor_adam);
    assay_adam_free(&agent->critic_adam);
    ddpg_batch_close(&agent->batch);
    free(agent->wanted);
    free(agent->by_action);
}

float ddpg_agent_act(ddpg_agent* agent, const float* state) {
    return assay_nn_forward(agent->actor, 1, state, NULL)[0];
}

/* The baseline moves once per batch, before it is subtracted. */
static void move_baseline(ddpg_agent* agent) {
    const ddpg_batch* batch = &agent->batch;
    double sum = 0;
    for (size_t i = 0; i < batch->rows; ++i) {
        sum += batch->reward[i];
    }
    double mean = sum / (double)batch->rows;
    agent->baseline = isnan(agent->baseline)
                          ? mean
                          : agent->baseline + agent->rates.baseline * (mean - agent->baseline);
}

/* Rewards with mean 0 and deviation 1 over all that is remembered. Equal rewards teach nothing. */
static void measure_rewards(ddpg_agent* agent, const ddpg_replay* replay) {
    double mean, deviation;
    ddpg_replay_rewards(replay, &mean, &deviation);
    agent->baseline = mean;
    agent->spread = deviation > 0 ? deviation : 1;
}

/* wanted = (r - b) / spread + discount * Q'(s', mu'(s')), the last term not after an episode's last
 * step */
static void want(ddpg_agent* agent) {
    const ddpg_batch* batch = &agent->batch;
    float discount = (float)agent->rates.discount, baseline = (float)agent->baseline;
    float spread = (float)agent->spread;
    for (size_t i = 0; i < batch->rows; ++i) {
        agent->wanted[i] = (batch->reward[i] - baseline) / spread;
    }
    if (discount > 0) {
        const float* mu = assay_nn_forward(agent->actor_target, batch->rows, batch->next, NULL);
        const float* q = assay_nn_forward(agent->critic_target, batch->rows, batch->next, mu);
        for (size_t i = 0; i < batch->rows; ++i) {
            agent->wanted[i] += discount * batch->more[i] * q[i];
        }
    }
}

static void teach_critic(ddpg_agent* agent) {
    const ddpg_batch* batch = &agent->batch;
    const float* q = assay_nn_forward(agent->critic, batch->rows, batch->state, batch->action);
    for (size_t i = 0; i < batch->rows; ++i) {
        agent->wanted[i] = 2 * (q[i] - agent->wanted[i]) / (float)batch->rows;
    }
    assay_nn_zero_gradients(agent->critic);
    assay_nn_backward(agent->critic, agent->wanted, NULL, NULL);
    assay_adam_step(agent->critic_adam, agent->critic);
}

/* Uphill on what the critic says of the actor's actions. */
static void teach_actor(ddpg_agent* agent) {
    const ddpg_batch* batch = &agent->batch;
    const float* mu = assay_nn_forward(agent->actor, batch->rows, batch->state, NULL);
    assay_nn_forward(agent->critic, batch->rows, batch->state, mu);
    for (size_t i = 0; i < batch->rows; ++i) {
        agent->wanted[i] = -1 / (float)batch->rows;
    }
    assay_nn_backward_inputs(agent->critic, agent->wanted, NULL, agent->by_action);
    assay_nn_zero_gradients(agent->actor);
    assay_nn_backward(agent->actor, agent->by_action, NULL, NULL);
    assay_adam_step(agent->actor_adam, agent->actor);
}

void ddpg_agent_update(ddpg_agent* agent, const ddpg_replay* replay, assay_rng* rng) {
    ddpg_batch_draw(&agent->batch, replay, rng);
    if (agent->rates.normalise) {
        measure_rewards(agent, replay);
    } else {
        move_baseline(agent);
    }
    want(agent);
    teach_critic(agent);
    teach_actor(agent);
    if (agent->rates.discount > 0) { /* the targets are asked for nothing else */
        assay_nn_blend(agent->actor_target, agent->actor, agent->rates.tau);
        assay_nn_blend(agent->critic_target, agent->critic, agent->rates.tau);
    }
}
