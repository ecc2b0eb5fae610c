/* What candidates of the task `haq` are worth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "haq.h"

bool haq_goes_on(void* user, size_t done) {
    const haq* h = user;
    const assay_search_progress progress = {.phase = "", .done = done, .best_reward = NAN};
    return h->settings->progress == NULL || h->settings->progress(h->settings->user, &progress);
}

static double cost_of(const haq* h, haq_metric metric, const unsigned* x) {
    haq_read(h, x, h->scratch);
    return haq_cost(&h->costs, metric, h->scratch);
}

/* What nsga2 trades for accuracy: the budget's metric, or latency, or without a machine size. */
static double second_objective(const haq* h, const assay_record* r, double used) {
    return h->metric != HAQ_METRICS ? used : h->hw != NULL ? r->seconds : r->size_bytes;
}

static assay_record record_of(const haq* h, const unsigned* x, const assay_accuracy_result* found) {
    assay_record r = {.accuracy = found->top1,
                      .loss = found->loss,
                      .seconds = cost_of(h, HAQ_LATENCY, x),
                      .energy_j = cost_of(h, HAQ_ENERGY, x),
                      .size_bytes = cost_of(h, HAQ_SIZE, x),
                      .area_mm2 = NAN,
                      .bops = cost_of(h, HAQ_BOPS, x)};
    double used = haq_used(h, x);
    r.score.reward = h->lambda * 100 * (found->top1 - h->original.top1);
    r.score.violation = used > h->limit ? used / h->limit - 1 : 0;
    r.score.objective_count = 2;
    r.score.objectives[0] = 1 - found->top1;
    r.score.objectives[1] = second_objective(h, &r, used);
    return r;
}

typedef struct evaluation {
    assay_layer_policy* policies; /* [count][layers.total] */
    assay_accuracy_question* questions;
    assay_accuracy_result* answers;
    char (*labels)[48];
} evaluation;

static bool ask_for(haq* h, size_t count, const unsigned* x, evaluation* e) {
    size_t row = h->layers.total;
    e->policies = calloc(count, row * sizeof *e->policies);
    e->questions = calloc(count, sizeof *e->questions);
    e->answers = calloc(count, sizeof *e->answers);
    e->labels = calloc(count, sizeof *e->labels);
    if (e->policies == NULL || e->questions == NULL || e->answers == NULL || e->labels == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        haq_read(h, x + i * h->problem.space.variables, h->scratch);
        haq_policy(&h->layers, h->scratch, e->policies + i * row);
        snprintf(e->labels[i], sizeof e->labels[i], "candidate %zu of the batch", i);
        e->questions[i] = (assay_accuracy_question){false, e->policies + i * row, e->labels[i]};
    }
    return true;
}

assay_status haq_evaluate(void* self, size_t count, const unsigned* x, assay_record* out,
                          assay_report* report) {
    haq* h = self;
    evaluation e = {0};
    assay_status status = ask_for(h, count, x, &e)
                              ? assay_accuracy_pool_ask(h->pool, e.questions, count, haq_goes_on, h,
                                                        e.answers, report)
                              : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        out[i] = record_of(h, x + i * h->problem.space.variables, &e.answers[i]);
    }
    free(e.policies);
    free(e.questions);
    free(e.answers);
    free(e.labels);
    return status;
}
