// Rows of an option table and fields of its values struct from a machine's one list of options,
// which takes a macro per type: LIST(UINT, REAL) or LIST(UINT, REAL, BOOL, CHOICE). Rows are for a
// struct called Options.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "assay/options.h"

#define ASSAY_ROW_UINT(name, def, low, high, unit, help)                                           \
    {#name, ASSAY_OPTION_UINT, def, low, high, unit, help, nullptr, offsetof(Options, name)},
#define ASSAY_ROW_REAL(name, def, low, high, unit, help)                                           \
    {#name, ASSAY_OPTION_REAL, def, low, high, unit, help, nullptr, offsetof(Options, name)},
#define ASSAY_ROW_BOOL(name, def, help)                                                            \
    {#name, ASSAY_OPTION_BOOL, def, 0, 1, "", help, nullptr, offsetof(Options, name)},
#define ASSAY_ROW_CHOICE(name, def, choices, help)                                                 \
    {#name,   ASSAY_OPTION_CHOICE,    def, 0, std::size(choices) - 2, "", help,                    \
     choices, offsetof(Options, name)},

#define ASSAY_FIELD_UINT(name, def, low, high, unit, help) uint64_t name;
#define ASSAY_FIELD_REAL(name, def, low, high, unit, help) double name;
#define ASSAY_FIELD_BOOL(name, def, help) uint64_t name;
#define ASSAY_FIELD_CHOICE(name, def, choices, help) uint64_t name;
