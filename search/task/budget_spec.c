#include "budget_spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "suggest.h"

typedef struct unit {
    const char *metric, *name;
    double factor;
} unit;

static const unit units[] = {
    {"latency", "s", 1},      {"latency", "ms", 1e-3}, {"latency", "us", 1e-6},
    {"latency", "ns", 1e-9},  {"energy", "J", 1},      {"energy", "mJ", 1e-3},
    {"energy", "uJ", 1e-6},   {"energy", "nJ", 1e-9},  {"size", "B", 1},
    {"size", "kB", 1e3},      {"size", "MB", 1e6},     {"size", "KiB", 1024},
    {"size", "MiB", 1048576}, {"bops", "ops", 1},      {"bops", "Mops", 1e6},
    {"bops", "Gops", 1e9},    {"bops", "Tops", 1e12},  {"area", "mm2", 1},
    {"power", "W", 1},        {"power", "mW", 1e-3},
};
enum {
    UNITS = sizeof units / sizeof *units
};

static void join(const char* const* names, char* text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; names[i] != NULL && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
}

static const char* read_metric(const char* text, size_t length, const char* const* metrics,
                               assay_report* report) {
    for (size_t i = 0; metrics[i] != NULL; i++) {
        if (strlen(metrics[i]) == length && memcmp(metrics[i], text, length) == 0) {
            return metrics[i];
        }
    }
    char legal[160];
    join(metrics, legal, sizeof legal);
    assay_report_add(report, "--budget: %s is not limited by this task, legal are %s",
                     assay_quote_bytes(text, length).text, legal);
    return NULL;
}

static const unit* find_unit(const char* metric, const char* name, assay_report* report) {
    const char* legal[UNITS + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < UNITS; i++) {
        if (strcmp(units[i].metric, metric) == 0) {
            legal[count++] = units[i].name;
            if (strcmp(units[i].name, name) == 0) {
                return &units[i];
            }
        }
    }
    char names[80];
    join(legal, names, sizeof names);
    assay_report_add(report, "--budget: %s is no unit of %s: %s, or none for a fraction",
                     assay_quote(name).text, metric, names);
    return NULL;
}

/* Digits first: strtod would take "inf", "nan" and spaces, too. */
static bool read_number(const char* text, char** end, double* out) {
    if (strspn(text, "0123456789.") == 0) {
        return false;
    }
    *out = strtod(text, end);
    return *end != text && isfinite(*out);
}

bool assay_budget_read(const char* text, const char* const* metrics, assay_budget_spec* out,
                       assay_report* report) {
    const char* equals = strchr(text, '=');
    char* end = NULL;
    double value = 0;
    if (equals == NULL || !read_number(equals + 1, &end, &value)) {
        assay_report_add(report, "--budget: %s is not METRIC=NUMBER[UNIT], e.g. %s=0.6",
                         assay_quote(text).text, metrics[0]);
        return false;
    }
    *out =
        (assay_budget_spec){.metric = read_metric(text, (size_t)(equals - text), metrics, report),
                            .relative = *end == '\0'};
    if (out->metric == NULL) {
        return false;
    }
    const unit* given = out->relative ? NULL : find_unit(out->metric, end, report);
    out->value = value * (given != NULL ? given->factor : 1);
    return out->relative || given != NULL;
}
