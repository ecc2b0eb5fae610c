/* Widths from sensitivities, as HAWQ-V3 chooses them (Yao et al., ICML 2021): every layer takes 4
 * or 8 bits, for weights and activations alike; what a layer at 4 bits costs in accuracy is its
 * trace times the squared error that 4 bits add to that of 8, and such damages add up. Nothing is
 * measured: all numbers stand in the table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "budget_spec.h"
#include "hash.h"
#include "hawq_groups.h"
#include "json.h"
#include "option_rows.h"
#include "task.h"

static const char* const label_names[] = {"layer", "name", NULL};
enum {
    LABEL_LAYER,
    LABEL_NAME
};

// clang-format off: one row per option
#define ASSAY_HAWQ_OPTIONS(CHOICE)                                                                 \
    CHOICE(                                                                                        \
        labels, LABEL_LAYER, label_names,                                                          \
        "column of the table that names the policy's layers (the authors' tables have no names)")
// clang-format on

typedef struct options {
    ASSAY_HAWQ_OPTIONS(ASSAY_FIELD_CHOICE)
} options;

typedef struct hawq {
    hawq_groups layers;
    size_t count;    /* of groups: variables, and items of the knapsack problem */
    size_t budgeted; /* HAWQ_METRICS: no budget */
    double limit;
    assay_problem problem;
    assay_separable separable;
    assay_budget* budget;
    unsigned* choices;
    const char** names;
    double *state, *value, *cost;
    size_t* start;
    unsigned* reference_x[HAWQ_WIDTHS];
    assay_named_candidate references[HAWQ_WIDTHS];
} hawq;

/* ---- What a candidate costs ---- */

static double sum_of(const hawq* h, size_t which, const unsigned* x) {
    double sum = 0;
    for (size_t i = 0; i < h->count; i++) {
        sum += h->layers.groups[i].cost[which][x[i]];
    }
    return sum;
}

static double reward_of(const hawq* h, const unsigned* x) {
    double sum = 0;
    for (size_t i = 0; i < h->count; i++) {
        sum += h->value[HAWQ_WIDTHS * i + x[i]];
    }
    return sum;
}

static double used_by(const hawq* h, const unsigned* x) {
    return h->budgeted < HAWQ_METRICS ? sum_of(h, h->budgeted, x) : NAN;
}

static assay_record measure(const hawq* h, const unsigned* x) {
    assay_record r = {.accuracy = NAN,
                      .loss = NAN,
                      .seconds = h->layers.timed ? sum_of(h, HAWQ_LATENCY, x) : NAN,
                      .energy_j = NAN,
                      .size_bytes = sum_of(h, HAWQ_SIZE, x),
                      .area_mm2 = NAN,
                      .bops = sum_of(h, HAWQ_BOPS, x)};
    double used = used_by(h, x);
    r.score.reward = reward_of(h, x);
    r.score.violation = used > h->limit ? used / h->limit - 1 : 0;
    r.score.objective_count = 2;
    r.score.objectives[0] = 0 - r.score.reward; /* no negative zero */
    r.score.objectives[1] = h->budgeted < HAWQ_METRICS ? used : r.size_bytes;
    return r;
}

static assay_status evaluate(void* self, size_t count, const unsigned* x, assay_record* out,
                             assay_report* report) {
    const hawq* h = self;
    (void)report; /* sums do not fail */
    for (size_t i = 0; i < count; i++) {
        out[i] = measure(h, x + i * h->count);
    }
    return ASSAY_OK;
}

/* ---- Opening ---- */

static double least(const hawq* h, size_t which) {
    double sum = 0;
    for (size_t i = 0; i < h->count; i++) {
        const double* cost = h->layers.groups[i].cost[which];
        sum += fmin(cost[0], cost[1]);
    }
    return sum;
}

/* Between what all layers at 4 bits cost and what all at 8 bits cost (at 0 and 1 to the last bit),
 * or absolute. */
static double resolve(const hawq* h, const assay_budget_spec* spec, size_t which) {
    double low = sum_of(h, which, h->reference_x[0]), high = sum_of(h, which, h->reference_x[1]);
    return spec->relative ? (1 - spec->value) * low + spec->value * high : spec->value;
}

