/* What a progress line says: a pure function of the numbers, so that it can be tested without time.
 */
#ifndef ASSAY_BASE_PROGRESS_LINE_H
#define ASSAY_BASE_PROGRESS_LINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_progress_view {
    const char *title, *unit;
    const char* label; /* what is being done now; any text, "" for none */
    uint64_t done, total;
    double elapsed_s;
    size_t width; /* columns; 0: no bar and no limit, as for a log file */
} assay_progress_view;

/* "title [====>    ]  43% 3/7 layers, 12.3 layers/s, 0:05 left: label". The label is made printable
 * and cut first where columns are short. `size` >= 64; returns the length. */
size_t assay_progress_line(const assay_progress_view* view, char* text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
