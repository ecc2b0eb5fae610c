/* What a machine may take, and what it is judged by. */
#ifndef ASSAY_SEARCH_HW_LIMITS_H
#define ASSAY_SEARCH_HW_LIMITS_H

#include "assay/search.h"
#include "budget_spec.h"
#include "hw_meter.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hw_metric {
    HW_LATENCY,
    HW_ENERGY,
    HW_AREA,
    HW_POWER, /* energy by latency */
    HW_METRICS,
    HW_EDP = HW_METRICS, /* energy times latency; not limited */
} hw_metric;
double hw_metric_of(const hw_cost* cost, hw_metric metric);

typedef struct hw_limit {
    hw_metric metric;
    assay_budget_spec spec;
    double limit; /* > 0, in the metric's unit; once resolved */
} hw_limit;

typedef struct hw_limits {
    size_t count;
    hw_limit of[HW_METRICS]; /* in the order of the text */
} hw_limits;

/* "area=0.8,power=1W"; NULL: none. Every mistake has its message. */
assay_status hw_limits_read(const char* text, hw_limits* out, assay_report* report);
/* Relative ones by what `base` takes. ASSAY_BAD_INPUT: one is 0. */
assay_status hw_limits_resolve(hw_limits* limits, const hw_cost* base, assay_report* report);
/* NULL: it is not limited. */
const hw_limit* hw_limits_find(const hw_limits* limits, hw_metric metric);
/* How far over, relative, summed up. */
double hw_limits_violation(const hw_limits* limits, const hw_cost* cost);

/* For assay_task.budget and assay_task.used: the first limit, if there is one. */
void hw_limits_tell(const hw_limits* limits, assay_search_budget* out);
double hw_limits_used(const hw_limits* limits, const assay_record* record);

#ifdef __cplusplus
}
#endif
#endif
