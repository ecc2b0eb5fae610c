/* Policy and machine together: bits per layer as in haq, options of the machine as in hw, limits on
 * what the pair takes. What is over the limits is not worth an evaluation of accuracy. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "joint.h"
#include "option_rows.h"

static const char* const front_names[] = {"accuracy,latency,energy,area",
                                          "accuracy,latency,energy",
                                          "accuracy,latency,area",
                                          "accuracy,energy,area",
                                          "accuracy,latency",
                                          "accuracy,energy",
                                          "accuracy,area",
                                          NULL};
/* Besides accuracy. */
static const struct {
    size_t count;
    hw_metric of[3];
} fronts[] = {{3, {HW_LATENCY, HW_ENERGY, HW_AREA}},
              {2, {HW_LATENCY, HW_ENERGY}},
              {2, {HW_LATENCY, HW_AREA}},
              {2, {HW_ENERGY, HW_AREA}},
              {1, {HW_LATENCY}},
              {1, {HW_ENERGY}},
              {1, {HW_AREA}}};

// clang-format off: one row per option
#define ASSAY_JOINT_OPTIONS(UINT, REAL, BOOL, CHOICE)                                              \
    UINT(w_min, 4, 1, 16, "bits", "least width of weights (HAQ: 2)")                               \
    UINT(w_max, 8, 1, 16, "bits", "greatest width of weights (HAQ: 8)")                            \
    UINT(a_min, 4, 1, 16, "bits", "least width of activations (HAQ: 2)")                           \
    UINT(a_max, 8, 1, 16, "bits", "greatest width of activations (HAQ: 8)")                        \
    BOOL(keep_ends, 1, "the first and the last layer keep 8 bits (HAQ: yes)")                      \
    REAL(lambda, 0.1, 1e-6, 1e6, "",                                                               \
         "reward per percent of accuracy over the float network's (HAQ: 0.1)")                     \
    CHOICE(front, 0, front_names,                                                                  \
           "what algorithms of several objectives weigh and pareto.csv is about")                  \
    UINT(images, 0, 0, 1e9, "images",                                                              \
         "first ones of the search split that a candidate sees; 0: all")                           \
    UINT(limit, 600, 1, 1e6, "s", "a candidate that takes longer counts as hung and fails")
// clang-format on

typedef struct options {
    ASSAY_JOINT_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL, ASSAY_FIELD_CHOICE)
} options;

/* Of a machine on which some layer has no place. */
static const double unfit_violation = 1000, unfit_objective = 1e30;

/* ---- Evaluating ---- */

/* Candidates side by side: all are measured, those within the limits and the
 * references evaluated. */
typedef struct batch {
    size_t count, asked;
    unsigned* machines;           /* [count][its variables] */
    haq_bits* bits;               /* [count][layers] */
    hw_widths* widths;            /* [count][layers] */
    hw_cost* costs;               /* [count] */
    size_t* place;                /* [count] of its question; count: none */
    assay_layer_policy* policies; /* [count][all layers] */
    assay_accuracy_question* questions;
    assay_accuracy_result* answers;
} batch;

static bool prepare(const joint* j, size_t count, const unsigned* x, batch* b) {
    const size_t machine = joint_machine_variables(j), layers = j->layers.count;
    *b = (batch){.count = count};
    b->machines = calloc(count, machine * sizeof *b->machines);
    b->bits = calloc(count, layers * sizeof *b->bits);
    b->widths = calloc(count, layers * sizeof *b->widths);
    b->costs = calloc(count, sizeof *b->costs);
    b->place = calloc(count, sizeof *b->place);
    b->policies = calloc(count, j->layers.total * sizeof *b->policies);
    b->questions = calloc(count, sizeof *b->questions);
    b->answers = calloc(count, sizeof *b->answers);
    if (b->machines == NULL || b->bits == NULL || b->widths == NULL || b->costs == NULL ||
        b->place == NULL || b->policies == NULL || b->questions == NULL || b->answers == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(b->machines + i * machine, x + i * j->variables, machine * sizeof *x);
        joint_bits(j, x + i * j->variables, b->bits + i * layers);
        haq_policy(&j->layers, b->bits + i * layers, b->policies + i * j->layers.total);
    }
    for (size_t i = 0; i < count * layers; i++) {
        b->widths[i] = (hw_widths){b->bits[i].w, b->bits[i].a};
    }
    return true;
}

