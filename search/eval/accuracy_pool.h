/* Accuracies of policies by worker processes. Each worker opens an environment of its own: what
 * brings one down is a candidate without an answer, and the caller's process never loads an engine.
 */
#ifndef ASSAY_SEARCH_ACCURACY_POOL_H
#define ASSAY_SEARCH_ACCURACY_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/accuracy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_accuracy_pool_settings {
    /* For candidates. What it points to must outlive the pool; `progress` is not called. */
    assay_accuracy_settings accuracy;
    uint64_t quick_images;          /* of the split, for questions that are `quick`, which are not
                                       fine-tuned; 0: all */
    const assay_workload* workload; /* the network that `accuracy` names */
    unsigned jobs;                  /* 1 .. ASSAY_POOL_MAX_JOBS; answers do not depend on it */
    unsigned limit_s;               /* a candidate that takes longer counts as hung; 0: no limit */
} assay_accuracy_pool_settings;

typedef struct assay_accuracy_question {
    bool quick;
    const assay_layer_policy* policy; /* [layers of the workload]; NULL: the float network */
    const char* label;                /* for messages */
} assay_accuracy_question;

typedef struct assay_accuracy_pool assay_accuracy_pool;

/* ASSAY_NO_MEMORY. */
assay_status assay_accuracy_pool_new(const assay_accuracy_pool_settings* settings,
                                     assay_accuracy_pool** out);
void assay_accuracy_pool_free(assay_accuracy_pool** pool);

/* Answers all questions in their order. One that fails, or brings its worker down, twice, has
 * messages and NaN for top1 and loss (divergence: of quick questions alone); the others are
 * answered. `go_on` is asked several times a second with the number of answers so far; false stops
 * (ASSAY_INTERRUPTED). ASSAY_BAD_INPUT: the environment cannot be opened, as the messages say. */
assay_status assay_accuracy_pool_ask(assay_accuracy_pool* pool,
                                     const assay_accuracy_question* questions, size_t count,
                                     bool (*go_on)(void* user, size_t done), void* user,
                                     assay_accuracy_result* answers, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
