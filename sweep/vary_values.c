/* Values of an option, listed or in a range. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_store.h"
#include "quote.h"
#include "vary.h"

/* ---- Values ---- */

/* "FILE: vary.NAME[i] (machine)", or without the machine if there is one alone. */
static void place_of(const reading* r, const char* item, const sweep_machine* machine,
                     char place[SWEEP_PLACE_BYTES]) {
    bool several = r->spec->machine_count > 1;
    sweep_place(place, "%s%s%s%s%s", r->place, item, several ? " (" : "",
                several ? machine->name : "", several ? ")" : "");
}

/* Legal for every machine that has the option? */
static bool check_number(const reading* r, const char* item, double number) {
    bool good = true;
    for (size_t i = 0; i < r->spec->machine_count; i++) {
        const sweep_machine* m = &r->spec->machines[i];
        const assay_option* option = sweep_option_of(m, r->out->name);
        char place[SWEEP_PLACE_BYTES];
        place_of(r, item, m, place);
        if (option != NULL) {
            good = assay_option_store(option, r->scratch, number, place, r->report) && good;
        }
    }
    return good;
}

static bool check_name(const reading* r, const char* item, const char* name) {
    bool good = true;
    for (size_t i = 0; i < r->spec->machine_count; i++) {
        const sweep_machine* m = &r->spec->machines[i];
        const assay_option* option = sweep_option_of(m, r->out->name);
        size_t count = 0;
        if (option != NULL && assay_option_choice(option, name, &count) == count) {
            char place[SWEEP_PLACE_BYTES];
            place_of(r, item, m, place);
            assay_option_refuse(option, place, assay_quote(name).text, r->report);
            good = false;
        }
    }
    return good;
}

static void refuse(const reading* r, const char* item, const assay_json* value) {
    for (size_t i = 0; i < r->spec->machine_count; i++) {
        const sweep_machine* m = &r->spec->machines[i];
        const assay_option* option = sweep_option_of(m, r->out->name);
        if (option != NULL) {
            char place[SWEEP_PLACE_BYTES];
            place_of(r, item, m, place);
            assay_option_refuse(option, place, assay_json_describe(value), r->report);
            return;
        }
    }
}

