/* Every candidate that a search has met, once, and every question about it, in order. */
#ifndef ASSAY_SEARCH_KNOWN_H
#define ASSAY_SEARCH_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_candidate {
    assay_record record;
    double used;   /* of the budget, in its unit; NaN: there is none */
    char hash[33]; /* of its policy */
} assay_candidate;

typedef struct assay_evaluation {
    size_t candidate;
    unsigned phase;
    bool known; /* was evaluated earlier in this search */
} assay_evaluation;

typedef struct assay_known {
    size_t variables;
    assay_candidate* candidates; /* [count] */
    unsigned* x;                 /* [count][variables] */
    size_t count, capacity;
    size_t* slots; /* index + 1 by hash of x, 0: empty; a power of two */
    size_t slot_count;
    assay_evaluation* evaluations; /* [evaluation_count] */
    size_t evaluation_count, evaluation_capacity;
} assay_known;

/* Zero-initialise with the number of variables; free with assay_known_free. */
void assay_known_free(assay_known* known);
/* The candidate's index; *added: it is new, and its `candidates` entry is all zero. SIZE_MAX: out
 * of memory. */
size_t assay_known_add(assay_known* known, const unsigned* x, bool* added);
/* Takes the newest candidate back. */
void assay_known_drop(assay_known* known);
/* False: out of memory. */
bool assay_known_note(assay_known* known, assay_evaluation evaluation);

static inline const unsigned* assay_known_x(const assay_known* known, size_t candidate) {
    return known->x + candidate * known->variables;
}

#ifdef __cplusplus
}
#endif
#endif
