/* Branch and bound, breadth first: partial answers are extended class by class, and forgotten where
 * another costs no more and is worth no less, or where the Lagrangian bound says that they lead to
 * nothing better (Pisinger 1995 for one limit). Depth first needs no memory but meets the same sums
 * again and again: of 52 layers with some close options each it does not return.
 *
 * A layer keeps so many states only, those of greatest bound; passes with more and more room run
 * until nothing was dropped that could be better. Each starts from the answer of the one before, so
 * that most options are out before the large passes begin. */
#include "mckp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mckp_dual.h"
#include "mckp_layers.h"

enum {
    ROOM_FIRST = 256,
    ROOM_GROWTH = 16,
    ROOM_MOST = 1 << 16 /* states of a layer: some 50 MB; sums made to be hard take 10 s then */
};

typedef struct link {
    uint32_t parent, option;
} link;

typedef struct solver {
    mckp_classes c;
    mckp_best best;
    mckp_pass pass;
    size_t *order, *pick;
    bool* open;
    link** links;         /* [classes] where the states of a layer came from */
    mckp_layer layers[2]; /* taken in turns */
    double price[ASSAY_LIMITS_MAX];
    double bound;
} solver;

/* ---- What a pass works with ---- */

static double net_value(const mckp_classes* c, const double* price, size_t option) {
    double value = c->value[option];
    for (size_t k = 0; k < c->limits; k++) {
        value -= price[k] * mckp_cost(c, option)[k];
    }
    return value;
}

static double best_net(const solver* s, const double* price, size_t cls) {
    double best = -INFINITY;
    for (size_t o = s->c.start[cls]; o < s->c.start[cls + 1]; o++) {
        best = fmax(best, s->open[o] ? net_value(&s->c, price, o) : -INFINITY);
    }
    return best;
}

/* The prices of the dual, and ones around them: where a partial answer has spent more or less than
 * its share, other prices give the better bound. */
static void set_prices(solver* s) {
    static const double factors[] = {0.5, 0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.25, 2};
    mckp_pass* pass = &s->pass;
    memcpy(pass->price[0], s->price, sizeof s->price);
    pass->prices = 1;
    for (size_t k = 0; k < s->c.limits; k++) {
        for (size_t i = 0; s->price[k] > 0 && i < sizeof factors / sizeof *factors; i++) {
            memcpy(pass->price[pass->prices], s->price, sizeof s->price);
            pass->price[pass->prices++][k] *= factors[i];
        }
    }
}

/* An option that lowers the bound below the incumbent is out. */
static void close_options(solver* s) {
    const mckp_classes* c = &s->c;
    for (size_t cls = 0; cls < c->classes; cls++) {
        double best = best_net(s, s->price, cls);
        for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
            double loss = best - net_value(c, s->price, o);
            s->open[o] = s->open[o] && s->bound - loss > s->pass.incumbent + s->pass.tolerance;
        }
    }
}

/* Every class has an option that may lead to something better. */
static bool all_open(const solver* s) {
    for (size_t cls = 0; cls < s->c.classes; cls++) {
        if (best_net(s, s->price, cls) == -INFINITY) {
            return false;
        }
    }
    return true;
}

/* Scaled cost between the cheapest and the dearest open option. */
static double spread_of(const solver* s, size_t cls) {
    double low = INFINITY, high = -INFINITY;
    for (size_t o = s->c.start[cls]; o < s->c.start[cls + 1]; o++) {
        double sum = 0;
        for (size_t k = 0; k < s->c.limits; k++) {
            sum += mckp_cost(&s->c, o)[k] * s->c.scale[k];
        }
        low = s->open[o] ? fmin(low, sum) : low;
        high = s->open[o] ? fmax(high, sum) : high;
    }
    return high - low;
}

typedef struct ranked {
    double spread;
    size_t cls;
} ranked;

static int by_spread(const void* left, const void* right) {
    const ranked *a = left, *b = right;
    if (a->spread != b->spread) {
        return a->spread > b->spread ? -1 : 1;
    }
    return a->cls < b->cls ? -1 : a->cls > b->cls;
}

