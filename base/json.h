/* Strict JSON on cJSON; the only file that includes cJSON.h is json.c.
 *
 * Stricter than cJSON by default: trailing text, duplicate keys, NaN and infinities (also by
 * overflow, 1e999), integers beyond 2^53, raw control characters, NUL bytes and what is not UTF-8
 * are errors; key look-up is case-sensitive. At most 128 levels and 4 Mi values (json_scan.h).
 * Values carry no positions after parsing, so messages name the file and the key path; mistakes of
 * the grammar itself are "file:line:column: what". */
#ifndef ASSAY_BASE_JSON_H
#define ASSAY_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "assay/options.h"
#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_json_doc assay_json_doc; /* owns the parsed tree */
typedef struct assay_json assay_json;         /* a borrowed value inside a doc */

enum {
    ASSAY_JSON_MAX_BYTES = 64 << 20
};

/* Reads and parses a whole file. ASSAY_BAD_INPUT with "file:line:column: what" messages for
 * anything that is not one strict JSON value; ASSAY_IO when it cannot be opened (missing file
 * counts as BAD_INPUT: the user named it). Only regular files up to ASSAY_JSON_MAX_BYTES. On
 * failure *out is NULL. */
assay_status assay_json_load(const char* path, assay_json_doc** out, assay_report* report);
/* Same from memory; `name` stands for the file in messages. */
assay_status assay_json_parse(const char* name, const char* text, size_t size, assay_json_doc** out,
                              assay_report* report);
void assay_json_free(assay_json_doc** doc);
const assay_json* assay_json_root(const assay_json_doc* doc);

typedef enum assay_json_kind {
    ASSAY_JSON_NULL,
    ASSAY_JSON_BOOL,
    ASSAY_JSON_NUMBER,
    ASSAY_JSON_STRING,
    ASSAY_JSON_ARRAY,
    ASSAY_JSON_OBJECT
} assay_json_kind;
assay_json_kind assay_json_kind_of(const assay_json* value);
/* "null", "true", "number", ... with article, for messages. */
const char* assay_json_describe(const assay_json* value);
double assay_json_number(const assay_json* value);      /* 0 unless a number */
bool assay_json_bool(const assay_json* value);          /* false unless true */
const char* assay_json_string(const assay_json* value); /* "" unless a string */
const char* assay_json_key(const assay_json* member);   /* the member's key, "" in arrays */
size_t assay_json_size(const assay_json* value);        /* members or elements */
/* Iterate: for (m = assay_json_first(v); m; m = assay_json_next(m)). */
const assay_json* assay_json_first(const assay_json* value);
const assay_json* assay_json_next(const assay_json* member);
const assay_json* assay_json_get(const assay_json* object, const char* key); /* NULL if absent */

/* Reading with messages. `where` is "file" for the root, giving "file: key: ...", or
 * "file: path.to.object", giving "file: path.to.object.key: ...". Each
 * returns true when *out was set; a wrong type or range adds a message and returns false; an absent
 * key returns false, with a message only if `required`. Numbers read by _uint must be integers. */
bool assay_json_read_uint(const assay_json* object, const char* key, const char* where,
                          uint64_t low, uint64_t high, bool required, uint64_t* out,
                          assay_report* report);
bool assay_json_read_real(const assay_json* object, const char* key, const char* where, double low,
                          double high, bool required, double* out, assay_report* report);
bool assay_json_read_bool(const assay_json* object, const char* key, const char* where,
                          bool required, bool* out, assay_report* report);
/* The string is borrowed from the doc. Empty strings are refused. */
bool assay_json_read_string(const assay_json* object, const char* key, const char* where,
                            bool required, const char** out, assay_report* report);
/* Index into the NULL-terminated `names`. */
bool assay_json_read_choice(const assay_json* object, const char* key, const char* where,
                            const char* const* names, bool required, size_t* out,
                            assay_report* report);
/* Adds "unknown key, did you mean" messages for members not in the NULL-terminated `legal`. */
void assay_json_check_keys(const assay_json* object, const char* const* legal, const char* where,
                           assay_report* report);

/* Reads every member of `object` that is not in the NULL-terminated `skip` as an option of the
 * table; unknown keys, wrong types and out-of-range values are all reported. Absent options keep
 * the value that `values` holds. */
void assay_options_read_json(const assay_option_table* table, void* values,
                             const assay_json* object, const char* const* skip, const char* where,
                             assay_report* report);

/* Writer: an append-only text buffer with JSON state. Keys are emitted in call order; reals print
 * with the fewest digits that read back to the same double; a non-finite real is written as null.
 * Misnesting is an assert. `indent` spaces per level, 0 for one line. */
typedef struct assay_json_writer assay_json_writer;
assay_json_writer* assay_json_writer_new(int indent);
void assay_json_writer_free(assay_json_writer** writer);
void assay_json_begin_object(assay_json_writer* w,
                             const char* key); /* key NULL inside arrays/root */
void assay_json_end_object(assay_json_writer* w);
void assay_json_begin_array(assay_json_writer* w, const char* key);
void assay_json_end_array(assay_json_writer* w);
void assay_json_write_string(assay_json_writer* w, const char* key, const char* value);
void assay_json_write_uint(assay_json_writer* w, const char* key, uint64_t value);
void assay_json_write_int(assay_json_writer* w, const char* key, int64_t value);
void assay_json_write_real(assay_json_writer* w, const char* key, double value);
void assay_json_write_bool(assay_json_writer* w, const char* key, bool value);
/* The text so far, owned by the writer; NULL if memory ran out on the way. */
const char* assay_json_writer_text(const assay_json_writer* w, size_t* size);
/* Shortest text of a finite double that reads back equal; buffer of at least 32 bytes. */
void assay_format_real(double value, char* buffer, size_t size);

#ifdef __cplusplus
}
#endif
#endif
