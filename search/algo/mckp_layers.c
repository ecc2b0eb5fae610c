#include "mckp_layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bounds ---- */

/* The least bound of all prices, or -INFINITY as soon as it is no better than the incumbent. */
static double bound_of(const mckp_pass* pass, size_t depth, const mckp_state* s) {
    const mckp_classes* c = pass->c;
    const double* rest = pass->rest + depth * pass->prices;
    double least = INFINITY, known = s->value + c->problem->base;
    for (size_t i = 0; i < pass->prices; i++) {
        double bound = known + rest[i];
        for (size_t k = 0; k < c->limits; k++) {
            bound += pass->price[i][k] * (c->limit[k] - s->used[k]);
        }
        least = fmin(least, bound);
        if (least <= pass->incumbent + pass->tolerance) {
            return -INFINITY;
        }
    }
    return least;
}

static bool can_fit(const mckp_pass* pass, size_t depth, const mckp_state* s) {
    const mckp_classes* c = pass->c;
    for (size_t k = 0; k < c->limits; k++) {
        if (s->used[k] + pass->rest_cost[depth * c->limits + k] > c->limit[k]) {
            return false;
        }
    }
    return true;
}

/* ---- Order ---- */

static int compare_ids(const mckp_state* a, const mckp_state* b) {
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    return a->option < b->option ? -1 : a->option > b->option;
}

static int by_cost(const void* left, const void* right) {
    const mckp_state *a = left, *b = right;
    for (size_t k = 0; k < ASSAY_LIMITS_MAX; k++) { /* limits there are not: all 0 */
        if (a->used[k] != b->used[k]) {
            return a->used[k] < b->used[k] ? -1 : 1;
        }
    }
    if (a->value != b->value) {
        return a->value > b->value ? -1 : 1;
    }
    return compare_ids(a, b);
}

static int by_bound(const void* left, const void* right) {
    const mckp_state *a = left, *b = right;
    if (a->bound != b->bound) {
        return a->bound > b->bound ? -1 : 1;
    }
    return compare_ids(a, b);
}

/* ---- Dominated states ---- */

/* Up to one limit: in the order of costs, only what raises the value. */
static size_t keep_rising(mckp_state* state, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || state[i].value > state[kept - 1].value) {
            state[kept++] = state[i];
        }
    }
    return kept;
}

/* Two limits: of what costs less by the first, the stairs of second cost and value. */
typedef struct stair {
    double cost, value;
} stair;

/* The stairs up to `cost`. */
static size_t stairs_below(const stair* stairs, size_t count, double cost) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stairs[middle].cost <= cost) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* False: it is under the stairs already. */
static bool climb(stair* stairs, size_t* count, double cost, double value) {
    size_t at = stairs_below(stairs, *count, cost), end = at;
    if (at > 0 && stairs[at - 1].value >= value) {
        return false;
    }
    while (end < *count && stairs[end].value <= value) {
        end++;
    }
    if (at > 0 && stairs[at - 1].cost == cost) {
        at--;
    }
    memmove(stairs + at + 1, stairs + end, (*count - end) * sizeof *stairs);
    *count += at + 1;
    *count -= end;
    stairs[at] = (stair){cost, value};
    return true;
}

static assay_status keep_undominated(mckp_state* state, size_t* count) {
    stair* stairs = malloc((*count + 1) * sizeof *stairs);
    if (stairs == NULL) {
        return ASSAY_NO_MEMORY;
    }
    size_t kept = 0, steps = 0;
    for (size_t i = 0; i < *count; i++) {
        if (climb(stairs, &steps, state[i].used[1], state[i].value)) {
            state[kept++] = state[i];
        }
    }
    *count = kept;
    free(stairs);
    return ASSAY_OK;
}

/* Three and more: those of equal costs only. */
static size_t keep_first_of_equals(mckp_state* state, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || memcmp(state[i].used, state[kept - 1].used, sizeof state[i].used) != 0) {
            state[kept++] = state[i];
        }
    }
    return kept;
}

static void drop_worst(mckp_pass* pass, mckp_layer* layer) {
    if (layer->count > pass->room) {
        qsort(layer->state, layer->count, sizeof *layer->state, by_bound);
        pass->dropped = fmax(pass->dropped, layer->state[pass->room].bound);
        layer->count = pass->room;
    }
}

static assay_status thin_out(mckp_pass* pass, mckp_layer* layer) {
    assay_status status = ASSAY_OK;
    qsort(layer->state, layer->count, sizeof *layer->state, by_cost);
    if (pass->c->limits < 2) {
        layer->count = keep_rising(layer->state, layer->count);
    } else if (pass->c->limits == 2) {
        status = keep_undominated(layer->state, &layer->count);
    } else {
        layer->count = keep_first_of_equals(layer->state, layer->count);
    }
    drop_worst(pass, layer);
    return status;
}

/* ---- Extension ---- */

/* Room for `more`: thinned out first where that makes enough. */
static assay_status make_room(mckp_pass* pass, mckp_layer* layer, size_t more) {
    if (layer->count + more <= layer->room) {
        return ASSAY_OK;
    }
    if (layer->count > 4 * pass->room) {
        assay_status status = thin_out(pass, layer);
        if (status != ASSAY_OK || layer->count + more <= layer->room) {
            return status;
        }
    }
    size_t room = 2 * layer->room + more;
    mckp_state* state = realloc(layer->state, room * sizeof *state);
    if (state == NULL) {
        return ASSAY_NO_MEMORY;
    }
    layer->state = state;
    layer->room = room;
    return ASSAY_OK;
}

static void extend_one(mckp_pass* pass, size_t depth, const mckp_state* from, uint32_t parent,
                       mckp_layer* to) {
    const mckp_classes* c = pass->c;
    size_t cls = pass->order[depth];
    for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
        if (!pass->open[o]) {
            continue;
        }
        mckp_state s = *from;
        s.value += c->value[o];
        for (size_t k = 0; k < c->limits; k++) {
            s.used[k] += mckp_cost(c, o)[k];
        }
        pass->nodes++;
        s.bound = can_fit(pass, depth + 1, &s) ? bound_of(pass, depth + 1, &s) : -INFINITY;
        if (s.bound > -INFINITY) {
            s.bound = fmin(s.bound, from->bound);
            s.parent = parent;
            s.option = (uint32_t)o;
            to->state[to->count++] = s;
        }
    }
}

assay_status mckp_layer_extend(mckp_pass* pass, size_t depth, const mckp_layer* from,
                               mckp_layer* to) {
    size_t cls = pass->order[depth];
    size_t options = pass->c->start[cls + 1] - pass->c->start[cls];
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (pass->max_nodes > 0 && pass->nodes >= pass->max_nodes) {
            pass->dropped = fmax(pass->dropped, from->state[i].bound);
            continue;
        }
        assay_status status = make_room(pass, to, options);
        if (status != ASSAY_OK) {
            return status;
        }
        extend_one(pass, depth, &from->state[i], (uint32_t)i, to);
    }
    return thin_out(pass, to);
}
