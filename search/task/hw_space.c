#include "hw_space.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "quote.h"

/* ---- One --vary ---- */

/* Being read: the values of one option. */
typedef struct reading {
    const assay_option_table* table;
    const assay_option* option;
    void* values; /* a copy of the machine's, to try things on */
    hw_variable* out;
    assay_report* report;
} reading;

static bool is_number(const assay_option* option) {
    return option->type == ASSAY_OPTION_UINT || option->type == ASSAY_OPTION_REAL;
}

static double value_of(const reading* r, unsigned i) {
    assay_option_set_text(r->table, r->values, r->option->name, r->out->values[i].text, "", NULL);
    return assay_option_get(r->option, r->values);
}

/* In order, without repetition. */
static assay_status add_value(const reading* r, const char* text) {
    hw_value value;
    assay_status status =
        assay_option_set_text(r->table, r->values, r->option->name, text, "--vary", r->report);
    if (status != ASSAY_OK) {
        return status;
    }
    assay_option_format(r->option, r->values, value.text, sizeof value.text);
    const double number = assay_option_get(r->option, r->values);
    unsigned at = 0;
    while (at < r->out->count && value_of(r, at) < number) {
        at++;
    }
    if (at < r->out->count && value_of(r, at) == number) {
        return ASSAY_OK;
    }
    if (r->out->count == HW_VALUES_MAX) {
        assay_report_add(r->report, "--vary: %s: more than %d values", r->option->name,
                         HW_VALUES_MAX);
        return ASSAY_BAD_INPUT;
    }
    memmove(r->out->values + at + 1, r->out->values + at,
            (r->out->count - at) * sizeof *r->out->values);
    r->out->values[at] = value;
    r->out->count++;
    return ASSAY_OK;
}

static assay_status add_number(const reading* r, double number) {
    char text[32];
    assay_format_real(number, text, sizeof text);
    return add_value(r, text);
}

static assay_status add_all(const reading* r) {
    assay_status status = ASSAY_OK;
    for (double v = r->option->low; v <= r->option->high && status == ASSAY_OK; v += 1) {
        const bool named = r->option->type == ASSAY_OPTION_CHOICE;
        status = add_value(r, named ? r->option->choices[(size_t)v] : v > 0 ? "true" : "false");
    }
    return status;
}

/* Digits first: strtod would take "inf", "nan" and spaces, too. */
static bool read_number(const char* text, const char** end, double* out) {
    char* stop = NULL;
    if (strspn(text, "0123456789.-") == 0) {
        return false;
    }
    *out = strtod(text, &stop);
    *end = stop;
    return stop != text && isfinite(*out);
}

typedef struct range {
    double low, high, step;
    bool times; /* the step is a factor */
} range;

/* "low..high", then nothing, ":step" or ":xfactor". strtod would take the first dot of "..". */
static bool read_range(const char* text, const char* dots, range* out) {
    char low[HW_VALUE_TEXT];
    const char* end = "";
    *out = (range){.step = 1};
    if ((size_t)(dots - text) >= sizeof low) {
        return false;
    }
    snprintf(low, sizeof low, "%.*s", (int)(dots - text), text);
    if (!read_number(low, &end, &out->low) || *end != '\0' ||
        !read_number(dots + 2, &end, &out->high)) {
        return false;
    }
    if (*end == '\0') {
        return true;
    }
    out->times = end[0] == ':' && end[1] == 'x';
    const char* step = end + (out->times ? 2 : 1);
    return *end == ':' && read_number(step, &end, &out->step) && *end == '\0';
}

static bool is_usable(const range* r) {
    return r->low <= r->high && (r->times ? r->step > 1 && r->low > 0 : r->step > 0);
}

static assay_status add_range(const reading* r, const char* text, const char* dots) {
    range it;
    if (!is_number(r->option) || !read_range(text, dots, &it) || !is_usable(&it)) {
        assay_report_add(r->report,
                         "--vary: %s: %s is not LOW..HIGH, LOW..HIGH:STEP or LOW..HIGH:xFACTOR of "
                         "numbers, LOW <= HIGH",
                         r->option->name, assay_quote(text).text);
        return ASSAY_BAD_INPUT;
    }
    assay_status status = ASSAY_OK;
    double v = it.low;
    for (unsigned i = 1; v <= it.high && status == ASSAY_OK; i++) {
        status = add_number(r, v);
        v = it.times ? v * it.step : it.low + i * it.step;
    }
    return status;
}

