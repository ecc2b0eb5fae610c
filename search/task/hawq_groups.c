#include "hawq_groups.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "ties.h"

const unsigned hawq_widths[HAWQ_WIDTHS] = {4, 8};
const char* const hawq_metric_names[HAWQ_METRICS + 1] = {"size", "bops", "latency", NULL};

/* ---- What a layer costs ---- */

static double size_cost(const assay_sensitivity_row* row, unsigned width) {
    return row->parameters * width / 8;
}

static double bops_cost(const assay_sensitivity_row* row, unsigned width) {
    return row->macs * width * width;
}

static double latency_cost(const assay_sensitivity_row* row, unsigned width) {
    return 1e-3 * (width == 4 ? row->lat4_ms : row->lat8_ms);
}

static double (*const costs[HAWQ_METRICS])(const assay_sensitivity_row* row, unsigned width) = {
    [HAWQ_SIZE] = size_cost, [HAWQ_BOPS] = bops_cost, [HAWQ_LATENCY] = latency_cost};

/* A table of divergences tells the damage itself. */
static double damage_of(const assay_sensitivity_row* row) {
    return isnan(row->kl_4) || isnan(row->kl_8) ? row->avg_trace * (row->d4_sq - row->d8_sq)
                                                : row->kl_4 - row->kl_8;
}

static void add_row(hawq_groups* h, size_t i) {
    const assay_sensitivity_row* row = &h->table.rows[i];
    hawq_group* one = &h->groups[h->group_of[i]];
    one->damage += damage_of(row);
    for (size_t m = 0; m < HAWQ_METRICS; m++) {
        for (size_t w = 0; w < HAWQ_WIDTHS; w++) {
            one->cost[m][w] += costs[m](row, hawq_widths[w]);
        }
    }
    h->timed = h->timed || row->lat4_ms > 0 || row->lat8_ms > 0;
}

/* ---- Groups ---- */

static bool name_group(const hawq_groups* h, size_t g) {
    hawq_group* one = &h->groups[g];
    size_t length = 0;
    for (size_t i = 0; i < h->table.count; i++) {
        length += h->group_of[i] == g ? strlen(h->labels[i]) + 1 : 0;
    }
    one->name = malloc(length);
    char* at = one->name;
    for (size_t i = 0; i < h->table.count && at != NULL; i++) {
        if (h->group_of[i] == g) {
            at += sprintf(at, "%s%s", at == one->name ? "" : "+", h->labels[i]);
        }
    }
    return at != NULL;
}

static void set_features(hawq_groups* h) {
    double high[HAWQ_FEATURES] = {0};
    for (size_t i = 0; i < h->count; i++) {
        hawq_group* g = &h->groups[i];
        const double seen[HAWQ_FEATURES] = {
            (double)i,
            fabs(g->damage),
            g->cost[HAWQ_SIZE][1],
            g->cost[HAWQ_BOPS][1],
            fabs(g->cost[HAWQ_LATENCY][1] - g->cost[HAWQ_LATENCY][0]),
            0};
        for (size_t f = 0; f < HAWQ_FEATURES; f++) {
            g->features[f] = seen[f];
            high[f] = fmax(high[f], seen[f]);
        }
    }
    for (size_t i = 0; i < h->count; i++) {
        for (size_t f = 0; f < HAWQ_FEATURES; f++) {
            h->groups[i].features[f] /= high[f] > 0 ? high[f] : 1;
        }
    }
}

static assay_status fill(hawq_groups* h) {
    h->groups = calloc(h->count, sizeof *h->groups);
    if (h->groups == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < h->table.count; i++) {
        add_row(h, i);
    }
    for (size_t i = 0; i < h->count; i++) {
        if (!name_group(h, i)) {
            return ASSAY_NO_MEMORY;
        }
    }
    set_features(h);
    return ASSAY_OK;
}

/* ---- Labels ---- */

static bool is_taken(const hawq_groups* h, size_t count, const char* label) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(h->labels[i], label) == 0) {
            return true;
        }
    }
    return false;
}

static void take_names(hawq_groups* h, assay_report* report) {
    for (size_t i = 0; i < h->table.count; i++) {
        const assay_sensitivity_row* row = &h->table.rows[i];
        if (row->name[0] == '\0') {
            assay_report_add(report, "--set labels=name: layer %s of the table has no name",
                             assay_quote(row->layer).text);
        } else if (is_taken(h, i, row->name)) {
            assay_report_add(report, "--set labels=name: two layers of the table are called %s",
                             assay_quote(row->name).text);
        }
        h->labels[i] = row->name;
    }
}

static void take_layers(hawq_groups* h) {
    for (size_t i = 0; i < h->table.count; i++) {
        h->labels[i] = h->table.rows[i].layer;
    }
}

assay_status hawq_groups_read(const char* path, bool by_name, const char* ties, hawq_groups* out,
                              assay_report* report) {
    *out = (hawq_groups){.count = 0};
    assay_status status = assay_sensitivity_load(path, &out->table, report);
    if (status != ASSAY_OK) {
        return status;
    }
    out->labels = calloc(out->table.count, sizeof *out->labels);
    out->group_of = calloc(out->table.count, sizeof *out->group_of);
    if (out->labels == NULL || out->group_of == NULL) {
        return ASSAY_NO_MEMORY;
    }
    size_t before = assay_report_count(report);
    if (by_name) {
        take_names(out, report);
    } else {
        take_layers(out);
    }
    out->count = assay_ties_read(ties, out->labels, out->table.count, out->group_of, report);
    return assay_report_count(report) == before ? fill(out) : ASSAY_BAD_INPUT;
}

void hawq_groups_free(hawq_groups* groups) {
    for (size_t i = 0; i < groups->count && groups->groups != NULL; i++) {
        free(groups->groups[i].name);
    }
    free(groups->groups);
    free(groups->group_of);
    free(groups->labels);
    assay_sensitivity_free(&groups->table);
    *groups = (hawq_groups){.count = 0};
}
