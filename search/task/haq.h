/* The open task `haq`, between its parts: what is searched, and the estimate that adds up. */
#ifndef ASSAY_SEARCH_HAQ_H
#define ASSAY_SEARCH_HAQ_H

#include "accuracy_pool.h"
#include "budget.h"
#include "haq_costs.h"
#include "haq_damage.h"
#include "haq_layers.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HAQ_REFERENCES_MAX = 4 + HAQ_WIDTHS, /* the usual ones, and at most one per width of weights */
    HAQ_NAME_BYTES = 32
};

typedef struct haq {
    const assay_search_settings* settings;
    double lambda;
    bool codebooks; /* quantiser=kmeans */
    bool haq_enforcement;
    unsigned min_bits; /* of weights and activations, where haq_enforcement */
    assay_workload* workload;
    assay_hw* hw; /* NULL: none */
    haq_layers layers;
    haq_cost_table costs;
    haq_damage damage;
    assay_accuracy_pool* pool;
    assay_accuracy_result original; /* the float network */

    haq_metric metric; /* of the budget; HAQ_METRICS: none */
    double limit;      /* INFINITY without a budget */

    assay_problem problem;
    assay_separable separable;
    assay_budget* budget;
    haq_bits* scratch; /* [layers] for repairs */
    unsigned* choices;
    size_t *group, *start;
    char** names;
    double *state, *value, *cost;

    assay_named_candidate references[HAQ_REFERENCES_MAX];
    char reference_names[HAQ_REFERENCES_MAX][HAQ_NAME_BYTES];
    size_t reference_count;
} haq;

/* A candidate's widths, [layers], and back. */
void haq_read(const haq* h, const unsigned* x, haq_bits* bits);
void haq_write(const haq* h, const haq_bits* bits, unsigned* x);
/* Of the budget's metric, summed up in the order of the layers; NaN without a budget. */
double haq_used(const haq* h, const unsigned* x);

/* Layers, costs, damages and the budget are there: makes problem, repair and references. */
assay_status haq_pose(haq* h);
void haq_unpose(haq* h);

/* For assay_task.evaluate. */
assay_status haq_evaluate(void* self, size_t count, const unsigned* x, assay_record* out,
                          assay_report* report);
/* For assay_accuracy_pool_ask: progress without a total shows nothing, it asks whether to go on. */
bool haq_goes_on(void* user, size_t done);

#ifdef __cplusplus
}
#endif
#endif
