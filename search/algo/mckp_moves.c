#include "mckp_moves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Starts ---- */

static double scaled_cost(const mckp_classes* c, size_t option) {
    double sum = 0;
    for (size_t k = 0; k < c->limits; k++) {
        sum += mckp_cost(c, option)[k] * c->scale[k];
    }
    return sum;
}

static double net_value(const mckp_classes* c, const double* price, size_t option) {
    double value = c->value[option];
    for (size_t k = 0; k < c->limits && price != NULL; k++) {
        value -= price[k] * mckp_cost(c, option)[k];
    }
    return value;
}

double mckp_pick_best(const mckp_classes* c, const double* price, size_t* pick) {
    double sum = 0;
    for (size_t cls = 0; cls < c->classes; cls++) {
        size_t best = c->start[cls];
        double best_value = net_value(c, price, best);
        for (size_t o = best + 1; o < c->start[cls + 1]; o++) {
            double value = net_value(c, price, o);
            if (value > best_value ||
                (value == best_value && scaled_cost(c, o) < scaled_cost(c, best))) {
                best = o;
                best_value = value;
            }
        }
        pick[cls] = best;
        sum += best_value;
    }
    return sum;
}

void mckp_pick_cheapest(const mckp_classes* c, size_t* pick) {
    for (size_t cls = 0; cls < c->classes; cls++) {
        pick[cls] = c->start[cls];
        for (size_t o = c->start[cls] + 1; o < c->start[cls + 1]; o++) {
            if (scaled_cost(c, o) < scaled_cost(c, pick[cls])) {
                pick[cls] = o;
            }
        }
    }
}

/* ---- Moves ---- */

typedef struct move {
    size_t cls, option;
    double rank; /* the more the better; -INFINITY: no move */
} move;

typedef struct sums {
    double used[ASSAY_LIMITS_MAX];
} sums;

static sums sum_of(const mckp_classes* c, const size_t* pick) {
    sums s = {{0}};
    for (size_t cls = 0; cls < c->classes; cls++) {
        for (size_t k = 0; k < c->limits; k++) {
            s.used[k] += mckp_cost(c, pick[cls])[k];
        }
    }
    return s;
}

/* Of sums that are over limits: the scaled excess. */
static double excess_of(const mckp_classes* c, const sums* s, const double* from,
                        const double* to) {
    double excess = 0;
    for (size_t k = 0; k < c->limits; k++) {
        double used = s->used[k] - from[k] + to[k];
        if (used > c->limit[k]) {
            excess += (used - c->limit[k]) * c->scale[k];
        }
    }
    return excess;
}

/* What saves nothing, or no more than rounding may pretend, is no move; what costs no value is the
 * best. */
static double rank_give_up(const mckp_classes* c, const sums* s, size_t from, size_t to) {
    const double *a = mckp_cost(c, from), *b = mckp_cost(c, to);
    double saved = excess_of(c, s, a, a) - excess_of(c, s, a, b);
    double loss = c->value[from] - c->value[to];
    if (!(saved > 1e-13)) {
        return -INFINITY;
    }
    return loss > 0 ? saved / loss : INFINITY;
}

static double rank_refill(const mckp_classes* c, const sums* s, size_t from, size_t to) {
    const double *a = mckp_cost(c, from), *b = mckp_cost(c, to);
    double gain = c->value[to] - c->value[from], cost = scaled_cost(c, to) - scaled_cost(c, from);
    if (!(gain > 0) || excess_of(c, s, a, b) > 0) {
        return -INFINITY;
    }
    return cost > 0 ? gain / cost : INFINITY;
}

typedef double (*rank_function)(const mckp_classes*, const sums*, size_t, size_t);

static move best_move(const mckp_classes* c, const size_t* pick, rank_function rank) {
    const sums s = sum_of(c, pick);
    move best = {0, 0, -INFINITY};
    for (size_t cls = 0; cls < c->classes; cls++) {
        for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
            double r = o == pick[cls] ? -INFINITY : rank(c, &s, pick[cls], o);
            if (r > best.rank) {
                best = (move){cls, o, r};
            }
        }
    }
    return best;
}

static bool is_over(const mckp_classes* c, const size_t* pick) {
    const sums s = sum_of(c, pick);
    for (size_t k = 0; k < c->limits; k++) {
        if (s.used[k] > c->limit[k]) {
            return true;
        }
    }
    return false;
}

bool mckp_give_up(const mckp_classes* c, size_t* pick) {
    while (is_over(c, pick)) {
        move m = best_move(c, pick, rank_give_up);
        if (m.rank == -INFINITY) {
            return false;
        }
        pick[m.cls] = m.option;
    }
    return true;
}

void mckp_refill(const mckp_classes* c, size_t* pick) {
    for (;;) {
        move m = best_move(c, pick, rank_refill);
        if (m.rank == -INFINITY) {
            return;
        }
        pick[m.cls] = m.option;
    }
}

/* ---- The best answer so far ---- */

assay_status mckp_best_new(const mckp_classes* c, size_t* choice, assay_mckp_result* out,
                           mckp_best* best) {
    size_t items = c->problem->items;
    *best = (mckp_best){.choice = choice, .out = out};
    best->pick = malloc((c->classes + 1) * sizeof *best->pick);
    best->scratch = malloc((items + 1) * sizeof *best->scratch);
    *out = (assay_mckp_result){.value = -INFINITY, .bound = INFINITY};
    if (best->pick == NULL || best->scratch == NULL) {
        mckp_best_free(best);
        return ASSAY_NO_MEMORY;
    }
    return ASSAY_OK;
}

void mckp_best_free(mckp_best* best) {
    free(best->pick);
    free(best->scratch);
    best->pick = best->scratch = NULL;
}

bool mckp_best_offer(const mckp_classes* c, const size_t* pick, mckp_best* best) {
    assay_mckp_result offered;
    mckp_classes_answer(c, pick, best->scratch, &offered);
    if (!offered.feasible) {
        return false;
    }
    if (offered.value > best->out->value) {
        best->out->feasible = true;
        best->out->value = offered.value;
        memcpy(best->out->used, offered.used, sizeof offered.used);
        memcpy(best->choice, best->scratch, c->problem->items * sizeof *best->choice);
    }
    return true;
}

void mckp_best_improve(const mckp_classes* c, const size_t* pick, mckp_best* best) {
    memcpy(best->pick, pick, c->classes * sizeof *pick);
    if (mckp_give_up(c, best->pick)) {
        mckp_refill(c, best->pick);
        mckp_best_offer(c, best->pick, best);
    }
}
