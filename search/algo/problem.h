/* What is searched: vectors of choices, what an agent sees of them, and where costs and damages add
 * up, the sums. */
#ifndef ASSAY_SEARCH_PROBLEM_H
#define ASSAY_SEARCH_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero is a feature: what a problem has not must be said. */
#define ASSAY_NO_FEATURE SIZE_MAX

/* A candidate is unsigned x[variables], x[v] < choices[v]. Choices of a variable are ordered (bits,
 * sizes) unless said otherwise. */
typedef struct assay_space {
    size_t variables;         /* V >= 1 */
    const unsigned* choices;  /* [V], each >= 1 */
    const char* const* names; /* [V] for messages and logs: "layer1.0.conv1.w_bits" */
    const bool* unordered;    /* [V]; NULL: all are ordered */
    const size_t* group;      /* [V] non-decreasing from 0: what is inherited together (a layer's
                                 two widths, a block); NULL: each by itself */
    /* What an agent sees when it decides variable v, in the order of variables: V rows of
     * `features` numbers in 0 .. 1. Feature `previous_action` (or ASSAY_NO_FEATURE) is overwritten
     * with its last action. NULL: nothing to see. */
    const double* state;
    size_t features;
    size_t previous_action;
    /* Feature (or ASSAY_NO_FEATURE) of 0 or 1 that tells kinds of variables apart: HAQ's weights or
     * activations. */
    size_t flag;
} assay_space;

enum {
    ASSAY_OBJECTIVES_MAX = 4,
    ASSAY_LIMITS_MAX = 4,
};

typedef struct assay_score {
    double reward; /* the more the better; NaN: the evaluation failed */
    /* How far over the budgets, relative, summed; 0: within all. Algorithms that are not repaired
     * rank any candidate within before all beyond. */
    double violation;
    size_t objective_count;                  /* 0: none were wanted */
    double objectives[ASSAY_OBJECTIVES_MAX]; /* each to be minimised */
} assay_score;

/* A reward and costs that are sums over items, of one number per option of an item: a
 * multiple-choice knapsack problem. An item's options are all choices of the variables of a group,
 * the last variable running fastest. Options of item i are at [start[i]] .. [start[i + 1] - 1]. */
typedef struct assay_separable {
    size_t items;
    const size_t* start; /* [items + 1], start[0] = 0, each item at least one option */
    const double* value; /* [start[items]] what an option adds to the reward; -INFINITY: it may not
                            be taken. Not NaN. */
    size_t limits;       /* 0 .. ASSAY_LIMITS_MAX */
    const double* cost[ASSAY_LIMITS_MAX]; /* [start[items]] each >= 0 and finite */
    double limit[ASSAY_LIMITS_MAX];       /* finite; the sums stay at or below */
    /* [items] items with the same number take the same option (they have equally many); NULL: each
     * its own. */
    const size_t* tie;
    double base; /* reward = base + sum of values */
} assay_separable;

typedef struct assay_problem {
    assay_space space;
    const assay_separable* separable; /* NULL: nothing adds up */
    bool estimated; /* `separable` only orders candidates: its sums are no rewards, and what bounds
                       them bounds no reward */
    /* Brings a candidate within the budget, in place; false: impossible. NULL: nothing to do. */
    bool (*repair)(void* user, unsigned* x);
    bool weighed; /* `repair` gives up what is worth least: asking for too much is no trap */
    /* True if the candidate is within the budgets: cheap, before any evaluation. NULL: all are. */
    bool (*feasible)(void* user, const unsigned* x);
    void* user;
} assay_problem;

/* ---- Helpers ---- */

/* Variables first .. end - 1 are those of item i: group i. */
void assay_item_variables(const assay_space* space, size_t item, size_t* first, size_t* end);

/* Of item i, whose options are the choices of the variables of group i: option <-> choices. */
size_t assay_option_of(const assay_space* space, size_t item, const unsigned* x);
void assay_choose_option(const assay_space* space, size_t item, size_t option, unsigned* x);

#ifdef __cplusplus
}
#endif
#endif
