/* The log of an earlier run, read line by line: what it answers need not be evaluated again. */
#ifndef ASSAY_SEARCH_REPLAY_H
#define ASSAY_SEARCH_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "log_line.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_replay {
    const char* path;
    char* text;     /* NULL: there is nothing to replay */
    size_t at, end; /* the unread part; what lies behind is torn or failed, and is cut off */
    size_t line;
    double wall_s; /* of the last line that was read */
} assay_replay;

/* Reads the log and compares its first line with `header`. A missing or empty file, or one whose
 * only line is torn, has nothing to replay. ASSAY_BAD_INPUT: not a log, or one of other settings;
 * every difference has its message. `path` is borrowed. */
assay_status assay_replay_open(const char* path, const char* header, assay_replay* out,
                               assay_report* report);
bool assay_replay_more(const assay_replay* replay);
/* The next line. ASSAY_BAD_INPUT: it answers another question than `line` states (its evaluation,
 * phase, x, hash and known); else the line's other members are filled in. */
assay_status assay_replay_next(assay_replay* replay, assay_log_line* line, assay_report* report);
void assay_replay_close(assay_replay* replay);

#ifdef __cplusplus
}
#endif
#endif
