#include "haq_costs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evaluator.h"
#include "pool.h"

enum {
    MEASUREMENT_LIMIT_S = 600 /* the event model needs milliseconds */
};

const char* const haq_metric_names[HAQ_METRICS + 1] = {"latency", "energy", "size", "bops", NULL};

/* ---- Asking for costs ---- */

static size_t place_of(size_t layer, haq_bits bits) {
    return (layer * HAQ_WIDTHS + bits.w) * HAQ_WIDTHS + bits.a;
}

double haq_layer_cost(const haq_cost_table* costs, haq_metric metric, size_t layer, haq_bits bits) {
    const haq_layer* l = &costs->layers->layers[layer];
    switch (metric) {
    case HAQ_LATENCY:
        return costs->seconds != NULL ? costs->seconds[place_of(layer, bits)] : NAN;
    case HAQ_ENERGY:
        return costs->energy_j != NULL ? costs->energy_j[place_of(layer, bits)] : NAN;
    case HAQ_SIZE:
        return haq_weight_bytes(costs->layers, layer, bits.w);
    case HAQ_BOPS:
        return l->macs * bits.w * bits.a;
    case HAQ_METRICS:
        break;
    }
    return NAN;
}

double haq_cost(const haq_cost_table* costs, haq_metric metric, const haq_bits* bits) {
    double sum = 0;
    for (size_t i = 0; i < costs->layers->count; i++) {
        sum += haq_layer_cost(costs, metric, i, bits[i]);
    }
    return sum;
}

/* ---- Measuring ---- */

unsigned haq_jobs(const assay_search_settings* settings) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = settings->jobs != 0 ? settings->jobs : cores < 1 ? 1 : (unsigned)cores;
    return jobs < ASSAY_POOL_MAX_JOBS ? jobs : ASSAY_POOL_MAX_JOBS;
}

typedef struct measuring {
    const haq_layers* layers;
    const assay_search_settings* settings;
    assay_question* questions;
    assay_measurement* answers;
    size_t* places; /* of the answers, in the table */
    size_t count;
} measuring;

static size_t questions_of(const haq_layer* l) {
    return (size_t)(l->high.w - l->low.w + 1) * (l->high.a - l->low.a + 1) + 1;
}

static void add_question(measuring* m, size_t layer, haq_bits bits) {
    m->questions[m->count] = (assay_question){m->layers->layers[layer].index, bits.w, bits.a};
    m->places[m->count++] = place_of(layer, bits);
}

static void ask_layer(measuring* m, size_t layer) {
    const haq_layer* l = &m->layers->layers[layer];
    add_question(m, layer, (haq_bits){HAQ_REFERENCE_BITS, HAQ_REFERENCE_BITS});
    for (unsigned w = l->low.w; w <= l->high.w; w++) {
        for (unsigned a = l->low.a; a <= l->high.a; a++) {
            add_question(m, layer, (haq_bits){w, a});
        }
    }
}

static bool make_questions(measuring* m) {
    size_t count = 0;
    for (size_t i = 0; i < m->layers->count; i++) {
        count += questions_of(&m->layers->layers[i]);
    }
    m->questions = calloc(count, sizeof *m->questions);
    m->answers = calloc(count, sizeof *m->answers);
    m->places = calloc(count, sizeof *m->places);
    if (m->questions == NULL || m->answers == NULL || m->places == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->layers->count; i++) {
        ask_layer(m, i);
    }
    return true;
}

static bool on_progress(void* user, size_t done, size_t total, const char* label) {
    const assay_search_settings* s = ((const measuring*)user)->settings;
    const assay_search_progress progress = {
        .phase = "measuring", .done = done, .total = total, .best_reward = NAN};
    (void)label;
    return s->progress == NULL || s->progress(s->user, &progress);
}

static assay_status evaluate(measuring* m, const assay_hw* hw, assay_store* store,
                             assay_report* report) {
    const assay_evaluator_settings settings = {.hw = hw,
                                               .model = ASSAY_MODEL_EVENT,
                                               .workload = m->layers->workload,
                                               .jobs = haq_jobs(m->settings),
                                               .limit_s = MEASUREMENT_LIMIT_S,
                                               .store = store,
                                               .progress = on_progress,
                                               .user = m};
    assay_evaluator* evaluator = NULL;
    assay_status status = assay_evaluator_new(&settings, &evaluator);
    if (status == ASSAY_OK) {
        status = assay_evaluate(evaluator, m->questions, m->count, m->answers, NULL, report);
    }
    assay_evaluator_free(&evaluator);
    return status;
}

/* Without a place for it ($XDG_DATA_HOME and $HOME unset) there is no store. */
static assay_status with_store(measuring* m, const assay_hw* hw, assay_report* report) {
    const char* named = m->settings->store;
    char* path = named != NULL ? strdup(named) : assay_store_default_path();
    assay_store* store = NULL;
    assay_status status = path != NULL ? assay_store_open(path, &store, report) : ASSAY_OK;
    if (status == ASSAY_IO && named == NULL) {
        assay_report_add(report, "--store FILE names another measurement store");
    }
    status = status == ASSAY_OK ? evaluate(m, hw, store, report) : status;
    assay_store_close(&store);
    free(path);
    return status;
}

static bool make_tables(const measuring* m, haq_cost_table* out) {
    size_t size = m->layers->count * HAQ_WIDTHS * HAQ_WIDTHS;
    out->seconds = calloc(size, sizeof *out->seconds);
    out->energy_j = calloc(size, sizeof *out->energy_j);
    if (out->seconds == NULL || out->energy_j == NULL) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        out->seconds[i] = out->energy_j[i] = NAN;
    }
    for (size_t i = 0; i < m->count; i++) {
        out->seconds[m->places[i]] = m->answers[i].seconds;
        out->energy_j[m->places[i]] = m->answers[i].energy_j;
    }
    return true;
}

assay_status haq_costs_measure(const haq_layers* layers, const assay_hw* hw,
                               const assay_search_settings* settings, haq_cost_table* out,
                               assay_report* report) {
    *out = (haq_cost_table){.layers = layers};
    if (hw == NULL) {
        return ASSAY_OK;
    }
    measuring m = {.layers = layers, .settings = settings};
    assay_status status = make_questions(&m) ? with_store(&m, hw, report) : ASSAY_NO_MEMORY;
    if (status == ASSAY_OK && !make_tables(&m, out)) {
        status = ASSAY_NO_MEMORY;
    }
    free(m.questions);
    free(m.answers);
    free(m.places);
    if (status != ASSAY_OK) {
        haq_costs_free(out);
    }
    return status;
}

void haq_costs_free(haq_cost_table* costs) {
    free(costs->seconds);
    free(costs->energy_j);
    costs->seconds = costs->energy_j = NULL;
}
