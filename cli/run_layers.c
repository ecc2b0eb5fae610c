#include "run_layers.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "suggest.h"

static bool has_layer(const assay_workload* workload, const char* name) {
    for (size_t i = 0; i < assay_workload_layer_count(workload); i++) {
        if (strcmp(assay_workload_layer_name(workload, i), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool in_some_workload(const char* name, const assay_workload* const* workloads,
                             size_t count) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = has_layer(workloads[i], name);
    }
    return found;
}

static bool has_some_layer(const assay_workload* workload, const char* const* names, size_t count) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = has_layer(workload, names[i]);
    }
    return found;
}

static void report_unknown_layer(const char* name, const assay_workload* const* workloads,
                                 size_t count, assay_report* report) {
    const char* near = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < assay_workload_layer_count(workloads[i]); k++) {
            const char* candidate = assay_workload_layer_name(workloads[i], k);
            near = assay_is_nearer(name, candidate, &best) ? candidate : near;
        }
    }
    assay_report_add(report, "--layer %s: no workload has such a layer%s%s%s",
                     assay_quote(name).text, near != NULL ? ", did you mean \"" : "",
                     near != NULL ? near : "", near != NULL ? "\"?" : "");
}

assay_status run_layers_check(const char* const* names, size_t name_count,
                              const assay_workload* const* workloads, size_t workload_count,
                              assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < name_count; i++) {
        if (!in_some_workload(names[i], workloads, workload_count)) {
            report_unknown_layer(names[i], workloads, workload_count, report);
            status = ASSAY_BAD_INPUT;
        }
    }
    for (size_t i = 0; i < workload_count && name_count > 0; i++) {
        if (!has_some_layer(workloads[i], names, name_count)) {
            assay_report_add(report, "workload %s has none of the layers named by --layer",
                             assay_quote(assay_workload_name(workloads[i])).text);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

const char** run_layers_of(const assay_workload* workload, const char* const* names,
                           size_t name_count) {
    const char** own = calloc(name_count + 1, sizeof *own);
    size_t count = 0;
    for (size_t i = 0; own != NULL && i < name_count; i++) {
        if (has_layer(workload, names[i])) {
            own[count++] = names[i];
        }
    }
    return own;
}
