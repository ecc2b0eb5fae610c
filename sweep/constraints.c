/* "where": constraints, and that they name what there is. */
#include <stdio.h>
#include <stdlib.h>

#include "option_store.h"
#include "quote.h"
#include "vary.h"

static const assay_option* option_somewhere(const sweep_spec* spec, const char* name) {
    for (size_t i = 0; i < spec->machine_count; i++) {
        const assay_option* option = sweep_option_of(&spec->machines[i], name);
        if (option != NULL) {
            return option;
        }
    }
    return NULL;
}

static bool is_choice_somewhere(const sweep_spec* spec, const char* name, const char* text) {
    for (size_t i = 0; i < spec->machine_count; i++) {
        const assay_option* option = sweep_option_of(&spec->machines[i], name);
        size_t count = 0;
        if (option != NULL && option->type == ASSAY_OPTION_CHOICE &&
            assay_option_choice(option, text, &count) < count) {
            return true;
        }
    }
    return false;
}

static void check_names(const sweep_spec* spec, const sweep_where* w, const char* place,
                        assay_report* report) {
    for (size_t i = 0; i < sweep_where_names(w); i++) {
        const char* name = sweep_where_name(w, i);
        const assay_option* option = option_somewhere(spec, name);
        char at[SWEEP_PLACE_BYTES];
        sweep_place(at, "%s: column %zu", place, sweep_where_column(w, i));
        if (option == NULL) {
            sweep_report_unknown(spec, at, name, report);
        } else if (option->type == ASSAY_OPTION_CHOICE && sweep_where_is_number(w, i)) {
            assay_report_add(report, "%s: %s is no number: compare it with == '%s'", at, name,
                             option->choices[0]);
        }
    }
}

static void check_texts(const sweep_spec* spec, const sweep_where* w, const char* place,
                        assay_report* report) {
    size_t name = 0;
    const char* text = NULL;
    for (size_t i = 0; sweep_where_text(w, i, &name, &text); i++) {
        const char* option = sweep_where_name(w, name);
        if (option_somewhere(spec, option) != NULL && !is_choice_somewhere(spec, option, text)) {
            assay_report_add(report, "%s: column %zu: no machine's %s can be %s", place,
                             sweep_where_column(w, name), option, assay_quote(text).text);
        }
    }
}

static void read_constraint(sweep_spec* spec, const assay_json* item, size_t i,
                            assay_report* report) {
    char place[SWEEP_PLACE_BYTES];
    sweep_place(place, "%s: where[%zu]", spec->path, i);
    if (assay_json_kind_of(item) != ASSAY_JSON_STRING) {
        assay_report_add(report,
                         "%s: expected a constraint such as \"rows * cols <= 512\", found %s",
                         place, assay_json_describe(item));
        return;
    }
    sweep_where* w = NULL;
    if (sweep_where_parse(assay_json_string(item), place, &w, report) == ASSAY_OK) {
        check_names(spec, w, place, report);
        check_texts(spec, w, place, report);
        spec->where[spec->where_count++] = w;
    }
}

void sweep_read_where(sweep_spec* spec, const assay_json* root, assay_report* report) {
    const assay_json* list = assay_json_get(root, "where");
    if (list == NULL) {
        return;
    }
    if (assay_json_kind_of(list) != ASSAY_JSON_ARRAY || assay_json_size(list) > SWEEP_WHERE_MAX) {
        assay_report_add(report, "%s: where: expected a list of at most %d constraints", spec->path,
                         SWEEP_WHERE_MAX);
        return;
    }
    spec->where = calloc(SWEEP_WHERE_MAX, sizeof *spec->where);
    if (spec->where == NULL) {
        assay_report_add(report, "%s: out of memory", spec->path);
        return;
    }
    size_t i = 0;
    for (const assay_json* m = assay_json_first(list); m != NULL; m = assay_json_next(m)) {
        read_constraint(spec, m, i++, report);
    }
}
