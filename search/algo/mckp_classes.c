#include "mckp_classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

/* ---- Making ---- */

static bool reserve(mckp_classes* c, size_t items, size_t options, size_t limits) {
    c->class_of = calloc(items + 1, sizeof *c->class_of);
    c->start = calloc(items + 1, sizeof *c->start);
    c->option = calloc(options + 1, sizeof *c->option);
    c->value = calloc(options + 1, sizeof *c->value);
    c->cost = calloc(options * limits + 1, sizeof *c->cost);
    return c->class_of && c->start && c->option && c->value && c->cost;
}

typedef struct tied {
    size_t tie, item;
} tied;

static int by_tie(const void* left, const void* right) {
    const tied *a = left, *b = right;
    if (a->tie != b->tie) {
        return a->tie < b->tie ? -1 : 1;
    }
    return a->item < b->item ? -1 : a->item > b->item;
}

/* Classes are numbered by their first items. */
static assay_status number_classes(mckp_classes* c) {
    size_t items = c->problem->items;
    tied* order = malloc((items + 1) * sizeof *order);
    size_t* first = malloc((items + 1) * sizeof *first);
    if (order == NULL || first == NULL) {
        free(order);
        free(first);
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < items; i++) {
        order[i] = (tied){c->problem->tie == NULL ? i : c->problem->tie[i], i};
    }
    qsort(order, items, sizeof *order, by_tie);
    for (size_t k = 0; k < items; k++) {
        bool same = k > 0 && order[k].tie == order[k - 1].tie;
        first[order[k].item] = same ? first[order[k - 1].item] : order[k].item;
    }
    for (size_t i = 0; i < items; i++) {
        c->class_of[i] = first[i] == i ? c->classes++ : c->class_of[first[i]];
    }
    free(order);
    free(first);
    return ASSAY_OK;
}

static void place_options(mckp_classes* c) {
    const assay_separable* p = c->problem;
    size_t cls = 0;
    for (size_t i = 0; i < p->items; i++) {
        if (c->class_of[i] == cls) {
            c->start[cls + 1] = c->start[cls] + (p->start[i + 1] - p->start[i]);
            cls++;
        }
    }
}

static void add_item(mckp_classes* c, size_t item) {
    const assay_separable* p = c->problem;
    size_t to = c->start[c->class_of[item]], from = p->start[item];
    size_t count = p->start[item + 1] - from;
    ASSAY_REQUIRE(count == c->start[c->class_of[item] + 1] - to);
    for (size_t o = 0; o < count; o++) {
        c->option[to + o] = o;
        c->value[to + o] += p->value[from + o];
        for (size_t k = 0; k < p->limits; k++) {
            c->cost[(to + o) * p->limits + k] += p->cost[k][from + o];
        }
    }
}

static void set_limits(mckp_classes* c) {
    for (size_t k = 0; k < c->limits; k++) {
        double limit = c->problem->limit[k];
        ASSAY_REQUIRE(isfinite(limit));
        c->limit[k] = limit + 1e-12 * fabs(limit);
        c->scale[k] = limit > 1e-300 ? 1 / limit : 1;
    }
}

/* ---- Options that are no use ---- */

static bool dominates(const mckp_classes* c, size_t a, size_t b) {
    const double *cost_a = mckp_cost(c, a), *cost_b = mckp_cost(c, b);
    bool equal = c->value[a] == c->value[b];
    for (size_t k = 0; k < c->limits; k++) {
        if (cost_a[k] > cost_b[k]) {
            return false;
        }
        equal = equal && cost_a[k] == cost_b[k];
    }
    return c->value[a] >= c->value[b] && (!equal || a < b); /* the first of equals stays */
}

static bool is_useless(const mckp_classes* c, size_t cls, size_t option) {
    if (c->value[option] == -INFINITY) {
        return true;
    }
    for (size_t k = 0; k < c->limits; k++) {
        if (mckp_cost(c, option)[k] > c->limit[k]) {
            return true;
        }
    }
    for (size_t other = c->start[cls]; other < c->start[cls + 1]; other++) {
        if (other != option && dominates(c, other, option)) {
            return true;
        }
    }
    return false;
}

static void move_option(mckp_classes* c, size_t from, size_t to) {
    c->option[to] = c->option[from];
    c->value[to] = c->value[from];
    memmove(c->cost + to * c->limits, c->cost + from * c->limits, c->limits * sizeof *c->cost);
}

static assay_status drop_useless(mckp_classes* c) {
    bool* useless = malloc((c->start[c->classes] + 1) * sizeof *useless);
    if (useless == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t cls = 0; cls < c->classes; cls++) {
        for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
            useless[o] = is_useless(c, cls, o);
        }
    }
    size_t kept = 0, begin = 0;
    for (size_t cls = 0; cls < c->classes; cls++) {
        size_t end = c->start[cls + 1];
        for (size_t o = begin; o < end; o++) {
            if (!useless[o]) {
                move_option(c, o, kept++);
            }
        }
        begin = end;
        c->start[cls + 1] = kept;
    }
    free(useless);
    return ASSAY_OK;
}

assay_status mckp_classes_make(const assay_separable* problem, bool all, mckp_classes* out) {
    ASSAY_REQUIRE(problem != NULL && problem->limits <= ASSAY_LIMITS_MAX);
    *out = (mckp_classes){.problem = problem, .limits = problem->limits};
    assay_status status = ASSAY_NO_MEMORY;
    if (reserve(out, problem->items, problem->start[problem->items], problem->limits)) {
        status = number_classes(out);
    }
    if (status == ASSAY_OK) {
        place_options(out);
        for (size_t i = 0; i < problem->items; i++) {
            add_item(out, i);
        }
        set_limits(out);
        status = all ? ASSAY_OK : drop_useless(out);
    }
    if (status != ASSAY_OK) {
        mckp_classes_free(out);
    }
    return status;
}

void mckp_classes_free(mckp_classes* c) {
    free(c->class_of);
    free(c->start);
    free(c->option);
    free(c->value);
    free(c->cost);
    *c = (mckp_classes){0};
}

/* ---- Asking ---- */

static double least_cost(const mckp_classes* c, size_t cls, size_t k) {
    double least = INFINITY;
    for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
        if (c->value[o] != -INFINITY) {
            least = fmin(least, mckp_cost(c, o)[k]);
        }
    }
    return least;
}

bool mckp_classes_hopeless(const mckp_classes* c) {
    for (size_t cls = 0; cls < c->classes; cls++) {
        if (c->start[cls] == c->start[cls + 1]) {
            return true;
        }
    }
    for (size_t k = 0; k < c->limits; k++) {
        double sum = 0;
        for (size_t cls = 0; cls < c->classes; cls++) {
            sum += least_cost(c, cls, k);
        }
        if (sum > c->limit[k]) {
            return true;
        }
    }
    return false;
}

void mckp_classes_answer(const mckp_classes* c, const size_t* pick, size_t* choice,
                         assay_mckp_result* out) {
    const assay_separable* p = c->problem;
    double sum = p->base;
    memset(out->used, 0, sizeof out->used);
    for (size_t i = 0; i < p->items; i++) {
        choice[i] = c->option[pick[c->class_of[i]]];
        size_t at = p->start[i] + choice[i];
        sum += p->value[at];
        for (size_t k = 0; k < p->limits; k++) {
            out->used[k] += p->cost[k][at];
        }
    }
    out->value = sum;
    out->feasible = sum != -INFINITY;
    for (size_t k = 0; k < p->limits; k++) {
        out->feasible = out->feasible && out->used[k] <= p->limit[k];
    }
}
