/* Option tables: every option of a machine is stated once (name, type, default, range, unit, help)
 * and JSON reading, --set, range checks, --help, `assay list`, the docs and (later) the search
 * space derive from that one table. */
#ifndef ASSAY_OPTIONS_H
#define ASSAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum assay_option_type {
    ASSAY_OPTION_UINT,   /* stored as uint64_t; |value| <= 2^53 */
    ASSAY_OPTION_REAL,   /* stored as double, finite */
    ASSAY_OPTION_BOOL,   /* stored as uint64_t, 0 or 1; JSON true/false, text true/false/1/0 */
    ASSAY_OPTION_CHOICE, /* stored as uint64_t index into `choices`; JSON and text use the name */
} assay_option_type;

typedef struct assay_option {
    const char* name; /* snake_case, unit suffix where there is a unit */
    assay_option_type type;
    double def, low, high;      /* default and inclusive range; for CHOICE: index, 0, count - 1 */
    const char* unit;           /* "" when dimensionless */
    const char* help;           /* one line: what it is, and the source of the default */
    const char* const* choices; /* NULL-terminated, CHOICE only, else NULL */
    size_t offset;              /* of the 8-byte value inside the values struct */
} assay_option;

typedef struct assay_option_table {
    const char* owner; /* e.g. "eie" */
    const assay_option* options;
    size_t count;
    size_t values_size; /* bytes of the values struct */
} assay_option_table;

/* NULL when the table has no such option. */
const assay_option* assay_option_find(const assay_option_table* table, const char* name);
/* The nearest legal name (edit distance <= 1/3 of the name's length, at least 2), or NULL. */
const char* assay_option_suggest(const assay_option_table* table, const char* name);
/* Fills the values struct with the defaults. */
void assay_options_defaults(const assay_option_table* table, void* values);
/* Reads `text` as a value of the option `name`. `where` is put in front of the message, e.g.
 * "--set". ASSAY_BAD_INPUT (and one message in `report`): unknown name, not a value of the type,
 * out of range. On failure `values` is unchanged. */
assay_status assay_option_set_text(const assay_option_table* table, void* values, const char* name,
                                   const char* text, const char* where, assay_report* report);
/* The value as a number (CHOICE: index, BOOL: 0 or 1). */
double assay_option_get(const assay_option* option, const void* values);
/* The value as text that assay_option_set_text reads back to the same value. Writes at most `size`
 * bytes including the terminating zero; returns the length that was needed. */
size_t assay_option_format(const assay_option* option, const void* values, char* text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
