#include "replay.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "quote.h"

static const size_t MAX_BYTES = (size_t)4 << 30;

/* ---- Where the log ends ---- */

static assay_json_doc* parse(const assay_replay* r, const char* line, size_t size,
                             assay_report* report) {
    char place[32];
    assay_json_doc* doc = NULL;
    snprintf(place, sizeof place, "line %zu", r->line);
    assay_json_parse(place, line, size, &doc, report);
    return doc;
}

static size_t start_of_last_line(const assay_replay* r) {
    size_t start = r->end - 1; /* its line break */
    while (start > 0 && r->text[start - 1] != '\n') {
        start--;
    }
    return start;
}

typedef enum verdict {
    GOOD,
    FAILED, /* without a reward: tried again */
    TORN    /* cannot be read */
} verdict;

static verdict judge(const assay_replay* r, size_t start) {
    assay_json_doc* doc = parse(r, r->text + start, r->end - start, NULL);
    const assay_json* reward = doc != NULL ? assay_json_get(assay_json_root(doc), "reward") : NULL;
    bool failed = reward != NULL && assay_json_kind_of(reward) == ASSAY_JSON_NULL;
    verdict found = doc == NULL ? TORN : failed ? FAILED : GOOD;
    assay_json_free(&doc);
    return found;
}

/* Only the last line can be torn, and the first one is the header, whatever it is. */
static void find_end(assay_replay* r, size_t size) {
    r->end = size;
    while (r->end > 0 && r->text[r->end - 1] != '\n') {
        r->end--;
    }
    bool torn_before = r->end < size;
    while (r->end > 0) {
        size_t start = start_of_last_line(r);
        verdict last = start > 0 ? judge(r, start) : GOOD;
        if (last == GOOD || (last == TORN && torn_before)) {
            return;
        }
        torn_before = true;
        r->end = start;
    }
}

/* ---- The first line ---- */

static void show(const assay_json* value, char* text, size_t size) {
    switch (value != NULL ? assay_json_kind_of(value) : ASSAY_JSON_NULL) {
    case ASSAY_JSON_STRING:
        snprintf(text, size, "%s", assay_quote(assay_json_string(value)).text);
        return;
    case ASSAY_JSON_NUMBER:
        assay_format_real(assay_json_number(value), text, size);
        return;
    case ASSAY_JSON_BOOL:
        snprintf(text, size, "%s", assay_json_bool(value) ? "true" : "false");
        return;
    default:
        snprintf(text, size, "%s", value != NULL ? assay_json_describe(value) : "nothing");
    }
}

static void compare(const char* place, const assay_json* ours, const assay_json* theirs,
                    assay_report* report);

static void compare_members(const char* place, const assay_json* ours, const assay_json* theirs,
                            assay_report* report) {
    char path[160];
    size_t i = 0;
    const assay_json* other = assay_json_first(theirs);
    for (const assay_json* m = assay_json_first(ours); m != NULL; m = assay_json_next(m), i++) {
        if (assay_json_kind_of(ours) == ASSAY_JSON_OBJECT) {
            snprintf(path, sizeof path, "%s%s%s", place, *place != '\0' ? "." : "",
                     assay_json_key(m));
            compare(path, m, assay_json_get(theirs, assay_json_key(m)), report);
        } else {
            snprintf(path, sizeof path, "%s[%zu]", place, i);
            compare(path, m, other, report);
            other = other != NULL ? assay_json_next(other) : NULL;
        }
    }
}

static void compare(const char* place, const assay_json* ours, const assay_json* theirs,
                    assay_report* report) {
    assay_json_kind kind = assay_json_kind_of(ours);
    if (theirs != NULL && assay_json_kind_of(theirs) == kind &&
        (kind == ASSAY_JSON_OBJECT || kind == ASSAY_JSON_ARRAY)) {
        compare_members(place, ours, theirs, report);
        return;
    }
    char found[ASSAY_QUOTE_BUFFER], expected[ASSAY_QUOTE_BUFFER];
    show(theirs, found, sizeof found);
    show(ours, expected, sizeof expected);
    /* The hash differs whenever something else does. */
    if (strcmp(found, expected) != 0 && strcmp(place, "settings_hash") != 0) {
        assay_report_add(report, "  %s was %s, now it is %s", place, found, expected);
    }
}

static assay_status check_header(assay_replay* r, const char* header, assay_report* report) {
    const char* line = r->text;
    size_t size = (size_t)((char*)memchr(line, '\n', r->end) - line);
    r->line = 1;
    r->at = size + 1;
    if (size == strlen(header) && memcmp(line, header, size) == 0) {
        return ASSAY_OK;
    }
    assay_json_doc *ours = parse(r, header, strlen(header), NULL), *theirs;
    theirs = parse(r, line, size, NULL);
    if (theirs == NULL || assay_json_get(assay_json_root(theirs), "settings_hash") == NULL) {
        assay_report_add(report, "%s: is not the log of a search", r->path);
    } else if (ours != NULL) {
        assay_report_add(report, "%s: is of another search and stays as it is:", r->path);
        compare_members("", assay_json_root(ours), assay_json_root(theirs), report);
    }
    assay_json_free(&ours);
    assay_json_free(&theirs);
    return ASSAY_BAD_INPUT;
}

