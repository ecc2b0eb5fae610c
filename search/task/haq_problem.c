/* The task `haq` as algorithms see it: two variables per layer, the bits of weights and those of
 * activations, that are one item of the knapsack problem. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget_haq.h"
#include "haq.h"

void haq_read(const haq* h, const unsigned* x, haq_bits* bits) {
    for (size_t i = 0; i < h->layers.count; i++) {
        const haq_layer* l = &h->layers.layers[i];
        bits[i] = (haq_bits){l->low.w + x[2 * i], l->low.a + x[2 * i + 1]};
    }
}

void haq_write(const haq* h, const haq_bits* bits, unsigned* x) {
    for (size_t i = 0; i < h->layers.count; i++) {
        const haq_layer* l = &h->layers.layers[i];
        const haq_bits b = haq_clamp(l, bits[i]);
        x[2 * i] = b.w - l->low.w;
        x[2 * i + 1] = b.a - l->low.a;
    }
}

double haq_used(const haq* h, const unsigned* x) {
    double sum = 0;
    for (size_t i = 0; i < h->layers.count && h->metric != HAQ_METRICS; i++) {
        const haq_layer* l = &h->layers.layers[i];
        const haq_bits bits = {l->low.w + x[2 * i], l->low.a + x[2 * i + 1]};
        sum += haq_layer_cost(&h->costs, h->metric, i, bits);
    }
    return h->metric != HAQ_METRICS ? sum : NAN;
}

/* ---- Repair ---- */

/* The original lets the first layer's activations unquantised; here they keep 8 bits. */
static double layer_cost(void* user, size_t layer, int w_bits, int a_bits) {
    const haq* h = user;
    unsigned a = a_bits == ASSAY_HAQ_NOT_QUANTISED ? HAQ_REFERENCE_BITS : (unsigned)a_bits;
    return haq_layer_cost(&h->costs, h->metric, layer, (haq_bits){(unsigned)w_bits, a});
}

static void decrement_blindly(haq* h, unsigned* x) {
    size_t count = h->layers.count;
    assay_haq_bits* bits = calloc(count, sizeof *bits);
    if (bits == NULL) {
        return; /* ours follows, which needs no memory */
    }
    haq_read(h, x, h->scratch);
    for (size_t i = 0; i < count; i++) {
        bits[i] = (assay_haq_bits){(int)h->scratch[i].w, (int)h->scratch[i].a};
    }
    const assay_haq_budget budget = {.layers = count,
                                     .min_bits = (int)h->min_bits,
                                     .target = h->limit,
                                     .cost = layer_cost,
                                     .user = h};
    assay_budget_haq(&budget, bits);
    for (size_t i = 0; i < count; i++) {
        unsigned a =
            bits[i].a == ASSAY_HAQ_NOT_QUANTISED ? HAQ_REFERENCE_BITS : (unsigned)bits[i].a;
        h->scratch[i] = (haq_bits){(unsigned)bits[i].w, a};
    }
    haq_write(h, h->scratch, x);
    free(bits);
}

static bool repair(void* user, unsigned* x) {
    haq* h = user;
    if (h->haq_enforcement && h->metric != HAQ_METRICS && !assay_budget_within(h->budget, x)) {
        decrement_blindly(h, x);
    }
    return assay_budget_repair(h->budget, x);
}

static bool feasible(void* user, const unsigned* x) {
    return assay_budget_within(((haq*)user)->budget, x);
}

/* ---- The problem ---- */

static size_t options_of(const haq_layer* l) {
    return (size_t)(l->high.w - l->low.w + 1) * (l->high.a - l->low.a + 1);
}

static bool allocate(haq* h) {
    size_t n = h->layers.count, options = 0;
    for (size_t i = 0; i < n; i++) {
        options += options_of(&h->layers.layers[i]);
    }
    h->scratch = calloc(n, sizeof *h->scratch);
    h->choices = calloc(2 * n, sizeof *h->choices);
    h->group = calloc(2 * n, sizeof *h->group);
    h->start = calloc(n + 1, sizeof *h->start);
    h->names = calloc(2 * n, sizeof *h->names);
    h->state = calloc(2 * n, HAQ_FEATURES * sizeof *h->state);
    h->value = calloc(options, sizeof *h->value);
    h->cost = calloc(options, sizeof *h->cost);
    return h->scratch != NULL && h->choices != NULL && h->group != NULL && h->start != NULL &&
           h->names != NULL && h->state != NULL && h->value != NULL && h->cost != NULL;
}

static char* name_of(const haq_layer* l, const char* what) {
    size_t size = strlen(l->name) + strlen(what) + 2;
    char* name = malloc(size);
    if (name != NULL) {
        snprintf(name, size, "%s.%s", l->name, what);
    }
    return name;
}

static bool fill_variables(haq* h, size_t i) {
    const haq_layer* l = &h->layers.layers[i];
    h->choices[2 * i] = l->high.w - l->low.w + 1;
    h->choices[2 * i + 1] = l->high.a - l->low.a + 1;
    h->group[2 * i] = h->group[2 * i + 1] = i;
    h->names[2 * i] = name_of(l, "w_bits");
    h->names[2 * i + 1] = name_of(l, "a_bits");
    return h->names[2 * i] != NULL && h->names[2 * i + 1] != NULL;
}

static void fill_options(haq* h, size_t i) {
    const haq_layer* l = &h->layers.layers[i];
    size_t at = h->start[i];
    for (unsigned w = l->low.w; w <= l->high.w; w++) {
        for (unsigned a = l->low.a; a <= l->high.a; a++, at++) {
            const haq_bits bits = {w, a};
            h->value[at] = 0 - haq_damage_at(&h->damage, i, bits);
            if (h->metric != HAQ_METRICS) {
                h->cost[at] = haq_layer_cost(&h->costs, h->metric, i, bits);
            }
        }
    }
    h->start[i + 1] = at;
}

