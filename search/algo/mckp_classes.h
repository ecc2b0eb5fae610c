/* A multiple-choice knapsack problem as the solvers work on it: tied items are one class, options
 * that can never be part of a best answer are gone, an option's costs lie side by side. */
#ifndef ASSAY_SEARCH_MCKP_CLASSES_H
#define ASSAY_SEARCH_MCKP_CLASSES_H

#include "mckp.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mckp_classes {
    const assay_separable* problem;
    size_t classes, limits;
    size_t* class_of; /* [items] */
    size_t* start;    /* [classes + 1] options of class i: start[i] .. start[i + 1] - 1 */
    size_t* option;   /* [start[classes]] number of the option within its items */
    double* value;    /* [start[classes]] sums over the class's items */
    double* cost;     /* [start[classes]][limits] likewise */
    /* Limits with room for the rounding of sums in another order: what a solver returns is compared
     * with the problem's own limits, summed in the problem's order. */
    double limit[ASSAY_LIMITS_MAX];
    double scale[ASSAY_LIMITS_MAX]; /* one over the limit: makes costs of limits comparable */
} mckp_classes;

/* `all`: keep every option, forbidden ones with their value of -INFINITY. Without it a class may
 * end up with no option: then nothing is feasible. ASSAY_NO_MEMORY: nothing to free. */
assay_status mckp_classes_make(const assay_separable* problem, bool all, mckp_classes* out);
void mckp_classes_free(mckp_classes* classes);

/* A class without options, or even the cheapest options beyond a limit. */
bool mckp_classes_hopeless(const mckp_classes* c);

/* `pick`: [classes] index into the option arrays. Writes the option of each item and fills value,
 * used and feasible of `out`, by the problem's own numbers. */
void mckp_classes_answer(const mckp_classes* c, const size_t* pick, size_t* choice,
                         assay_mckp_result* out);

static inline const double* mckp_cost(const mckp_classes* c, size_t option) {
    return c->cost + option * c->limits;
}

#ifdef __cplusplus
}
#endif
#endif
