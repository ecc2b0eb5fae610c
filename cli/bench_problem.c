#include "bench_problem.h"

#include <math.h>

#include "rng.h"

/* Each bit that is taken away doubles a layer's damage; latency is that of a machine that takes
 * bits one at a time, or of its port, whichever is longer. */
static void fill_layer(bench_problem* p, size_t layer, assay_rng* rng) {
    const double w_harm = exp(assay_rng_normal(rng)), a_harm = exp(assay_rng_normal(rng));
    const double work = exp(assay_rng_normal(rng)), port = 4 * assay_rng_unit(rng);
    for (unsigned w = 0; w < BENCH_SEARCH_BITS; w++) {
        for (unsigned a = 0; a < BENCH_SEARCH_BITS; a++) {
            const size_t i = layer * BENCH_SEARCH_OPTIONS + w * BENCH_SEARCH_BITS + a;
            p->value[i] = -w_harm * exp2(-(double)w) - a_harm * exp2(-(double)a);
            p->cost[i] = work * fmax((w + 2) * (a + 2), port * (w + 2 + a + 2));
        }
    }
    p->start[layer + 1] = (layer + 1) * BENCH_SEARCH_OPTIONS;
}

static void fill_step(bench_problem* p, size_t step, assay_rng* rng) {
    double* row = p->state + step * BENCH_SEARCH_FEATURES;
    for (size_t i = 0; i < BENCH_SEARCH_FEATURES; i++) {
        row[i] = assay_rng_unit(rng);
    }
    row[BENCH_SEARCH_FEATURES - 1] = step % 2 == 0;
    p->choices[step] = BENCH_SEARCH_BITS;
    p->names[step] = "bits";
    p->group[step] = step / 2;
}

static double fill(bench_problem* p) {
    assay_rng rng = assay_rng_seed(1, "bench");
    double whole = 0;
    p->start[0] = 0;
    for (size_t layer = 0; layer < BENCH_SEARCH_LAYERS; layer++) {
        fill_layer(p, layer, &rng);
        whole += p->cost[p->start[layer + 1] - 1];
    }
    for (size_t step = 0; step < BENCH_SEARCH_STEPS; step++) {
        fill_step(p, step, &rng);
    }
    return whole;
}

assay_status bench_problem_open(bench_problem* p) {
    const double whole = fill(p);
    p->table = (assay_separable){.items = BENCH_SEARCH_LAYERS,
                                 .start = p->start,
                                 .value = p->value,
                                 .limits = 1,
                                 .cost = {p->cost},
                                 .limit = {0.6 * whole}};
    p->problem = (assay_problem){.space = {.variables = BENCH_SEARCH_STEPS,
                                           .choices = p->choices,
                                           .names = p->names,
                                           .group = p->group,
                                           .state = p->state,
                                           .features = BENCH_SEARCH_FEATURES,
                                           .previous_action = BENCH_SEARCH_FEATURES - 2,
                                           .flag = BENCH_SEARCH_FEATURES - 1},
                                 .separable = &p->table,
                                 .repair = assay_budget_repair,
                                 .feasible = assay_budget_feasible};
    p->budget = NULL;
    const assay_status status = assay_budget_new(&p->problem.space, &p->table, &p->budget);
    p->problem.user = p->budget;
    return status;
}

void bench_problem_close(bench_problem* p) {
    assay_budget_free(&p->budget);
}

assay_score bench_problem_score(const bench_problem* p, const unsigned* x) {
    assay_score score = {.reward = 0};
    for (size_t layer = 0; layer < BENCH_SEARCH_LAYERS; layer++) {
        score.reward +=
            p->value[p->start[layer] + x[2 * layer] * BENCH_SEARCH_BITS + x[2 * layer + 1]];
    }
    return score;
}
