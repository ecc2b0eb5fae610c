/* Bits for weights and activations, layer by layer, as HAQ (Wang et al., CVPR 2019) searches them:
 * the reward is the accuracy on real data under the policy, the budget is kept on what the machine
 * was measured to take. */
#include "haq.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assay/network.h"
#include "budget_spec.h"
#include "hash.h"
#include "option_rows.h"

static const char* const enforcement_names[] = {"ours", "haq", NULL};
enum {
    ENFORCEMENT_OURS,
    ENFORCEMENT_HAQ
};
static const char* const sensitivity_names[] = {"measured", "proxy", NULL};
enum {
    SENSITIVITY_MEASURED,
    SENSITIVITY_PROXY
};
static const char* const quantiser_names[] = {"linear", "kmeans", NULL};
enum {
    QUANTISER_LINEAR,
    QUANTISER_KMEANS
};
static const char* const clip_names[] = {"max", "kl", "mse", "haq", NULL}; /* of assay_clip */

/* clang-format off: one row per option */
/* name, default, low, high, unit, help */
#define HAQ_OPTIONS(UINT, REAL, BOOL, CHOICE)                                                      \
    UINT(w_min, 2, 1, 16, "bits", "least width of weights (HAQ: 2)")                               \
    UINT(w_max, 8, 1, 16, "bits", "greatest width of weights (HAQ: 8)")                            \
    UINT(a_min, 2, 1, 16, "bits", "least width of activations (HAQ: 2)")                           \
    UINT(a_max, 8, 1, 16, "bits", "greatest width of activations (HAQ: 8)")                        \
    BOOL(keep_ends, 1, "the first and the last layer keep 8 bits (HAQ: yes)")                      \
    REAL(lambda, 0.1, 1e-6, 1e6, "",                                                               \
         "reward per percent of accuracy over the float network's (HAQ: 0.1)")                     \
    CHOICE(                                                                                        \
        enforcement, ENFORCEMENT_OURS, enforcement_names,                                          \
        "what brings a policy within the budget: least damage per saving, or HAQ's blind sweeps")  \
    CHOICE(sensitivity, SENSITIVITY_MEASURED, sensitivity_names,                                   \
           "damage of a layer's bits: measured one by one, or a proxy that evaluates nothing")     \
    UINT(sensitivity_images, 200, 0, 1e9, "images", "of the search split, to measure it; 0: all")  \
    UINT(images, 0, 0, 1e9, "images",                                                              \
         "first ones of the search split that a candidate sees; 0: all")                           \
    CHOICE(                                                                                        \
        quantiser, QUANTISER_LINEAR, quantiser_names,                                              \
        "linear: weights and activations; kmeans: weights share 2^bits values, activations stay")  \
    CHOICE(clip, ASSAY_CLIP_MSE, clip_names, "how the range of a quantiser is chosen")             \
    REAL(finetune_epochs, 0, 0, 1000, "epochs", "of training for each candidate (HAQ: 1)")         \
    REAL(finetune_rate, 1e-3, 0, 10, "", "learning rate of that training (HAQ: 1e-3)")             \
    UINT(finetune_images, 0, 0, 1e9, "images", "of the training set for it; 0: all")               \
    UINT(limit, 600, 1, 1e6, "s", "a candidate that takes longer counts as hung and fails")
/* clang-format on */

typedef struct options {
    HAQ_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL, ASSAY_FIELD_CHOICE)
} options;