static void read_budget(hawq* h, const char* text, assay_report* report) {
    assay_budget_spec spec;
    if (!assay_budget_read(text, hawq_metric_names, &spec, report)) {
        return;
    }
    size_t which = 0;
    while (hawq_metric_names[which] != spec.metric) {
        which++;
    }
    if (which == HAWQ_LATENCY && !h->layers.timed) {
        assay_report_add(report, "--budget: the table has no latencies (assay sensitivity --hw "
                                 "measures them)");
    } else if (spec.relative && spec.value > 1) {
        assay_report_add(report,
                         "--budget: %g is not in 0 .. 1, a fraction of the way from all "
                         "layers at 4 bits to all at 8",
                         spec.value);
    } else if (resolve(h, &spec, which) < least(h, which)) {
        assay_report_add(report, "--budget: %s of %g cannot be met, the least is %g", spec.metric,
                         resolve(h, &spec, which), least(h, which));
    } else {
        h->budgeted = which;
        h->limit = resolve(h, &spec, which);
    }
}

static bool allocate(hawq* h) {
    size_t n = h->count;
    h->choices = calloc(n, sizeof *h->choices);
    h->names = calloc(n, sizeof *h->names);
    h->state = calloc(n, HAWQ_FEATURES * sizeof *h->state);
    h->value = calloc(n, HAWQ_WIDTHS * sizeof *h->value);
    h->cost = calloc(n, HAWQ_WIDTHS * sizeof *h->cost);
    h->start = calloc(n + 1, sizeof *h->start);
    bool good = h->choices != NULL && h->names != NULL && h->state != NULL && h->value != NULL &&
                h->cost != NULL && h->start != NULL;
    for (size_t w = 0; w < HAWQ_WIDTHS; w++) {
        h->reference_x[w] = calloc(n, sizeof *h->reference_x[w]);
        good = good && h->reference_x[w] != NULL;
    }
    return good;
}

static void fill(hawq* h) {
    for (size_t i = 0; i < h->count; i++) {
        const hawq_group* group = &h->layers.groups[i];
        h->choices[i] = HAWQ_WIDTHS;
        h->names[i] = group->name;
        h->value[HAWQ_WIDTHS * i] = -group->damage;
        h->start[i + 1] = HAWQ_WIDTHS * (i + 1);
        memcpy(h->state + HAWQ_FEATURES * i, group->features, sizeof group->features);
        for (size_t w = 0; w < HAWQ_WIDTHS; w++) {
            h->reference_x[w][i] = (unsigned)w;
        }
    }
    h->references[0] = (assay_named_candidate){"8 bits", h->reference_x[1]};
    h->references[1] = (assay_named_candidate){"4 bits", h->reference_x[0]};
}

static assay_status pose_problem(hawq* h) {
    for (size_t i = 0; i < h->count && h->budgeted < HAWQ_METRICS; i++) {
        memcpy(h->cost + HAWQ_WIDTHS * i, h->layers.groups[i].cost[h->budgeted],
               HAWQ_WIDTHS * sizeof *h->cost);
    }
    h->separable = (assay_separable){.items = h->count,
                                     .start = h->start,
                                     .value = h->value,
                                     .limits = h->budgeted < HAWQ_METRICS ? 1 : 0,
                                     .cost = {h->cost},
                                     .limit = {h->limit}};
    h->problem = (assay_problem){.space = {.variables = h->count,
                                           .choices = h->choices,
                                           .names = h->names,
                                           .state = h->state,
                                           .features = HAWQ_FEATURES,
                                           .previous_action = HAWQ_PREVIOUS_ACTION,
                                           .flag = ASSAY_NO_FEATURE},
                                 .separable = &h->separable,
                                 .repair = assay_budget_repair,
                                 .feasible = assay_budget_feasible};
    assay_status status = assay_budget_new(&h->problem.space, &h->separable, &h->budget);
    h->problem.user = h->budget;
    return status;
}

static assay_status build(hawq* h, const assay_search_settings* settings, const options* options,
                          assay_report* report) {
    size_t before = assay_report_count(report);
    assay_status status = hawq_groups_read(settings->sensitivity, options->labels == LABEL_NAME,
                                           settings->ties, &h->layers, report);
    if (status != ASSAY_OK) {
        return status;
    }
    h->count = h->layers.count;
    if (!allocate(h)) {
        return ASSAY_NO_MEMORY;
    }
    fill(h);
    if (settings->budget != NULL) {
        read_budget(h, settings->budget, report);
    }
    return assay_report_count(report) == before ? pose_problem(h) : ASSAY_BAD_INPUT;
}

