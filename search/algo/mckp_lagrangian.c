/* For prices of the limits, the best option of each class is found alone, and the prices of the
 * limits plus what those options leave is an upper bound (Everett 1963; Sinha and Zoltners 1979 for
 * multiple choice). It is convex in the prices: bisection finds the least one of one limit, the
 * ellipsoid method with deep cuts (Bland, Goldfarb, Todd 1981) of up to four. Prices are searched
 * for in units of "all values by the whole limit", so that the same distances and tolerances fit
 * any problem. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mckp_dual.h"

enum {
    BISECTIONS = 100,
    ELLIPSOID_STEPS = 4000 /* 4 limits need some 2000 to 1e-12 */
};

static const double highest_price = 65536; /* nobody pays more than this many times all values */

typedef struct dual {
    const mckp_classes* c;
    mckp_best* best;
    size_t* pick;
    double unit[ASSAY_LIMITS_MAX]; /* price of 1 in the problem's terms */
    double total;                  /* sum of the classes' ranges of value */
    double* price;                 /* of the least bound */
    double bound;
} dual;

/* The bound at prices `y` and its slope. */
static double evaluate(dual* d, const double* y, double* slope) {
    const mckp_classes* c = d->c;
    double price[ASSAY_LIMITS_MAX] = {0};
    for (size_t k = 0; k < c->limits; k++) {
        price[k] = y[k] * d->unit[k];
        slope[k] = c->limit[k];
    }
    double bound = c->problem->base + mckp_pick_best(c, price, d->pick);
    for (size_t k = 0; k < c->limits; k++) {
        bound += price[k] * c->limit[k];
        for (size_t cls = 0; cls < c->classes; cls++) {
            slope[k] -= mckp_cost(c, d->pick[cls])[k];
        }
        slope[k] *= d->unit[k];
    }
    if (bound < d->bound) {
        d->bound = bound;
        memcpy(d->price, price, c->limits * sizeof *price);
        mckp_best_improve(c, d->pick, d->best);
    }
    return bound;
}

/* ---- One limit ---- */

static void bisect(dual* d) {
    double low = 0, high = 1, slope;
    evaluate(d, &low, &slope);
    if (slope >= 0) {
        return; /* what is best fits */
    }
    while (evaluate(d, &high, &slope), slope < 0 && high < highest_price) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = low + (high - low) / 2;
        if (middle == low || middle == high) {
            return;
        }
        evaluate(d, &middle, &slope);
        *(slope < 0 ? &low : &high) = middle;
    }
}

/* ---- Several limits ---- */

/* The images j * u + y of all |u| <= 1. Kept by its factor: the usual matrix j * j^T loses its
 * positive sign to rounding after some fifty cuts. */
typedef struct ellipsoid {
    size_t n;
    double y[ASSAY_LIMITS_MAX];
    double j[ASSAY_LIMITS_MAX][ASSAY_LIMITS_MAX];
} ellipsoid;

/* The direction u in which `slope` rises most; returns by how much, from the centre to the rim. */
static double steepest(const ellipsoid* e, const double* slope, double* u) {
    double sum = 0;
    for (size_t i = 0; i < e->n; i++) {
        u[i] = 0;
        for (size_t k = 0; k < e->n; k++) {
            u[i] += e->j[k][i] * slope[k];
        }
        sum += u[i] * u[i];
    }
    double width = sqrt(sum);
    for (size_t i = 0; i < e->n && width > 0; i++) {
        u[i] /= width;
    }
    return width;
}

/* The least ellipsoid around the part that lies `depth` of the way to the rim or more against u. */
static void cut(ellipsoid* e, const double* u, double depth) {
    double n = (double)e->n, step = (1 + n * depth) / (n + 1);
    double flatten = 1 - sqrt(1 - 2 * step / (1 + depth));
    double grow = sqrt(n * n * (1 - depth * depth) / (n * n - 1));
    for (size_t i = 0; i < e->n; i++) {
        double towards = 0;
        for (size_t k = 0; k < e->n; k++) {
            towards += e->j[i][k] * u[k];
        }
        e->y[i] -= step * towards;
        for (size_t k = 0; k < e->n; k++) {
            e->j[i][k] = grow * (e->j[i][k] - flatten * towards * u[k]);
        }
    }
}

