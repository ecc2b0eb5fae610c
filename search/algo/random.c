/* Uniform random search: the baseline that any other search has to beat. */
#include <stdlib.h>

#include "algorithm.h"
#include "option_rows.h"
#include "rng.h"

// clang-format off: one row per option
#define ASSAY_RANDOM_OPTIONS(UINT)                                                                 \
    UINT(tries, 100, 1, 1000000, "draws",                                                          \
         "draws of a candidate until one is within the budget; then the last is repaired (ours)")  \
    UINT(max_evaluations, 0, 0, 1e15, "candidates", "ends after so many; 0: never by itself (ours)")
// clang-format on

typedef struct options {
    ASSAY_RANDOM_OPTIONS(ASSAY_FIELD_UINT)
} options;

typedef struct random_search {
    const assay_problem* problem;
    options options;
    assay_rng rng;
    uint64_t asked;
} random_search;

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    (void)report; /* any problem will do */
    random_search* search = malloc(sizeof *search);
    if (search == NULL) {
        return ASSAY_NO_MEMORY;
    }
    *search = (random_search){problem, *(const options*)values, assay_rng_seed(seed, "random"), 0};
    *self = search;
    return ASSAY_OK;
}

static bool is_feasible(const assay_problem* problem, const unsigned* x) {
    return problem->feasible == NULL || problem->feasible(problem->user, x);
}

static void draw(random_search* search, unsigned* x) {
    const assay_space* space = &search->problem->space;
    for (size_t v = 0; v < space->variables; v++) {
        x[v] = (unsigned)assay_rng_below(&search->rng, space->choices[v]);
    }
}

static void propose(random_search* search, unsigned* x) {
    const assay_problem* problem = search->problem;
    for (uint64_t i = 0; i < search->options.tries; i++) {
        draw(search, x);
        if (is_feasible(problem, x)) {
            return;
        }
    }
    if (problem->repair != NULL) {
        problem->repair(problem->user, x); /* where it cannot, the score will say so */
    }
}

static size_t ask(void* self, size_t max, unsigned* x) {
    random_search* search = self;
    uint64_t limit = search->options.max_evaluations, asked = search->asked;
    uint64_t count = limit > 0 && limit - asked < max ? limit - asked : max;
    for (uint64_t i = 0; i < count; i++) {
        propose(search, x + i * search->problem->space.variables);
    }
    search->asked += count;
    return (size_t)count;
}

static void tell(void* self, size_t count, const unsigned* x, const assay_score* score) {
    (void)self, (void)count, (void)x, (void)score; /* nothing is learnt */
}

static const assay_option rows[] = {ASSAY_RANDOM_OPTIONS(ASSAY_ROW_UINT)};

const assay_algorithm algorithm_random = {
    .name = "random",
    .summary = "uniform random candidates within the budget",
    .options = ASSAY_OPTION_ROWS("random", rows),
    .create = create,
    .ask = ask,
    .tell = tell,
    .destroy = free,
};
