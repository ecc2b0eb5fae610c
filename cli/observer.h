/* What a person sees of a running simulation: progress, notes, and that Ctrl-C is heard. */
#ifndef ASSAY_CLI_OBSERVER_H
#define ASSAY_CLI_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/sim.h"
#include "progress.h"
#include "text.h"

typedef struct cli_observer {
    assay_progress* bar; /* NULL when quiet */
    const char* workload;
    uint64_t done_before, share; /* steps before this workload, and of it */
    cli_text notes;              /* printed after the bar is gone */
    bool notes_wanted;
} cli_observer;

enum {
    CLI_STEPS_PER_LAYER = 1000
};

void cli_observer_begin(cli_observer* observer, size_t layers, bool quiet, bool notes_wanted);
/* The next workload, of so many layers. */
void cli_observer_next(cli_observer* observer, const assay_workload* workload);
/* Makes the run report to the observer, which must outlive it. */
void cli_observer_attach(cli_observer* observer, assay_run_settings* settings);
/* Removes the bar and prints the notes on the standard error stream. */
void cli_observer_end(cli_observer* observer);

#endif
