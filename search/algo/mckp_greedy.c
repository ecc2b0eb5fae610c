#include <math.h>
#include <stdlib.h>

#include "mckp_moves.h"

static void start(const mckp_classes* c, bool up, size_t* pick) {
    if (up) {
        mckp_pick_cheapest(c, pick);
    } else {
        mckp_pick_best(c, NULL, pick);
    }
}

/* A second try keeps a distance from limits that the first has met but for the order of sums. */
static void search(mckp_classes* c, bool up, size_t* pick, mckp_best* best) {
    start(c, up, pick);
    mckp_best_improve(c, pick, best);
    if (!best->out->feasible) {
        for (size_t k = 0; k < c->limits; k++) {
            c->limit[k] = c->problem->limit[k] * (1 - 1e-12);
        }
        mckp_best_improve(c, pick, best);
    }
}

static assay_status greedy(const assay_separable* problem, bool up, size_t* choice,
                           assay_mckp_result* out) {
    mckp_classes c;
    mckp_best best;
    assay_status status = mckp_classes_make(problem, false, &c);
    if (status != ASSAY_OK) {
        return status;
    }
    size_t* pick = malloc((c.classes + 1) * sizeof *pick);
    status = mckp_best_new(&c, choice, out, &best);
    if (status == ASSAY_OK && pick == NULL) {
        status = ASSAY_NO_MEMORY;
    }
    if (status == ASSAY_OK && mckp_classes_hopeless(&c)) {
        out->bound = -INFINITY;
    } else if (status == ASSAY_OK) {
        search(&c, up, pick, &best);
    }
    mckp_best_free(&best);
    free(pick);
    mckp_classes_free(&c);
    return status;
}

assay_status assay_mckp_greedy_up(const assay_separable* problem, size_t* choice,
                                  assay_mckp_result* out) {
    return greedy(problem, true, choice, out);
}

assay_status assay_mckp_greedy_down(const assay_separable* problem, size_t* choice,
                                    assay_mckp_result* out) {
    return greedy(problem, false, choice, out);
}
