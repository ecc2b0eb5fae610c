/* What the algorithms with a population share: how candidates are ranked, what was asked before,
 * and drafting until a candidate is within the budget and new. */
#ifndef ASSAY_SEARCH_BREEDING_H
#define ASSAY_SEARCH_BREEDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "rng.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A failed evaluation: no number came out of it. Worse than everything that is a number. */
bool assay_score_failed(const assay_score* score);
/* < 0: `a` is better, > 0: `b` is. By violation, then by reward. */
int assay_score_compare(const assay_score* a, const assay_score* b);

/* Hashes of candidates. Two that share one (64 bit) count as the same, which costs a draft. */
typedef struct assay_seen {
    uint64_t* slots; /* 0: empty */
    size_t capacity; /* 0 or a power of two */
    size_t count;
} assay_seen;

bool assay_seen_holds(const assay_seen* seen, const unsigned* x, size_t variables);
/* A set that cannot grow for lack of memory forgets the candidate. */
void assay_seen_add(assay_seen* seen, const unsigned* x, size_t variables);

typedef struct assay_breeder {
    const assay_problem* problem;
    size_t groups;
    size_t* start; /* [groups + 1] first variable of each group */
    uint64_t tries;
    bool unique; /* nothing is asked twice */
    assay_rng rng;
    assay_seen seen;
} assay_breeder;

/* False: out of memory; what was taken is in `breeder` for assay_breeder_free all the same. */
bool assay_breeder_init(assay_breeder* breeder, const assay_problem* problem, uint64_t tries,
                        bool unique, assay_rng rng);
void assay_breeder_free(assay_breeder* breeder);

/* Every choice alike. */
void assay_draw_variable(assay_breeder* breeder, size_t variable, unsigned* x);
void assay_draw_group(assay_breeder* breeder, size_t group, unsigned* x);
void assay_draw_all(assay_breeder* breeder, unsigned* x);

typedef void (*assay_draft)(void* self, unsigned* x);

/* Drafts up to `tries` candidates until one is feasible and new; after these, or where a problem
 * can only repair, a few that are repaired. A problem that cannot repair gets what is over its
 * budget at last. False: nothing new was found, or nothing that could be repaired. */
bool assay_breed(assay_breeder* breeder, assay_draft draft, void* self, unsigned* x);

#ifdef __cplusplus
}
#endif
#endif
