/* Results of `assay run --format json`. */
#include <stdio.h>

#include "fields.h"
#include "inputs.h"

enum {
    WHERE = 4400
};

static const char* const hw_texts[] = {"name", "accelerator", "hash", NULL};
static const char* const workload_texts[] = {"name", "hash", NULL};
static const char* const total_amounts[] = {"cycles", "seconds",     "energy_j",   "area_mm2",
                                            "macs",   "utilisation", "dram_bytes", NULL};
static const char* const layer_texts[] = {"name", "op", "bound", NULL};
static const char* const layer_amounts[] = {"cycles", "seconds", "energy_j",    "macs",
                                            "w_bits", "a_bits",  "utilisation", NULL};
static const char* const layer_counts[] = {"stall_cycles", "counters", "energy", NULL};

static bool check_part(const assay_json* run, const char* key, const char* const* texts,
                       const char* const* amounts, const char* where, assay_report* report) {
    static const char* const none[] = {NULL};
    char inner[WHERE];
    if (!assay_field_is(run, key, ASSAY_JSON_OBJECT, where, report)) {
        return false;
    }
    const assay_json* part = assay_json_get(run, key);
    snprintf(inner, sizeof inner, "%s: %s", where, key);
    bool ok =
        assay_fields_are(part, texts != NULL ? texts : none, ASSAY_JSON_STRING, inner, report);
    return assay_fields_amounts(part, amounts != NULL ? amounts : none, inner, report) && ok;
}

/* One array per counter, all with a number per PE. */
static bool check_pe(const assay_json* layer, const char* where, assay_report* report) {
    const assay_json* pe = assay_json_get(layer, "pe");
    if (pe == NULL) {
        return true;
    }
    const assay_json* first = assay_json_first(pe);
    for (const assay_json* m = first; m != NULL; m = assay_json_next(m)) {
        bool ok = assay_json_kind_of(m) == ASSAY_JSON_ARRAY &&
                  assay_json_size(m) == assay_json_size(first);
        for (const assay_json* x = ok ? assay_json_first(m) : NULL; x != NULL && ok;
             x = assay_json_next(x)) {
            ok = assay_json_kind_of(x) == ASSAY_JSON_NUMBER;
        }
        if (!ok) {
            assay_report_add(report, "%s: pe: must hold arrays of equally many numbers", where);
            return false;
        }
    }
    return true;
}

static bool check_layer(const assay_json* layer, const char* where, assay_report* report) {
    if (assay_json_kind_of(layer) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: must be an object", where);
        return false;
    }
    bool ok = assay_fields_are(layer, layer_texts, ASSAY_JSON_STRING, where, report);
    ok &= assay_fields_amounts(layer, layer_amounts, where, report);
    for (const char* const* key = layer_counts; *key != NULL; key++) {
        ok &= assay_field_counts(layer, *key, where, report);
    }
    return check_pe(layer, where, report) && ok;
}

static bool check_layers(const assay_json* run, const char* where, assay_report* report) {
    char inner[WHERE];
    size_t i = 0;
    bool ok = assay_field_is(run, "layers", ASSAY_JSON_ARRAY, where, report);
    const assay_json* layers = ok ? assay_json_get(run, "layers") : NULL;
    for (const assay_json* m = layers != NULL ? assay_json_first(layers) : NULL; m != NULL;
         m = assay_json_next(m)) {
        snprintf(inner, sizeof inner, "%s: layers[%zu]", where, i++);
        ok &= check_layer(m, inner, report);
    }
    return ok;
}

static bool check_run(const assay_json* run, const char* where, assay_report* report) {
    if (assay_json_kind_of(run) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: must be an object", where);
        return false;
    }
    bool ok = assay_field_is(run, "assay", ASSAY_JSON_STRING, where, report);
    ok &= assay_field_is(run, "model", ASSAY_JSON_STRING, where, report);
    ok &= check_part(run, "hw", hw_texts, NULL, where, report);
    ok &= check_part(run, "workload", workload_texts, NULL, where, report);
    ok &= check_part(run, "total", NULL, total_amounts, where, report);
    ok &= assay_field_counts(run, "energy_j", where, report);
    ok &= assay_field_counts(run, "area_mm2", where, report);
    return check_layers(run, where, report) && ok;
}

static void write_run(const char* path, const assay_json* run, assay_json_writer* out) {
    static const char* const keys[] = {"assay",    "model",    "hw",     "workload", "total",
                                       "energy_j", "area_mm2", "layers", "check",    NULL};
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "kind", "run");
    assay_json_write_string(out, "file", path);
    assay_copy_members(out, run, keys);
    assay_json_end_object(out);
}

static assay_status read_several(const char* path, const assay_json* runs, assay_json_writer* out,
                                 assay_report* report) {
    char where[WHERE];
    size_t i = 0;
    bool ok = assay_json_size(runs) > 0;
    if (!ok) {
        assay_report_add(report, "%s: runs: empty", path);
    }
    for (const assay_json* m = assay_json_first(runs); m != NULL; m = assay_json_next(m)) {
        snprintf(where, sizeof where, "%s: runs[%zu]", path, i++);
        ok &= check_run(m, where, report);
    }
    for (const assay_json* m = ok ? assay_json_first(runs) : NULL; m != NULL;
         m = assay_json_next(m)) {
        write_run(path, m, out);
    }
    return ok ? ASSAY_OK : ASSAY_BAD_INPUT;
}

assay_status assay_input_runs(const char* path, const assay_json* root, assay_json_writer* out,
                              assay_report* report) {
    const assay_json* runs = assay_json_get(root, "runs");
    if (runs != NULL) {
        return read_several(path, runs, out, report);
    }
    if (!check_run(root, path, report)) {
        return ASSAY_BAD_INPUT;
    }
    write_run(path, root, out);
    return ASSAY_OK;
}
