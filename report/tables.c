/* Tables (`assay table`), and the rows of a table or of a sweep. */
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "inputs.h"
#include "quote.h"

enum {
    WHERE = 4400,
    MAX_BITS = 16
};

static const char* const matrices[] = {"cycles", "seconds", "energy_j", "dram_bytes", NULL};

/* ---- .json ---- */

static bool check_matrix(const assay_json* layer, const char* key, size_t widths, const char* where,
                         assay_report* report) {
    const assay_json* matrix = assay_json_get(layer, key);
    bool ok = matrix != NULL && assay_json_kind_of(matrix) == ASSAY_JSON_ARRAY &&
              assay_json_size(matrix) == widths;
    for (const assay_json* row = ok ? assay_json_first(matrix) : NULL; row != NULL && ok;
         row = assay_json_next(row)) {
        ok = assay_json_kind_of(row) == ASSAY_JSON_ARRAY && assay_json_size(row) == widths;
        for (const assay_json* x = ok ? assay_json_first(row) : NULL; x != NULL && ok;
             x = assay_json_next(x)) {
            ok = assay_json_kind_of(x) == ASSAY_JSON_NUMBER && assay_json_number(x) >= 0;
        }
    }
    if (!ok) {
        assay_report_add(report, "%s: %s: must be %zu rows of %zu numbers from 0 on", where, key,
                         widths, widths);
    }
    return ok;
}

static bool read_widths(const assay_json* root, const char* path, size_t* widths,
                        assay_report* report) {
    if (!assay_field_is(root, "bits", ASSAY_JSON_ARRAY, path, report)) {
        return false;
    }
    const assay_json* low = assay_json_first(assay_json_get(root, "bits"));
    const assay_json* high = low != NULL ? assay_json_next(low) : NULL;
    double from = low != NULL ? assay_json_number(low) : 0;
    double to = high != NULL ? assay_json_number(high) : 0;
    if (from < 1 || to < from || to > MAX_BITS || from != (int)from || to != (int)to) {
        assay_report_add(report, "%s: bits: must be two integers, 1 .. %d, in order", path,
                         MAX_BITS);
        return false;
    }
    *widths = (size_t)(to - from) + 1;
    return true;
}

static bool check_layer(const assay_json* layer, size_t widths, const char* where,
                        assay_report* report) {
    if (assay_json_kind_of(layer) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: must be an object", where);
        return false;
    }
    bool ok = assay_field_is(layer, "name", ASSAY_JSON_STRING, where, report);
    for (const char* const* key = matrices; *key != NULL; key++) {
        ok &= check_matrix(layer, *key, widths, where, report);
    }
    return ok;
}

static bool check_layers(const assay_json* root, size_t widths, const char* path,
                         assay_report* report) {
    char where[WHERE];
    size_t i = 0;
    bool ok = assay_field_is(root, "layers", ASSAY_JSON_ARRAY, path, report);
    const assay_json* layers = ok ? assay_json_get(root, "layers") : NULL;
    for (const assay_json* m = layers != NULL ? assay_json_first(layers) : NULL; m != NULL;
         m = assay_json_next(m)) {
        snprintf(where, sizeof where, "%s: layers[%zu]", path, i++);
        ok &= check_layer(m, widths, where, report);
    }
    return ok;
}

assay_status assay_input_table(const char* path, const assay_json* root, assay_json_writer* out,
                               assay_report* report) {
    static const char* const parts[] = {"hw", "workload", NULL};
    static const char* const keys[] = {"assay", "model", "hw", "workload", "bits", "layers", NULL};
    size_t widths = 0;
    bool ok = assay_fields_are(root, parts, ASSAY_JSON_OBJECT, path, report);
    ok &= read_widths(root, path, &widths, report) && check_layers(root, widths, path, report);
    if (!ok) {
        return ASSAY_BAD_INPUT;
    }
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "kind", "table");
    assay_json_write_string(out, "file", path);
    assay_copy_members(out, root, keys);
    assay_json_end_object(out);
    return ASSAY_OK;
}

/* ---- Rows ---- */

static const char* const table_numbers[] = {"w_bits",   "a_bits",     "cycles", "seconds",
                                            "energy_j", "dram_bytes", NULL};
static const char* const sweep_texts[] = {"hw", "workload", "policy", "status", "error", NULL};
static const char* const sweep_numbers[] = {"cycles",      "seconds",    "energy_j", "area_mm2",
                                            "utilisation", "dram_bytes", NULL};

/* How many of `names` are columns. */
static size_t count_known(const assay_sheet* sheet, const char* const* names) {
    size_t known = 0;
    for (; *names != NULL; names++) {
        known += assay_sheet_find(sheet, *names) < sheet->columns;
    }
    return known;
}

static bool check_columns(const assay_sheet* sheet, const char* const* names, const char* path,
                          assay_report* report) {
    bool ok = true;
    for (; *names != NULL; names++) {
        if (assay_sheet_find(sheet, *names) == sheet->columns) {
            assay_report_add(report, "%s:1: column %s: missing", path, *names);
            ok = false;
        }
    }
    return ok;
}

/* Numbers, or nothing where a point failed. Lines are those of the rows: a field with a line break
 * shifts them. */
static bool check_numbers(const assay_sheet* sheet, const char* const* names, bool may_be_empty,
                          const char* path, assay_report* report) {
    bool ok = true;
    for (; *names != NULL; names++) {
        size_t column = assay_sheet_find(sheet, *names);
        for (size_t row = 0; column < sheet->columns && row < sheet->rows; row++) {
            double number;
            const char* cell = assay_sheet_cell(sheet, row, column);
            if (!(may_be_empty && cell[0] == '\0') && !assay_sheet_number(cell, &number)) {
                assay_report_add(report, "%s: row %zu: %s: %s is not a number", path, row + 1,
                                 *names, assay_quote(cell).text);
                ok = false;
            }
        }
    }
    return ok;
}

static assay_status write_sheet(const char* path, const char* kind, const assay_sheet* sheet,
                                assay_json_writer* out) {
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "kind", kind);
    assay_json_write_string(out, "file", path);
    assay_json_write_uint(out, "rows", sheet->rows);
    assay_status status = assay_sheet_write(sheet, out);
    assay_json_end_object(out);
    return status;
}

assay_status assay_input_sheet(const char* path, const assay_sheet* sheet, assay_json_writer* out,
                               assay_report* report) {
    bool sweep = count_known(sheet, sweep_texts) >= 3;
    const char* const* numbers = sweep ? sweep_numbers : table_numbers;
    if (!sweep && (assay_sheet_find(sheet, "layer") == sheet->columns ||
                   count_known(sheet, table_numbers) < 3)) {
        assay_report_add(report,
                         "%s: not a result of run, table, sweep or search, and no timeline (of CSV "
                         "files, those of sweep and of table)",
                         path);
        return ASSAY_BAD_INPUT;
    }
    bool ok = !sweep || check_columns(sheet, sweep_texts, path, report);
    ok &= check_columns(sheet, numbers, path, report);
    ok &= check_numbers(sheet, numbers, sweep, path, report);
    return ok ? write_sheet(path, sweep ? "sweep" : "table_rows", sheet, out) : ASSAY_BAD_INPUT;
}
