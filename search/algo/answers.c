#include "answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "mckp_classes.h"

struct assay_answers {
    const assay_problem* problem;
    unsigned* x;    /* [ASSAY_ANSWERS_MAX][variables] */
    size_t* choice; /* [items] */
    size_t count, asked;
    double bound;
};

assay_status assay_answers_new(const assay_problem* problem, const char* algorithm,
                               assay_answers** out, assay_report* report) {
    *out = NULL;
    if (problem->separable == NULL) {
        assay_report_add(report,
                         "%s needs an estimate that adds up over the layers, which this task "
                         "does not have",
                         algorithm);
        return ASSAY_BAD_INPUT;
    }
    assay_answers* a = calloc(1, sizeof *a);
    if (a == NULL) {
        return ASSAY_NO_MEMORY;
    }
    a->problem = problem;
    a->bound = INFINITY;
    a->x = calloc(ASSAY_ANSWERS_MAX * problem->space.variables, sizeof *a->x);
    a->choice = calloc(problem->separable->items + 1, sizeof *a->choice);
    if (a->x == NULL || a->choice == NULL) {
        assay_answers_free(a);
        return ASSAY_NO_MEMORY;
    }
    *out = a;
    return ASSAY_OK;
}

/* Unless it is the same as one before. */
static void keep(assay_answers* a) {
    const assay_space* space = &a->problem->space;
    unsigned* x = a->x + a->count * space->variables;
    ASSAY_REQUIRE(a->count < ASSAY_ANSWERS_MAX);
    for (size_t i = 0; i < a->problem->separable->items; i++) {
        assay_choose_option(space, i, a->choice[i], x);
    }
    for (size_t i = 0; i < a->count; i++) {
        if (memcmp(a->x + i * space->variables, x, space->variables * sizeof *x) == 0) {
            return;
        }
    }
    a->count++;
}

assay_status assay_answers_add(assay_answers* a, assay_mckp_solver solver, const void* options,
                               assay_report* report) {
    assay_mckp_result result;
    assay_status status = solver(a->problem->separable, options, a->choice, &result, report);
    if (status == ASSAY_OK) {
        a->bound = fmin(a->bound, result.bound);
        if (result.feasible) {
            keep(a);
        }
    }
    return status;
}

/* ---- Where there is no answer ---- */

static double least_sum(const mckp_classes* c, size_t k) {
    double sum = 0;
    for (size_t cls = 0; cls < c->classes; cls++) {
        double least = INFINITY;
        for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
            least = c->value[o] == -INFINITY ? least : fmin(least, mckp_cost(c, o)[k]);
        }
        sum += least;
    }
    return sum;
}

static assay_status refuse(const assay_separable* problem, double bound, assay_report* report) {
    mckp_classes c;
    assay_status status = mckp_classes_make(problem, true, &c);
    if (status != ASSAY_OK) {
        return status;
    }
    bool said = false;
    for (size_t k = 0; k < c.limits; k++) {
        double least = least_sum(&c, k);
        if (least > problem->limit[k]) {
            said = true;
            assay_report_add(report,
                             "budget %zu of %zu cannot be kept: the cheapest choices need %.6g, "
                             "the budget is %.6g",
                             k + 1, c.limits, least, problem->limit[k]);
        }
    }
    if (!said) {
        assay_report_add(report,
                         bound == -INFINITY ? "no candidate keeps all %zu budgets together"
                                            : "found no candidate that keeps all %zu budgets",
                         c.limits);
    }
    mckp_classes_free(&c);
    return ASSAY_BAD_INPUT;
}

assay_status assay_answers_end(assay_answers* a, assay_status status, void** self,
                               assay_report* report) {
    if (status == ASSAY_OK && a->count == 0) {
        status = refuse(a->problem->separable, a->bound, report);
    }
    if (status == ASSAY_OK) {
        *self = a;
    } else {
        assay_answers_free(a);
    }
    return status;
}

/* ---- An algorithm's functions ---- */

size_t assay_answers_ask(void* self, size_t max, unsigned* x) {
    assay_answers* a = self;
    size_t n = a->problem->space.variables, left = a->count - a->asked;
    size_t count = left < max ? left : max;
    memcpy(x, a->x + a->asked * n, count * n * sizeof *x);
    a->asked += count;
    return count;
}

void assay_answers_tell(void* self, size_t count, const unsigned* x, const assay_score* score) {
    (void)self, (void)count, (void)x, (void)score; /* the answers are known */
}

double assay_answers_bound(const void* self) {
    const assay_answers* a = self;
    return isfinite(a->bound) ? a->bound : NAN;
}

void assay_answers_free(void* self) {
    assay_answers* a = self;
    if (a != NULL) {
        free(a->x);
        free(a->choice);
        free(a);
    }
}
