/* What the layers cost at the widths that a search may give them. */
#ifndef ASSAY_SEARCH_HAQ_COSTS_H
#define ASSAY_SEARCH_HAQ_COSTS_H

#include "assay/search.h"
#include "assay/sim.h"
#include "haq_layers.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum haq_metric {
    HAQ_LATENCY,
    HAQ_ENERGY,
    HAQ_SIZE, /* bytes of weights, without biases */
    HAQ_BOPS, /* MACs x w_bits x a_bits */
    HAQ_METRICS
} haq_metric;
extern const char* const haq_metric_names[HAQ_METRICS + 1]; /* NULL-terminated */

typedef struct haq_cost_table {
    const haq_layers* layers;
    /* [layers][HAQ_WIDTHS][HAQ_WIDTHS] by weights' and activations' bits; NULL: no machine. */
    double *seconds, *energy_j;
} haq_cost_table;

/* Measures every layer at all widths of its range and at the reference's, through the measurement
 * store and settings->jobs workers. `hw`: NULL for none. */
assay_status haq_costs_measure(const haq_layers* layers, const assay_hw* hw,
                               const assay_search_settings* settings, haq_cost_table* out,
                               assay_report* report);
void haq_costs_free(haq_cost_table* costs);

/* NaN: not measured. */
double haq_layer_cost(const haq_cost_table* costs, haq_metric metric, size_t layer, haq_bits bits);
/* Summed up in the order of the layers; `bits`: [layers]. */
double haq_cost(const haq_cost_table* costs, haq_metric metric, const haq_bits* bits);

/* settings->jobs, or one per processor. */
unsigned haq_jobs(const assay_search_settings* settings);

#ifdef __cplusplus
}
#endif
#endif
