/* Search algorithms: ask / tell. An algorithm proposes candidates, its caller evaluates them and
 * tells what they were worth; nothing of an algorithm knows networks, machines or files.
 *
 *     const assay_algorithm* algorithm = assay_algorithm_find("evolution");
 *     void* self = NULL;
 *     algorithm->create(&problem, options, seed, &self, report);
 *     while ((count = algorithm->ask(self, ASSAY_ASK_MAX, x)) > 0) {
 *         evaluate(x, count, score);
 *         algorithm->tell(self, count, x, score);
 *     }
 *     algorithm->destroy(self);
 *
 * What is asked depends on problem, options, seed and what was told alone: a search is resumed by
 * telling a new instance the logged scores of the old one's questions, so that no algorithm has to
 * write its state down. */
#ifndef ASSAY_SEARCH_ALGORITHM_H
#define ASSAY_SEARCH_ALGORITHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/options.h"
#include "assay/status.h"
#include "problem.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_ASK_MAX = 64 /* candidates that are evaluated side by side, whatever the number of workers
                        */
};

enum {                          /* what an algorithm cannot do without */
    ASSAY_NEEDS_SEPARABLE = 1,  /* problem.separable */
    ASSAY_NEEDS_STATE = 2,      /* space.state */
    ASSAY_NEEDS_OBJECTIVES = 4, /* score.objectives, two or more */
};

typedef struct assay_algorithm {
    const char* name;    /* "evolution" */
    const char* summary; /* one line for `assay list algorithms` */
    assay_option_table options;
    unsigned needs;
    /* `problem` and what it points to must outlive the instance; `options` is copied.
     * ASSAY_BAD_INPUT: the problem lacks what is needed, or has no solution (say which, with
     * numbers). ASSAY_NO_MEMORY. */
    assay_status (*create)(const assay_problem* problem, const void* options, uint64_t seed,
                           void** self, assay_report* report);
    /* Writes up to `max` candidates, [max][variables], and returns how many; 0: it has nothing more
     * to propose. Every asked candidate is told before the next ask. */
    size_t (*ask)(void* self, size_t max, unsigned* x);
    /* In the order of the questions. `x` is what was evaluated: the question, or what the problem's
     * repair made of it. */
    void (*tell)(void* self, size_t count, const unsigned* x, const assay_score* score);
    /* The best reward that any candidate could have, by the problem's separable estimate; NaN: the
     * algorithm does not know. NULL: it never knows. */
    double (*bound)(const void* self);
    void (*destroy)(void* self);
} assay_algorithm;

/* Generated from the list in search/algo/meson.build. */
extern const assay_algorithm* const assay_algorithms[];
extern const size_t assay_algorithm_total;
const assay_algorithm* assay_algorithm_find(const char* name); /* NULL: there is none */

#ifdef __cplusplus
}
#endif
#endif