static void release(batch* b) {
    void* const owned[] = {b->machines, b->bits,     b->widths,    b->costs,
                           b->place,    b->policies, b->questions, b->answers};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        free(owned[i]);
    }
}

static bool is_within(const joint* j, const hw_cost* cost) {
    return cost->verdict == HW_MEASURED && !(hw_limits_violation(&j->hw.limits, cost) > 0);
}

/* Fixed widths are what others are compared with. */
static bool is_reference(const joint* j, const unsigned* x) {
    for (size_t k = 0; k < j->reference_count; k++) {
        if (memcmp(j->references[k].x, x, j->variables * sizeof *x) == 0) {
            return true;
        }
    }
    return false;
}

static assay_status measure(joint* j, batch* b, const unsigned* x, assay_report* report) {
    const hw_machines machines = {b->count, b->machines, b->widths, 0};
    assay_status status = hw_meter_measure(j->hw.meter, &machines, b->costs, report);
    for (size_t i = 0; i < b->count && status == ASSAY_OK; i++) {
        b->place[i] = b->count;
        if (is_within(j, &b->costs[i]) || is_reference(j, x + i * j->variables)) {
            b->place[i] = b->asked;
            b->questions[b->asked++] = (assay_accuracy_question){
                .policy = b->policies + i * j->layers.total, .label = "a candidate of the batch"};
        }
    }
    return status == ASSAY_OK ? assay_accuracy_pool_ask(j->pool, b->questions, b->asked,
                                                        joint_goes_on, j, b->answers, report)
                              : status;
}

/* Without an answer: as bad as an accuracy of 0. */
static void score(const joint* j, const hw_cost* cost, double accuracy, assay_score* out) {
    const bool measured = cost->verdict == HW_MEASURED;
    out->reward = cost->verdict == HW_LOST ? NAN : 100 * j->lambda * (accuracy - j->original.top1);
    out->violation = measured ? hw_limits_violation(&j->hw.limits, cost) : unfit_violation;
    out->objectives[0] = 1 - accuracy;
    for (size_t i = 0; i < fronts[j->front].count; i++) {
        out->objectives[1 + i] =
            measured ? hw_metric_of(cost, fronts[j->front].of[i]) : unfit_objective;
    }
    out->objective_count = 1 + fronts[j->front].count;
}

static assay_record record_of(const joint* j, const batch* b, size_t i) {
    const hw_cost* cost = &b->costs[i];
    const assay_accuracy_result* found = b->place[i] < b->count ? &b->answers[b->place[i]] : NULL;
    assay_record r = {.accuracy = found != NULL ? found->top1 : NAN,
                      .loss = found != NULL ? found->loss : NAN,
                      .seconds = cost->seconds,
                      .energy_j = cost->energy_j,
                      .area_mm2 = cost->area_mm2};
    for (size_t l = 0; l < j->layers.count; l++) {
        const haq_bits bits = b->bits[i * j->layers.count + l];
        r.size_bytes += j->layers.layers[l].params * bits.w / 8;
        r.bops += j->layers.layers[l].macs * bits.w * bits.a;
    }
    score(j, cost, found != NULL ? found->top1 : 0, &r.score);
    return r;
}

static assay_status evaluate(void* self, size_t count, const unsigned* x, assay_record* out,
                             assay_report* report) {
    joint* j = self;
    batch b;
    assay_status status = prepare(j, count, x, &b) ? measure(j, &b, x, report) : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        out[i] = record_of(j, &b, i);
    }
    release(&b);
    return status;
}

/* ---- Life cycle ---- */

static void close_joint(void* self) {
    joint_free(self);
    free(self);
}

