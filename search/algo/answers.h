/* What exact, lagrangian and greedy have in common: all that they propose is known when they are
 * created, from the problem's separable estimate. */
#ifndef ASSAY_SEARCH_ANSWERS_H
#define ASSAY_SEARCH_ANSWERS_H

#include "algorithm.h"
#include "mckp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_ANSWERS_MAX = 2
};

typedef struct assay_answers assay_answers;

/* ASSAY_BAD_INPUT: the problem has no separable estimate. */
assay_status assay_answers_new(const assay_problem* problem, const char* algorithm,
                               assay_answers** out, assay_report* report);
/* Solves with `solver`; its answer, if it has one that was not there before, is one to propose. */
typedef assay_status (*assay_mckp_solver)(const assay_separable* problem, const void* options,
                                          size_t* choice, assay_mckp_result* out,
                                          assay_report* report);
assay_status assay_answers_add(assay_answers* answers, assay_mckp_solver solver,
                               const void* options, assay_report* report);
/* After the last was added: *self = answers, or ASSAY_BAD_INPUT and the limits that nothing keeps
 * where there is none. Frees the answers unless all is well. */
assay_status assay_answers_end(assay_answers* answers, assay_status status, void** self,
                               assay_report* report);

/* An algorithm's functions on its answers. */
size_t assay_answers_ask(void* self, size_t max, unsigned* x);
void assay_answers_tell(void* self, size_t count, const unsigned* x, const assay_score* score);
double assay_answers_bound(const void* self); /* the least of all added */
void assay_answers_free(void* self);

#ifdef __cplusplus
}
#endif
#endif
