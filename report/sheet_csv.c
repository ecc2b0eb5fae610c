/* CSV as RFC 4180 has it: quoted fields may hold commas, line breaks and doubled quotes. */
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "sheet.h"

typedef struct scan {
    const char *path, *at, *end;
    size_t line; /* from 1 */
    char* field; /* room for the longest: the whole text */
    assay_sheet* sheet;
    assay_report* report;
} scan;

static bool is_utf8(const char* text, size_t size) {
    for (size_t i = 0, step; i < size; i += step) {
        step = assay_utf8_length(text + i, size - i, NULL);
        if (step == 0 || text[i] == '\0') {
            return false;
        }
    }
    return true;
}

static assay_status complain(const scan* s, size_t line, const char* what) {
    assay_report_add(s->report, "%s:%zu: %s", s->path, line, what);
    return ASSAY_BAD_INPUT;
}

static assay_status read_quoted(scan* s, size_t* size) {
    size_t first = s->line;
    for (s->at++; s->at < s->end; s->at++) {
        if (*s->at == '"' && (s->at + 1 == s->end || s->at[1] != '"')) {
            s->at++;
            return ASSAY_OK;
        }
        s->at += *s->at == '"';
        s->line += *s->at == '\n';
        s->field[(*size)++] = *s->at;
    }
    return complain(s, first, "a quote that does not end");
}

static assay_status read_field(scan* s, size_t* size) {
    *size = 0;
    if (s->at < s->end && *s->at == '"') {
        return read_quoted(s, size);
    }
    while (s->at < s->end && strchr(",\n\r", *s->at) == NULL) {
        s->field[(*size)++] = *s->at++;
    }
    return ASSAY_OK;
}

/* The end of a field: true when the row goes on. */
static assay_status pass_separator(scan* s, bool* more) {
    *more = s->at < s->end && *s->at == ',';
    if (*more) {
        s->at++;
        return ASSAY_OK;
    }
    s->at += s->at < s->end && *s->at == '\r';
    if (s->at < s->end && *s->at != '\n') {
        return complain(s, s->line, "text after a closing quote, or a line ended by a bare CR");
    }
    s->at += s->at < s->end;
    s->line++;
    return ASSAY_OK;
}

static assay_status read_row(scan* s, size_t* fields) {
    bool more = true;
    for (*fields = 0; more; (*fields)++) {
        size_t size = 0;
        assay_status status = read_field(s, &size);
        if (status == ASSAY_OK && !is_utf8(s->field, size)) {
            status = complain(s, s->line, "not UTF-8 text");
        }
        if (status == ASSAY_OK && *fields == ASSAY_SHEET_MAX_COLUMNS) {
            status = complain(s, s->line, "more than 512 columns");
        }
        if (status == ASSAY_OK && !assay_sheet_add(s->sheet, s->field, size)) {
            status = ASSAY_NO_MEMORY;
        }
        status = status == ASSAY_OK ? pass_separator(s, &more) : status;
        if (status != ASSAY_OK) {
            return status;
        }
    }
    return ASSAY_OK;
}

/* Rows of other lengths are told one by one; what breaks the grammar ends the reading. */
static assay_status read_rows(scan* s) {
    assay_sheet* sheet = s->sheet;
    assay_status status = read_row(s, &sheet->columns);
    assay_status worst = status;
    while (status == ASSAY_OK && s->at < s->end) {
        size_t fields, line = s->line, before = sheet->cell_count;
        status = read_row(s, &fields);
        if (status == ASSAY_OK && fields != sheet->columns) {
            assay_report_add(s->report, "%s:%zu: %zu columns where the first line has %zu", s->path,
                             line, fields, sheet->columns);
            sheet->cell_count = before;
            worst = ASSAY_BAD_INPUT;
        }
        sheet->rows += status == ASSAY_OK;
    }
    return status != ASSAY_OK ? status : worst;
}

assay_status assay_sheet_from_csv(const char* path, const char* text, size_t size, assay_sheet* out,
                                  assay_report* report) {
    scan s = {path, text, text + size, 1, malloc(size + 1), out, report};
    assay_status status = s.field != NULL ? read_rows(&s) : ASSAY_NO_MEMORY;
    free(s.field);
    if (status == ASSAY_OK) {
        status = assay_sheet_check_names(out, path, report);
    }
    if (status == ASSAY_OK && out->rows == 0) {
        assay_report_add(report, "%s: no rows", path);
        status = ASSAY_BAD_INPUT;
    }
    return status;
}
