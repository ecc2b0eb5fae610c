#include "assay/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "hash.h"
#include "inside.h"

/* ---- Life cycle ---- */

static assay_status read_sweep(assay_sweep* s, assay_report* report) {
    assay_status status = sweep_spec_read(s->path, &s->spec, report);
    status = status == ASSAY_OK ? sweep_list_points(s, report) : status;
    s->set = (unsigned)s->settings.count;
    return status == ASSAY_OK ? sweep_find_invalid(s) : status;
}

assay_status assay_sweep_open(const char* path, assay_sweep** out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL && report != NULL);
    assay_sweep* s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL) {
        return ASSAY_NO_MEMORY;
    }
    s->path = strdup(path);
    assay_status status = s->path != NULL ? read_sweep(s, report) : ASSAY_NO_MEMORY;
    if (status != ASSAY_OK) {
        assay_sweep_free(out);
    }
    return status;
}

void assay_sweep_free(assay_sweep** sweep) {
    ASSAY_REQUIRE(sweep != NULL);
    assay_sweep* s = *sweep;
    if (s != NULL) {
        for (size_t i = 0; i < s->error_count; i++) {
            free(s->errors[i]);
        }
        free(s->errors);
        free(s->points);
        free(s->totals);
        free(s->settings.values);
        sweep_spec_free(&s->spec);
        free(s->path);
        free(s);
    }
    *sweep = NULL;
}

size_t assay_sweep_note_count(const assay_sweep* sweep) {
    return sweep->spec.note_count;
}

const char* assay_sweep_note(const assay_sweep* sweep, size_t i) {
    ASSAY_REQUIRE(i < sweep->spec.note_count);
    return sweep->spec.notes[i];
}

/* ---- Points ---- */

size_t assay_sweep_points(const assay_sweep* sweep) {
    return sweep->count;
}

size_t assay_sweep_options(const assay_sweep* sweep) {
    return sweep->spec.variable_count;
}

const char* assay_sweep_option(const assay_sweep* sweep, size_t option) {
    ASSAY_REQUIRE(option < sweep->spec.variable_count);
    return sweep->spec.variables[option].name;
}

bool assay_sweep_option_is_number(const assay_sweep* sweep, size_t option) {
    ASSAY_REQUIRE(option < sweep->spec.variable_count);
    return sweep->spec.variables[option].kind == SWEEP_NUMBER;
}

bool assay_sweep_is_drawn(const assay_sweep* sweep) {
    return sweep->spec.sampling != SWEEP_GRID;
}

static const double* values_of(const assay_sweep* s, size_t point) {
    return s->settings.values + s->points[point].setting * s->settings.width;
}

bool assay_sweep_value(const assay_sweep* sweep, size_t point, size_t option,
                       char text[ASSAY_SWEEP_VALUE_TEXT]) {
    ASSAY_REQUIRE(point < sweep->count && option < sweep->spec.variable_count);
    double value = values_of(sweep, point)[option];
    text[0] = '\0';
    if (isnan(value)) {
        return false;
    }
    sweep_value_text(&sweep->spec.variables[option], value, text, ASSAY_SWEEP_VALUE_TEXT);
    return true;
}

assay_hw* sweep_set_machine(assay_sweep* s, size_t point) {
    const sweep_point* p = &s->points[point];
    assay_hw* hw = s->spec.machines[p->machine].hw;
    char text[ASSAY_SWEEP_VALUE_TEXT];
    for (size_t v = 0; v < s->spec.variable_count && s->set != p->setting; v++) {
        if (assay_sweep_value(s, point, v, text)) {
            /* Legal: the specification was checked against the same table. */
            assay_hw_set(hw, s->spec.variables[v].name, text, NULL);
        }
    }
    s->set = p->setting;
    return hw;
}

assay_sweep_point_info assay_sweep_point(const assay_sweep* sweep, size_t point) {
    ASSAY_REQUIRE(point < sweep->count);
    const sweep_point* p = &sweep->points[point];
    const sweep_spec* spec = &sweep->spec;
    const sweep_policy* policy = &spec->policies[p->policy];
    return (assay_sweep_point_info){.hw = spec->machines[p->machine].name,
                                    .workload = spec->workloads[p->workload].name,
                                    .policy = policy->name,
                                    .workload_hash =
                                        assay_workload_hash(spec->workloads[p->workload].net),
                                    .policy_hash = policy->hash[p->workload],
                                    .hw_index = p->machine,
                                    .workload_index = p->workload,
                                    .policy_index = p->policy};
}

const char* assay_sweep_hw_hash(assay_sweep* sweep, size_t point) {
    ASSAY_REQUIRE(point < sweep->count);
    return assay_hw_hash(sweep_set_machine(sweep, point));
}

const char* assay_sweep_hw(const assay_sweep* sweep, size_t hw_index) {
    ASSAY_REQUIRE(hw_index < sweep->spec.machine_count);
    return sweep->spec.machines[hw_index].name;
}

const char* assay_sweep_workload(const assay_sweep* sweep, size_t workload_index) {
    ASSAY_REQUIRE(workload_index < sweep->spec.workload_count);
    return sweep->spec.workloads[workload_index].name;
}

const char* assay_sweep_policy(const assay_sweep* sweep, size_t policy_index) {
    ASSAY_REQUIRE(policy_index < sweep->spec.policy_count);
    return sweep->spec.policies[policy_index].name;
}

void sweep_say_setting(const assay_sweep* s, size_t point, char* text, size_t size) {
    char value[ASSAY_SWEEP_VALUE_TEXT];
    size_t used = 0;
    text[0] = '\0';
    for (size_t v = 0; v < s->spec.variable_count && used < size; v++) {
        if (assay_sweep_value(s, point, v, value)) {
            used += (size_t)snprintf(text + used, size - used, "%s%s=%s", used > 0 ? ", " : "",
                                     s->spec.variables[v].name, value);
        }
    }
}

void sweep_say(assay_sweep* s, size_t point, char* text, size_t size) {
    const sweep_point* p = &s->points[point];
    const char* policy = s->spec.policies[p->policy].name;
    sweep_say_setting(s, point, text, size);
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s %s%s%s", used > 0 ? " " : "",
             s->spec.machines[p->machine].name, s->spec.workloads[p->workload].name,
             policy[0] != '\0' ? " " : "", policy);
}

/* ---- Keys ---- */

void sweep_key(assay_sweep* s, size_t point, char* key) {
    const sweep_point* p = &s->points[point];
    assay_hasher* hasher = assay_hasher_new();
    ASSAY_REQUIRE(hasher != NULL); /* a few hundred bytes */
    assay_hasher_text(hasher, "run", assay_version());
    assay_hasher_text(hasher, "sources", assay_source_revision());
    assay_hasher_text(hasher, "model", assay_model_name(ASSAY_MODEL_EVENT));
    assay_hasher_text(hasher, "hw", assay_hw_hash(sweep_set_machine(s, point)));
    assay_hasher_text(hasher, "workload", s->spec.workloads[p->workload].identity);
    assay_hasher_text(hasher, "policy", s->spec.policies[p->policy].hash[p->workload]);
    assay_hash_format(assay_hasher_done(hasher), key);
    assay_hasher_free(&hasher);
}
