/* Rows of a CSV file (RFC 4180) or of a JSON stream, as texts. */
#ifndef ASSAY_REPORT_SHEET_H
#define ASSAY_REPORT_SHEET_H

#include <stddef.h>

#include "assay/status.h"
#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_SHEET_MAX_COLUMNS = 512
};

/* Zero-initialise; free with assay_sheet_free in every case. */
typedef struct assay_sheet {
    char* text; /* what the cells point into */
    size_t text_size, text_capacity;
    size_t* cells; /* [rows + 1][columns] offsets into text; the first row are the names */
    size_t cell_count, cell_capacity;
    size_t columns, rows; /* rows: without the names */
} assay_sheet;

/* At least one column and one row. ASSAY_BAD_INPUT: rows of other lengths, a name that is missing
 * or there twice, text that is not UTF-8; every such line is named. */
assay_status assay_sheet_from_csv(const char* path, const char* text, size_t size, assay_sheet* out,
                                  assay_report* report);
/* An object of numbers, texts, booleans and nulls per line, all with the keys of the first. */
assay_status assay_sheet_from_jsonl(const char* path, const char* text, size_t size,
                                    assay_sheet* out, assay_report* report);
void assay_sheet_free(assay_sheet* sheet);

const char* assay_sheet_name(const assay_sheet* sheet, size_t column);
const char* assay_sheet_cell(const assay_sheet* sheet, size_t row, size_t column);
/* The column's index, or sheet->columns. */
size_t assay_sheet_find(const assay_sheet* sheet, const char* name);
/* Whether a cell is one finite number and nothing else. */
bool assay_sheet_number(const char* cell, double* out);

/* {"names": [...], "columns": [...]}: a column of numbers as an array (null: empty), any other as
 * {"values": [different texts], "codes": [index per row]}, which is small and quick to group. */
assay_status assay_sheet_write(const assay_sheet* sheet, assay_json_writer* out);

/* ---- For the readers ---- */
bool assay_sheet_add(assay_sheet* sheet, const char* bytes, size_t size);
assay_status assay_sheet_check_names(const assay_sheet* sheet, const char* path,
                                     assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
