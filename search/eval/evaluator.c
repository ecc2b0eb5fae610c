#include "evaluator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "pool.h"

struct assay_evaluator {
    assay_evaluator_settings settings;
    assay_pool* pool;
};

/* ---- In the worker ---- */

typedef struct worker {
    const assay_evaluator_settings* settings;
    assay_machine* machine;
} worker;

static assay_status open_machine(void* context, void** state, assay_report* report) {
    worker* w = calloc(1, sizeof *w);
    if (w == NULL) {
        return ASSAY_NO_MEMORY;
    }
    w->settings = context;
    const assay_evaluator_settings* s = w->settings;
    assay_status status = assay_machine_open(s->hw, s->model, NULL, &w->machine, report);
    if (status != ASSAY_OK) {
        free(w);
        return status;
    }
    *state = w;
    return ASSAY_OK;
}

static assay_status measure(void* state, const void* question, void* answer, assay_report* report) {
    worker* w = state;
    const assay_question* q = question;
    return assay_machine_measure(w->machine, w->settings->workload, q->layer, q->w_bits, q->a_bits,
                                 w->settings->batch, answer, report);
}

static void close_machine(void* state) {
    worker* w = state;
    assay_machine_close(&w->machine);
    free(w);
}

/* ---- Life cycle ---- */

assay_status assay_evaluator_new(const assay_evaluator_settings* settings, assay_evaluator** out) {
    ASSAY_REQUIRE(settings != NULL && out != NULL);
    ASSAY_REQUIRE(settings->hw != NULL && settings->workload != NULL);
    assay_evaluator* e = calloc(1, sizeof *e);
    *out = e;
    if (e == NULL) {
        return ASSAY_NO_MEMORY;
    }
    e->settings = *settings;
    const assay_pool_work work = {.question_size = sizeof(assay_question),
                                  .answer_size = sizeof(assay_measurement),
                                  .open = open_machine,
                                  .answer = measure,
                                  .close = close_machine,
                                  .context = &e->settings,
                                  .limit_s = settings->limit_s};
    assay_status status = assay_pool_new(&work, settings->jobs, &e->pool);
    if (status != ASSAY_OK) {
        assay_evaluator_free(out);
    }
    return status;
}

void assay_evaluator_free(assay_evaluator** evaluator) {
    ASSAY_REQUIRE(evaluator != NULL);
    if (*evaluator != NULL) {
        assay_pool_free(&(*evaluator)->pool);
        free(*evaluator);
    }
    *evaluator = NULL;
}

/* ---- One call ---- */

typedef struct keyed {
    char key[ASSAY_KEY_TEXT];
    size_t question;
} keyed;

typedef struct evaluation {
    const assay_evaluator_settings* settings;
    const assay_question* questions;
    size_t count;
    assay_measurement* answers;
    keyed* by_key;          /* [count] sorted by key, then by question */
    const char** keys;      /* [count] into by_key */
    size_t* leader;         /* [count] the first question with the same key */
    size_t* missing;        /* [missing_count] leaders that the store does not know */
    assay_question* to_ask; /* [missing_count] their questions */
    size_t missing_count, done;
    assay_evaluation_counts counts;
} evaluation;

static bool reserve(evaluation* v) {
    v->by_key = calloc(v->count + 1, sizeof *v->by_key);
    v->keys = calloc(v->count + 1, sizeof *v->keys);
    v->leader = calloc(v->count + 1, sizeof *v->leader);
    v->missing = calloc(v->count + 1, sizeof *v->missing);
    v->to_ask = calloc(v->count + 1, sizeof *v->to_ask);
    return v->by_key != NULL && v->keys != NULL && v->leader != NULL && v->missing != NULL &&
           v->to_ask != NULL;
}

static void release(evaluation* v) {
    free(v->by_key);
    free(v->keys);
    free(v->leader);
    free(v->missing);
    free(v->to_ask);
}

static int compare_keyed(const void* left, const void* right) {
    const keyed *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->question > b->question) - (a->question < b->question);
}

