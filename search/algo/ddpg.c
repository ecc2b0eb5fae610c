#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithm.h"
#include "contract.h"
#include "ddpg_agent.h"
#include "option_rows.h"
#include "rng.h"

/* HAQ's agent is hidden1=300 hidden2=300 actor_rate=1e-4 discount=1 replay_episodes=64 updates=0
 * noise_decay=0.99 normalise=false identity=false fit_budget=false. Ours learns from fewer and
 * smaller updates (docs/validation.md has its figures):
 * - A step is worth what the episode was worth, no more. With a discount of 1 the critic of HAQ
 * sums that worth over all steps that follow, through targets that lag behind.
 * - Shapes hardly tell one block of a network from the next. Each variable has a feature of its
 * own.
 * - A repair that is blind to worth makes asking for everything a trap: it ends in equal bits, and
 * no single action leads out. Moved together to just within the budget, actions matter by their
 *   differences alone. */
/* clang-format off: one row per option */
/* name, default, low, high, unit, help. "HAQ": its released code, which is AMC's too. */
#define DDPG_OPTIONS(UINT, REAL, BOOL)                                                             \
    UINT(hidden1, 64, 1, 4096, "units", "first hidden layer of actor and critic (HAQ: 300)")       \
    UINT(hidden2, 64, 1, 4096, "units", "second hidden layer of actor and critic (HAQ: 300)")      \
    REAL(actor_rate, 1e-3, 0, 1, "", "Adam's rate for the actor (HAQ: 1e-4)")                      \
    REAL(critic_rate, 1e-3, 0, 1, "", "Adam's rate for the critic (HAQ: 1e-3)")                    \
    REAL(tau, 0.01, 0, 1, "", "how far target networks move after an update (HAQ: 0.01)")          \
    REAL(discount, 0, 0, 1, "", "of the worth of the steps that follow (HAQ: 1)")                  \
    REAL(baseline_rate, 0.5, 0, 1, "",                                                             \
         "of the moving mean of rewards that is subtracted unless normalise is on (HAQ: 0.5)")     \
    BOOL(normalise, 1, "rewards to mean 0 and deviation 1 of those remembered (HAQ: no)")          \
    UINT(batch, 64, 1, 4096, "transitions", "that an update learns from (HAQ: 64)")                \
    UINT(replay_episodes, 32, 1, 4096, "episodes",                                                 \
         "that are remembered (HAQ: 64, as 128 transitions per layer of two)")                     \
    UINT(updates, 12, 0, 65536, "updates", "per episode, 0: one per step (HAQ: 0)")                \
    UINT(warmup, 20, 0, 1e9, "episodes", "of random actions, and one more (HAQ: 20)")              \
    REAL(noise, 0.5, 0, 10, "", "first deviation of the truncated normal exploration (HAQ: 0.5)")  \
    REAL(noise_decay, 0.995, 0, 1, "", "of the deviation per episode (HAQ: 0.99; AMC: 0.95)")      \
    BOOL(identity, 1, "one more feature for each variable, 1 where it is decided (HAQ: no)")       \
    BOOL(fit_budget, 1,                                                                            \
         "where the repair is blind to worth: move all actions of an episode by one amount, to "   \
         "just within the budget (HAQ: no)")                                                       \
    REAL(violation_weight, 1, 0, 1e6, "",                                                          \
         "reward lost per relative excess over the budgets where nothing repairs it (ours)")       \
    UINT(parallel, 1, 1, ASSAY_ASK_MAX, "episodes",                                                \
         "that are asked at a time, before any of them is learnt from (HAQ: 1)")                   \
    BOOL(junk_transition, 0,                                                                       \
         "remember one more transition of reward 0 after each episode (HAQ's code: yes)")          \
    BOOL(inverted_flag, 0,                                                                         \
         "show the flag of the variable before, from the second on (HAQ's code: yes)")             \
    BOOL(stale_previous_action, 0,                                                                 \
         "begin with the first action of the last episode as the one before (HAQ's code: yes)")    \
    BOOL(original_defects, 0, "all three defects of HAQ's code")
/* clang-format on */

typedef struct options {
    DDPG_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL)
} options;

static const assay_option rows[] = {DDPG_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL)};

typedef struct ddpg {
    const assay_problem* problem;
    options set;
    assay_rng explore, sample;
    ddpg_agent agent;
    ddpg_replay replay;
    uint64_t episode;   /* that is asked next */
    uint64_t told;      /* episodes */
    float* action;      /* [parallel][variables] of the last questions */
    unsigned* question; /* [parallel][variables] */
    size_t features;    /* the space's, and those of identity */
    float* state;       /* [features] */
    double last_first;  /* what the last episode showed of its first action; NaN: there was none */
} ddpg;

/* ---- Actions ---- */

/* HAQ: bits = round(min - 0.5 + a * (max - min + 1)), halves to even. What halves at both ends
 * would give beyond the range is clamped. */