static assay_status add_list(const reading* r, const char* text) {
    assay_status status = ASSAY_OK;
    for (const char* at = text; at != NULL;) {
        const size_t length = strcspn(at, ",");
        char* one = strndup(at, length);
        if (one == NULL) {
            return ASSAY_NO_MEMORY;
        }
        const assay_status next = add_value(r, one);
        status = status == ASSAY_OK ? next : status;
        free(one);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return status;
}

static assay_status add_values(const reading* r, const char* text) {
    if (text == NULL) {
        if (!is_number(r->option)) {
            return add_all(r);
        }
        assay_report_add(r->report, "--vary: %s has no choices: say %s=VALUE,... or %s=LOW..HIGH",
                         r->option->name, r->option->name, r->option->name);
        return ASSAY_BAD_INPUT;
    }
    const char* dots = strstr(text, "..");
    return dots != NULL ? add_range(r, text, dots) : add_list(r, text);
}

/* ---- Which option ---- */

static bool is_varied(const hw_space* s, const assay_option* option) {
    for (size_t v = 0; v < s->count; v++) {
        if (s->variables[v].option == option) {
            return true;
        }
    }
    return false;
}

static const assay_option* find_option(const hw_space* s, const char* name, assay_report* report) {
    const assay_accelerator_info* info = assay_hw_accelerator(s->hw);
    const assay_option* option = assay_option_find(info->options, name);
    if (option == NULL) {
        const char* near = assay_option_suggest(info->options, name);
        assay_report_add(report, "--vary: %s has no option %s%s%s", info->name,
                         assay_quote(name).text, near != NULL ? ", did you mean " : "",
                         near != NULL ? near : "");
    } else if (is_varied(s, option)) {
        assay_report_add(report, "--vary: %s is given twice", name);
        return NULL;
    } else if (s->count == HW_VARIABLES_MAX) {
        assay_report_add(report, "--vary: more than %d options", HW_VARIABLES_MAX);
        return NULL;
    }
    return option;
}

/* Keeps what the file says behind the values. */
static void keep_base(const reading* r, const void* base) {
    hw_variable* out = r->out;
    const double number = assay_option_get(r->option, base);
    out->base = 0;
    while (out->base < out->count && value_of(r, out->base) != number) {
        out->base++;
    }
    assay_option_format(r->option, base, out->values[out->count].text, HW_VALUE_TEXT);
}

static assay_status read_variable(hw_space* s, const assay_option* option, const char* text,
                                  assay_report* report) {
    const assay_option_table* table = assay_hw_accelerator(s->hw)->options;
    hw_variable* out = &s->variables[s->count++];
    out->option = option;
    out->values = calloc(HW_VALUES_MAX + 1, sizeof *out->values);
    reading r = {table, option, malloc(table->values_size), out, report};
    assay_status status = ASSAY_NO_MEMORY;
    if (out->values != NULL && r.values != NULL) {
        memcpy(r.values, assay_hw_values(s->hw), table->values_size);
        status = add_values(&r, text);
        keep_base(&r, assay_hw_values(s->hw));
    }
    free(r.values);
    return status;
}

static assay_status read_vary(hw_space* s, const char* text, assay_report* report) {
    const size_t length = strcspn(text, "=");
    char* name = strndup(text, length);
    if (name == NULL) {
        return ASSAY_NO_MEMORY;
    }
    const assay_option* option = find_option(s, name, report);
    free(name);
    if (option == NULL) {
        return ASSAY_BAD_INPUT;
    }
    return read_variable(s, option, text[length] == '=' ? text + length + 1 : NULL, report);
}

/* ---- Life cycle ---- */

static assay_status load(hw_space* s, const char* path, assay_report* report) {
    assay_status status = assay_hw_load(path, &s->hw, report);
    if (status != ASSAY_OK) {
        return status;
    }
    if (strcmp(assay_hw_accelerator(s->hw)->name, "table") == 0) {
        assay_report_add(report, "--hw %s: a table of measurements is no machine to change", path);
        return ASSAY_BAD_INPUT;
    }
    const char* base = assay_hw_name(s->hw);
    const size_t size = strlen(base) + sizeof " (found)";
    s->name = malloc(size);
    s->scratch = assay_report_new();
    if (s->name == NULL || s->scratch == NULL) {
        return ASSAY_NO_MEMORY;
    }
    snprintf(s->name, size, "%s (found)", base);
    return ASSAY_OK;
}

assay_status hw_space_open(const char* path, const char* const* vary, size_t count, hw_space* out,
                           assay_report* report) {
    *out = (hw_space){0};
    assay_status status = load(out, path, report);
    for (size_t i = 0; i < count && out->hw != NULL && status != ASSAY_NO_MEMORY; i++) {
        const assay_status next = read_vary(out, vary[i], report);
        status = status == ASSAY_OK || next == ASSAY_NO_MEMORY ? next : status;
    }
    return status;
}

void hw_space_free(hw_space* space) {
    for (size_t v = 0; v < space->count; v++) {
        free(space->variables[v].values);
    }
    assay_hw_free(&space->hw);
    free(space->name);
    assay_report_free(&space->scratch);
    *space = (hw_space){0};
}

/* ---- One machine ---- */

bool hw_space_set(hw_space* space, const unsigned* x) {
    bool good = true;
    for (size_t v = 0; v < space->count; v++) {
        const hw_variable* var = &space->variables[v];
        good =
            assay_hw_set(space->hw, var->option->name, var->values[x[v]].text, NULL) == ASSAY_OK &&
            good;
    }
    good = assay_hw_check(space->hw, space->scratch) == ASSAY_OK && good;
    assay_report_clear(space->scratch);
    return good;
}

void hw_space_say(const hw_space* space, const unsigned* x, char* text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t v = 0; v < space->count && used < size; v++) {
        const hw_variable* var = &space->variables[v];
        used += (size_t)snprintf(text + used, size - used, "%s%s=%s", v > 0 ? ", " : "",
                                 var->option->name, var->values[x[v]].text);
    }
}

