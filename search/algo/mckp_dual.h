/* The Lagrangian dual of a multiple-choice knapsack problem on its classes. */
#ifndef ASSAY_SEARCH_MCKP_DUAL_H
#define ASSAY_SEARCH_MCKP_DUAL_H

#include "mckp_moves.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Finds prices of the limits, >= 0, whose bound (base included) is least, and offers the answers
 * that it meets to `best`. Every class has an option. ASSAY_NO_MEMORY. */
assay_status mckp_dual(const mckp_classes* c, mckp_best* best, double* price, double* bound);

#ifdef __cplusplus
}
#endif
#endif
