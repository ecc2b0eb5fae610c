/* The folder of a search: log.jsonl, and summary.json, policy.json and hw.json where they are. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fields.h"
#include "file.h"
#include "inputs.h"
#include "lines.h"

enum {
    PATH = 4096
};

static const char* const numbers[] = {"reward",     "accuracy", "loss", "seconds",   "energy_j",
                                      "size_bytes", "area_mm2", "bops", "violation", "budget_used"};
enum {
    NUMBERS = sizeof numbers / sizeof *numbers
};

/* Written row by row here, column by column into the page. */
typedef struct candidate {
    double number[NUMBERS]; /* NaN: not measured */
    size_t phase;
} candidate;

typedef struct search {
    const char* path; /* the log's */
    assay_report* report;
    assay_json_writer* header; /* settings and variables, complete after the first line */
    char phases[16][32];
    size_t phase_count;
    candidate* candidates;
    size_t count, capacity;
    bool begun;
} search;

/* ---- The log ---- */

static assay_status take_header(search* s, const assay_json* line) {
    static const char* const texts[] = {"assay", "task", "algorithm", NULL};
    static const char* const keys[] = {"assay", "task", "algorithm", "seed", "settings", NULL};
    s->begun = true;
    bool ok = assay_fields_are(line, texts, ASSAY_JSON_STRING, s->path, s->report);
    ok &= assay_field_amount(line, "seed", s->path, s->report);
    ok &= assay_field_is(line, "settings", ASSAY_JSON_OBJECT, s->path, s->report);
    if (!ok) {
        return ASSAY_BAD_INPUT;
    }
    assay_json_begin_object(s->header, NULL);
    assay_copy_members(s->header, line, keys);
    assay_json_end_object(s->header);
    return ASSAY_OK;
}

static bool find_phase(search* s, const char* name, size_t* out) {
    for (*out = 0; *out < s->phase_count; (*out)++) {
        if (strcmp(s->phases[*out], name) == 0) {
            return true;
        }
    }
    if (s->phase_count == sizeof s->phases / sizeof *s->phases ||
        strlen(name) >= sizeof *s->phases) {
        return false;
    }
    snprintf(s->phases[s->phase_count++], sizeof *s->phases, "%s", name);
    return true;
}

