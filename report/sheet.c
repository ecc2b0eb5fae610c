#include "sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"

static bool grow(void** memory, size_t* capacity, size_t needed, size_t size) {
    if (needed <= *capacity) {
        return true;
    }
    size_t more = 2 * needed + 64;
    void* bigger = realloc(*memory, more * size);
    if (bigger == NULL) {
        return false;
    }
    *memory = bigger;
    *capacity = more;
    return true;
}

bool assay_sheet_add(assay_sheet* sheet, const char* bytes, size_t size) {
    void* text = sheet->text;
    void* cells = sheet->cells;
    bool ok = grow(&text, &sheet->text_capacity, sheet->text_size + size + 1, 1);
    sheet->text = text;
    ok = ok && grow(&cells, &sheet->cell_capacity, sheet->cell_count + 1, sizeof *sheet->cells);
    sheet->cells = cells;
    if (ok) {
        sheet->cells[sheet->cell_count++] = sheet->text_size;
        memcpy(sheet->text + sheet->text_size, bytes, size);
        sheet->text[sheet->text_size + size] = '\0';
        sheet->text_size += size + 1;
    }
    return ok;
}

void assay_sheet_free(assay_sheet* sheet) {
    free(sheet->text);
    free(sheet->cells);
    *sheet = (assay_sheet){0};
}

const char* assay_sheet_name(const assay_sheet* sheet, size_t column) {
    return sheet->text + sheet->cells[column];
}

const char* assay_sheet_cell(const assay_sheet* sheet, size_t row, size_t column) {
    return sheet->text + sheet->cells[(row + 1) * sheet->columns + column];
}

size_t assay_sheet_find(const assay_sheet* sheet, const char* name) {
    size_t i = 0;
    while (i < sheet->columns && strcmp(assay_sheet_name(sheet, i), name) != 0) {
        i++;
    }
    return i;
}

bool assay_sheet_number(const char* cell, double* out) {
    char* end = NULL;
    if (strspn(cell, "+-.0123456789eE") != strlen(cell) || cell[0] == '\0') {
        return false;
    }
    *out = strtod(cell, &end);
    return *end == '\0' && isfinite(*out);
}

assay_status assay_sheet_check_names(const assay_sheet* sheet, const char* path,
                                     assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < sheet->columns; i++) {
        const char* name = assay_sheet_name(sheet, i);
        if (name[0] == '\0') {
            assay_report_add(report, "%s:1: column %zu has no name", path, i + 1);
            status = ASSAY_BAD_INPUT;
        } else if (assay_sheet_find(sheet, name) < i) {
            assay_report_add(report, "%s:1: column %s is there twice", path,
                             assay_quote(name).text);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

/* ---- Writing ---- */

static bool is_numeric(const assay_sheet* sheet, size_t column) {
    double number;
    bool any = false;
    for (size_t row = 0; row < sheet->rows; row++) {
        const char* cell = assay_sheet_cell(sheet, row, column);
        if (cell[0] != '\0' && !assay_sheet_number(cell, &number)) {
            return false;
        }
        any = any || cell[0] != '\0';
    }
    return any;
}

static void write_numbers(const assay_sheet* sheet, size_t column, assay_json_writer* out) {
    assay_json_begin_array(out, NULL);
    for (size_t row = 0; row < sheet->rows; row++) {
        double number = NAN; /* is written as null */
        assay_sheet_number(assay_sheet_cell(sheet, row, column), &number);
        assay_json_write_real(out, NULL, number);
    }
    assay_json_end_array(out);
}

typedef struct entry {
    const char* text;
    size_t row;
} entry;

static int by_text(const void* a, const void* b) {
    const entry *left = a, *right = b;
    int order = strcmp(left->text, right->text);
    return order != 0 ? order : (left->row > right->row) - (left->row < right->row);
}

/* Sorts the rows by text, writes each different text once, and leaves the codes by row. */
static void write_texts(entry* entries, size_t* codes, size_t count, assay_json_writer* out) {
    size_t code = 0;
    qsort(entries, count, sizeof *entries, by_text);
    assay_json_begin_array(out, "values");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(entries[i].text, entries[i - 1].text) != 0) {
            assay_json_write_string(out, NULL, entries[i].text);
            code++;
        }
        codes[entries[i].row] = code - 1;
    }
    assay_json_end_array(out);
    assay_json_begin_array(out, "codes");
    for (size_t row = 0; row < count; row++) {
        assay_json_write_uint(out, NULL, codes[row]);
    }
    assay_json_end_array(out);
}

static assay_status write_column(const assay_sheet* sheet, size_t column, assay_json_writer* out) {
    if (is_numeric(sheet, column)) {
        write_numbers(sheet, column, out);
        return ASSAY_OK;
    }
    entry* entries = calloc(sheet->rows, sizeof *entries);
    size_t* codes = calloc(sheet->rows, sizeof *codes);
    bool ok = entries != NULL && codes != NULL;
    for (size_t row = 0; ok && row < sheet->rows; row++) {
        entries[row] = (entry){assay_sheet_cell(sheet, row, column), row};
    }
    if (ok) {
        assay_json_begin_object(out, NULL);
        write_texts(entries, codes, sheet->rows, out);
        assay_json_end_object(out);
    }
    free(entries);
    free(codes);
    return ok ? ASSAY_OK : ASSAY_NO_MEMORY;
}

assay_status assay_sheet_write(const assay_sheet* sheet, assay_json_writer* out) {
    assay_status status = ASSAY_OK;
    assay_json_begin_array(out, "names");
    for (size_t i = 0; i < sheet->columns; i++) {
        assay_json_write_string(out, NULL, assay_sheet_name(sheet, i));
    }
    assay_json_end_array(out);
    assay_json_begin_array(out, "columns");
    for (size_t i = 0; i < sheet->columns && status == ASSAY_OK; i++) {
        status = write_column(sheet, i, out);
    }
    assay_json_end_array(out);
    return status;
}
