/* Keeping a budget, ours: gives up what buys the most budget for the least estimated damage, one
 * variable at a time, then refills what still fits. */
#ifndef ASSAY_SEARCH_BUDGET_H
#define ASSAY_SEARCH_BUDGET_H

#include "assay/status.h"
#include "problem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_budget assay_budget;

/* `estimate`: values are the damages' opposites, costs and limits the budgets; its items are the
 * groups of `space`, whose choices are ordered. Both must outlive the budget. ASSAY_NO_MEMORY. */
assay_status assay_budget_new(const assay_space* space, const assay_separable* estimate,
                              assay_budget** out);
void assay_budget_free(assay_budget** budget);

/* Of candidates x[variables], in place. One budget is used by one thread at a time. */

/* Every sum of costs, in the order of the items, at or below its limit, and nothing forbidden. */
bool assay_budget_within(assay_budget* budget, const unsigned* x);
/* Lowers choices until within; tied items take the choices of the first of them. Each time the
 * variable, and how far down, by budget saved per damage. False: nothing that is lowered helps any
 * more; `x` is then what was reached. */
bool assay_budget_cut(assay_budget* budget, unsigned* x);
/* Raises choices by one at a time as long as it stays within and does not lower the estimate, each
 * time the one that gains most by cost: with equal gains, the cheapest. `x` must be within. */
void assay_budget_refill(assay_budget* budget, unsigned* x);
/* For assay_problem.repair: what is within stays as it is; else cut, then refilled. */
bool assay_budget_repair(void* budget, unsigned* x);
/* For assay_problem.feasible. */
bool assay_budget_feasible(void* budget, const unsigned* x);

#ifdef __cplusplus
}
#endif
#endif
