#include "budget_haq.h"

#include <stdbool.h>

typedef struct loop {
    const assay_haq_budget* budget;
    assay_haq_bits* bits;
    assay_haq_counts counts;
    unsigned lowered; /* in this sweep, of layers that are not fixed */
} loop;

static double cost_of(const loop* l) {
    double sum = 0;
    for (size_t i = 0; i < l->budget->layers; i++) {
        sum += l->budget->cost(l->budget->user, i, l->bits[i].w, l->bits[i].a);
    }
    return sum;
}

static double least_cost(const assay_haq_budget* budget) {
    double sum = 0;
    for (size_t i = 0; i < budget->layers; i++) {
        sum += budget->cost(budget->user, i, budget->min_bits, budget->min_bits);
    }
    return sum;
}

static void restore_ends(loop* l) {
    l->bits[0] = (assay_haq_bits){8, ASSAY_HAQ_NOT_QUANTISED};
    l->bits[l->budget->layers - 1] = (assay_haq_bits){8, 8};
}

/* True: within the budget now. */
static bool lower(loop* l, size_t layer, int* bits) {
    if (*bits > l->budget->min_bits) {
        --*bits;
        l->counts.decrements++;
        l->lowered += layer > 0 && layer + 1 < l->budget->layers;
    }
    restore_ends(l);
    l->counts.used = cost_of(l);
    return l->counts.used <= l->budget->target;
}

static void sweep(loop* l) {
    l->counts.sweeps++;
    l->lowered = 0;
    for (size_t i = l->budget->layers; i-- > 0;) {
        if (lower(l, i, &l->bits[i].a) || lower(l, i, &l->bits[i].w)) {
            return;
        }
    }
}

assay_haq_counts assay_budget_haq(const assay_haq_budget* budget, assay_haq_bits* bits) {
    loop l = {.budget = budget, .bits = bits, .lowered = 1};
    double least = least_cost(budget);
    l.counts.used = cost_of(&l);
    while (l.counts.used > budget->target && l.counts.used > least && l.lowered > 0) {
        sweep(&l);
    }
    return l.counts;
}
