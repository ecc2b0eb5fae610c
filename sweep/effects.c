/* Which option matters: main effects, as shares of the variance of the logarithm. In a full grid
 * the share is eta squared, the first-order Sobol index; of drawn points it is epsilon squared
 * (Kelley, PNAS 21(9), 1935), which is 0 on average where an option does nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "inside.h"

enum {
    LEVELS_MAX = 12, /* different values; more are grouped */
    GROUPS = 8
};

static const assay_metric metrics[] = {ASSAY_METRIC_LATENCY, ASSAY_METRIC_ENERGY,
                                       ASSAY_METRIC_AREA};

typedef struct sample {
    double value, log;
    size_t level;
} sample;

typedef struct analysis {
    const assay_sweep* sweep;
    sample* samples; /* [points of the sweep] */
    size_t count;
    assay_sweep_effect* out;
    size_t out_count, capacity;
} analysis;

/* ---- One option, one metric, one cell ---- */

static int by_value(const void* left, const void* right) {
    const sample *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

static size_t collect(analysis* a, size_t cell, size_t option, assay_metric metric) {
    const assay_sweep* s = a->sweep;
    a->count = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->points[i].status != ASSAY_POINT_OK || sweep_cell_of(s, i) != cell) {
            continue;
        }
        double value = s->settings.values[s->points[i].setting * s->settings.width + option];
        double cost = assay_metric_of(metric, &s->totals[i]);
        if (!isnan(value) && cost > 0) {
            a->samples[a->count++] = (sample){.value = value, .log = log(cost)};
        }
    }
    qsort(a->samples, a->count, sizeof *a->samples, by_value);
    return a->count;
}

static size_t count_values(const analysis* a) {
    size_t values = a->count > 0;
    for (size_t i = 1; i < a->count; i++) {
        values += a->samples[i].value != a->samples[i - 1].value;
    }
    return values;
}

/* Equal values stay together. Returns how many levels there are. */
static size_t set_levels(analysis* a) {
    bool grouped = count_values(a) > LEVELS_MAX;
    size_t level = 0;
    for (size_t i = 1; i < a->count; i++) {
        bool differs = a->samples[i].value != a->samples[i - 1].value;
        bool full = !grouped || i * GROUPS / a->count > level;
        level += differs && full;
        a->samples[i].level = level;
    }
    return a->count > 0 ? level + 1 : 0;
}

typedef struct moments {
    double within, between; /* sums of squares */
    double least, greatest; /* means of levels */
    size_t best;            /* level of the least mean */
} moments;

static double mean_of(const analysis* a, size_t begin, size_t end) {
    double sum = 0;
    for (size_t i = begin; i < end; i++) {
        sum += a->samples[i].log;
    }
    return sum / (double)(end - begin);
}

static void add_level(const analysis* a, size_t begin, size_t end, double all, moments* m) {
    double mean = mean_of(a, begin, end);
    for (size_t i = begin; i < end; i++) {
        double d = a->samples[i].log - mean;
        m->within += d * d;
    }
    m->between += (double)(end - begin) * (mean - all) * (mean - all);
    if (mean < m->least) {
        m->least = mean;
        m->best = a->samples[begin].level;
    }
    m->greatest = mean > m->greatest ? mean : m->greatest;
}

static moments find_moments(const analysis* a) {
    moments m = {.least = INFINITY, .greatest = -INFINITY};
    double all = mean_of(a, 0, a->count);
    for (size_t begin = 0, end; begin < a->count; begin = end) {
        end = begin + 1;
        while (end < a->count && a->samples[end].level == a->samples[begin].level) {
            end++;
        }
        add_level(a, begin, end, all, &m);
    }
    return m;
}

static double share_of(const analysis* a, const moments* m, size_t levels) {
    double total = m->within + m->between, between = m->between;
    if (total <= 0 || (assay_sweep_is_drawn(a->sweep) && a->count <= levels)) {
        return 0;
    }
    if (assay_sweep_is_drawn(a->sweep)) {
        between -= (double)(levels - 1) * m->within / (double)(a->count - levels);
    }
    return between > 0 ? between / total : 0;
}

static void say_level(const analysis* a, size_t option, size_t level, assay_sweep_effect* out) {
    const sweep_variable* v = &a->sweep->spec.variables[option];
    char low[ASSAY_SWEEP_VALUE_TEXT], high[ASSAY_SWEEP_VALUE_TEXT];
    size_t first = 0, last;
    while (a->samples[first].level != level) {
        first++;
    }
    for (last = first; last + 1 < a->count && a->samples[last + 1].level == level; last++) {}
    sweep_value_text(v, a->samples[first].value, low, sizeof low);
    sweep_value_text(v, a->samples[last].value, high, sizeof high);
    bool same = strcmp(low, high) == 0;
    snprintf(out->best, sizeof out->best, "%s%s%s", low, same ? "" : " .. ", same ? "" : high);
}

/* ---- All ---- */

static bool add(analysis* a, const assay_sweep_effect* effect) {
    if (a->out_count == a->capacity) {
        size_t capacity = 2 * a->capacity + 32;
        assay_sweep_effect* grown = realloc(a->out, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        a->out = grown;
        a->capacity = capacity;
    }
    a->out[a->out_count++] = *effect;
    return true;
}

static bool analyse(analysis* a, size_t cell, size_t option, assay_metric metric) {
    size_t policies = a->sweep->spec.policy_count, workloads = a->sweep->spec.workload_count;
    size_t count = collect(a, cell, option, metric), levels = set_levels(a);
    if (count < 2 || levels < 2) {
        return true;
    }
    moments m = find_moments(a);
    assay_sweep_effect e = {.hw_index = cell / (policies * workloads),
                            .workload_index = cell / policies % workloads,
                            .policy_index = cell % policies,
                            .option = option,
                            .metric = metric,
                            .points = count,
                            .levels = levels,
                            .share = share_of(a, &m, levels),
                            .factor = exp(m.greatest - m.least)};
    say_level(a, option, m.best, &e);
    return add(a, &e);
}

assay_status assay_sweep_effects(const assay_sweep* sweep, assay_sweep_effect** out,
                                 size_t* count) {
    ASSAY_REQUIRE(sweep != NULL && out != NULL && count != NULL);
    analysis a = {.sweep = sweep, .samples = calloc(sweep->count + 1, sizeof *a.samples)};
    bool good = a.samples != NULL;
    for (size_t cell = 0; cell < sweep_cells(sweep); cell++) {
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            for (size_t v = 0; v < sweep->spec.variable_count && good; v++) {
                good = analyse(&a, cell, v, metrics[m]);
            }
        }
    }
    free(a.samples);
    if (!good) {
        free(a.out);
        a.out = NULL;
    }
    *out = a.out;
    *count = good ? a.out_count : 0;
    return good ? ASSAY_OK : ASSAY_NO_MEMORY;
}