/* Sources that this task does not look at. */
static void refuse_others(const assay_search_settings* s, assay_report* report) {
    const struct {
        const char *name, *value;
    } others[] = {
        {"network", s->network}, {"hw", s->hw},     {"vary", s->vary_count > 0 ? s->vary[0] : NULL},
        {"table", s->table},     {"data", s->data}, {"external", s->external}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].value != NULL) {
            assay_report_add(report,
                             "--%s: is not used by the task hawq, which takes everything "
                             "from --sensitivity",
                             others[i].name);
        }
    }
}

static void close_hawq(void* self) {
    hawq* h = self;
    assay_budget_free(&h->budget);
    for (size_t w = 0; w < HAWQ_WIDTHS; w++) {
        free(h->reference_x[w]);
    }
    void* const owned[] = {h->choices, (void*)h->names, h->state, h->value, h->cost, h->start};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        free(owned[i]);
    }
    hawq_groups_free(&h->layers);
    free(h);
}

static assay_status open_hawq(const assay_search_settings* settings, const void* values,
                              void** self, assay_report* report) {
    size_t before = assay_report_count(report);
    refuse_others(settings, report);
    if (settings->sensitivity == NULL) {
        assay_report_add(report, "--sensitivity FILE.csv is missing: the task hawq needs it");
        return ASSAY_BAD_INPUT;
    }
    hawq* h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ASSAY_NO_MEMORY;
    }
    h->budgeted = HAWQ_METRICS;
    h->limit = INFINITY;
    assay_status status = build(h, settings, values, report);
    if (status == ASSAY_OK && assay_report_count(report) > before) {
        status = ASSAY_BAD_INPUT;
    }
    if (status != ASSAY_OK) {
        close_hawq(h);
        return status;
    }
    *self = h;
    return ASSAY_OK;
}

/* ---- What is asked of an open task ---- */

static const assay_problem* problem(const void* self) {
    return &((const hawq*)self)->problem;
}

static size_t references(const void* self, const assay_named_candidate** out) {
    *out = ((const hawq*)self)->references;
    return HAWQ_WIDTHS;
}

static char* describe(const void* self, const unsigned* x) {
    const hawq* h = self;
    assay_json_writer* w = assay_json_writer_new(2);
    if (w == NULL) {
        return NULL;
    }
    assay_json_begin_object(w, NULL);
    assay_json_write_uint(w, "schema", 1);
    assay_json_begin_object(w, "layers");
    for (size_t i = 0; i < h->layers.table.count; i++) {
        unsigned bits = hawq_widths[x[h->layers.group_of[i]]];
        assay_json_begin_object(w, h->layers.labels[i]);
        assay_json_write_uint(w, "w_bits", bits);
        assay_json_write_uint(w, "a_bits", bits);
        assay_json_end_object(w);
    }
    assay_json_end_object(w);
    assay_json_end_object(w);
    const char* text = assay_json_writer_text(w, NULL);
    char* copy = text != NULL ? strdup(text) : NULL;
    assay_json_writer_free(&w);
    return copy;
}

static void hash(const void* self, const unsigned* x, char out[33]) {
    const hawq* h = self;
    assay_hasher* hasher = assay_hasher_new();
    out[0] = '\0';
    if (hasher == NULL) {
        return;
    }
    for (size_t i = 0; i < h->layers.table.count; i++) {
        assay_hasher_text(hasher, "layer", h->layers.labels[i]);
        assay_hasher_uint(hasher, "bits", hawq_widths[x[h->layers.group_of[i]]]);
    }
    assay_hash_format(assay_hasher_done(hasher), out);
    assay_hasher_free(&hasher);
}

static void budget(const void* self, const unsigned* x, assay_search_budget* out) {
    const hawq* h = self;
    *out = (assay_search_budget){.limit = h->limit, .used = used_by(h, x)};
    if (h->budgeted < HAWQ_METRICS) {
        snprintf(out->metric, sizeof out->metric, "%s", hawq_metric_names[h->budgeted]);
    }
}

static const assay_option rows[] = {ASSAY_HAWQ_OPTIONS(ASSAY_ROW_CHOICE)};

const assay_task task_hawq = {
    .name = "hawq",
    .summary = "4 or 8 bits per layer from a table of sensitivities (HAWQ-V3)",
    .options = ASSAY_OPTION_ROWS("hawq", rows),
    .algorithm = "exact",
    .evaluations = 1000,
    .open = open_hawq,
    .problem = problem,
    .evaluate = evaluate,
    .references = references,
    .describe = describe,
    .hash = hash,
    .budget = budget,
    .close = close_hawq,
};