static unsigned choice_of(double action, unsigned choices) {
    double choice = nearbyint(action * choices - 0.5);
    return choice < 0 ? 0 : choice > choices - 1 ? choices - 1 : (unsigned)choice;
}

/* Of a choice, among the features of the next state. */
static double shown(unsigned choice, unsigned choices) {
    return choices > 1 ? (double)choice / (choices - 1) : 1;
}

/* Normal, cut off at 0 and 1, by rejection: the mean lies between them. */
static double truncated_normal(assay_rng* rng, double mean, double deviation) {
    double drawn;
    do {
        drawn = mean + deviation * assay_rng_normal(rng);
    } while (drawn < 0 || drawn > 1);
    return drawn;
}

static double act(ddpg* self, uint64_t episode) {
    double mean = ddpg_agent_act(&self->agent, self->state);
    double age = (double)episode - (double)self->set.warmup;
    return truncated_normal(&self->explore, mean,
                            self->set.noise * pow(self->set.noise_decay, age));
}

/* ---- States ---- */

/* What the agent sees of variable v after the choices x[0 .. v - 1]. */
static void see(ddpg* self, size_t v, const unsigned* x) {
    const assay_space* space = &self->problem->space;
    const double* row = space->state + v * space->features;
    for (size_t i = 0; i < space->features; ++i) {
        self->state[i] = (float)row[i];
    }
    if (self->set.identity) {
        float* own = self->state + space->features;
        memset(own, 0, space->variables * sizeof *own);
        own[v] = 1;
    }
    if (self->set.inverted_flag && v > 0 && space->flag != ASSAY_NO_FEATURE) {
        self->state[space->flag] = (float)(row - space->features)[space->flag];
    }
    if (space->previous_action == ASSAY_NO_FEATURE) {
        return;
    }
    if (v > 0) {
        self->state[space->previous_action] = (float)shown(x[v - 1], space->choices[v - 1]);
    } else if (self->set.stale_previous_action && !isnan(self->last_first)) {
        self->state[space->previous_action] = (float)self->last_first;
    }
}

/* ---- Asking ---- */

static void ask_episode(ddpg* self, float* action, unsigned* x) {
    const assay_space* space = &self->problem->space;
    for (size_t v = 0; v < space->variables; ++v) {
        see(self, v, x);
        bool random = self->episode <= self->set.warmup;
        double chosen = random ? assay_rng_unit(&self->explore) : act(self, self->episode);
        action[v] = (float)chosen;
        x[v] = choice_of(chosen, space->choices[v]);
    }
    ++self->episode;
}

static void move_actions(const assay_space* space, const float* action, double by, unsigned* x) {
    for (size_t v = 0; v < space->variables; ++v) {
        x[v] = choice_of(action[v] + by, space->choices[v]);
    }
}

/* The largest common move that is within the budget, to a part in 2048 of an action's range. */
static void fit_budget(const assay_problem* problem, const float* action, unsigned* x) {
    double low = -1, high = 1;
    for (int i = 0; i < 12; ++i) {
        double middle = (low + high) / 2;
        move_actions(&problem->space, action, middle, x);
        *(problem->feasible(problem->user, x) ? &low : &high) = middle;
    }
    move_actions(&problem->space, action, low, x);
}

static void bring_within(const ddpg* self, const float* action, unsigned* x) {
    const assay_problem* problem = self->problem;
    if (self->set.fit_budget && problem->feasible && !problem->weighed) {
        fit_budget(problem, action, x);
    }
    if (problem->repair) {
        problem->repair(problem->user, x); /* where it cannot, the score will say so */
    }
}

static size_t ddpg_ask(void* user, size_t max, unsigned* x) {
    ddpg* self = user;
    size_t variables = self->problem->space.variables;
    size_t count = self->set.parallel < max ? (size_t)self->set.parallel : max;
    for (size_t i = 0; i < count; ++i) {
        size_t at = i * variables;
        ask_episode(self, self->action + at, self->question + at);
        memcpy(x + at, self->question + at, variables * sizeof *x);
        bring_within(self, self->action + at, x + at);
    }
    return count;
}

/* ---- Learning ---- */

/* Updates that are due after step v of an episode: spread evenly over its steps. */
static size_t due(const ddpg* self, size_t v) {
    size_t variables = self->problem->space.variables;
    uint64_t updates = self->set.updates ? self->set.updates : variables;
    return (size_t)((v + 1) * updates / variables - v * updates / variables);
}

static void learn(ddpg* self, size_t v) {
    if (self->told <= self->set.warmup || self->replay.count < 2) {
        return;
    }
    for (size_t i = due(self, v); i > 0; --i) {
        ddpg_agent_update(&self->agent, &self->replay, &self->sample);
    }
}

/* HAQ's code stores one more transition when an episode is over: its last state with one more
 * action of the actor, reward 0, not the last. */
