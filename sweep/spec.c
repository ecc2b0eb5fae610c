#include "spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

enum {
    NOTE_BYTES = 512
};

assay_status sweep_add_note(sweep_spec* spec, const char* format, ...) {
    char text[NOTE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char** grown = realloc(spec->notes, (spec->note_count + 1) * sizeof *grown);
    if (grown == NULL) {
        return ASSAY_NO_MEMORY;
    }
    spec->notes = grown;
    grown[spec->note_count] = strdup(text);
    return grown[spec->note_count++] != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

/* ---- The rest ---- */

static void read_sampling(sweep_spec* spec, const assay_json* root, assay_report* report) {
    static const char* const names[] = {"grid", "random", "latin", "sobol", NULL};
    size_t sampling = SWEEP_GRID;
    assay_json_read_choice(root, "sampling", spec->path, names, false, &sampling, report);
    spec->sampling = (sweep_sampling)sampling;
    spec->seed = 1;
    spec->seeded = assay_json_read_uint(root, "seed", spec->path, 0, UINT64_C(1) << 53, false,
                                        &spec->seed, report);
    bool drawn = spec->sampling != SWEEP_GRID;
    assay_json_read_uint(root, "points", spec->path, 1, SWEEP_POINTS_MAX, drawn, &spec->points,
                         report);
    if (!drawn && assay_json_get(root, "points") != NULL) {
        assay_report_add(report,
                         "%s: points: a grid takes all points; say \"sampling\": \"random\", "
                         "\"latin\" or \"sobol\" to draw some",
                         spec->path);
    }
}

static bool has_all_machines(const sweep_spec* spec) {
    for (size_t i = 0; i < spec->machine_count; i++) {
        if (spec->machines[i].base == NULL) {
            return false;
        }
    }
    return spec->machine_count > 0;
}

static assay_status read_root(sweep_spec* spec, const assay_json* root, assay_report* report) {
    static const char* const legal[] = {"schema", "hw",       "workloads", "policies", "vary",
                                        "where",  "sampling", "points",    "seed",     NULL};
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: expected a JSON object describing a sweep, found %s",
                         spec->path, assay_json_describe(root));
        return ASSAY_BAD_INPUT;
    }
    size_t before = assay_report_count(report);
    uint64_t schema = 0;
    assay_json_check_keys(root, legal, spec->path, report);
    assay_json_read_uint(root, "schema", spec->path, 1, 1, true, &schema, report);
    read_sampling(spec, root, report);
    assay_status status = sweep_read_lists(spec, root, report);
    if (status == ASSAY_NO_MEMORY) {
        return status;
    }
    if (has_all_machines(spec)) { /* what may vary is known */
        sweep_read_vary(spec, root, report);
        sweep_read_where(spec, root, report);
    }
    bool mistakes = assay_report_count(report) > before;
    return status == ASSAY_OK && mistakes ? ASSAY_BAD_INPUT : status;
}

assay_status sweep_spec_read(const char* path, sweep_spec* out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL && report != NULL);
    *out = (sweep_spec){.path = path};
    assay_json_doc* doc = NULL;
    assay_status status = assay_json_load(path, &doc, report);
    if (status == ASSAY_OK) {
        status = read_root(out, assay_json_root(doc), report);
    }
    assay_json_free(&doc);
    return status;
}

/* ---- Freeing ---- */

static void free_machine(sweep_machine* m) {
    free(m->path);
    free(m->name);
    free(m->base);
    free(m->has);
    free(m->base_value);
    assay_hw_free(&m->hw);
}

static void free_workload(sweep_workload* w) {
    free(w->path);
    free(w->name);
    assay_workload_free(&w->net);
}

static void free_policy(sweep_policy* p, size_t workloads) {
    for (size_t i = 0; i < workloads && p->of != NULL; i++) {
        assay_policy_free(&p->of[i]);
    }
    free(p->of);
    free(p->hash);
    free(p->path);
    free(p->name);
}

static void free_variable(sweep_variable* v) {
    for (size_t i = 0; i < v->count && v->names != NULL; i++) {
        free(v->names[i]);
    }
    free(v->names);
    free(v->numbers);
    free(v->name);
}

void sweep_spec_free(sweep_spec* spec) {
    for (size_t i = 0; i < spec->policy_count; i++) {
        free_policy(&spec->policies[i], spec->workload_count);
    }
    for (size_t i = 0; i < spec->machine_count; i++) {
        free_machine(&spec->machines[i]);
    }
    for (size_t i = 0; i < spec->workload_count; i++) {
        free_workload(&spec->workloads[i]);
    }
    for (size_t i = 0; i < spec->variable_count; i++) {
        free_variable(&spec->variables[i]);
    }
    for (size_t i = 0; i < spec->where_count; i++) {
        sweep_where_free(&spec->where[i]);
    }
    for (size_t i = 0; i < spec->note_count; i++) {
        free(spec->notes[i]);
    }
    free(spec->policies);
    free(spec->machines);
    free(spec->workloads);
    free(spec->variables);
    free(spec->where);
    free(spec->notes);
    *spec = (sweep_spec){0};
}
