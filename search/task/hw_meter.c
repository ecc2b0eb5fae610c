#include "hw_meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "pool.h"

/* A layer of one of the networks. */
typedef struct layer {
    const assay_workload* network;
    size_t index;
} layer;

/* What a worker answers: a machine, and those of its layers that it was asked about. */
typedef struct answer {
    double area_mm2;
    uint64_t unfit;
    assay_measurement of[]; /* [layers] */
} answer;

struct hw_meter {
    hw_meter_settings settings;
    layer* layers; /* [count] of all networks */
    size_t count;
    size_t question_words; /* flags, x[variables], wanted[layers], widths[layers] */
    assay_pool* pool;
};

/* ---- In the worker ---- */

/* No layer is selected: the result is that of the machine alone, which plans the layers all the
 * same: ASSAY_BAD_INPUT if one has no place. */
static assay_status find_area(assay_machine* machine, const assay_workload* network, double* out,
                              assay_report* report) {
    const char* const none[] = {NULL};
    assay_run_settings run = assay_default_run_settings();
    run.outputs = false;
    run.layers = none;
    assay_result* result = NULL;
    assay_status status = assay_machine_run(machine, network, &run, &result, report);
    if (status == ASSAY_OK) {
        *out = result->total.area_mm2;
    }
    assay_result_free(&result);
    return status;
}

/* ASSAY_BAD_INPUT: a layer does not fit. */
static assay_status measure_layers(const hw_meter* m, assay_machine* machine,
                                   const unsigned* wanted, answer* out, assay_report* report) {
    const unsigned* widths = wanted + m->count;
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < m->count && status == ASSAY_OK; i++) {
        if (wanted[i] != 0) {
            status =
                assay_machine_measure(machine, m->layers[i].network, m->layers[i].index,
                                      widths[2 * i], widths[2 * i + 1], 0, &out->of[i], report);
        }
    }
    return status;
}

static assay_status open_worker(void* context, void** state, assay_report* report) {
    (void)report; /* cannot fail */
    *state = context;
    return ASSAY_OK;
}

/* ASSAY_BAD_INPUT: some layer has no place, as `why` says. */
static assay_status measure_machine(const hw_meter* m, assay_machine* machine,
                                    const unsigned* wanted, answer* out, assay_report* why) {
    assay_status status = find_area(machine, m->layers[0].network, &out->area_mm2, why);
    return status == ASSAY_OK ? measure_layers(m, machine, wanted, out, why) : status;
}

static assay_status answer_one(void* state, const void* question, void* bytes,
                               assay_report* report) {
    const hw_meter* m = state;
    hw_space* space = m->settings.space;
    const unsigned *q = question, *x = q + 1, *wanted = x + space->count;
    answer* out = bytes;
    assay_machine* machine = NULL;
    out->area_mm2 = NAN;
    hw_space_set(space, x);
    assay_status status = assay_machine_open(space->hw, ASSAY_MODEL_EVENT, NULL, &machine, report);
    if (status == ASSAY_OK) {
        assay_report* why = (q[0] & HW_SAY_WHY) != 0 ? report : space->scratch;
        status = measure_machine(m, machine, wanted, out, why);
        out->unfit = status == ASSAY_BAD_INPUT;
        status = status == ASSAY_BAD_INPUT ? ASSAY_OK : status;
        assay_report_clear(space->scratch);
    }
    assay_machine_close(&machine);
    return status;
}

static void close_worker(void* state) {
    (void)state; /* it is a copy of the caller's */
}

/* ---- Life cycle ---- */

