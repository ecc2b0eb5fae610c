/* Streams: an object per line. */
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "sheet.h"

typedef struct stream {
    const char* path;
    assay_sheet* sheet;
    assay_report* report;
} stream;

static bool add_value(assay_sheet* sheet, const assay_json* value) {
    char number[40] = "";
    switch (assay_json_kind_of(value)) {
    case ASSAY_JSON_STRING:
        return assay_sheet_add(sheet, assay_json_string(value), strlen(assay_json_string(value)));
    case ASSAY_JSON_NUMBER:
        assay_format_real(assay_json_number(value), number, sizeof number);
        break;
    case ASSAY_JSON_BOOL:
        snprintf(number, sizeof number, "%s", assay_json_bool(value) ? "true" : "false");
        break;
    default:
        break;
    }
    return assay_sheet_add(sheet, number, strlen(number));
}

static assay_status add_names(stream* s, const assay_json* row) {
    for (const assay_json* m = assay_json_first(row); m != NULL; m = assay_json_next(m)) {
        const char* name = assay_json_key(m);
        if (!assay_sheet_add(s->sheet, name, strlen(name))) {
            return ASSAY_NO_MEMORY;
        }
    }
    s->sheet->columns = assay_json_size(row);
    return s->sheet->columns <= ASSAY_SHEET_MAX_COLUMNS
               ? assay_sheet_check_names(s->sheet, s->path, s->report)
               : ASSAY_BAD_INPUT;
}

static assay_status check_value(const stream* s, size_t line, const char* name,
                                const assay_json* value) {
    if (value == NULL) {
        assay_report_add(s->report, "%s:%zu: %s: missing", s->path, line, name);
        return ASSAY_BAD_INPUT;
    }
    if (assay_json_kind_of(value) >= ASSAY_JSON_ARRAY) {
        assay_report_add(s->report, "%s:%zu: %s: must be a number, text, true, false or null",
                         s->path, line, name);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

static assay_status add_row(stream* s, size_t line, const assay_json* row) {
    assay_sheet* sheet = s->sheet;
    assay_status worst = ASSAY_OK;
    if (assay_json_size(row) != sheet->columns) {
        assay_report_add(s->report, "%s:%zu: %zu keys where the first line has %zu", s->path, line,
                         assay_json_size(row), sheet->columns);
        return ASSAY_BAD_INPUT;
    }
    for (size_t i = 0; i < sheet->columns; i++) {
        const assay_json* value = assay_json_get(row, assay_sheet_name(sheet, i));
        assay_status status = check_value(s, line, assay_sheet_name(sheet, i), value);
        worst = worst == ASSAY_OK ? status : worst;
        if (status == ASSAY_OK && !add_value(sheet, value)) {
            return ASSAY_NO_MEMORY;
        }
    }
    sheet->rows++;
    return worst;
}

static assay_status take_line(void* user, size_t line, const assay_json* row) {
    stream* s = user;
    assay_status status = s->sheet->columns == 0 ? add_names(s, row) : ASSAY_OK;
    return status == ASSAY_OK ? add_row(s, line, row) : status;
}

assay_status assay_sheet_from_jsonl(const char* path, const char* text, size_t size,
                                    assay_sheet* out, assay_report* report) {
    stream s = {path, out, report};
    return assay_lines_read(path, text, size, false, take_line, &s, report);
}
