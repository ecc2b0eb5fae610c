/* A made-up problem of a search, for timing: nothing is learnt from its answers. */
#ifndef ASSAY_CLI_BENCH_PROBLEM_H
#define ASSAY_CLI_BENCH_PROBLEM_H

#include "algorithm.h"
#include "budget.h"

enum {
    BENCH_SEARCH_LAYERS = 50,
    BENCH_SEARCH_STEPS = 2 * BENCH_SEARCH_LAYERS, /* bits of weights and of activations */
    BENCH_SEARCH_BITS = 7,                        /* 2 .. 8 */
    BENCH_SEARCH_OPTIONS = BENCH_SEARCH_BITS * BENCH_SEARCH_BITS,
    BENCH_SEARCH_FEATURES = 10
};

/* Damages and latencies of all choices, a budget of 0.6 of the 8-bit latency that is kept by our
 * own repair: what the task haq poses once its costs are measured. */
typedef struct bench_problem {
    assay_problem problem;
    assay_separable table;
    assay_budget* budget;
    unsigned choices[BENCH_SEARCH_STEPS];
    const char* names[BENCH_SEARCH_STEPS];
    size_t group[BENCH_SEARCH_STEPS];
    double state[BENCH_SEARCH_STEPS * BENCH_SEARCH_FEATURES];
    size_t start[BENCH_SEARCH_LAYERS + 1];
    double value[BENCH_SEARCH_LAYERS * BENCH_SEARCH_OPTIONS];
    double cost[BENCH_SEARCH_LAYERS * BENCH_SEARCH_OPTIONS];
} bench_problem;

/* *p must stay where it is until bench_problem_close. */
assay_status bench_problem_open(bench_problem* p);
void bench_problem_close(bench_problem* p);
/* The sums of the table: a stored answer. */
assay_score bench_problem_score(const bench_problem* p, const unsigned* x);

#endif
