#include "fields.h"

#include <math.h>
#include <string.h>

#include "quote.h"

enum {
    MAX_DEPTH = 16
};

static const char* kind_name(assay_json_kind kind) {
    static const char* const names[] = {
        [ASSAY_JSON_NULL] = "null",       [ASSAY_JSON_BOOL] = "true or false",
        [ASSAY_JSON_NUMBER] = "a number", [ASSAY_JSON_STRING] = "a text",
        [ASSAY_JSON_ARRAY] = "an array",  [ASSAY_JSON_OBJECT] = "an object",
    };
    return names[kind];
}

/* As messages of json.h: "file: key" at the root of a file, "file: path.key" below it. */
static const char* joint_of(const char* where) {
    return strstr(where, ": ") == NULL ? ": " : ".";
}

bool assay_field_is(const assay_json* object, const char* key, assay_json_kind kind,
                    const char* where, assay_report* report) {
    const assay_json* value = assay_json_get(object, key);
    if (value == NULL) {
        assay_report_add(report, "%s%s%s: missing, expected %s", where, joint_of(where), key,
                         kind_name(kind));
        return false;
    }
    if (assay_json_kind_of(value) != kind) {
        assay_report_add(report, "%s%s%s: expected %s, not %s", where, joint_of(where), key,
                         kind_name(kind), assay_json_describe(value));
        return false;
    }
    return true;
}

bool assay_field_amount(const assay_json* object, const char* key, const char* where,
                        assay_report* report) {
    if (!assay_field_is(object, key, ASSAY_JSON_NUMBER, where, report)) {
        return false;
    }
    double value = assay_json_number(assay_json_get(object, key));
    if (value < 0) {
        assay_report_add(report, "%s%s%s: expected a number from 0 on, not %g", where,
                         joint_of(where), key, value);
    }
    return value >= 0;
}

bool assay_fields_are(const assay_json* object, const char* const* keys, assay_json_kind kind,
                      const char* where, assay_report* report) {
    bool ok = true;
    for (; *keys != NULL; keys++) {
        ok &= assay_field_is(object, *keys, kind, where, report);
    }
    return ok;
}

bool assay_fields_amounts(const assay_json* object, const char* const* keys, const char* where,
                          assay_report* report) {
    bool ok = true;
    for (; *keys != NULL; keys++) {
        ok &= assay_field_amount(object, *keys, where, report);
    }
    return ok;
}

bool assay_field_counts(const assay_json* object, const char* key, const char* where,
                        assay_report* report) {
    bool ok = assay_field_is(object, key, ASSAY_JSON_OBJECT, where, report);
    const assay_json* counts = ok ? assay_json_get(object, key) : NULL;
    for (const assay_json* m = counts != NULL ? assay_json_first(counts) : NULL; m != NULL;
         m = assay_json_next(m)) {
        if (assay_json_kind_of(m) != ASSAY_JSON_NUMBER || assay_json_number(m) < 0) {
            assay_report_add(report, "%s%s%s: %s: expected a number from 0 on", where,
                             joint_of(where), key, assay_quote(assay_json_key(m)).text);
            ok = false;
        }
    }
    return ok;
}

/* ---- Copies ---- */

static void copy(assay_json_writer* out, const char* key, const assay_json* value, int depth);

static void copy_all(assay_json_writer* out, const assay_json* value, bool keys, int depth) {
    for (const assay_json* m = assay_json_first(value); m != NULL; m = assay_json_next(m)) {
        copy(out, keys ? assay_json_key(m) : NULL, m, depth + 1);
    }
}

static void copy(assay_json_writer* out, const char* key, const assay_json* value, int depth) {
    assay_json_kind kind = assay_json_kind_of(value);
    if (kind == ASSAY_JSON_STRING) {
        assay_json_write_string(out, key, assay_json_string(value));
    } else if (kind == ASSAY_JSON_BOOL) {
        assay_json_write_bool(out, key, assay_json_bool(value));
    } else if (kind == ASSAY_JSON_OBJECT && depth < MAX_DEPTH) {
        assay_json_begin_object(out, key);
        copy_all(out, value, true, depth);
        assay_json_end_object(out);
    } else if (kind == ASSAY_JSON_ARRAY && depth < MAX_DEPTH) {
        assay_json_begin_array(out, key);
        copy_all(out, value, false, depth);
        assay_json_end_array(out);
    } else {
        bool number = kind == ASSAY_JSON_NUMBER;
        assay_json_write_real(out, key, number ? assay_json_number(value) : NAN);
    }
}

void assay_copy_value(assay_json_writer* out, const char* key, const assay_json* value) {
    copy(out, key, value, 0);
}

void assay_copy_members(assay_json_writer* out, const assay_json* object, const char* const* keys) {
    for (; *keys != NULL; keys++) {
        const assay_json* value = assay_json_get(object, *keys);
        if (value != NULL) {
            assay_copy_value(out, *keys, value);
        }
    }
}
