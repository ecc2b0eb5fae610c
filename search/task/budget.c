#include "budget.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "mckp_classes.h"

/* A change of one variable, for all items of a class. */
typedef struct change {
    size_t cls, option; /* that the class takes then */
    double rank;        /* the more the better; -INFINITY: there is none */
} change;

struct assay_budget {
    const assay_space* space;
    mckp_classes c; /* every option, so that an item's option is its place in the class */
    size_t* first;  /* [items + 1] variables of item i: first[i] .. first[i + 1] - 1 */
    size_t* head;   /* [classes] the first item of the class */
    size_t* next;   /* [items] the next item of the same class; SIZE_MAX: the last */
    size_t* pick;   /* [classes] of the candidate at hand */
    change* best;   /* [classes] */
    double used[ASSAY_LIMITS_MAX];
};

/* ---- Making ---- */

static bool fits(const assay_space* space, const assay_separable* estimate) {
    for (size_t i = 0; i < estimate->items; i++) {
        size_t first, end, options = 1;
        assay_item_variables(space, i, &first, &end);
        for (size_t v = first; v < end; v++) {
            options *= space->choices[v];
        }
        if (options != estimate->start[i + 1] - estimate->start[i]) {
            return false;
        }
    }
    return true;
}

static void link_items(assay_budget* b) {
    memset(b->head, 0xff, b->c.classes * sizeof *b->head); /* SIZE_MAX: none yet */
    for (size_t i = b->c.problem->items; i-- > 0;) {
        size_t cls = b->c.class_of[i];
        assay_item_variables(b->space, i, &b->first[i], &b->first[i + 1]);
        b->next[i] = b->head[cls];
        b->head[cls] = i;
    }
}

assay_status assay_budget_new(const assay_space* space, const assay_separable* estimate,
                              assay_budget** out) {
    ASSAY_REQUIRE(fits(space, estimate));
    *out = NULL;
    assay_budget* b = calloc(1, sizeof *b);
    if (b == NULL || mckp_classes_make(estimate, true, &b->c) != ASSAY_OK) {
        free(b);
        return ASSAY_NO_MEMORY;
    }
    b->space = space;
    b->first = calloc(estimate->items + 1, sizeof *b->first);
    b->next = calloc(estimate->items + 1, sizeof *b->next);
    b->head = calloc(b->c.classes + 1, sizeof *b->head);
    b->pick = calloc(b->c.classes + 1, sizeof *b->pick);
    b->best = calloc(b->c.classes + 1, sizeof *b->best);
    if (!b->first || !b->next || !b->head || !b->pick || !b->best) {
        assay_budget_free(&b);
        return ASSAY_NO_MEMORY;
    }
    link_items(b);
    *out = b;
    return ASSAY_OK;
}

void assay_budget_free(assay_budget** budget) {
    if (*budget != NULL) {
        mckp_classes_free(&(*budget)->c);
        free((*budget)->first);
        free((*budget)->next);
        free((*budget)->head);
        free((*budget)->pick);
        free((*budget)->best);
        free(*budget);
        *budget = NULL;
    }
}

/* ---- Candidates ---- */

static size_t option_of(const assay_budget* b, size_t item, const unsigned* x) {
    size_t option = 0;
    for (size_t v = b->first[item]; v < b->first[item + 1]; v++) {
        option = option * b->space->choices[v] + x[v];
    }
    return option;
}

/* Sums in the order of the items, as everyone else adds them up. False: something is forbidden. */
static bool sum_up(assay_budget* b, const unsigned* x) {
    const assay_separable* p = b->c.problem;
    bool allowed = true;
    memset(b->used, 0, sizeof b->used);
    for (size_t i = 0; i < p->items; i++) {
        size_t at = p->start[i] + option_of(b, i, x);
        allowed = allowed && p->value[at] != -INFINITY;
        for (size_t k = 0; k < p->limits; k++) {
            b->used[k] += p->cost[k][at];
        }
    }
    return allowed;
}

/* The limits that are exceeded, a bit each. */
static unsigned exceeded(const assay_budget* b) {
    unsigned mask = 0, bit = 1;
    for (size_t k = 0; k < b->c.limits; k++, bit <<= 1) {
        if (b->used[k] > b->c.problem->limit[k]) {
            mask |= bit;
        }
    }
    return mask;
}

bool assay_budget_within(assay_budget* b, const unsigned* x) {
    return sum_up(b, x) && exceeded(b) == 0;
}

bool assay_budget_feasible(void* budget, const unsigned* x) {
    return assay_budget_within(budget, x);
}

/* The class takes the option; sums follow by the difference. */
static void set_option(assay_budget* b, size_t cls, size_t option, unsigned* x) {
    const double *from = mckp_cost(&b->c, b->pick[cls]), *to = mckp_cost(&b->c, option);
    for (size_t k = 0; k < b->c.limits; k++) {
        b->used[k] += to[k] - from[k];
    }
    b->pick[cls] = option;
    for (size_t i = b->head[cls]; i != SIZE_MAX; i = b->next[i]) {
        assay_choose_option(b->space, i, option - b->c.start[cls], x);
    }
}

/* The candidate becomes the one at hand; tied items agree from here on. */
static void take(assay_budget* b, unsigned* x) {
    for (size_t cls = 0; cls < b->c.classes; cls++) {
        b->pick[cls] = b->c.start[cls] + option_of(b, b->head[cls], x);
        if (b->next[b->head[cls]] != SIZE_MAX) {
            set_option(b, cls, b->pick[cls], x);
        }
    }
}