static const assay_option rows[] = {
    HAQ_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

enum {
    MOST_CODEBOOK_BITS = 8
};

/* ---- Opening: what is wrong with the request, all at once ---- */

static void check_ranges(const options* o, assay_report* report) {
    if (o->w_min > o->w_max) {
        assay_report_add(report, "--set w_min: %d is greater than w_max, %d", (int)o->w_min,
                         (int)o->w_max);
    }
    if (o->a_min > o->a_max) {
        assay_report_add(report, "--set a_min: %d is greater than a_max, %d", (int)o->a_min,
                         (int)o->a_max);
    }
    if (o->quantiser == QUANTISER_KMEANS && o->w_max > MOST_CODEBOOK_BITS) {
        assay_report_add(report, "--set w_max: %d, a codebook of quantiser=kmeans has 1 .. %d bits",
                         (int)o->w_max, MOST_CODEBOOK_BITS);
    }
    if (o->enforcement == ENFORCEMENT_HAQ && (o->keep_ends == 0 || o->w_min != o->a_min)) {
        assay_report_add(report, "--set enforcement=haq: knows one least width and fixed ends; it "
                                 "needs keep_ends=true and w_min equal to a_min");
    }
}

static void check_sources(const assay_search_settings* s, assay_report* report) {
    const struct {
        const char *name, *value;
    } unused[] = {{"sensitivity", s->sensitivity},
                  {"ties", s->ties},
                  {"vary", s->vary_count > 0 ? s->vary[0] : NULL}};
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++) {
        if (unused[i].value != NULL) {
            assay_report_add(report, "--%s: is not used by the task haq", unused[i].name);
        }
    }
    if (s->network == NULL) {
        assay_report_add(report, "--network NAME is missing: the task haq needs it");
    }
    if (s->hw != NULL && s->table != NULL) {
        assay_report_add(report, "--hw and --table exclude each other");
    }
}

/* What is found with codebooks computes with real numbers, as no machine here does. */
static void check_codebooks(const haq* h, assay_report* report) {
    const assay_search_settings* s = h->settings;
    if (h->codebooks && (s->hw != NULL || s->table != NULL)) {
        assay_report_add(report,
                         "--%s: is not used with quantiser=kmeans, whose values are real "
                         "numbers",
                         s->hw != NULL ? "hw" : "table");
    }
}

static void load_network(haq* h, assay_report* report) {
    char* path = NULL;
    if (h->settings->network != NULL &&
        assay_network_find(h->settings->network, &path, report) == ASSAY_OK) {
        assay_workload_load(path, NULL, &h->workload, report);
    }
    free(path);
}

static void load_machine(haq* h, assay_report* report) {
    const char* path = h->settings->hw != NULL ? h->settings->hw : h->settings->table;
    if (path == NULL || assay_hw_load(path, &h->hw, report) != ASSAY_OK ||
        assay_hw_check(h->hw, report) != ASSAY_OK) {
        return;
    }
    const assay_accelerator_info* info = assay_hw_accelerator(h->hw);
    if (info->fixed_widths) {
        assay_report_add(report,
                         "%s: %s computes every layer at widths of its own; no policy changes what "
                         "it takes",
                         path, info->name);
    }
}

static void read_budget(const haq* h, assay_budget_spec* spec, assay_report* report) {
    const char* text = h->settings->budget;
    if (text == NULL || !assay_budget_read(text, haq_metric_names, spec, report)) {
        return;
    }
    if (h->codebooks && spec->metric != haq_metric_names[HAQ_SIZE]) {
        assay_report_add(report, "--budget: %s; with quantiser=kmeans there is size alone",
                         spec->metric);
        return;
    }
    bool by_machine = spec->metric == haq_metric_names[HAQ_LATENCY] ||
                      spec->metric == haq_metric_names[HAQ_ENERGY];
    if (by_machine && h->settings->hw == NULL && h->settings->table == NULL) {
        assay_report_add(report,
                         "--hw FILE is missing: a budget of %s needs a machine (or --table)",
                         spec->metric);
    }
}

/* ---- Opening: costs and the budget ---- */

static double least_cost(const haq* h) {
    double sum = 0;
    for (size_t i = 0; i < h->layers.count; i++) {
        const haq_layer* l = &h->layers.layers[i];
        double least = INFINITY;
        for (unsigned w = l->low.w; w <= l->high.w; w++) {
            for (unsigned a = l->low.a; a <= l->high.a; a++) {
                least = fmin(least, haq_layer_cost(&h->costs, h->metric, i, (haq_bits){w, a}));
            }
        }
        sum += least;
    }
    return sum;
}

