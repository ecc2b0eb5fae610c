#include "accuracy_pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "pool.h"

struct assay_accuracy_pool {
    assay_accuracy_pool_settings settings;
    size_t layers;
    assay_pool* pool;
};

/* A question as bytes. */
typedef struct packed {
    bool quick, quantised;
    assay_layer_policy policy[];
} packed;

static size_t packed_size(size_t layers) {
    return sizeof(packed) + layers * sizeof(assay_layer_policy);
}

/* ---- In the worker ---- */

typedef struct worker {
    const assay_accuracy_pool_settings* settings;
    assay_accuracy* env[2]; /* for candidates, and quick; opened when first asked */
} worker;

/* Quick questions are about divergences from the float network, which is evaluated first. */
static assay_status open_env(worker* w, bool quick, assay_report* report) {
    assay_accuracy_settings settings = w->settings->accuracy;
    if (w->env[quick] != NULL) {
        return ASSAY_OK;
    }
    settings.progress = NULL;
    if (!quick) {
        return assay_accuracy_open(&settings, &w->env[quick], report);
    }
    settings.images = w->settings->quick_images;
    settings.finetune_epochs = 0;
    assay_accuracy_result original;
    assay_status status = assay_accuracy_open(&settings, &w->env[quick], report);
    return status == ASSAY_OK ? assay_accuracy_evaluate(w->env[quick], NULL, &original, report)
                              : status;
}

static assay_status open_worker(void* context, void** state, assay_report* report) {
    worker* w = calloc(1, sizeof *w);
    if (w == NULL) {
        return ASSAY_NO_MEMORY;
    }
    w->settings = context;
    assay_status status = open_env(w, false, report);
    if (status != ASSAY_OK) {
        free(w);
        return status;
    }
    *state = w;
    return ASSAY_OK;
}

static assay_status evaluate(worker* w, const packed* q, assay_accuracy_result* out,
                             assay_report* report) {
    assay_policy* policy = NULL;
    assay_status status = open_env(w, q->quick, report);
    if (status == ASSAY_OK && q->quantised) {
        const assay_workload* workload = assay_accuracy_workload(w->env[q->quick]);
        status = assay_policy_make(workload, q->policy, &policy, report);
    }
    if (status == ASSAY_OK) {
        status = assay_accuracy_evaluate(w->env[q->quick], policy, out, report);
    }
    if (!q->quick) { /* another worker may have seen the float network */
        out->divergence = NAN;
    }
    assay_policy_free(&policy);
    return status;
}

static void fail(assay_accuracy_result* out) {
    *out = (assay_accuracy_result){.top1 = NAN, .loss = NAN, .divergence = NAN};
}

/* An environment that failed is not asked again: an external evaluator may be gone. */
static assay_status answer(void* state, const void* question, void* out, assay_report* report) {
    worker* w = state;
    const packed* q = question;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (evaluate(w, q, out, report) == ASSAY_OK) {
            return ASSAY_OK;
        }
        assay_accuracy_close(&w->env[q->quick]);
    }
    fail(out);
    return ASSAY_OK;
}

static void close_worker(void* state) {
    worker* w = state;
    assay_accuracy_close(&w->env[0]);
    assay_accuracy_close(&w->env[1]);
    free(w);
}

/* ---- Life cycle ---- */

assay_status assay_accuracy_pool_new(const assay_accuracy_pool_settings* settings,
                                     assay_accuracy_pool** out) {
    ASSAY_REQUIRE(settings != NULL && out != NULL && settings->workload != NULL);
    assay_accuracy_pool* p = calloc(1, sizeof *p);
    *out = p;
    if (p == NULL) {
        return ASSAY_NO_MEMORY;
    }
    p->settings = *settings;
    p->layers = assay_workload_layer_count(settings->workload);
    const assay_pool_work work = {.question_size = packed_size(p->layers),
                                  .answer_size = sizeof(assay_accuracy_result),
                                  .open = open_worker,
                                  .answer = answer,
                                  .close = close_worker,
                                  .context = &p->settings,
                                  .limit_s = settings->limit_s};
    assay_status status = assay_pool_new(&work, settings->jobs, &p->pool);
    if (status != ASSAY_OK) {
        assay_accuracy_pool_free(out);
    }
    return status;
}

void assay_accuracy_pool_free(assay_accuracy_pool** pool) {
    ASSAY_REQUIRE(pool != NULL);
    if (*pool != NULL) {
        assay_pool_free(&(*pool)->pool);
        free(*pool);
    }
    *pool = NULL;
}

/* ---- One call ---- */

typedef struct call {
    const assay_accuracy_question* questions;
    assay_accuracy_result* answers;
    size_t done;
    bool (*go_on)(void* user, size_t done);
    void* user;
} call;

static assay_status on_answer(void* user, size_t question, const void* found,
                              assay_report* report) {
    call* c = user;
    (void)report; /* the worker's messages are in it already */
    memcpy(&c->answers[question], found, sizeof c->answers[question]);
    c->done++;
    return ASSAY_OK;
}

static void on_abandoned(void* user, size_t question) {
    call* c = user;
    fail(&c->answers[question]);
    c->done++;
}

static bool wants_stop(void* user) {
    const call* c = user;
    return c->go_on != NULL && !c->go_on(c->user, c->done);
}

static void describe(void* user, size_t question, char* text, size_t size) {
    const call* c = user;
    snprintf(text, size, "accuracy of %s", c->questions[question].label);
}

static void pack(const assay_accuracy_pool* pool, const assay_accuracy_question* q, char* bytes) {
    const packed head = {.quick = q->quick, .quantised = q->policy != NULL};
    memcpy(bytes, &head, sizeof head);
    if (q->policy != NULL) {
        memcpy(bytes + sizeof head, q->policy, pool->layers * sizeof *q->policy);
    }
}

assay_status assay_accuracy_pool_ask(assay_accuracy_pool* pool,
                                     const assay_accuracy_question* questions, size_t count,
                                     bool (*go_on)(void* user, size_t done), void* user,
                                     assay_accuracy_result* answers, assay_report* report) {
    ASSAY_REQUIRE(pool != NULL && (count == 0 || (questions != NULL && answers != NULL)));
    size_t size = packed_size(pool->layers);
    char* bytes = calloc(count + 1, size);
    if (bytes == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        pack(pool, &questions[i], bytes + i * size);
    }
    call c = {.questions = questions, .answers = answers, .go_on = go_on, .user = user};
    const assay_pool_events events = {.answered = on_answer,
                                      .stop = wants_stop,
                                      .describe = describe,
                                      .abandoned = on_abandoned,
                                      .user = &c};
    assay_status status = assay_pool_run(pool->pool, bytes, count, &events, report);
    free(bytes);
    return status;
}