static assay_status list_layers(hw_meter* m) {
    size_t all = 0;
    for (size_t n = 0; n < m->settings.network_count; n++) {
        all += assay_workload_layer_count(m->settings.networks[n]);
    }
    m->layers = calloc(all + 1, sizeof *m->layers);
    for (size_t n = 0; n < m->settings.network_count && m->layers != NULL; n++) {
        const assay_workload* network = m->settings.networks[n];
        for (size_t i = 0; i < assay_workload_layer_count(network); i++) {
            if (assay_workload_layer_is_matrix(network, i)) {
                m->layers[m->count++] = (layer){network, i};
            }
        }
    }
    return m->layers != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

assay_status hw_meter_new(const hw_meter_settings* settings, hw_meter** out) {
    ASSAY_REQUIRE(settings != NULL && out != NULL && settings->network_count > 0);
    hw_meter* m = calloc(1, sizeof *m);
    *out = m;
    if (m == NULL) {
        return ASSAY_NO_MEMORY;
    }
    m->settings = *settings;
    assay_status status = list_layers(m);
    if (status == ASSAY_OK) {
        m->question_words = 1 + settings->space->count + 3 * m->count;
        const assay_pool_work work = {.question_size = m->question_words * sizeof(unsigned),
                                      .answer_size =
                                          sizeof(answer) + m->count * sizeof(assay_measurement),
                                      .open = open_worker,
                                      .answer = answer_one,
                                      .close = close_worker,
                                      .context = m,
                                      .limit_s = settings->limit_s};
        status = assay_pool_new(&work, settings->jobs, &m->pool);
    }
    if (status != ASSAY_OK) {
        hw_meter_free(out);
    }
    return status;
}

void hw_meter_free(hw_meter** meter) {
    ASSAY_REQUIRE(meter != NULL);
    if (*meter != NULL) {
        assay_pool_free(&(*meter)->pool);
        free((*meter)->layers);
        free(*meter);
    }
    *meter = NULL;
}

size_t hw_meter_layers(const hw_meter* meter) {
    return meter->count;
}

/* ---- One call ---- */

typedef char key[ASSAY_KEY_TEXT];

typedef struct measuring {
    hw_meter* m;
    const hw_machines* asked;
    size_t done;
    unsigned* questions;   /* [count][question_words] */
    key* keys;             /* [count][layers] */
    assay_measurement* of; /* [count][layers] */
    hw_cost* out;
} measuring;

static unsigned* wanted_of(const measuring* g, size_t i) {
    return g->questions + i * g->m->question_words + 1 + g->m->settings.space->count;
}

static hw_widths widths_of(const measuring* g, size_t machine, size_t i) {
    const hw_meter_settings* s = &g->m->settings;
    const hw_widths* given = g->asked->widths;
    return given != NULL ? given[machine * g->m->count + i] : (hw_widths){s->w_bits, s->a_bits};
}

static const unsigned* x_of(const measuring* g, size_t machine) {
    return g->asked->x + machine * g->m->settings.space->count;
}

static bool asks_layers(const measuring* g) {
    return (g->asked->flags & HW_AREA_ONLY) == 0;
}

/* The first layer of the machine with the same key. */
static size_t leader_of(const measuring* g, size_t machine, size_t i) {
    const key* keys = g->keys + machine * g->m->count;
    size_t first = 0;
    while (strcmp(keys[first], keys[i]) != 0) {
        first++;
    }
    return first;
}

static assay_status look_up(const measuring* g, size_t machine, size_t i, assay_report* report) {
    const hw_meter* m = g->m;
    const size_t at = machine * m->count + i;
    const hw_widths widths = widths_of(g, machine, i);
    unsigned* wanted = wanted_of(g, machine);
    bool found = false;
    assay_status status =
        assay_measurement_key(m->settings.space->hw, ASSAY_MODEL_EVENT, m->layers[i].network,
                              m->layers[i].index, widths.w, widths.a, 0, g->keys[at]);
    if (status == ASSAY_OK && leader_of(g, machine, i) == i && m->settings.store != NULL) {
        status = assay_store_get(m->settings.store, g->keys[at], &g->of[at], &found, report);
    }
    wanted[i] = !found && leader_of(g, machine, i) == i;
    wanted[m->count + 2 * i] = widths.w;
    wanted[m->count + 2 * i + 1] = widths.a;
    return status;
}

static assay_status prepare(const measuring* g, size_t machine, assay_report* report) {
    const hw_meter* m = g->m;
    unsigned* q = g->questions + machine * m->question_words;
    const unsigned* x = x_of(g, machine);
    q[0] = g->asked->flags;
    memcpy(q + 1, x, m->settings.space->count * sizeof *q);
    hw_space_set(m->settings.space, x);
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < m->count && status == ASSAY_OK && asks_layers(g); i++) {
        status = look_up(g, machine, i, report);
    }
    return status;
}

