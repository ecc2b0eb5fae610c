/* The machine itself: options of a hardware file are the variables, under limits of area, power,
 * latency and energy, for one network or several. What a candidate is worth is measured: each layer
 * alone on the machine, as tables have it, summed up. */
#include <math.h>
#include <stdlib.h>

#include "hash.h"
#include "hw_problem.h"
#include "option_rows.h"

static const char* const objective_names[] = {"latency", "energy", "edp", "area", NULL};
static const hw_metric objective_metrics[] = {HW_LATENCY, HW_ENERGY, HW_EDP, HW_AREA};
enum {
    OBJECTIVE_EDP = 2
};

static const char* const front_names[] = {"latency,energy,area", "latency,energy", "latency,area",
                                          "energy,area",         "edp,area",       NULL};
static const struct {
    size_t count;
    hw_metric of[3];
} fronts[] = {{3, {HW_LATENCY, HW_ENERGY, HW_AREA}},
              {2, {HW_LATENCY, HW_ENERGY}},
              {2, {HW_LATENCY, HW_AREA}},
              {2, {HW_ENERGY, HW_AREA}},
              {2, {HW_EDP, HW_AREA}}};

// clang-format off: one row per option
#define ASSAY_HW_OPTIONS(UINT, CHOICE)                                                             \
    CHOICE(objective, OBJECTIVE_EDP, objective_names,                                              \
           "what the reward is about: ln(of the file's machine / of the candidate); edp: energy "  \
           "x latency")                                                                            \
    CHOICE(front, 0, front_names,                                                                  \
           "what algorithms of several objectives minimise and pareto.csv is about")               \
    UINT(w_bits, 8, 1, 16, "bits", "width of all weights")                                         \
    UINT(a_bits, 8, 1, 16, "bits", "width of all activations")
// clang-format on

typedef struct options {
    ASSAY_HW_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_CHOICE)
} options;

/* Of a machine on which some layer has no place. */
static const double unfit_reward = -1000, unfit_violation = 1000, unfit_objective = 1e30;

typedef struct hw {
    hw_problem it;
    options options;
    assay_named_candidate reference;
} hw;

/* ---- What a machine is worth ---- */

static assay_record judge(const hw* h, const hw_cost* cost) {
    assay_record r = {.accuracy = NAN,
                      .loss = NAN,
                      .seconds = cost->seconds,
                      .energy_j = cost->energy_j,
                      .size_bytes = NAN,
                      .area_mm2 = cost->area_mm2,
                      .bops = NAN};
    const hw_metric objective = objective_metrics[h->options.objective];
    const bool fits = cost->verdict == HW_MEASURED;
    r.score.reward = fits
                         ? log(hw_metric_of(&h->it.base, objective) / hw_metric_of(cost, objective))
                     : cost->verdict == HW_UNFIT ? unfit_reward
                                                 : NAN;
    r.score.violation = fits ? hw_limits_violation(&h->it.limits, cost) : unfit_violation;
    r.score.objective_count = fronts[h->options.front].count;
    for (size_t i = 0; i < r.score.objective_count; i++) {
        r.score.objectives[i] =
            fits ? hw_metric_of(cost, fronts[h->options.front].of[i]) : unfit_objective;
    }
    return r;
}

static assay_status evaluate(void* self, size_t count, const unsigned* x, assay_record* out,
                             assay_report* report) {
    const hw* h = self;
    const hw_machines asked = {.count = count, .x = x};
    hw_cost* cost = calloc(count + 1, sizeof *cost);
    assay_status status =
        cost != NULL ? hw_meter_measure(h->it.meter, &asked, cost, report) : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        out[i] = judge(h, &cost[i]);
    }
    free(cost);
    return status;
}

/* ---- Life cycle ---- */

static void close_hw(void* self) {
    hw* h = self;
    hw_problem_free(&h->it);
    free(h);
}

static assay_status open_hw(const assay_search_settings* settings, const void* values, void** self,
                            assay_report* report) {
    hw* h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ASSAY_NO_MEMORY;
    }
    h->options = *(const options*)values;
    h->it.settings = settings;
    h->it.w_bits = (unsigned)h->options.w_bits;
    h->it.a_bits = (unsigned)h->options.a_bits;
    assay_status status = hw_problem_open(&h->it, report);
    if (status != ASSAY_OK) {
        close_hw(h);
        return status;
    }
    h->reference = (assay_named_candidate){"as given", h->it.base_x};
    *self = h;
    return ASSAY_OK;
}

/* ---- What is asked of an open task ---- */

static const assay_problem* problem(const void* self) {
    return &((const hw*)self)->it.problem;
}

static size_t references(const void* self, const assay_named_candidate** out) {
    const hw* h = self;
    *out = &h->reference;
    return hw_base_is_a_candidate(&h->it) ? 1 : 0;
}

static char* machine(const void* self, const unsigned* x) {
    return hw_space_json(((const hw*)self)->it.space, x);
}

/* Of the machine and what it was measured by. */
static void hash(const void* self, const unsigned* x, char out[33]) {
    const hw* h = self;
    assay_hasher* hasher = assay_hasher_new();
    out[0] = '\0';
    if (hasher == NULL) {
        return;
    }
    hw_space_set(h->it.space, x);
    assay_hasher_text(hasher, "hw", assay_hw_hash(h->it.space->hw));
    assay_hasher_uint(hasher, "w_bits", h->options.w_bits);
    assay_hasher_uint(hasher, "a_bits", h->options.a_bits);
    for (size_t i = 0; i < h->it.network_count; i++) {
        assay_hasher_text(hasher, "network", assay_workload_hash(h->it.networks[i]));
    }
    assay_hash_format(assay_hasher_done(hasher), out);
    assay_hasher_free(&hasher);
}

static void budget(const void* self, const unsigned* x, assay_search_budget* out) {
    (void)x; /* measuring tells what it uses */
    hw_limits_tell(&((const hw*)self)->it.limits, out);
}

static double used(const void* self, const assay_record* record) {
    return hw_limits_used(&((const hw*)self)->it.limits, record);
}

static const assay_option rows[] = {ASSAY_HW_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_CHOICE)};

const assay_task task_hw = {
    .name = "hw",
    .summary = "the machine: options of a hardware file, for one network or several",
    .options = ASSAY_OPTION_ROWS("hw", rows),
    .algorithm = "nsga2",
    .evaluations = 500,
    .open = open_hw,
    .problem = problem,
    .evaluate = evaluate,
    .references = references,
    .machine = machine,
    .hash = hash,
    .budget = budget,
    .used = used,
    .close = close_hw,
};
