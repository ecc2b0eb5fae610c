/* What `assay run` prints: one function per format. */
#ifndef ASSAY_CLI_FORMAT_H
#define ASSAY_CLI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/sim.h"
#include "json.h"
#include "text.h"

/* The runs of one call: one machine, one result per workload, in the user's order. */
typedef struct cli_runs {
    const assay_hw* hw;
    assay_result* const* results;
    const assay_workload* const* workloads; /* [count], what the results are of */
    size_t count;
    bool per_pe; /* with the counters of every PE (JSON) */
} cli_runs;

typedef struct cli_format {
    const char* name;
    void (*print)(const cli_runs* runs, cli_text* out);
} cli_format;

extern const cli_format cli_format_text, cli_format_json, cli_format_csv;

/* Moves the JSON text and a newline to `out`; frees the writer. */
void cli_json_finish(assay_json_writer** writer, cli_text* out);

#endif