/* ---- Ranks ---- */

/* By what is saved of the limits that are exceeded now. What is forbidden is left at any price and
 * never entered. */
static double rank_cut(const assay_budget* b, size_t from, size_t to) {
    if (b->c.value[to] == -INFINITY || b->c.value[from] == -INFINITY) {
        return b->c.value[to] == -INFINITY ? -INFINITY : INFINITY;
    }
    const double *a = mckp_cost(&b->c, from), *z = mckp_cost(&b->c, to);
    double saved = 0, damage = b->c.value[from] - b->c.value[to];
    for (size_t k = 0; k < b->c.limits; k++) {
        saved += b->used[k] > b->c.problem->limit[k] ? (a[k] - z[k]) * b->c.scale[k] : 0;
    }
    if (!(saved > 0)) {
        return -INFINITY;
    }
    return damage > 0 ? saved / damage : INFINITY;
}

static double rank_refill(const assay_budget* b, size_t from, size_t to) {
    double gain = b->c.value[to] - b->c.value[from], cost = 0;
    const double *a = mckp_cost(&b->c, from), *z = mckp_cost(&b->c, to);
    if (!(gain >= 0)) {
        return -INFINITY;
    }
    for (size_t k = 0; k < b->c.limits; k++) {
        if (b->used[k] - a[k] + z[k] > b->c.problem->limit[k]) {
            return -INFINITY;
        }
        cost += (z[k] - a[k]) * b->c.scale[k];
    }
    return cost > 0 ? gain / cost : INFINITY;
}

/* ---- Changes ---- */

typedef double (*rank_function)(const assay_budget*, size_t, size_t);

static void consider(const assay_budget* b, size_t cls, size_t option, rank_function rank,
                     change* best) {
    double r = rank(b, b->pick[cls], option);
    if (r > best->rank) {
        *best = (change){cls, option, r};
    }
}

/* The best change of one variable of the class: down by any number, or up by one. */
static change best_of_class(const assay_budget* b, size_t cls, bool up) {
    size_t first = b->first[b->head[cls]], end = b->first[b->head[cls] + 1];
    size_t stride = 1, option = b->pick[cls] - b->c.start[cls];
    change best = {cls, 0, -INFINITY};
    for (size_t v = end; v-- > first;) {
        unsigned choices = b->space->choices[v], x = (unsigned)(option / stride % choices);
        if (up && x + 1 < choices) {
            consider(b, cls, b->pick[cls] + stride, rank_refill, &best);
        }
        for (unsigned down = 1; !up && down <= x; down++) {
            consider(b, cls, b->pick[cls] - down * stride, rank_cut, &best);
        }
        stride *= choices;
    }
    return best;
}

static void rank_all(assay_budget* b, bool up) {
    for (size_t cls = 0; cls < b->c.classes; cls++) {
        b->best[cls] = best_of_class(b, cls, up);
    }
}

static const change* best_of_all(const assay_budget* b) {
    const change* best = NULL;
    for (size_t cls = 0; cls < b->c.classes; cls++) {
        if (b->best[cls].rank > (best == NULL ? -INFINITY : best->rank)) {
            best = &b->best[cls];
        }
    }
    return best;
}

/* ---- Cut and refill ---- */

/* Ranks of cuts depend on the class itself and on which limits are exceeded: they are kept while
 * these stay the same. Sums that followed by differences are made anew where they say "within". */
bool assay_budget_cut(assay_budget* b, unsigned* x) {
    take(b, x);
    unsigned before = 0;
    bool allowed = sum_up(b, x);
    while (!allowed || exceeded(b) != 0) {
        if (!allowed || exceeded(b) != before) {
            rank_all(b, false);
            before = exceeded(b);
        }
        const change* c = best_of_all(b);
        if (c == NULL) {
            return false;
        }
        size_t cls = c->cls;
        set_option(b, cls, c->option, x);
        b->best[cls] = best_of_class(b, cls, false);
        if (!allowed || exceeded(b) == 0) {
            allowed = sum_up(b, x);
        }
    }
    return true;
}

/* A change that does not fit, since its rank is old or by the rounding of sums. */
static void take_back(assay_budget* b, size_t cls, size_t option, size_t before, unsigned* x) {
    set_option(b, cls, before, x);
    sum_up(b, x);
    b->best[cls] = best_of_class(b, cls, true);
    if (b->best[cls].option == option) {
        b->best[cls].rank = -INFINITY;
    }
}

void assay_budget_refill(assay_budget* b, unsigned* x) {
    take(b, x);
    sum_up(b, x);
    rank_all(b, true);
    for (const change* c = best_of_all(b); c != NULL; c = best_of_all(b)) {
        size_t cls = c->cls, option = c->option, before = b->pick[cls];
        set_option(b, cls, option, x);
        if (assay_budget_within(b, x)) {
            b->best[cls] = best_of_class(b, cls, true);
        } else {
            take_back(b, cls, option, before, x);
        }
    }
}

bool assay_budget_repair(void* budget, unsigned* x) {
    assay_budget* b = budget;
    if (assay_budget_within(b, x)) {
        return true;
    }
    if (!assay_budget_cut(b, x)) {
        return false;
    }
    assay_budget_refill(b, x);
    return true;
}
