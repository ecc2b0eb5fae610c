/* How NSGA-II ranks a pool: constraint domination, fronts, crowding. */
#ifndef ASSAY_SEARCH_NSGA2_SORT_H
#define ASSAY_SEARCH_NSGA2_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_nsga2_member {
    unsigned* x;
    assay_score score;
    uint64_t birth;  /* earlier ones win ties */
    size_t front;    /* 0: dominated by none */
    double crowding; /* more is better; INFINITY at the ends of a front */
} assay_nsga2_member;

typedef struct assay_nsga2_key {
    double value;
    size_t member;
} assay_nsga2_key;

typedef struct assay_nsga2_scratch {
    size_t* dominators; /* [capacity] that are in no front yet */
    size_t* queue;      /* [capacity] members, front after front */
    assay_nsga2_key* keys;
} assay_nsga2_scratch;

bool assay_nsga2_scratch_init(assay_nsga2_scratch* scratch, size_t capacity);
void assay_nsga2_scratch_free(assay_nsga2_scratch* scratch);

/* Of two within the budget the one that dominates, else the one with less violation; a failed
 * evaluation is dominated by every other. */
bool assay_nsga2_dominates(const assay_score* a, const assay_score* b);
/* < 0: `a` is better: by front, by crowding, by birth. */
int assay_nsga2_compare(const void* a, const void* b);
/* Sets fronts and crowding and sorts, the best first. */
void assay_nsga2_sort(assay_nsga2_member* members, size_t count, assay_nsga2_scratch* scratch);

#ifdef __cplusplus
}
#endif
#endif