static candidate* next_candidate(search* s) {
    if (s->count == s->capacity) {
        size_t capacity = 2 * s->capacity + 256;
        candidate* more = realloc(s->candidates, capacity * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        s->candidates = more;
        s->capacity = capacity;
    }
    return &s->candidates[s->count++];
}

static bool read_numbers(const search* s, const assay_json* line, const char* where,
                         candidate* out) {
    bool ok = true;
    for (size_t i = 0; i < NUMBERS; i++) {
        const assay_json* value = assay_json_get(line, numbers[i]);
        assay_json_kind kind = value != NULL ? assay_json_kind_of(value) : ASSAY_JSON_NULL;
        out->number[i] = kind == ASSAY_JSON_NUMBER ? assay_json_number(value) : NAN;
        if (kind != ASSAY_JSON_NUMBER && kind != ASSAY_JSON_NULL) {
            assay_report_add(s->report, "%s: %s: must be a number or null", where, numbers[i]);
            ok = false;
        }
    }
    return ok;
}

static assay_status take_line(void* user, size_t number, const assay_json* line) {
    search* s = user;
    char where[PATH + 64];
    if (!s->begun) {
        return take_header(s, line);
    }
    candidate* c = next_candidate(s);
    if (c == NULL) {
        return ASSAY_NO_MEMORY;
    }
    snprintf(where, sizeof where, "%s:%zu", s->path, number);
    bool ok = read_numbers(s, line, where, c);
    if (!assay_field_is(line, "phase", ASSAY_JSON_STRING, where, s->report)) {
        return ASSAY_BAD_INPUT;
    }
    if (!find_phase(s, assay_json_string(assay_json_get(line, "phase")), &c->phase)) {
        assay_report_add(s->report, "%s: phase: too long, or one too many", where);
        ok = false;
    }
    return ok ? ASSAY_OK : ASSAY_BAD_INPUT;
}

static assay_status read_log(search* s) {
    char* text = NULL;
    size_t size = 0;
    assay_status status = assay_file_read(s->path, ASSAY_JSON_MAX_BYTES, &text, &size, s->report);
    if (status == ASSAY_OK) {
        status = assay_lines_read(s->path, text, size, true, take_line, s, s->report);
    }
    free(text);
    if (status == ASSAY_OK && s->count == 0) {
        assay_report_add(s->report, "%s: no candidates", s->path);
        status = ASSAY_BAD_INPUT;
    }
    return status;
}

/* ---- The page ---- */

static void write_columns(const search* s, assay_json_writer* out) {
    assay_json_begin_array(out, "phases");
    for (size_t i = 0; i < s->phase_count; i++) {
        assay_json_write_string(out, NULL, s->phases[i]);
    }
    assay_json_end_array(out);
    assay_json_begin_object(out, "log");
    assay_json_begin_array(out, "phase");
    for (size_t i = 0; i < s->count; i++) {
        assay_json_write_uint(out, NULL, s->candidates[i].phase);
    }
    assay_json_end_array(out);
    for (size_t n = 0; n < NUMBERS; n++) {
        assay_json_begin_array(out, numbers[n]);
        for (size_t i = 0; i < s->count; i++) {
            assay_json_write_real(out, NULL, s->candidates[i].number[n]);
        }
        assay_json_end_array(out);
    }
    assay_json_end_object(out);
}

/* A search that was stopped has not all files. */
static assay_status load(const char* folder, const char* name, assay_json_doc** doc,
                         assay_report* report) {
    char path[PATH + 32];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (stat(path, &info) != 0 && errno == ENOENT) {
        return ASSAY_OK;
    }
    assay_status status = assay_json_load(path, doc, report);
    if (status == ASSAY_OK && assay_json_kind_of(assay_json_root(*doc)) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: must be an object", path);
        status = ASSAY_BAD_INPUT;
    }
    return status;
}

enum {
    SUMMARY,
    POLICY,
    HW,
    FILES
};
static const char* const file_names[FILES] = {"summary.json", "policy.json", "hw.json"};
static const char* const file_keys[FILES] = {"summary", "policy", "machine"};

static bool check_summary(const char* folder, const assay_json* summary, assay_report* report) {
    char where[PATH + 32];
    snprintf(where, sizeof where, "%s/summary.json", folder);
    bool ok = assay_field_is(summary, "best", ASSAY_JSON_OBJECT, where, report);
    ok &= assay_field_is(summary, "budget", ASSAY_JSON_OBJECT, where, report);
    ok &= assay_field_is(summary, "baselines", ASSAY_JSON_ARRAY, where, report);
    return ok;
}

static bool check_policy(const char* folder, const assay_json* policy, assay_report* report) {
    char where[PATH + 32];
    snprintf(where, sizeof where, "%s/policy.json", folder);
    return assay_field_is(policy, "layers", ASSAY_JSON_OBJECT, where, report);
}

static assay_status load_all(const char* folder, assay_json_doc* docs[FILES],
                             assay_report* report) {
    assay_status worst = ASSAY_OK;
    for (size_t i = 0; i < FILES; i++) {
        assay_status status = load(folder, file_names[i], &docs[i], report);
        worst = worst == ASSAY_OK ? status : worst;
    }
    bool ok =
        docs[SUMMARY] == NULL || check_summary(folder, assay_json_root(docs[SUMMARY]), report);
    ok &= docs[POLICY] == NULL || check_policy(folder, assay_json_root(docs[POLICY]), report);
    return worst == ASSAY_OK && !ok ? ASSAY_BAD_INPUT : worst;
}

static void write_search(const char* folder, const search* s, assay_json_doc* docs[FILES],
                         const assay_json* header, assay_json_writer* out) {
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "kind", "search");
    assay_json_write_string(out, "file", folder);
    assay_copy_value(out, "header", header);
    for (size_t i = 0; i < FILES; i++) {
        if (docs[i] != NULL) {
            assay_copy_value(out, file_keys[i], assay_json_root(docs[i]));
        }
    }
    write_columns(s, out);
    assay_json_end_object(out);
}

static assay_status finish(const char* folder, search* s, assay_json_writer* out) {
    assay_json_doc* docs[FILES] = {NULL};
    assay_json_doc* header = NULL;
    assay_status status = load_all(folder, docs, s->report);
    assay_status log = read_log(s);
    status = status == ASSAY_OK ? log : status;
    if (status == ASSAY_OK) {
        size_t size = 0;
        const char* text = assay_json_writer_text(s->header, &size);
        status = text == NULL ? ASSAY_NO_MEMORY
                              : assay_json_parse(s->path, text, size, &header, s->report);
    }
    if (status == ASSAY_OK) {
        write_search(folder, s, docs, assay_json_root(header), out);
    }
    for (size_t i = 0; i < FILES; i++) {
        assay_json_free(&docs[i]);
    }
    assay_json_free(&header);
    return status;
}

assay_status assay_input_search(const char* folder, assay_json_writer* out, assay_report* report) {
    char path[PATH + 32];
    struct stat info;
    if (snprintf(path, sizeof path, "%.*s/log.jsonl", PATH, folder) >= PATH ||
        stat(path, &info) != 0) {
        assay_report_add(report, "%s: has no log.jsonl: not the folder of a search", folder);
        return ASSAY_BAD_INPUT;
    }
    search s = {.path = path, .report = report, .header = assay_json_writer_new(0)};
    assay_status status = s.header != NULL ? finish(folder, &s, out) : ASSAY_NO_MEMORY;
    assay_json_writer_free(&s.header);
    free(s.candidates);
    return status;
}
