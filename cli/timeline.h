/* The file of `assay run --timeline`: a trace that Perfetto and Chrome open (docs/formats.md). */
#ifndef ASSAY_CLI_TIMELINE_H
#define ASSAY_CLI_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "assay/sim.h"
#include "output.h"
#include "text.h"

enum {
    CLI_TIMELINE_MOST_EVENTS = 2000000, /* about 200 MB, which browsers still open */
    CLI_TIMELINE_ROWS = 32
};

typedef struct cli_timeline {
    cli_output_stream* stream; /* NULL: no timeline is wanted */
    uint64_t events;
    unsigned process;             /* of the workload that runs, from 1 */
    bool seen[CLI_TIMELINE_ROWS]; /* rows that the process has named */
    bool full;                    /* it would have had more than the limit */
    cli_text line;
} cli_timeline;

assay_status cli_timeline_open(cli_timeline* t, const char* path, assay_report* report);
/* What follows is a run of this workload. */
void cli_timeline_next(cli_timeline* t, const char* workload);
/* Makes the run tell the timeline, which must outlive it. Nothing without one. */
void cli_timeline_attach(cli_timeline* t, assay_run_settings* settings);
/* `results` [count] go into its head; `keep` false: no file. */
assay_status cli_timeline_close(cli_timeline* t, assay_result* const* results, size_t count,
                                bool keep, assay_report* report);

#endif
