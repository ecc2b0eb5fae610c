/* Partial answers of a multiple-choice knapsack problem, class by class: the layers of a breadth
 * first branch and bound. */
#ifndef ASSAY_SEARCH_MCKP_LAYERS_H
#define ASSAY_SEARCH_MCKP_LAYERS_H

#include "mckp_classes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MCKP_PRICES_MAX = 48 /* sets of prices whose bounds are tried on a partial answer */
};

/* The options of the first classes of the order are chosen. */
typedef struct mckp_state {
    double value; /* without the base */
    double used[ASSAY_LIMITS_MAX];
    double bound;            /* no completion is better; with the base */
    uint32_t parent, option; /* in the layer before; index into the option arrays */
} mckp_state;

typedef struct mckp_layer {
    mckp_state* state;
    size_t count, room;
} mckp_layer;

/* What is the same for all partial answers of a pass. */
typedef struct mckp_pass {
    const mckp_classes* c;
    const size_t* order; /* [classes] */
    const bool* open;    /* [options] may still be part of a better answer */
    size_t prices;
    double price[MCKP_PRICES_MAX][ASSAY_LIMITS_MAX];
    double* rest;      /* [classes + 1][prices] best net values of the classes from there on */
    double* rest_cost; /* [classes + 1][limits] their least costs */
    double tolerance;  /* what is no better by more than this is not looked for */
    size_t room;       /* states of a layer; beyond, those of least bound are dropped */
    uint64_t nodes, max_nodes; /* 0: no limit */
    double incumbent;
    double dropped; /* the greatest bound of what was dropped; -INFINITY: nothing was */
} mckp_pass;

/* All extensions of `from` by an option of class order[depth] that may lead to something better
 * than the incumbent, without dominated ones. ASSAY_NO_MEMORY. */
assay_status mckp_layer_extend(mckp_pass* pass, size_t depth, const mckp_layer* from,
                               mckp_layer* to);

#ifdef __cplusplus
}
#endif
#endif