static assay_status make_problem(haq* h) {
    size_t n = h->layers.count;
    h->separable = (assay_separable){.items = n,
                                     .start = h->start,
                                     .value = h->value,
                                     .limits = h->metric != HAQ_METRICS ? 1 : 0,
                                     .cost = {h->cost},
                                     .limit = {h->limit}};
    h->problem = (assay_problem){.space = {.variables = 2 * n,
                                           .choices = h->choices,
                                           .names = (const char* const*)h->names,
                                           .group = h->group,
                                           .state = h->state,
                                           .features = HAQ_FEATURES,
                                           .previous_action = HAQ_PREVIOUS_ACTION,
                                           .flag = HAQ_FLAG},
                                 .separable = &h->separable,
                                 .estimated = true,
                                 .repair = repair,
                                 .weighed = !h->haq_enforcement,
                                 .feasible = feasible,
                                 .user = h};
    return assay_budget_new(&h->problem.space, &h->separable, &h->budget);
}

/* ---- References: the same widths for all layers ---- */

static bool in_range(const haq* h, haq_bits bits) {
    for (size_t i = 0; i < h->layers.count; i++) {
        const haq_layer* l = &h->layers.layers[i];
        const haq_bits clamped = haq_clamp(l, bits);
        bool fixed = l->low.w == l->high.w && l->low.a == l->high.a;
        if (!fixed && (clamped.w != bits.w || clamped.a != bits.a)) {
            return false;
        }
    }
    return true;
}

static void set_all(const haq* h, haq_bits bits, unsigned* x) {
    for (size_t i = 0; i < h->layers.count; i++) {
        h->scratch[i] = bits;
    }
    haq_write(h, h->scratch, x);
}

static bool fits(const haq* h, haq_bits bits, unsigned* x) {
    set_all(h, bits, x);
    return in_range(h, bits) && assay_budget_within(h->budget, x);
}

/* Within the budget, while neither more bits of weights nor more of activations are. */
static bool is_widest(const haq* h, haq_bits bits, unsigned* x) {
    if (!fits(h, bits, x)) {
        return false;
    }
    for (unsigned w = bits.w; w < HAQ_WIDTHS; w++) {
        for (unsigned a = bits.a; a < HAQ_WIDTHS; a++) {
            if ((w > bits.w || a > bits.a) && fits(h, (haq_bits){w, a}, x)) {
                return false;
            }
        }
    }
    return true;
}

static bool add_reference(haq* h, haq_bits bits) {
    size_t at = h->reference_count;
    char* name = h->reference_names[at];
    unsigned* x = calloc(h->problem.space.variables, sizeof *x);
    if (x == NULL) {
        return false;
    }
    set_all(h, bits, x);
    if (bits.w == bits.a || h->layers.codebooks) {
        snprintf(name, HAQ_NAME_BYTES, "%u bits", bits.w);
    } else {
        snprintf(name, HAQ_NAME_BYTES, "%u/%u bits", bits.w, bits.a);
    }
    h->references[at] = (assay_named_candidate){name, x};
    h->reference_count++;
    return true;
}

static const unsigned usual[] = {8, 6, 5, 4};
enum {
    USUAL = sizeof usual / sizeof *usual
};

static haq_bits usual_bits(const haq* h, size_t i) {
    return (haq_bits){usual[i], h->layers.codebooks ? HAQ_REFERENCE_BITS : usual[i]};
}

static bool is_usual(const haq* h, haq_bits bits) {
    bool found = false;
    for (size_t i = 0; i < USUAL; i++) {
        found = found || (usual_bits(h, i).w == bits.w && usual_bits(h, i).a == bits.a);
    }
    return found;
}

/* All that no wider ones within the budget beat: the best fixed widths are among them. */
static bool add_widest(haq* h, unsigned* x) {
    bool good = true;
    for (unsigned w = HAQ_WIDTHS - 1; w > 0; w--) {
        for (unsigned a = HAQ_WIDTHS - 1; a > 0; a--) {
            const haq_bits bits = {w, a};
            if (!is_usual(h, bits) && is_widest(h, bits, x)) {
                good = good && add_reference(h, bits);
            }
        }
    }
    return good;
}

/* The usual ones come as they are, within the budget or not. */
static assay_status make_references(haq* h) {
    unsigned* x = calloc(h->problem.space.variables, sizeof *x);
    bool good = x != NULL;
    for (size_t i = 0; i < USUAL && good; i++) {
        good = !in_range(h, usual_bits(h, i)) || add_reference(h, usual_bits(h, i));
    }
    good = good && (h->metric == HAQ_METRICS || add_widest(h, x));
    free(x);
    return good ? ASSAY_OK : ASSAY_NO_MEMORY;
}

assay_status haq_pose(haq* h) {
    bool good = allocate(h);
    for (size_t i = 0; i < h->layers.count && good; i++) {
        good = fill_variables(h, i);
        fill_options(h, i);
    }
    if (!good) {
        return ASSAY_NO_MEMORY;
    }
    haq_state(&h->layers, h->state);
    assay_status status = make_problem(h);
    return status == ASSAY_OK ? make_references(h) : status;
}

void haq_unpose(haq* h) {
    assay_budget_free(&h->budget);
    for (size_t i = 0; i < h->reference_count; i++) {
        free((void*)h->references[i].x);
    }
    for (size_t i = 0; h->names != NULL && i < 2 * h->layers.count; i++) {
        free(h->names[i]);
    }
    void* const owned[] = {h->scratch,      h->choices, h->group, h->start,
                           (void*)h->names, h->state,   h->value, h->cost};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        free(owned[i]);
    }
}