static double reference_cost(const haq* h) {
    double sum = 0;
    for (size_t i = 0; i < h->layers.count; i++) {
        const haq_bits bits = {HAQ_REFERENCE_BITS, HAQ_REFERENCE_BITS};
        sum += haq_layer_cost(&h->costs, h->metric, i, bits);
    }
    return sum;
}

static assay_status set_budget(haq* h, const assay_budget_spec* spec, assay_report* report) {
    if (spec->metric == NULL) {
        return ASSAY_OK;
    }
    h->metric = HAQ_LATENCY;
    while (haq_metric_names[h->metric] != spec->metric) {
        h->metric++;
    }
    double reference = reference_cost(h), least = least_cost(h);
    h->limit = spec->relative ? spec->value * reference : spec->value;
    if (!(reference > 0)) {
        assay_report_add(report, "--budget: the machine says nothing of %s", spec->metric);
    } else if (h->limit < least) {
        assay_report_add(report,
                         "--budget: %s of %g cannot be met, the least is %g (%.4g of all at %d "
                         "bits)",
                         spec->metric, h->limit, least, least / reference, HAQ_REFERENCE_BITS);
    } else {
        return ASSAY_OK;
    }
    return ASSAY_BAD_INPUT;
}

/* ---- Opening: accuracy ---- */

static assay_status start_workers(haq* h, const options* o) {
    assay_accuracy_pool_settings pool = {.accuracy = assay_default_accuracy_settings(),
                                         .quick_images = o->sensitivity_images,
                                         .workload = h->workload,
                                         .jobs = haq_jobs(h->settings)};
    pool.accuracy.network = h->settings->network;
    pool.accuracy.data = h->settings->data;
    pool.accuracy.external = h->settings->external;
    pool.accuracy.external_limit_s = (unsigned)o->limit;
    pool.accuracy.images = o->images;
    pool.accuracy.weight_clip = pool.accuracy.activation_clip = (assay_clip)o->clip;
    pool.accuracy.finetune_epochs = o->finetune_epochs;
    pool.accuracy.finetune_rate = o->finetune_rate;
    pool.accuracy.finetune_images = o->finetune_images;
    /* An external evaluator is watched by its worker. */
    pool.limit_s = h->settings->external == NULL ? (unsigned)o->limit : 0;
    return assay_accuracy_pool_new(&pool, &h->pool);
}

/* The float network is evaluated first: what cannot be opened is told once. */
static assay_status measure_original(haq* h, assay_report* report) {
    const assay_accuracy_question question = {.label = "the float network"};
    assay_status status =
        assay_accuracy_pool_ask(h->pool, &question, 1, haq_goes_on, h, &h->original, report);
    if (status == ASSAY_OK && isnan(h->original.top1)) {
        assay_report_add(report,
                         "%s: the float network cannot be evaluated: rewards are relative "
                         "to its accuracy",
                         h->settings->network);
        return ASSAY_IO;
    }
    return status;
}

static assay_status find_damage(haq* h, const options* o, assay_report* report) {
    return o->sensitivity == SENSITIVITY_PROXY
               ? haq_damage_guess(&h->layers, &h->damage)
               : haq_damage_measure(&h->layers, h->pool, h->settings, &h->damage, report);
}

static haq_ranges ranges_of(const options* o) {
    const bool codebooks = o->quantiser == QUANTISER_KMEANS;
    return (haq_ranges){.w_min = (unsigned)o->w_min,
                        .w_max = (unsigned)o->w_max,
                        .a_min = codebooks ? HAQ_REFERENCE_BITS : (unsigned)o->a_min,
                        .a_max = codebooks ? HAQ_REFERENCE_BITS : (unsigned)o->a_max,
                        .keep_ends = o->keep_ends != 0,
                        .codebooks = codebooks};
}

