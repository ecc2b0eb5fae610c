/* Multiple-choice knapsack problems: pick one option of each item, maximise the sum of values, keep
 * up to four sums of costs within limits. */
#ifndef ASSAY_SEARCH_MCKP_H
#define ASSAY_SEARCH_MCKP_H

#include "assay/status.h"
#include "problem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_mckp_result {
    bool feasible; /* an answer was found */
    bool proven;   /* no better one exists */
    double value;  /* base + sum of values of `choice` */
    double bound;  /* no answer is better; == value if proven; -INFINITY if nothing is feasible and
                      that is proven */
    double used[ASSAY_LIMITS_MAX];
    uint64_t nodes; /* of the branch and bound that were opened */
} assay_mckp_result;

/* Exact, by branch and bound on the Lagrangian relaxation (own): ends when proven or when
 * `max_nodes` (0: no limit) were opened, or when 2^16 partial answers at a time do not suffice
 * (then unproven, with its bound). Same input, same answer, ties included. choice: [items] option
 * of each. ASSAY_NO_MEMORY; infeasible is not an error. */
assay_status assay_mckp_solve(const assay_separable* problem, uint64_t max_nodes, size_t* choice,
                              assay_mckp_result* out);

/* The same through the integer programming library that the build has found; ASSAY_BAD_INPUT if it
 * has none. */
assay_status assay_mckp_solve_ip(const assay_separable* problem, double limit_s, size_t* choice,
                                 assay_mckp_result* out, assay_report* report);

/* Lagrangian dual: least upper bound over non-negative multipliers (ASSAY_LIMITS_MAX of them, 0 for
 * limits there are not), and the best feasible choice met on the way, improved by greedy refill. */
assay_status assay_mckp_lagrangian(const assay_separable* problem, size_t* choice,
                                   double* multiplier, assay_mckp_result* out);

/* Greedy by gain per cost: up from the cheapest options, or down from the most valuable ones. */
assay_status assay_mckp_greedy_up(const assay_separable* problem, size_t* choice,
                                  assay_mckp_result* out);
assay_status assay_mckp_greedy_down(const assay_separable* problem, size_t* choice,
                                    assay_mckp_result* out);

#ifdef __cplusplus
}
#endif
#endif
