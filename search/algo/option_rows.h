/* Rows of an algorithm's option table and fields of its values struct, made from one list:
 *
 *     #define ASSAY_RANDOM_OPTIONS(UINT, REAL, BOOL, CHOICE) UINT(tries, 100, 1, 1e6, "draws",
 * "...") typedef struct options { ASSAY_RANDOM_OPTIONS(ASSAY_FIELD_UINT, ...) } options; static
 * const assay_option rows[] = {ASSAY_RANDOM_OPTIONS(ASSAY_ROW_UINT, ...)};
 *
 * The values struct is called `options`. */
#ifndef ASSAY_SEARCH_OPTION_ROWS_H
#define ASSAY_SEARCH_OPTION_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "assay/options.h"

// clang-format off: one macro per kind of row
#define ASSAY_ROW_UINT(name, def, low, high, unit, help)                                           \
    {#name, ASSAY_OPTION_UINT, def, low, high, unit, help, NULL, offsetof(options, name)},
#define ASSAY_ROW_REAL(name, def, low, high, unit, help)                                           \
    {#name, ASSAY_OPTION_REAL, def, low, high, unit, help, NULL, offsetof(options, name)},
#define ASSAY_ROW_BOOL(name, def, help)                                                            \
    {#name, ASSAY_OPTION_BOOL, def, 0, 1, "", help, NULL, offsetof(options, name)},
#define ASSAY_ROW_CHOICE(name, def, choices, help)                                                 \
    {#name,   ASSAY_OPTION_CHOICE,    def, 0, sizeof choices / sizeof *choices - 2, "", help,      \
     choices, offsetof(options, name)},

#define ASSAY_FIELD_UINT(name, def, low, high, unit, help) uint64_t name;
#define ASSAY_FIELD_REAL(name, def, low, high, unit, help) double name;
#define ASSAY_FIELD_BOOL(name, def, help) uint64_t name;
#define ASSAY_FIELD_CHOICE(name, def, choices, help) uint64_t name;
// clang-format on

#define ASSAY_OPTION_ROWS(owner, rows)                                                             \
    { owner, rows, sizeof rows / sizeof *rows, sizeof(options) }

#endif