static assay_status open_joint(const assay_search_settings* settings, const void* values,
                               void** self, assay_report* report) {
    const options* o = values;
    joint* j = calloc(1, sizeof *j);
    if (j == NULL) {
        return ASSAY_NO_MEMORY;
    }
    j->ranges = (haq_ranges){.w_min = (unsigned)o->w_min,
                             .w_max = (unsigned)o->w_max,
                             .a_min = (unsigned)o->a_min,
                             .a_max = (unsigned)o->a_max,
                             .keep_ends = o->keep_ends != 0};
    j->lambda = o->lambda;
    j->front = o->front;
    j->images = o->images;
    j->limit_s = (unsigned)o->limit;
    j->hw.settings = settings;
    j->hw.w_bits = j->hw.a_bits = HAQ_REFERENCE_BITS;
    j->hw.measures_accuracy = true;
    assay_status status = joint_open(j, report);
    if (status != ASSAY_OK) {
        close_joint(j);
        return status;
    }
    *self = j;
    return ASSAY_OK;
}

/* ---- What is asked of an open task ---- */

static const assay_problem* problem(const void* self) {
    return &((const joint*)self)->problem;
}

static size_t references(const void* self, const assay_named_candidate** out) {
    *out = ((const joint*)self)->references;
    return ((const joint*)self)->reference_count;
}

/* NULL: out of memory, since everything that a policy may say was checked. */
static assay_policy* policy_of(const joint* j, const unsigned* x) {
    assay_policy* policy = NULL;
    haq_bits* bits = calloc(j->layers.count, sizeof *bits);
    assay_layer_policy* layers = calloc(j->layers.total, sizeof *layers);
    assay_report* report = assay_report_new();
    if (bits != NULL && layers != NULL && report != NULL) {
        joint_bits(j, x, bits);
        haq_policy(&j->layers, bits, layers);
        assay_policy_make(j->hw.networks[0], layers, &policy, report);
    }
    assay_report_free(&report);
    free(layers);
    free(bits);
    return policy;
}

static char* describe(const void* self, const unsigned* x) {
    const joint* j = self;
    assay_policy* policy = policy_of(j, x);
    char* text = NULL;
    if (policy != NULL) {
        assay_policy_json(policy, j->hw.networks[0], &text);
    }
    assay_policy_free(&policy);
    return text;
}

static char* machine(const void* self, const unsigned* x) {
    return hw_space_json(((const joint*)self)->hw.space, x);
}

static void hash(const void* self, const unsigned* x, char out[ASSAY_HASH_TEXT]) {
    const joint* j = self;
    assay_policy* policy = policy_of(j, x);
    assay_hasher* hasher = assay_hasher_new();
    out[0] = '\0';
    if (policy != NULL && hasher != NULL) {
        assay_policy_hash(policy, out);
        hw_space_set(j->hw.space, x);
        assay_hasher_text(hasher, "policy", out);
        assay_hasher_text(hasher, "hw", assay_hw_hash(j->hw.space->hw));
        assay_hasher_text(hasher, "network", assay_workload_hash(j->hw.networks[0]));
        assay_hash_format(assay_hasher_done(hasher), out);
    }
    assay_hasher_free(&hasher);
    assay_policy_free(&policy);
}

static void budget(const void* self, const unsigned* x, assay_search_budget* out) {
    (void)x; /* measuring tells what it uses */
    hw_limits_tell(&((const joint*)self)->hw.limits, out);
}

static double used(const void* self, const assay_record* record) {
    return hw_limits_used(&((const joint*)self)->hw.limits, record);
}

static const assay_option rows[] = {
    ASSAY_JOINT_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

const assay_task task_joint = {
    .name = "joint",
    .summary = "bits per layer and the machine together, by accuracy under limits of the pair",
    .options = ASSAY_OPTION_ROWS("joint", rows),
    .algorithm = "evolution",
    .evaluations = 500,
    .open = open_joint,
    .problem = problem,
    .evaluate = evaluate,
    .references = references,
    .describe = describe,
    .machine = machine,
    .hash = hash,
    .budget = budget,
    .used = used,
    .close = close_joint,
};