/* The most negative price, or n. */
static size_t negative_price(const ellipsoid* e) {
    size_t found = e->n;
    for (size_t k = 0; k < e->n; k++) {
        if (e->y[k] < 0 && (found == e->n || e->y[k] < e->y[found])) {
            found = k;
        }
    }
    return found;
}

/* False: nothing better is left. */
static bool shrink(dual* d, ellipsoid* e) {
    double slope[ASSAY_LIMITS_MAX] = {0}, u[ASSAY_LIMITS_MAX], above;
    size_t k = negative_price(e);
    if (k < e->n) {
        slope[k] = -1;
        above = -e->y[k];
    } else {
        above = evaluate(d, e->y, slope);
        above -= d->bound; /* which evaluate may have lowered */
    }
    double width = steepest(e, slope, u);
    if (!(width > 0) || above >= width || (k == e->n && width <= 1e-12 * d->total)) {
        return false;
    }
    cut(e, u, above / width);
    return true;
}

static void search_ellipsoid(dual* d) {
    ellipsoid e = {.n = d->c->limits};
    double zero[ASSAY_LIMITS_MAX] = {0}, slope[ASSAY_LIMITS_MAX];
    evaluate(d, zero, slope); /* limits that do not bind have a price of exactly 0 */
    for (size_t k = 0; k < e.n; k++) {
        e.j[k][k] = highest_price;
    }
    for (int i = 0; i < ELLIPSOID_STEPS && shrink(d, &e); i++) {}
}

/* ---- Both ---- */

static double range_of(const mckp_classes* c, size_t cls) {
    double low = INFINITY, high = -INFINITY;
    for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
        low = fmin(low, c->value[o]);
        high = fmax(high, c->value[o]);
    }
    return high - low;
}

assay_status mckp_dual(const mckp_classes* c, mckp_best* best, double* price, double* bound) {
    dual d = {.c = c, .best = best, .price = price, .bound = INFINITY};
    d.pick = malloc((c->classes + 1) * sizeof *d.pick);
    if (d.pick == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t cls = 0; cls < c->classes; cls++) {
        d.total += range_of(c, cls);
    }
    for (size_t k = 0; k < c->limits; k++) {
        d.unit[k] = d.total * c->scale[k];
    }
    if (c->limits > 1) {
        search_ellipsoid(&d);
    } else if (c->limits == 1) {
        bisect(&d);
    } else {
        double none = 0;
        evaluate(&d, &none, &none);
    }
    free(d.pick);
    *bound = d.bound;
    return ASSAY_OK;
}

assay_status assay_mckp_lagrangian(const assay_separable* problem, size_t* choice,
                                   double* multiplier, assay_mckp_result* out) {
    mckp_classes c;
    mckp_best best;
    assay_status status = mckp_classes_make(problem, false, &c);
    if (status != ASSAY_OK) {
        return status;
    }
    memset(multiplier, 0, ASSAY_LIMITS_MAX * sizeof *multiplier);
    status = mckp_best_new(&c, choice, out, &best);
    if (status == ASSAY_OK && mckp_classes_hopeless(&c)) {
        out->bound = -INFINITY;
    } else if (status == ASSAY_OK) {
        status = mckp_dual(&c, &best, multiplier, &out->bound);
        out->bound = fmax(out->bound, out->value); /* but for rounding it is never less */
    }
    out->proven = out->feasible ? out->value >= out->bound : out->bound == -INFINITY;
    mckp_best_free(&best);
    mckp_classes_free(&c);
    return status;
}
