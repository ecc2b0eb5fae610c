/* Tables of a sweep as files. */
#ifndef ASSAY_CLI_SWEEP_OUTPUT_H
#define ASSAY_CLI_SWEEP_OUTPUT_H

#include "sweep_request.h"
#include "text.h"

/* A row, or a line, per point, in the order of points; those with selected[point], NULL: all. */
void sweep_print_points(assay_sweep* sweep, const bool* selected, sweep_format format,
                        cli_text* out);
/* A row per machine, workload, policy, metric and option, as CSV. */
void sweep_print_effects(assay_sweep* sweep, const assay_sweep_effect* effects, size_t count,
                         cli_text* out);

#endif
