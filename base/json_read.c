/* Reading members with messages. */
#include <math.h>
#include <string.h>

#include "contract.h"
#include "json.h"
#include "option_store.h"
#include "quote.h"
#include "suggest.h"

enum {
    PLACE_TEXT = 4608,
    WHAT_TEXT = 1024
};

typedef struct place {
    char text[PLACE_TEXT];
} place;

/* "file: key" at the root of a file, "file: path.key" below it. */
static place place_of(const char* where, const char* key) {
    place at;
    const char* colon = strstr(where, ": ");
    snprintf(at.text, sizeof at.text, "%s%s%s", where, colon == NULL ? ": " : ".", key);
    return at;
}

/* The value as a message shows it: 3.5, "abc", an array. */
static assay_quoted show(const assay_json* value) {
    assay_quoted shown;
    switch (assay_json_kind_of(value)) {
    case ASSAY_JSON_STRING:
        return assay_quote(assay_json_string(value));
    case ASSAY_JSON_NUMBER:
        assay_format_real(assay_json_number(value), shown.text, sizeof shown.text);
        return shown;
    default:
        snprintf(shown.text, sizeof shown.text, "%s", assay_json_describe(value));
        return shown;
    }
}

/* The member, or NULL and, where it is required, a message that tells what was expected. */
static const assay_json* member_of(const assay_json* object, const char* key, const char* where,
                                   bool required, const char* expected, assay_report* report) {
    ASSAY_REQUIRE(object != NULL && key != NULL && where != NULL);
    const assay_json* value = assay_json_get(object, key);
    if (value == NULL && required) {
        assay_report_add(report, "%s: missing, expected %s", place_of(where, key).text, expected);
    }
    return value;
}

static bool refuse(const assay_json* value, const char* key, const char* where,
                   const char* expected, assay_report* report) {
    assay_report_add(report, "%s: expected %s, not %s", place_of(where, key).text, expected,
                     show(value).text);
    return false;
}

bool assay_json_read_uint(const assay_json* object, const char* key, const char* where,
                          uint64_t low, uint64_t high, bool required, uint64_t* out,
                          assay_report* report) {
    const uint64_t exact = UINT64_C(1) << 53; /* doubles step by 2 above */
    uint64_t limit = high < exact ? high : exact;
    char expected[WHAT_TEXT];
    snprintf(expected, sizeof expected, "an integer from %ju to %ju", (uintmax_t)low,
             (uintmax_t)limit);
    const assay_json* value = member_of(object, key, where, required, expected, report);
    if (value == NULL) {
        return false;
    }
    double number = assay_json_number(value);
    bool whole = assay_json_kind_of(value) == ASSAY_JSON_NUMBER && number == floor(number);
    if (!whole || !(number >= (double)low && number <= (double)limit)) {
        return refuse(value, key, where, expected, report);
    }
    *out = (uint64_t)number;
    return true;
}

bool assay_json_read_real(const assay_json* object, const char* key, const char* where, double low,
                          double high, bool required, double* out, assay_report* report) {
    char expected[WHAT_TEXT], low_text[32], high_text[32];
    assay_format_real(low, low_text, sizeof low_text);
    assay_format_real(high, high_text, sizeof high_text);
    snprintf(expected, sizeof expected, "a number from %s to %s", low_text, high_text);
    const assay_json* value = member_of(object, key, where, required, expected, report);
    if (value == NULL) {
        return false;
    }
    double number = assay_json_number(value);
    if (assay_json_kind_of(value) != ASSAY_JSON_NUMBER || !(number >= low && number <= high)) {
        return refuse(value, key, where, expected, report);
    }
    *out = number;
    return true;
}

bool assay_json_read_bool(const assay_json* object, const char* key, const char* where,
                          bool required, bool* out, assay_report* report) {
    const char* expected = "true or false";
    const assay_json* value = member_of(object, key, where, required, expected, report);
    if (value == NULL) {
        return false;
    }
    if (assay_json_kind_of(value) != ASSAY_JSON_BOOL) {
        return refuse(value, key, where, expected, report);
    }
    *out = assay_json_bool(value);
    return true;
}

bool assay_json_read_string(const assay_json* object, const char* key, const char* where,
                            bool required, const char** out, assay_report* report) {
    const char* expected = "a string that is not empty";
    const assay_json* value = member_of(object, key, where, required, expected, report);
    if (value == NULL) {
        return false;
    }
    if (assay_json_string(value)[0] == '\0') {
        return refuse(value, key, where, expected, report);
    }
    *out = assay_json_string(value);
    return true;
}