/* Large decisions first, so that small ones can still fill what they leave. */
static assay_status set_order(solver* s) {
    ranked* list = malloc((s->c.classes + 1) * sizeof *list);
    if (list == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t cls = 0; cls < s->c.classes; cls++) {
        list[cls] = (ranked){spread_of(s, cls), cls};
    }
    qsort(list, s->c.classes, sizeof *list, by_spread);
    for (size_t i = 0; i < s->c.classes; i++) {
        s->order[i] = list[i].cls;
    }
    free(list);
    return ASSAY_OK;
}

static double least_cost(const solver* s, size_t cls, size_t k) {
    double least = INFINITY;
    for (size_t o = s->c.start[cls]; o < s->c.start[cls + 1]; o++) {
        least = fmin(least, s->open[o] ? mckp_cost(&s->c, o)[k] : INFINITY);
    }
    return least;
}

static void set_rest(solver* s) {
    mckp_pass* p = &s->pass;
    size_t limits = s->c.limits;
    memset(p->rest + s->c.classes * p->prices, 0, p->prices * sizeof *p->rest);
    memset(p->rest_cost + s->c.classes * limits, 0, limits * sizeof *p->rest_cost);
    for (size_t d = s->c.classes; d-- > 0;) {
        for (size_t i = 0; i < p->prices; i++) {
            p->rest[d * p->prices + i] =
                p->rest[(d + 1) * p->prices + i] + best_net(s, p->price[i], s->order[d]);
        }
        for (size_t k = 0; k < limits; k++) {
            p->rest_cost[d * limits + k] =
                p->rest_cost[(d + 1) * limits + k] + least_cost(s, s->order[d], k);
        }
    }
}

/* ---- One pass ---- */

static assay_status remember(solver* s, size_t depth, const mckp_layer* layer) {
    free(s->links[depth]);
    s->links[depth] = malloc((layer->count + 1) * sizeof **s->links);
    if (s->links[depth] == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < layer->count; i++) {
        s->links[depth][i] = (link){layer->state[i].parent, layer->state[i].option};
    }
    return ASSAY_OK;
}

/* The options that led to state `index` of the layer after `depth`; others as they are in pick. */
static void trace_back(const solver* s, size_t depth, size_t index, size_t* pick) {
    for (size_t d = depth + 1; d-- > 0;) {
        const link* l = &s->links[d][index];
        pick[s->order[d]] = l->option;
        index = l->parent;
    }
}

/* The most promising state, completed by what the dual would take. */
static void complete_one(solver* s, size_t depth, const mckp_layer* layer) {
    size_t top = 0;
    for (size_t i = 1; i < layer->count; i++) {
        top = layer->state[i].bound > layer->state[top].bound ? i : top;
    }
    if (layer->count > 0) {
        mckp_pick_best(&s->c, s->price, s->pick);
        trace_back(s, depth, top, s->pick);
        mckp_best_improve(&s->c, s->pick, &s->best);
        s->pass.incumbent = s->best.out->value;
    }
}

static void offer_all(solver* s, const mckp_layer* layer) {
    for (size_t i = 0; i < layer->count; i++) {
        trace_back(s, s->c.classes - 1, i, s->pick);
        mckp_best_offer(&s->c, s->pick, &s->best);
    }
    s->pass.incumbent = s->best.out->value;
}

static assay_status run_layers(solver* s) {
    mckp_layer* from = &s->layers[0];
    from->state[0] = (mckp_state){.bound = s->bound};
    from->count = 1;
    for (size_t d = 0; d < s->c.classes && from->count > 0; d++) {
        mckp_layer* to = &s->layers[1 - d % 2];
        assay_status status = mckp_layer_extend(&s->pass, d, from, to);
        status = status == ASSAY_OK ? remember(s, d, to) : status;
        if (status != ASSAY_OK) {
            return status;
        }
        complete_one(s, d, to);
        from = to;
    }
    offer_all(s, from);
    return ASSAY_OK;
}

static assay_status run_pass(solver* s, size_t room) {
    s->pass.room = room;
    s->pass.dropped = -INFINITY;
    s->pass.incumbent = s->best.out->value;
    close_options(s);
    if (!all_open(s)) {
        return ASSAY_OK; /* what is known is the best */
    }
    assay_status status = set_order(s);
    if (status == ASSAY_OK) {
        set_rest(s);
        status = run_layers(s);
    }
    return status;
}

