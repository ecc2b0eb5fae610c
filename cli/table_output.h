/* What `assay table` writes: one function per format. */
#ifndef ASSAY_CLI_TABLE_OUTPUT_H
#define ASSAY_CLI_TABLE_OUTPUT_H

#include <stddef.h>

#include "assay/sim.h"
#include "text.h"

/* A measured table: the matrix layers of a workload, over all pairs of widths. */
typedef struct measured_table {
    const assay_hw* hw;
    const assay_workload* workload;
    assay_model model;
    unsigned low, high;
    const size_t* layers; /* [layer_count] indices into the workload */
    size_t layer_count;
    const assay_measurement* entries; /* [layer][w - low][a - low] */
} measured_table;

/* Fills `out` with the bytes of the file. */
typedef struct table_format {
    const char* ending; /* of file names */
    assay_status (*print)(const measured_table* table, cli_text* out);
} table_format;

/* By the ending of the name; NULL if it is none of ours. */
const table_format* table_format_of(const char* path);

/* For people: cycles per layer where both widths are equal. */
void table_print_summary(const measured_table* table, cli_text* out);

/* Widths from low to high. */
size_t table_widths(const measured_table* table);
const assay_measurement* table_entry(const measured_table* table, size_t layer, unsigned w_bits,
                                     unsigned a_bits);

#endif
