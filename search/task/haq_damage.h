/* How much worse a network is expected to get when a layer takes fewer bits: what greedy and exact
 * searches and repairs go by. Damages of layers, and of weights and activations, are taken to add
 * up, which they do not quite: nothing but evaluated accuracy is ever reported. */
#ifndef ASSAY_SEARCH_HAQ_DAMAGE_H
#define ASSAY_SEARCH_HAQ_DAMAGE_H

#include "accuracy_pool.h"
#include "assay/search.h"
#include "haq_layers.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct haq_damage {
    double *weights, *activations; /* [layers][HAQ_WIDTHS], >= 0, never more at more bits */
} haq_damage;

/* By evaluation, with the quick questions of the pool: the growth of the divergence from the float
 * network's answers when one layer's weights, or activations, alone take so many bits and
 * everything else HAQ_REFERENCE_BITS. Of evaluators that tell no divergence, the growth of the
 * loss, or of the error. Losses say less: quantisation makes a network less sure of its errors,
 * too, which lowers them (docs/validation.md has what either leads to). */
assay_status haq_damage_measure(const haq_layers* layers, assay_accuracy_pool* pool,
                                const assay_search_settings* settings, haq_damage* out,
                                assay_report* report);
/* Without any evaluation: squared errors fall by 4 with each bit, and weigh as much as the layer
 * has weights or MACs. */
assay_status haq_damage_guess(const haq_layers* layers, haq_damage* out);
void haq_damage_free(haq_damage* damage);

/* Of the layer at these widths. */
double haq_damage_at(const haq_damage* damage, size_t layer, haq_bits bits);

#ifdef __cplusplus
}
#endif
#endif