static void add_junk(ddpg* self) {
    double action = act(self, self->told);
    ddpg_replay_add(&self->replay, self->state, (float)action, 0, false);
}

/* What is remembered is what the agent did, not what the budget made of it: there, more is always
 * better, and all actions would go to their ends. */
static void tell_episode(ddpg* self, const float* action, const unsigned* question, double reward) {
    const assay_space* space = &self->problem->space;
    for (size_t v = 0; v < space->variables; ++v) {
        see(self, v, question);
        ddpg_replay_add(&self->replay, self->state, action[v], (float)reward,
                        v + 1 == space->variables);
        learn(self, v);
    }
    if (self->set.junk_transition) {
        add_junk(self);
    }
    self->last_first = shown(question[0], space->choices[0]);
}

static void ddpg_tell(void* user, size_t count, const unsigned* x, const assay_score* score) {
    (void)x;
    ddpg* self = user;
    size_t variables = self->problem->space.variables;
    for (size_t i = 0; i < count; ++i) {
        double reward = score[i].reward - self->set.violation_weight * score[i].violation;
        if (isfinite((float)reward)) { /* nothing is learnt from an evaluation that failed */
            tell_episode(self, self->action + i * variables, self->question + i * variables,
                         reward);
        }
        ++self->told;
    }
}

/* ---- Making ---- */

static void ddpg_destroy(void* user) {
    ddpg* self = user;
    ddpg_agent_close(&self->agent);
    ddpg_replay_close(&self->replay);
    free(self->action);
    free(self->question);
    free(self->state);
    free(self);
}

static assay_status open_room(ddpg* self) {
    const assay_space* space = &self->problem->space;
    size_t parallel = (size_t)self->set.parallel, steps = space->variables;
    self->features = space->features + (self->set.identity ? steps : 0);
    self->action = calloc(parallel * steps, sizeof *self->action);
    self->question = calloc(parallel * steps, sizeof *self->question);
    self->state = calloc(self->features, sizeof *self->state);
    if (!self->action || !self->question || !self->state) {
        return ASSAY_NO_MEMORY;
    }
    steps += self->set.junk_transition ? 1 : 0;
    return ddpg_replay_open(&self->replay, (size_t)self->set.replay_episodes * steps + 1,
                            self->features);
}

static assay_status open_agent(ddpg* self, uint64_t seed) {
    const options* set = &self->set;
    ddpg_sizes sizes = {self->features, (size_t)set->hidden1, (size_t)set->hidden2,
                        (size_t)set->batch};
    ddpg_rates rates = {set->actor_rate, set->critic_rate,   set->tau,
                        set->discount,   set->baseline_rate, set->normalise != 0};
    assay_rng init = assay_rng_seed(seed, "ddpg.init");
    return ddpg_agent_open(&self->agent, &sizes, &rates, &init);
}

/* A task that forgot to say "none" says feature 0. */
static bool flag_is_one(const assay_space* space) {
    bool binary = space->flag < space->features && space->flag != space->previous_action;
    for (size_t v = 0; binary && v < space->variables; ++v) {
        double shown_flag = space->state[v * space->features + space->flag];
        binary = shown_flag == 0 || shown_flag == 1;
    }
    return binary;
}

static assay_status ddpg_create(const assay_problem* problem, const void* set, uint64_t seed,
                                void** out, assay_report* report) {
    *out = NULL;
    if (!problem->space.state || problem->space.features == 0) {
        assay_report_add(report, "ddpg: the task shows an agent no features of its variables");
        return ASSAY_BAD_INPUT;
    }
    const assay_space* space = &problem->space;
    ASSAY_REQUIRE(space->flag == ASSAY_NO_FEATURE || flag_is_one(space));
    ASSAY_REQUIRE(space->previous_action == ASSAY_NO_FEATURE ||
                  space->previous_action < space->features);
    ddpg* self = calloc(1, sizeof *self);
    if (!self) {
        return ASSAY_NO_MEMORY;
    }
    self->problem = problem;
    self->set = *(const options*)set;
    self->set.junk_transition |= self->set.original_defects;
    self->set.inverted_flag |= self->set.original_defects;
    self->set.stale_previous_action |= self->set.original_defects;
    self->explore = assay_rng_seed(seed, "ddpg.explore");
    self->sample = assay_rng_seed(seed, "ddpg.sample");
    self->last_first = NAN;
    assay_status status = open_room(self);
    status = status ? status : open_agent(self, seed);
    if (status) {
        ddpg_destroy(self);
        return status;
    }
    *out = self;
    return ASSAY_OK;
}

const assay_algorithm algorithm_ddpg = {
    .name = "ddpg",
    .summary = "actor and critic that walk through the layers (HAQ, AMC)",
    .options = ASSAY_OPTION_ROWS("ddpg", rows),
    .needs = ASSAY_NEEDS_STATE,
    .create = ddpg_create,
    .ask = ddpg_ask,
    .tell = ddpg_tell,
    .destroy = ddpg_destroy,
};
