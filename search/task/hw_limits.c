#include "hw_limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* const names[HW_METRICS + 1] = {"latency", "energy", "area", "power", NULL};

double hw_metric_of(const hw_cost* cost, hw_metric metric) {
    switch (metric) {
    case HW_LATENCY:
        return cost->seconds;
    case HW_ENERGY:
        return cost->energy_j;
    case HW_AREA:
        return cost->area_mm2;
    case HW_POWER:
        return cost->energy_j / cost->seconds;
    case HW_EDP:
        break;
    }
    return cost->energy_j * cost->seconds;
}

const hw_limit* hw_limits_find(const hw_limits* limits, hw_metric metric) {
    for (size_t i = 0; i < limits->count; i++) {
        if (limits->of[i].metric == metric) {
            return &limits->of[i];
        }
    }
    return NULL;
}

static assay_status read_one(const char* text, hw_limits* out, assay_report* report) {
    hw_limit limit = {0};
    if (!assay_budget_read(text, names, &limit.spec, report)) {
        return ASSAY_BAD_INPUT;
    }
    while (names[limit.metric] != limit.spec.metric) {
        limit.metric++;
    }
    if (hw_limits_find(out, limit.metric) != NULL) {
        assay_report_add(report, "--budget: %s is given twice", limit.spec.metric);
        return ASSAY_BAD_INPUT;
    }
    out->of[out->count++] = limit;
    return ASSAY_OK;
}

assay_status hw_limits_read(const char* text, hw_limits* out, assay_report* report) {
    *out = (hw_limits){0};
    assay_status status = ASSAY_OK;
    for (const char* at = text; at != NULL;) {
        const size_t length = strcspn(at, ",");
        char* one = strndup(at, length);
        if (one == NULL) {
            return ASSAY_NO_MEMORY;
        }
        const assay_status next = read_one(one, out, report);
        status = status == ASSAY_OK ? next : status;
        free(one);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return status;
}

assay_status hw_limits_resolve(hw_limits* limits, const hw_cost* base, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < limits->count; i++) {
        hw_limit* l = &limits->of[i];
        l->limit = l->spec.value * (l->spec.relative ? hw_metric_of(base, l->metric) : 1);
        if (!(l->limit > 0)) {
            assay_report_add(report, "--budget: %s of 0 cannot be met", l->spec.metric);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

double hw_limits_violation(const hw_limits* limits, const hw_cost* cost) {
    double sum = 0;
    for (size_t i = 0; i < limits->count; i++) {
        const hw_limit* l = &limits->of[i];
        sum += fmax(0, hw_metric_of(cost, l->metric) / l->limit - 1);
    }
    return sum;
}

void hw_limits_tell(const hw_limits* limits, assay_search_budget* out) {
    *out = (assay_search_budget){.limit = INFINITY, .used = NAN};
    if (limits->count > 0) {
        out->limit = limits->of[0].limit;
        snprintf(out->metric, sizeof out->metric, "%s", limits->of[0].spec.metric);
    }
}

double hw_limits_used(const hw_limits* limits, const assay_record* record) {
    const hw_cost cost = {HW_MEASURED, record->seconds, record->energy_j, record->area_mm2};
    return limits->count > 0 ? hw_metric_of(&cost, limits->of[0].metric) : NAN;
}