static assay_status keep(const measuring* g, size_t machine, size_t i, assay_report* report) {
    const hw_meter* m = g->m;
    const size_t at = machine * m->count + i;
    const assay_workload* network = m->layers[i].network;
    const hw_widths widths = widths_of(g, machine, i);
    const assay_origin origin = {.model = assay_model_name(ASSAY_MODEL_EVENT),
                                 .hw_name = assay_hw_name(m->settings.space->hw),
                                 .hw_hash = assay_hw_hash(m->settings.space->hw),
                                 .workload = assay_workload_name(network),
                                 .layer = assay_workload_layer_name(network, m->layers[i].index),
                                 .w_bits = widths.w,
                                 .a_bits = widths.a,
                                 .batch = assay_workload_batch(network)};
    return assay_store_put(m->settings.store, g->keys[at], &g->of[at], &origin, report);
}

static void sum_up(const measuring* g, size_t machine, const answer* a) {
    const hw_meter* m = g->m;
    const assay_measurement* of = g->of + machine * m->count;
    hw_cost cost = {.verdict = a->unfit != 0 ? HW_UNFIT : HW_MEASURED, .area_mm2 = a->area_mm2};
    for (size_t i = 0; i < m->count && asks_layers(g); i++) {
        const assay_measurement* one = &of[leader_of(g, machine, i)];
        cost.seconds += one->seconds;
        cost.energy_j += one->energy_j;
    }
    if (a->unfit != 0 || !asks_layers(g)) {
        cost.seconds = cost.energy_j = NAN;
    }
    g->out[machine] = cost;
}

static assay_status on_answer(void* user, size_t machine, const void* bytes, assay_report* report) {
    measuring* g = user;
    const hw_meter* m = g->m;
    const answer* a = bytes;
    assay_status status = ASSAY_OK;
    hw_space_set(m->settings.space, x_of(g, machine));
    for (size_t i = 0; i < m->count && a->unfit == 0 && status == ASSAY_OK; i++) {
        if (wanted_of(g, machine)[i] != 0) {
            g->of[machine * m->count + i] = a->of[i];
            status = m->settings.store != NULL ? keep(g, machine, i, report) : ASSAY_OK;
        }
    }
    sum_up(g, machine, a);
    g->done++;
    return status;
}

static void on_abandoned(void* user, size_t machine) {
    measuring* g = user;
    g->out[machine] = (hw_cost){HW_LOST, NAN, NAN, NAN};
    g->done++;
}

static bool wants_stop(void* user) {
    const measuring* g = user;
    const hw_meter_settings* s = &g->m->settings;
    return s->progress != NULL && !s->progress(s->user, g->done, g->asked->count);
}

static void describe(void* user, size_t machine, char* text, size_t size) {
    const measuring* g = user;
    const hw_space* space = g->m->settings.space;
    hw_space_say(space, x_of(g, machine), text, size);
}

static assay_status measure(measuring* g, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < g->asked->count && status == ASSAY_OK; i++) {
        status = prepare(g, i, report);
    }
    const assay_pool_events events = {.answered = on_answer,
                                      .stop = wants_stop,
                                      .abandoned = on_abandoned,
                                      .describe = describe,
                                      .user = g};
    return status == ASSAY_OK
               ? assay_pool_run(g->m->pool, g->questions, g->asked->count, &events, report)
               : status;
}

assay_status hw_meter_measure(hw_meter* meter, const hw_machines* machines, hw_cost* out,
                              assay_report* report) {
    ASSAY_REQUIRE(meter != NULL && machines != NULL && machines->x != NULL && out != NULL);
    const size_t count = machines->count;
    measuring g = {.m = meter, .asked = machines, .out = out};
    g.questions = calloc(count + 1, meter->question_words * sizeof *g.questions);
    g.keys = calloc(count + 1, (meter->count + 1) * sizeof *g.keys);
    g.of = calloc(count + 1, (meter->count + 1) * sizeof *g.of);
    const bool good = g.questions != NULL && g.keys != NULL && g.of != NULL;
    assay_status status = good ? measure(&g, report) : ASSAY_NO_MEMORY;
    free(g.questions);
    free(g.keys);
    free(g.of);
    return status;
}
