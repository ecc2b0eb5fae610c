/* Sensitivity tables: CSV whose columns are those of the HAWQ authors' tables, as `assay
 * sensitivity` writes them. */
#ifndef ASSAY_SEARCH_SENSITIVITY_CSV_H
#define ASSAY_SEARCH_SENSITIVITY_CSV_H

#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_sensitivity_row {
    const char* layer;       /* column "layer"; never empty, no two rows share one */
    const char* name;        /* column "name"; "" without such a column */
    double avg_trace;        /* by parameter, any method's value */
    double d4_sq, d8_sq;     /* squared error of the weights at 4 and 8 bits, >= 0 */
    double parameters, macs; /* counts, >= 0 */
    double lat4_ms, lat8_ms; /* >= 0; all 0: not measured */
    double kl_4, kl_8;       /* divergences; NaN without such columns */
} assay_sensitivity_row;

typedef struct assay_sensitivity_table {
    char* text; /* what the rows' texts point into */
    assay_sensitivity_row* rows;
    size_t count; /* >= 1 */
} assay_sensitivity_table;

/* A first line that starts with '#' is a comment, then come the names of the columns, in any order;
 * columns that are not known are passed over. Counts of a column with fractions are in millions (so
 * is the authors' table of ResNet-50) and are multiplied. ASSAY_BAD_INPUT with a message per
 * mistake: file, line, column, value, legal range. Free with assay_sensitivity_free in every case.
 */
assay_status assay_sensitivity_load(const char* path, assay_sensitivity_table* out,
                                    assay_report* report);
void assay_sensitivity_free(assay_sensitivity_table* table);

#ifdef __cplusplus
}
#endif
#endif
