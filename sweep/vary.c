/* "vary": which options take which values. */
#include "vary.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "suggest.h"

static const assay_option_table* options_of(const sweep_machine* machine) {
    return assay_hw_accelerator(machine->hw)->options;
}

const assay_option* sweep_option_of(const sweep_machine* machine, const char* name) {
    return assay_option_find(options_of(machine), name);
}

void sweep_place(char place[SWEEP_PLACE_BYTES], const char* format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(place, SWEEP_PLACE_BYTES, format, args);
    va_end(args);
}

size_t sweep_find_variable(const sweep_spec* spec, const char* name) {
    size_t v = 0;
    while (v < spec->variable_count && strcmp(spec->variables[v].name, name) != 0) {
        v++;
    }
    return v;
}

void sweep_value_text(const sweep_variable* variable, double value, char* text, size_t size) {
    char number[32];
    const char* shown = number;
    switch (variable->kind) {
    case SWEEP_NUMBER:
        assay_format_real(value, number, sizeof number);
        break;
    case SWEEP_SWITCH:
        shown = value != 0 ? "true" : "false";
        break;
    case SWEEP_NAME:
        shown = variable->names[(size_t)value];
        break;
    }
    snprintf(text, size, "%s", shown);
}

/* ---- Which option ---- */

static sweep_kind kind_of(const assay_option* option) {
    return option->type == ASSAY_OPTION_BOOL     ? SWEEP_SWITCH
           : option->type == ASSAY_OPTION_CHOICE ? SWEEP_NAME
                                                 : SWEEP_NUMBER;
}

static const char* suggestion(const sweep_spec* spec, const char* name) {
    const char* nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < spec->machine_count; i++) {
        const assay_option_table* table = options_of(&spec->machines[i]);
        for (size_t k = 0; k < table->count; k++) {
            if (assay_is_nearer(name, table->options[k].name, &best)) {
                nearest = table->options[k].name;
            }
        }
    }
    return nearest;
}

void sweep_report_unknown(const sweep_spec* spec, const char* place, const char* name,
                          assay_report* report) {
    const char* near = suggestion(spec, name);
    assay_report_add(report, "%s: no machine has an option %s%s%s%s", place, assay_quote(name).text,
                     near != NULL ? ", did you mean \"" : "", near != NULL ? near : "",
                     near != NULL ? "\"?" : "");
}

/* One kind for all machines that have it; false with a message if there is none. */
static bool find_kind(reading* r) {
    const sweep_machine* first = NULL;
    for (size_t i = 0; i < r->spec->machine_count; i++) {
        const sweep_machine* m = &r->spec->machines[i];
        const assay_option* option = sweep_option_of(m, r->out->name);
        if (option == NULL) {
            continue;
        }
        if (first != NULL && kind_of(option) != r->out->kind) {
            assay_report_add(r->report, "%s: takes values of different types on %s and %s",
                             r->place, first->name, m->name);
            return false;
        }
        first = first == NULL ? m : first;
        r->out->kind = kind_of(option);
        r->out->whole = r->out->whole || option->type == ASSAY_OPTION_UINT;
    }
    if (first == NULL) {
        char place[SWEEP_PLACE_BYTES];
        sweep_place(place, "%s: vary", r->spec->path);
        sweep_report_unknown(r->spec, place, r->out->name, r->report);
    }
    return first != NULL;
}

static void read_variable(reading* r, const assay_json* value) {
    if (!find_kind(r)) {
        return;
    }
    switch (assay_json_kind_of(value)) {
    case ASSAY_JSON_ARRAY:
        sweep_read_values(r, value);
        return;
    case ASSAY_JSON_OBJECT:
        sweep_read_range(r, value);
        return;
    default:
        assay_report_add(r->report, "%s: expected a list of values or a range, found %s", r->place,
                         assay_json_describe(value));
    }
}

/* ---- What each machine has ---- */

/* The file's own value as points state values; NaN for a name that is not among the values. */
static double base_value(const sweep_machine* m, const sweep_variable* v,
                         const assay_option* option) {
    double number = assay_option_get(option, m->base);
    if (v->kind != SWEEP_NAME) {
        return number;
    }
    size_t i = 0;
    while (i < v->count && strcmp(v->names[i], option->choices[(size_t)number]) != 0) {
        i++;
    }
    return i < v->count ? (double)i : NAN;
}

static bool note_options(sweep_spec* spec) {
    for (size_t i = 0; i < spec->machine_count; i++) {
        sweep_machine* m = &spec->machines[i];
        m->has = calloc(spec->variable_count + 1, sizeof *m->has);
        m->base_value = calloc(spec->variable_count + 1, sizeof *m->base_value);
        if (m->has == NULL || m->base_value == NULL) {
            return false;
        }
        for (size_t v = 0; v < spec->variable_count; v++) {
            const assay_option* option = sweep_option_of(m, spec->variables[v].name);
            m->has[v] = option != NULL;
            m->base_value[v] = option != NULL ? base_value(m, &spec->variables[v], option) : NAN;
        }
    }
    return true;
}

static void* scratch_for(const sweep_spec* spec) {
    size_t size = 8;
    for (size_t i = 0; i < spec->machine_count; i++) {
        size_t needed = options_of(&spec->machines[i])->values_size;
        size = needed > size ? needed : size;
    }
    return malloc(size);
}

static void read_members(sweep_spec* spec, const assay_json* vary, void* scratch, bool* no_memory,
                         assay_report* report) {
    for (const assay_json* m = assay_json_first(vary); m != NULL; m = assay_json_next(m)) {
        sweep_variable* v = &spec->variables[spec->variable_count++];
        reading r = {.spec = spec, .out = v, .scratch = scratch, .report = report};
        v->name = strdup(assay_json_key(m));
        if (v->name == NULL) {
            *no_memory = true;
            return;
        }
        sweep_place(r.place, "%s: vary.%s", spec->path, v->name);
        read_variable(&r, m);
        *no_memory = *no_memory || r.no_memory;
    }
}

void sweep_read_vary(sweep_spec* spec, const assay_json* root, assay_report* report) {
    const assay_json* vary = assay_json_get(root, "vary");
    bool is_object = vary != NULL && assay_json_kind_of(vary) == ASSAY_JSON_OBJECT;
    if (vary != NULL && (!is_object || assay_json_size(vary) > SWEEP_VARIABLES_MAX)) {
        assay_report_add(report, "%s: vary: expected an object of at most %d options", spec->path,
                         SWEEP_VARIABLES_MAX);
        return;
    }
    spec->variables = calloc(SWEEP_VARIABLES_MAX, sizeof *spec->variables);
    void* scratch = scratch_for(spec);
    bool no_memory = spec->variables == NULL || scratch == NULL;
    if (!no_memory && vary != NULL) {
        read_members(spec, vary, scratch, &no_memory, report);
    }
    if (no_memory || !note_options(spec)) {
        assay_report_add(report, "%s: out of memory", spec->path);
    }
    free(scratch);
}
