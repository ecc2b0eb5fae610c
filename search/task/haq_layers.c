#include "haq_layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CODEBOOK_VALUE_BITS = 32
};

static unsigned within(unsigned bits, unsigned low, unsigned high) {
    return bits < low ? low : bits > high ? high : bits;
}

haq_bits haq_clamp(const haq_layer* layer, haq_bits bits) {
    return (haq_bits){within(bits.w, layer->low.w, layer->high.w),
                      within(bits.a, layer->low.a, layer->high.a)};
}

static haq_layer layer_of(const assay_workload* workload, size_t i, const haq_ranges* r) {
    return (haq_layer){.index = i,
                       .name = assay_workload_layer_name(workload, i),
                       .macs = (double)assay_workload_layer_macs(workload, i),
                       .params = (double)assay_workload_layer_params(workload, i),
                       .low = {r->w_min, r->a_min},
                       .high = {r->w_max, r->a_max}};
}

static void fix(haq_layer* layer) {
    layer->low = layer->high = (haq_bits){HAQ_REFERENCE_BITS, HAQ_REFERENCE_BITS};
}

assay_status haq_layers_make(const assay_workload* workload, const char* file,
                             const haq_ranges* ranges, haq_layers* out, assay_report* report) {
    size_t total = assay_workload_layer_count(workload);
    *out = (haq_layers){.workload = workload, .total = total, .codebooks = ranges->codebooks};
    out->layers = calloc(total + 1, sizeof *out->layers);
    if (out->layers == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < total; i++) {
        if (assay_workload_layer_is_matrix(workload, i)) {
            out->layers[out->count++] = layer_of(workload, i, ranges);
        }
    }
    size_t free_layers = ranges->keep_ends ? 3 : 1;
    if (out->count < free_layers) {
        assay_report_add(report,
                         "--network %s: has %zu layers that take widths (conv2d, linear, matmul), "
                         "a search needs %zu%s",
                         file, out->count, free_layers,
                         ranges->keep_ends ? " while keep_ends holds the first and the last" : "");
        haq_layers_free(out);
        return ASSAY_BAD_INPUT;
    }
    if (ranges->keep_ends) {
        fix(&out->layers[0]);
        fix(&out->layers[out->count - 1]);
    }
    return ASSAY_OK;
}

void haq_layers_free(haq_layers* layers) {
    free(layers->layers);
    *layers = (haq_layers){0};
}

double haq_weight_bytes(const haq_layers* layers, size_t layer, unsigned w_bits) {
    double values = layers->codebooks ? ldexp(CODEBOOK_VALUE_BITS, (int)w_bits) : 0;
    return (layers->layers[layer].params * w_bits + values) / 8;
}

assay_layer_policy haq_layer_policy(const haq_layers* layers, haq_bits bits) {
    return layers->codebooks ? (assay_layer_policy){.codebook_bits = bits.w}
                             : (assay_layer_policy){.w_bits = bits.w, .a_bits = bits.a};
}

void haq_policy(const haq_layers* layers, const haq_bits* bits, assay_layer_policy* policy) {
    memset(policy, 0, layers->total * sizeof *policy);
    for (size_t i = 0; i < layers->count; i++) {
        policy[layers->layers[i].index] = haq_layer_policy(layers, bits[i]);
    }
}

/* ---- What an agent sees ---- */

static void describe_layer(const haq_layers* layers, size_t i, double* row) {
    const haq_layer* layer = &layers->layers[i];
    const assay_layer_shape s = assay_workload_layer_shape(layers->workload, layer->index);
    bool depthwise = !s.is_linear && s.groups > 1 && s.groups == s.in_channels;
    const double features[HAQ_FEATURES] = {
        depthwise,
        (double)s.in_channels,
        (double)s.out_channels,
        s.is_linear ? 0 : (double)s.stride,
        s.is_linear ? 1 : (double)s.kernel_height,
        layer->params,
        (double)(s.in_height * s.in_width),
        (double)i,
        1, /* before the first action, as in the original */
        1,
    };
    memcpy(row, features, sizeof features);
}

/* Columns that are the same everywhere are 1, as in the original where they end up at most 1. */
static void scale(double* state, size_t rows, size_t column) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < rows; i++) {
        low = fmin(low, state[i * HAQ_FEATURES + column]);
        high = fmax(high, state[i * HAQ_FEATURES + column]);
    }
    for (size_t i = 0; i < rows; i++) {
        double* at = &state[i * HAQ_FEATURES + column];
        *at = high > low ? (*at - low) / (high - low) : 1;
    }
}

void haq_state(const haq_layers* layers, double* state) {
    for (size_t i = 0; i < layers->count; i++) {
        double* row = state + 2 * i * HAQ_FEATURES;
        describe_layer(layers, i, row);
        memcpy(row + HAQ_FEATURES, row, HAQ_FEATURES * sizeof *row);
        row[HAQ_FEATURES + HAQ_FLAG] = 0;
    }
    for (size_t column = 0; column < HAQ_FEATURES; column++) {
        scale(state, 2 * layers->count, column);
    }
}