static bool is_proven(const solver* s) {
    return s->pass.dropped <= s->best.out->value + s->pass.tolerance;
}

static bool may_go_on(const solver* s) {
    return s->pass.max_nodes == 0 || s->pass.nodes < s->pass.max_nodes;
}

static assay_status run_passes(solver* s, assay_mckp_result* out) {
    assay_status status = ASSAY_OK;
    size_t room = ROOM_FIRST;
    do {
        status = run_pass(s, room);
        room *= ROOM_GROWTH;
    } while (status == ASSAY_OK && !is_proven(s) && may_go_on(s) && room <= ROOM_MOST);
    out->proven = is_proven(s);
    out->bound = out->proven ? out->value : fmin(s->bound, fmax(s->pass.dropped, out->value));
    out->nodes = s->pass.nodes;
    return status;
}

/* ---- Both ---- */

static double magnitude(const mckp_classes* c) {
    double sum = fabs(c->problem->base);
    for (size_t cls = 0; cls < c->classes; cls++) {
        double most = 0;
        for (size_t o = c->start[cls]; o < c->start[cls + 1]; o++) {
            most = fmax(most, fabs(c->value[o]));
        }
        sum += most;
    }
    return sum;
}

static assay_status reserve(solver* s) {
    size_t n = s->c.classes, options = s->c.start[n];
    s->order = malloc((n + 1) * sizeof *s->order);
    s->pick = malloc((n + 1) * sizeof *s->pick);
    s->open = malloc((options + 1) * sizeof *s->open);
    s->links = calloc(n + 1, sizeof *s->links);
    s->pass.rest = malloc((n + 1) * MCKP_PRICES_MAX * sizeof *s->pass.rest);
    s->pass.rest_cost = malloc((n + 1) * ASSAY_LIMITS_MAX * sizeof *s->pass.rest_cost);
    bool layers = true;
    for (size_t i = 0; i < 2; i++) {
        s->layers[i].room = 1024;
        s->layers[i].state = malloc(1024 * sizeof *s->layers[i].state);
        layers = layers && s->layers[i].state != NULL;
    }
    bool all = s->order && s->pick && s->open && s->links && s->pass.rest && s->pass.rest_cost;
    return all && layers ? ASSAY_OK : ASSAY_NO_MEMORY;
}

static void release(solver* s) {
    for (size_t i = 0; s->links != NULL && i < s->c.classes; i++) {
        free(s->links[i]);
    }
    free(s->links);
    free(s->order);
    free(s->pick);
    free(s->open);
    free(s->pass.rest);
    free(s->pass.rest_cost);
    free(s->layers[0].state);
    free(s->layers[1].state);
    mckp_best_free(&s->best);
    mckp_classes_free(&s->c);
}

static assay_status solve(solver* s, assay_mckp_result* out) {
    if (mckp_classes_hopeless(&s->c)) {
        out->bound = -INFINITY;
        out->proven = true;
        return ASSAY_OK;
    }
    assay_status status = reserve(s);
    if (status == ASSAY_OK) {
        status = mckp_dual(&s->c, &s->best, s->price, &s->bound);
    }
    if (status == ASSAY_OK) {
        memset(s->open, true, s->c.start[s->c.classes] * sizeof *s->open);
        s->pass.c = &s->c;
        s->pass.order = s->order;
        s->pass.open = s->open;
        s->pass.tolerance = 1e-13 * magnitude(&s->c);
        set_prices(s);
        status = run_passes(s, out);
    }
    return status;
}

assay_status assay_mckp_solve(const assay_separable* problem, uint64_t max_nodes, size_t* choice,
                              assay_mckp_result* out) {
    solver s = {.pass = {.max_nodes = max_nodes}};
    assay_status status = mckp_classes_make(problem, false, &s.c);
    if (status != ASSAY_OK) {
        return status;
    }
    status = mckp_best_new(&s.c, choice, out, &s.best);
    if (status == ASSAY_OK) {
        status = solve(&s, out);
    }
    release(&s);
    return status;
}
