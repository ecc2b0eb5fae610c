/* Progress as events to a callback: the library reports, the program draws. */
#ifndef ASSAY_BASE_PROGRESS_H
#define ASSAY_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A bar on a terminal (redrawn at most 10 times a second: bar, percent, rate, ETA, label), plain
 * lines at most every `quiet_seconds` when the stream is not a terminal. Writes to `stream` (stderr
 * by custom). Wall clock is used for display only. */
typedef struct assay_progress assay_progress;
assay_progress* assay_progress_new(FILE* stream, const char* title, uint64_t total,
                                   const char* unit);
void assay_progress_step(assay_progress* progress, uint64_t done, const char* label);
/* Clears or closes the line and frees. */
void assay_progress_end(assay_progress** progress);

#ifdef __cplusplus
}
#endif
#endif