static assay_status find_keys(evaluation* v) {
    const assay_evaluator_settings* s = v->settings;
    for (size_t i = 0; i < v->count; i++) {
        const assay_question* q = &v->questions[i];
        assay_status status =
            assay_measurement_key(s->hw, s->model, s->workload, q->layer, q->w_bits, q->a_bits,
                                  s->batch, v->by_key[i].key);
        if (status != ASSAY_OK) {
            return status;
        }
        v->by_key[i].question = i;
    }
    qsort(v->by_key, v->count, sizeof *v->by_key, compare_keyed);
    for (size_t i = 0; i < v->count; i++) {
        const keyed* k = &v->by_key[i];
        bool repeats = i > 0 && strcmp(k->key, k[-1].key) == 0;
        v->leader[k->question] = repeats ? v->leader[k[-1].question] : k->question;
        v->keys[k->question] = k->key;
    }
    return ASSAY_OK;
}

static assay_status look_up(evaluation* v, assay_report* report) {
    for (size_t i = 0; i < v->count; i++) {
        if (v->leader[i] != i) {
            continue;
        }
        bool found = false;
        assay_status status = ASSAY_OK;
        v->counts.distinct++;
        if (v->settings->store != NULL) {
            status =
                assay_store_get(v->settings->store, v->keys[i], &v->answers[i], &found, report);
        }
        if (status != ASSAY_OK) {
            return status;
        }
        if (!found) {
            v->to_ask[v->missing_count] = v->questions[i];
            v->missing[v->missing_count++] = i;
        }
    }
    v->counts.known = v->counts.distinct - v->missing_count;
    return ASSAY_OK;
}

static void describe(void* user, size_t asked, char* text, size_t size) {
    const evaluation* v = user;
    const assay_question* q = &v->to_ask[asked];
    snprintf(text, size, "%s w%u a%u", assay_workload_layer_name(v->settings->workload, q->layer),
             q->w_bits, q->a_bits);
}

static bool tell(evaluation* v, const char* label) {
    const assay_evaluator_settings* s = v->settings;
    return s->progress == NULL || s->progress(s->user, v->done, v->missing_count, label);
}

static assay_status keep(const evaluation* v, size_t i, assay_report* report) {
    const assay_evaluator_settings* s = v->settings;
    const assay_question* q = &v->questions[i];
    const assay_origin origin = {
        .model = assay_model_name(s->model),
        .hw_name = assay_hw_name(s->hw),
        .hw_hash = assay_hw_hash(s->hw),
        .workload = assay_workload_name(s->workload),
        .layer = assay_workload_layer_name(s->workload, q->layer),
        .w_bits = q->w_bits,
        .a_bits = q->a_bits,
        .batch = s->batch != 0 ? s->batch : assay_workload_batch(s->workload),
    };
    return assay_store_put(s->store, v->keys[i], &v->answers[i], &origin, report);
}

/* To the store before anything else: whatever stops the process next, this one is kept. */
static assay_status on_answer(void* user, size_t asked, const void* answer, assay_report* report) {
    evaluation* v = user;
    size_t i = v->missing[asked];
    memcpy(&v->answers[i], answer, sizeof v->answers[i]);
    assay_status status = v->settings->store != NULL ? keep(v, i, report) : ASSAY_OK;
    char label[128];
    describe(v, asked, label, sizeof label);
    v->done++;
    v->counts.simulated++;
    return status != ASSAY_OK || tell(v, label) ? status : ASSAY_INTERRUPTED;
}

static bool wants_stop(void* user) {
    return !tell(user, "");
}

static assay_status simulate(assay_evaluator* e, evaluation* v, assay_report* report) {
    const assay_pool_events events = {
        .answered = on_answer, .stop = wants_stop, .describe = describe, .user = v};
    return assay_pool_run(e->pool, v->to_ask, v->missing_count, &events, report);
}

assay_status assay_evaluate(assay_evaluator* evaluator, const assay_question* questions,
                            size_t count, assay_measurement* answers,
                            assay_evaluation_counts* counts, assay_report* report) {
    ASSAY_REQUIRE(evaluator != NULL && (count == 0 || (questions != NULL && answers != NULL)));
    evaluation v = {.settings = &evaluator->settings,
                    .questions = questions,
                    .count = count,
                    .answers = answers,
                    .counts = {.questions = count}};
    assay_status status = reserve(&v) ? find_keys(&v) : ASSAY_NO_MEMORY;
    status = status == ASSAY_OK ? look_up(&v, report) : status;
    status = status == ASSAY_OK ? simulate(evaluator, &v, report) : status;
    for (size_t i = 0; status == ASSAY_OK && i < count; i++) {
        answers[i] = answers[v.leader[i]];
    }
    if (counts != NULL) {
        *counts = v.counts;
    }
    release(&v);
    return status;
}