assay_status assay_replay_open(const char* path, const char* header, assay_replay* out,
                               assay_report* report) {
    *out = (assay_replay){.path = path};
    struct stat info;
    if (stat(path, &info) == 0 ? info.st_size == 0 : errno == ENOENT) {
        return ASSAY_OK;
    }
    size_t size;
    assay_status status = assay_file_read(path, MAX_BYTES, &out->text, &size, report);
    if (status != ASSAY_OK) {
        return status;
    }
    find_end(out, size);
    if (out->end > 0) {
        return check_header(out, header, report);
    }
    if (size > strlen(header) || memcmp(out->text, header, size) != 0) {
        assay_report_add(report, "%s: is not the log of a search", path);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

/* ---- The other lines ---- */

bool assay_replay_more(const assay_replay* replay) {
    return replay->at < replay->end;
}

static bool same_x(const assay_json* x, const assay_log_line* asked) {
    if (x == NULL || assay_json_size(x) != asked->variables) {
        return false;
    }
    size_t i = 0;
    for (const assay_json* m = assay_json_first(x); m != NULL; m = assay_json_next(m), i++) {
        if (assay_json_number(m) != asked->x[i]) {
            return false;
        }
    }
    return true;
}

static bool same_text(const assay_json* root, const char* key, const char* expected) {
    const assay_json* value = assay_json_get(root, key);
    return value != NULL && strcmp(assay_json_string(value), expected) == 0;
}

/* The first thing that differs; NULL: nothing does. */
static const char* difference(const assay_json* root, const assay_log_line* asked) {
    const assay_json* number = assay_json_get(root, "evaluation");
    if (number == NULL || assay_json_number(number) != (double)asked->evaluation) {
        return "evaluation";
    }
    if (!same_text(root, "phase", asked->phase)) {
        return "phase";
    }
    if (!same_x(assay_json_get(root, "x"), asked)) {
        return "x";
    }
    if (!same_text(root, "policy_hash", asked->hash)) {
        return "policy_hash";
    }
    const assay_json* known = assay_json_get(root, "known");
    return known != NULL && assay_json_bool(known) == asked->known ? NULL : "known";
}

/* NaN where nothing was measured. */
static double number_or_nan(const assay_json* value) {
    return value != NULL && assay_json_kind_of(value) == ASSAY_JSON_NUMBER
               ? assay_json_number(value)
               : NAN;
}

static void take_record(const assay_json* root, assay_log_line* line) {
    for (size_t i = 0; i < ASSAY_RECORD_FIELDS; i++) {
        assay_record_set(&line->record, i,
                         number_or_nan(assay_json_get(root, assay_record_fields[i].name)));
    }
    assay_score* score = &line->record.score;
    const assay_json* objectives = assay_json_get(root, "objectives");
    score->objective_count = 0;
    for (const assay_json* m = objectives != NULL ? assay_json_first(objectives) : NULL;
         m != NULL && score->objective_count < ASSAY_OBJECTIVES_MAX; m = assay_json_next(m)) {
        score->objectives[score->objective_count++] = number_or_nan(m);
    }
    line->used = number_or_nan(assay_json_get(root, "budget_used"));
    line->wall_s = number_or_nan(assay_json_get(root, "wall_s"));
}

assay_status assay_replay_next(assay_replay* replay, assay_log_line* line, assay_report* report) {
    const char* start = replay->text + replay->at;
    size_t size = (size_t)((char*)memchr(start, '\n', replay->end - replay->at) - start);
    replay->line++;
    replay->at += size + 1;
    assay_json_doc* doc = parse(replay, start, size, NULL);
    const char* differs = doc != NULL ? difference(assay_json_root(doc), line) : "grammar";
    if (differs != NULL) {
        assay_report_add(report,
                         "%s:%zu: does not continue this search (%s differs from what evaluation "
                         "%ju of the phase %s asks); the log stays as it is",
                         replay->path, replay->line, differs, (uintmax_t)line->evaluation,
                         line->phase);
        assay_json_free(&doc);
        return ASSAY_BAD_INPUT;
    }
    take_record(assay_json_root(doc), line);
    replay->wall_s = isnan(line->wall_s) ? replay->wall_s : line->wall_s;
    assay_json_free(&doc);
    return ASSAY_OK;
}

void assay_replay_close(assay_replay* replay) {
    free(replay->text);
    replay->text = NULL;
    replay->at = replay->end = 0;
}