static assay_status build(haq* h, const options* o, assay_report* report) {
    const haq_ranges ranges = ranges_of(o);
    assay_budget_spec spec = {.metric = NULL};
    size_t before = assay_report_count(report);
    check_ranges(o, report);
    check_sources(h->settings, report);
    check_codebooks(h, report);
    load_network(h, report);
    load_machine(h, report);
    read_budget(h, &spec, report);
    if (assay_report_count(report) > before) {
        return ASSAY_BAD_INPUT;
    }
    assay_status status =
        haq_layers_make(h->workload, h->settings->network, &ranges, &h->layers, report);
    status = status == ASSAY_OK
                 ? haq_costs_measure(&h->layers, h->hw, h->settings, &h->costs, report)
                 : status;
    status = status == ASSAY_OK ? set_budget(h, &spec, report) : status;
    status = status == ASSAY_OK ? start_workers(h, o) : status;
    status = status == ASSAY_OK ? measure_original(h, report) : status;
    status = status == ASSAY_OK ? find_damage(h, o, report) : status;
    return status == ASSAY_OK ? haq_pose(h) : status;
}

static void close_haq(void* self) {
    haq* h = self;
    assay_accuracy_pool_free(&h->pool);
    haq_unpose(h);
    haq_damage_free(&h->damage);
    haq_costs_free(&h->costs);
    haq_layers_free(&h->layers);
    assay_hw_free(&h->hw);
    assay_workload_free(&h->workload);
    free(h);
}

static assay_status open_haq(const assay_search_settings* settings, const void* values, void** self,
                             assay_report* report) {
    const options* o = values;
    haq* h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ASSAY_NO_MEMORY;
    }
    h->settings = settings;
    h->lambda = o->lambda;
    h->codebooks = o->quantiser == QUANTISER_KMEANS;
    h->haq_enforcement = o->enforcement == ENFORCEMENT_HAQ;
    h->min_bits = (unsigned)o->w_min;
    h->metric = HAQ_METRICS;
    h->limit = INFINITY;
    assay_status status = build(h, o, report);
    if (status != ASSAY_OK) {
        close_haq(h);
        return status;
    }
    *self = h;
    return ASSAY_OK;
}

/* ---- What is asked of an open task ---- */

static const assay_problem* problem(const void* self) {
    return &((const haq*)self)->problem;
}

static size_t references(const void* self, const assay_named_candidate** out) {
    *out = ((const haq*)self)->references;
    return ((const haq*)self)->reference_count;
}

/* NULL: out of memory, since everything that a policy may say was checked. */
static assay_policy* policy_of(const haq* h, const unsigned* x) {
    assay_policy* policy = NULL;
    assay_layer_policy* layers = calloc(h->layers.total, sizeof *layers);
    assay_report* report = assay_report_new();
    if (layers != NULL && report != NULL) {
        haq_read(h, x, h->scratch);
        haq_policy(&h->layers, h->scratch, layers);
        assay_policy_make(h->workload, layers, &policy, report);
    }
    assay_report_free(&report);
    free(layers);
    return policy;
}

static char* describe(const void* self, const unsigned* x) {
    const haq* h = self;
    assay_policy* policy = policy_of(h, x);
    char* text = NULL;
    if (policy != NULL) {
        assay_policy_json(policy, h->workload, &text);
    }
    assay_policy_free(&policy);
    return text;
}

static void hash(const void* self, const unsigned* x, char out[ASSAY_HASH_TEXT]) {
    assay_policy* policy = policy_of(self, x);
    out[0] = '\0';
    if (policy != NULL) {
        assay_policy_hash(policy, out);
    }
    assay_policy_free(&policy);
}

static void budget(const void* self, const unsigned* x, assay_search_budget* out) {
    const haq* h = self;
    *out = (assay_search_budget){.limit = h->limit, .used = haq_used(h, x)};
    if (h->metric != HAQ_METRICS) {
        snprintf(out->metric, sizeof out->metric, "%s", haq_metric_names[h->metric]);
    }
}

const assay_task task_haq = {
    .name = "haq",
    .summary = "bits of weights and activations per layer by accuracy under a budget (HAQ)",
    .options = ASSAY_OPTION_ROWS("haq", rows),
    .algorithm = "ddpg",
    .evaluations = 300,
    .open = open_haq,
    .problem = problem,
    .evaluate = haq_evaluate,
    .references = references,
    .describe = describe,
    .hash = hash,
    .budget = budget,
    .close = close_haq,
};
