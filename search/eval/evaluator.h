/* What a layer costs at some widths: asked of the measurement store first, and of a worker that
 * simulates it where the store does not know. Equal layers are simulated once. */
#ifndef ASSAY_SEARCH_EVALUATOR_H
#define ASSAY_SEARCH_EVALUATOR_H

#include "assay/sim.h"
#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_evaluator_settings {
    const assay_hw* hw;
    assay_model model;
    const assay_workload* workload;
    uint64_t batch;   /* 0: the machine's, or the workload's */
    unsigned jobs;    /* worker processes, 1 .. ASSAY_POOL_MAX_JOBS; answers do not depend on it */
    unsigned limit_s; /* a measurement that takes longer counts as hung; 0: no limit */
    assay_store* store; /* NULL: everything is simulated */
    /* Called with the number of distinct measurements that are to be simulated and are done. False
     * stops (ASSAY_INTERRUPTED). May be NULL. */
    bool (*progress)(void* user, size_t done, size_t total, const char* label);
    void* user;
} assay_evaluator_settings;

typedef struct assay_question {
    size_t layer;
    unsigned w_bits, a_bits; /* 1 .. 16 */
} assay_question;

typedef struct assay_evaluation_counts {
    size_t questions, distinct, known, simulated; /* known: by the store */
} assay_evaluation_counts;

typedef struct assay_evaluator assay_evaluator;

/* `settings` is copied, what it points to must outlive the evaluator. ASSAY_NO_MEMORY. */
assay_status assay_evaluator_new(const assay_evaluator_settings* settings, assay_evaluator** out);
void assay_evaluator_free(assay_evaluator** evaluator);

/* Answers all questions in their order. Every measurement is in the store as soon as it is done:
 * after ASSAY_INTERRUPTED or an error, what was finished is kept. `counts` may be NULL. */
assay_status assay_evaluate(assay_evaluator* evaluator, const assay_question* questions,
                            size_t count, assay_measurement* answers,
                            assay_evaluation_counts* counts, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
