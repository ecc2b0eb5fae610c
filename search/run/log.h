/* The log of a search: a header, then a line per evaluation, on the disk after every batch. */
#ifndef ASSAY_SEARCH_LOG_H
#define ASSAY_SEARCH_LOG_H

#include "log_line.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_log {
    const char* path;
    int fd;
    size_t keep;   /* bytes of an earlier run; what lies behind is cut off by the first write */
    bool cut;      /* that was done */
    char* pending; /* lines that were added, not yet written */
    size_t size, capacity;
} assay_log;

/* Opens or creates the file and locks it: one search at a time. ASSAY_IO with a message. `path` is
 * borrowed. */
assay_status assay_log_open(const char* path, assay_log* out, assay_report* report);
/* `text` and a line break. ASSAY_NO_MEMORY. */
assay_status assay_log_add_text(assay_log* log, const char* text);
assay_status assay_log_add(assay_log* log, const assay_log_line* line);
/* ASSAY_IO: what could be written is there; the next run cuts off a torn line. */
assay_status assay_log_flush(assay_log* log, assay_report* report);
/* Cuts off what lies behind the lines of an earlier run, if nothing was written yet. ASSAY_IO. */
assay_status assay_log_trim(assay_log* log, assay_report* report);
/* Syncs the file. */
void assay_log_close(assay_log* log);

#ifdef __cplusplus
}
#endif
#endif