static void write_option(assay_json_writer* w, const assay_option* option, const void* values) {
    const double number = assay_option_get(option, values);
    switch (option->type) {
    case ASSAY_OPTION_UINT:
        assay_json_write_uint(w, option->name, (uint64_t)number);
        return;
    case ASSAY_OPTION_REAL:
        assay_json_write_real(w, option->name, number);
        return;
    case ASSAY_OPTION_BOOL:
        assay_json_write_bool(w, option->name, number > 0);
        return;
    case ASSAY_OPTION_CHOICE:
        assay_json_write_string(w, option->name, option->choices[(size_t)number]);
        return;
    }
}

static void write_machine(assay_json_writer* w, const hw_space* s, const unsigned* x) {
    const assay_accelerator_info* info = assay_hw_accelerator(s->hw);
    char chosen[HW_VARIABLES_MAX * 96];
    size_t used = (size_t)snprintf(chosen, sizeof chosen, "found by a search: ");
    hw_space_say(s, x, chosen + used, sizeof chosen - used);
    assay_json_begin_object(w, NULL);
    assay_json_write_uint(w, "schema", 1);
    assay_json_write_string(w, "name", s->name);
    assay_json_write_string(w, "accelerator", info->name);
    assay_json_write_string(w, "description", chosen);
    assay_json_begin_object(w, "options");
    for (size_t i = 0; i < info->options->count; i++) {
        write_option(w, &info->options->options[i], assay_hw_values(s->hw));
    }
    assay_json_end_object(w);
    assay_json_end_object(w);
}

char* hw_space_json(hw_space* space, const unsigned* x) {
    assay_json_writer* w = assay_json_writer_new(4);
    if (w == NULL) {
        return NULL;
    }
    hw_space_set(space, x);
    write_machine(w, space, x);
    const char* text = assay_json_writer_text(w, NULL);
    char* copy = text != NULL ? strdup(text) : NULL;
    assay_json_writer_free(&w);
    return copy;
}

size_t hw_space_size(const hw_space* space, size_t limit) {
    size_t size = 1;
    for (size_t v = 0; v < space->count && size < limit; v++) {
        const size_t count = space->variables[v].count;
        size = size > limit / count ? limit : size * count;
    }
    return size < limit ? size : limit;
}