static bool is_known(const sweep_variable* v, double number, const char* name) {
    for (size_t i = 0; i < v->count; i++) {
        if (v->kind == SWEEP_NAME ? strcmp(v->names[i], name) == 0 : v->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

static void add_value(reading* r, double number, const char* name) {
    sweep_variable* v = r->out;
    if (v->kind != SWEEP_NAME) {
        v->numbers[v->count++] = number;
        return;
    }
    v->names[v->count] = strdup(name);
    r->no_memory = r->no_memory || v->names[v->count] == NULL;
    v->count += v->names[v->count] != NULL;
}

/* ---- A list ---- */

static bool fits_kind(const sweep_variable* v, const assay_json* value) {
    static const assay_json_kind kinds[] = {[SWEEP_NUMBER] = ASSAY_JSON_NUMBER,
                                            [SWEEP_SWITCH] = ASSAY_JSON_BOOL,
                                            [SWEEP_NAME] = ASSAY_JSON_STRING};
    return assay_json_kind_of(value) == kinds[v->kind];
}

static void read_value(reading* r, const assay_json* value, size_t i, size_t* merged) {
    char item[32];
    snprintf(item, sizeof item, "[%zu]", i);
    if (!fits_kind(r->out, value)) {
        refuse(r, item, value);
        return;
    }
    bool is_switch = r->out->kind == SWEEP_SWITCH;
    double number = is_switch ? assay_json_bool(value) : assay_json_number(value);
    const char* name = assay_json_string(value);
    bool good =
        r->out->kind == SWEEP_NAME ? check_name(r, item, name) : check_number(r, item, number);
    if (good && is_known(r->out, number, name)) {
        (*merged)++;
    } else if (good) {
        add_value(r, number, name);
    }
}

static bool reserve(reading* r, size_t count) {
    if (r->out->kind == SWEEP_NAME) {
        r->out->names = calloc(count + 1, sizeof *r->out->names);
    } else {
        r->out->numbers = calloc(count + 1, sizeof *r->out->numbers);
    }
    r->no_memory = r->out->names == NULL && r->out->numbers == NULL;
    return !r->no_memory;
}

static void note_merged(reading* r, size_t merged) {
    if (merged > 0 &&
        sweep_add_note(r->spec, "%s: %zu of the values are repeated and are taken once", r->place,
                       merged) != ASSAY_OK) {
        r->no_memory = true;
    }
}

void sweep_read_values(reading* r, const assay_json* list) {
    size_t count = assay_json_size(list), i = 0, merged = 0;
    if (count < 1 || count > SWEEP_VALUES_MAX) {
        assay_report_add(r->report, "%s: legal are 1 .. %d values, found %zu", r->place,
                         SWEEP_VALUES_MAX, count);
        return;
    }
    if (!reserve(r, count)) {
        return;
    }
    for (const assay_json* m = assay_json_first(list); m != NULL; m = assay_json_next(m)) {
        read_value(r, m, i++, &merged);
    }
    note_merged(r, merged);
}

/* ---- A range ---- */

typedef struct range {
    double from, to;
    uint64_t steps; /* 0: not stated */
    bool logarithmic;
} range;

/* Without the last digits, which only tell of rounding. */
static double shortened(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.12g", value);
    return strtod(text, NULL);
}

static double value_in(const range* g, double share, bool whole) {
    double value = g->logarithmic ? g->from * pow(g->to / g->from, share)
                                  : g->from + (g->to - g->from) * share;
    value = whole ? round(value) : shortened(value);
    return value;
}

static void step_through(reading* r, const range* g) {
    size_t merged = 0;
    if (!reserve(r, (size_t)g->steps)) {
        return;
    }
    for (uint64_t i = 0; i < g->steps; i++) {
        double share = g->steps > 1 ? (double)i / (double)(g->steps - 1) : 0;
        double value = i > 0 && i + 1 == g->steps ? g->to : value_in(g, share, r->out->whole);
        value = r->out->whole ? round(value) : value;
        if (is_known(r->out, value, "")) {
            merged++;
        } else {
            add_value(r, value, "");
        }
    }
    note_merged(r, merged);
}

static bool read_range_keys(reading* r, const assay_json* object, range* g) {
    static const char* const legal[] = {"from", "to", "steps", "scale", NULL};
    static const char* const scales[] = {"linear", "log", NULL};
    size_t before = assay_report_count(r->report), scale = 0;
    bool grid = r->spec->sampling == SWEEP_GRID;
    const double most = 0x1p53;
    assay_json_check_keys(object, legal, r->place, r->report);
    assay_json_read_real(object, "from", r->place, -most, most, true, &g->from, r->report);
    assay_json_read_real(object, "to", r->place, -most, most, true, &g->to, r->report);
    assay_json_read_uint(object, "steps", r->place, 1, SWEEP_VALUES_MAX, grid, &g->steps,
                         r->report);
    assay_json_read_choice(object, "scale", r->place, scales, false, &scale, r->report);
    g->logarithmic = scale == 1;
    return assay_report_count(r->report) == before;
}

static bool check_range(reading* r, const range* g) {
    if (g->to < g->from) {
        assay_report_add(r->report, "%s: to: is less than from", r->place);
        return false;
    }
    if (g->logarithmic && g->from <= 0) {
        assay_report_add(r->report, "%s: from: a logarithmic range begins above 0", r->place);
        return false;
    }
    bool whole = r->out->whole;
    bool low = check_number(r, ".from", whole ? round(g->from) : g->from);
    return check_number(r, ".to", whole ? round(g->to) : g->to) && low;
}

void sweep_read_range(reading* r, const assay_json* object) {
    range g = {0};
    if (r->out->kind != SWEEP_NUMBER) {
        refuse(r, "", object);
        return;
    }
    if (!read_range_keys(r, object, &g) || !check_range(r, &g)) {
        return;
    }
    r->out->logarithmic = g.logarithmic;
    if (g.steps > 0) {
        step_through(r, &g);
        return;
    }
    r->out->continuous = true;
    r->out->low = r->out->whole ? round(g.from) : g.from;
    r->out->high = r->out->whole ? round(g.to) : g.to;
}
