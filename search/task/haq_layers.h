/* The layers of a network that take widths, the ranges of these, and what HAQ's agent sees. */
#ifndef ASSAY_SEARCH_HAQ_LAYERS_H
#define ASSAY_SEARCH_HAQ_LAYERS_H

#include <stdbool.h>

#include "assay/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HAQ_WIDTHS = 17, /* arrays by width: [1] .. [16] */
    HAQ_REFERENCE_BITS = 8,
    HAQ_FEATURES = 10,
    HAQ_PREVIOUS_ACTION = 8, /* feature */
    HAQ_FLAG = 9             /* 1: weights, 0: activations */
};

typedef struct haq_ranges {
    unsigned w_min, w_max, a_min, a_max; /* 1 .. 16 */
    bool keep_ends; /* the first and the last layer stay at HAQ_REFERENCE_BITS */
    /* Weights share 2^w values of their layer (k-means), activations are not quantised: `a` is then
     * HAQ_REFERENCE_BITS everywhere and says nothing. */
    bool codebooks;
} haq_ranges;

typedef struct haq_bits {
    unsigned w, a;
} haq_bits;

typedef struct haq_layer {
    size_t index; /* of the workload */
    const char* name;
    double macs, params;
    haq_bits low, high;
} haq_layer;

typedef struct haq_layers {
    const assay_workload* workload; /* not owned */
    haq_layer* layers;
    size_t count, total; /* those that take widths; all of the workload */
    bool codebooks;      /* as in the ranges */
} haq_layers;

/* conv2d, linear and matmul. ASSAY_BAD_INPUT: there is none; `file` is named then. */
assay_status haq_layers_make(const assay_workload* workload, const char* file,
                             const haq_ranges* ranges, haq_layers* out, assay_report* report);
void haq_layers_free(haq_layers* layers);

/* Widths of a layer within its range. */
haq_bits haq_clamp(const haq_layer* layer, haq_bits bits);
/* Bytes that the layer's weights take, its codebook of 32-bit values included. */
double haq_weight_bytes(const haq_layers* layers, size_t layer, unsigned w_bits);
/* What the widths say of one layer. */
assay_layer_policy haq_layer_policy(const haq_layers* layers, haq_bits bits);
/* What the widths of all layers, [count], say of the workload's layers: `policy`, [total]. */
void haq_policy(const haq_layers* layers, const haq_bits* bits, assay_layer_policy* policy);

/* HAQ's ten features (its linear quantisation environment) of the layer's weights and then of its
 * activations, [2 * count][HAQ_FEATURES]: depthwise, input channels, output channels, stride,
 * kernel, weights, input pixels, number of the layer, previous action, flag; each scaled to 0 .. 1
 * over the layers. */
void haq_state(const haq_layers* layers, double* state);

#ifdef __cplusplus
}
#endif
#endif