/* "one of a, b, c" */
static void list_names(const char* const* names, char text[WHAT_TEXT]) {
    size_t used = (size_t)snprintf(text, WHAT_TEXT, "one of");
    for (size_t i = 0; names[i] != NULL && used < WHAT_TEXT; ++i) {
        int n = snprintf(text + used, WHAT_TEXT - used, "%s \"%s\"", i == 0 ? "" : ",", names[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

bool assay_json_read_choice(const assay_json* object, const char* key, const char* where,
                            const char* const* names, bool required, size_t* out,
                            assay_report* report) {
    char expected[WHAT_TEXT];
    list_names(names, expected);
    const assay_json* value = member_of(object, key, where, required, expected, report);
    if (value == NULL) {
        return false;
    }
    bool is_string = assay_json_kind_of(value) == ASSAY_JSON_STRING;
    for (size_t i = 0; is_string && names[i] != NULL; ++i) {
        if (strcmp(names[i], assay_json_string(value)) == 0) {
            *out = i;
            return true;
        }
    }
    return refuse(value, key, where, expected, report);
}

static bool contains(const char* const* names, const char* name) {
    for (; names != NULL && *names != NULL; ++names) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Nobody reads a suggestion that the full report drops, and a million of them take minutes. */
static bool wants_suggestion(const assay_report* report) {
    return report != NULL && assay_report_count(report) <= assay_report_kept(report);
}

static void refuse_key(const char* where, const char* key, const char* nearest,
                       assay_report* report) {
    assay_report_add(report, "%s: unknown key %s%s%s%s", where, assay_quote(key).text,
                     nearest != NULL ? ", did you mean \"" : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "\"?" : "");
}

void assay_json_check_keys(const assay_json* object, const char* const* legal, const char* where,
                           assay_report* report) {
    ASSAY_REQUIRE(object != NULL && legal != NULL && where != NULL);
    for (const assay_json* m = assay_json_first(object); m != NULL; m = assay_json_next(m)) {
        const char* key = assay_json_key(m);
        if (!contains(legal, key)) {
            const char* nearest = wants_suggestion(report) ? assay_suggest(key, legal) : NULL;
            refuse_key(where, key, nearest, report);
        }
    }
}

/* ---- Options ---- */

static void read_option(const assay_option* option, void* values, const assay_json* value,
                        const char* where, assay_report* report) {
    place at = place_of(where, option->name);
    assay_json_kind kind = assay_json_kind_of(value);
    if (option->type == ASSAY_OPTION_BOOL && kind == ASSAY_JSON_BOOL) {
        assay_option_store(option, values, assay_json_bool(value), at.text, report);
        return;
    }
    if (option->type == ASSAY_OPTION_CHOICE && kind == ASSAY_JSON_STRING) {
        size_t count, choice = assay_option_choice(option, assay_json_string(value), &count);
        if (choice < count) {
            assay_option_store(option, values, (double)choice, at.text, report);
            return;
        }
    }
    bool numeric = option->type == ASSAY_OPTION_UINT || option->type == ASSAY_OPTION_REAL;
    if (numeric && kind == ASSAY_JSON_NUMBER) {
        assay_option_store(option, values, assay_json_number(value), at.text, report);
        return;
    }
    assay_option_refuse(option, at.text, show(value).text, report);
}

void assay_options_read_json(const assay_option_table* table, void* values,
                             const assay_json* object, const char* const* skip, const char* where,
                             assay_report* report) {
    ASSAY_REQUIRE(table != NULL && values != NULL && object != NULL && where != NULL);
    if (assay_json_kind_of(object) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: expected an object of options, not %s", where,
                         show(object).text);
        return;
    }
    for (const assay_json* m = assay_json_first(object); m != NULL; m = assay_json_next(m)) {
        const char* key = assay_json_key(m);
        const assay_option* option = assay_option_find(table, key);
        if (contains(skip, key)) {
            continue;
        }
        if (option != NULL) {
            read_option(option, values, m, where, report);
        } else {
            const char* near = wants_suggestion(report) ? assay_option_suggest(table, key) : NULL;
            refuse_key(where, key, near, report);
        }
    }
}
