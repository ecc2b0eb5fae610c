/* A timeline, gathered from the events of a trace and reduced to a fixed number of time slots. */
#ifndef ASSAY_REPORT_TIMELINE_H
#define ASSAY_REPORT_TIMELINE_H

#include <stddef.h>

#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_TIMELINE_SLOTS = 600, /* what a wide screen can show */
    ASSAY_TIMELINE_NAMED = 400, /* a row of at most so many slices keeps them with their names */
    ASSAY_TIMELINE_NAMES = 16,  /* different names in a row that are told apart */
    ASSAY_TIMELINE_TRACKS = 64, /* rows of a process, and as many counters */
    ASSAY_TIMELINE_PROCESSES = 64,
    ASSAY_TIMELINE_NAME = 96
};

typedef struct assay_timeline_point {
    double at, value; /* of a slice: begin and duration */
    const char* name; /* of a slice; borrowed from the document */
} assay_timeline_point;

typedef struct assay_timeline_track {
    double thread; /* of a row */
    char name[ASSAY_TIMELINE_NAME];
    assay_timeline_point* points; /* in the order of the file, which is that of time */
    size_t count, capacity;
} assay_timeline_track;

/* One workload: it begins at 0. */
typedef struct assay_timeline {
    double process, end;
    char name[ASSAY_TIMELINE_NAME];
    assay_timeline_track rows[ASSAY_TIMELINE_TRACKS], counters[ASSAY_TIMELINE_TRACKS];
    size_t row_count, counter_count;
    size_t left_out; /* events of tracks beyond the limit */
} assay_timeline;

/* {"name", "end", "left_out", "slots",
 *  "rows": [{"thread", "name", "count", "names": [...], "shares": [[of each slot], of each name],
 *            "slices": [[name, begin, duration], ...]}],
 *  "counters": [{"name", "mean": [of each slot], "max": [...]}]} */
void assay_timeline_write(const assay_timeline* timeline, assay_json_writer* out);

#ifdef __cplusplus
}
#endif
#endif
