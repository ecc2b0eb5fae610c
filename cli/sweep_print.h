/* A sweep on the screen. */
#ifndef ASSAY_CLI_SWEEP_PRINT_H
#define ASSAY_CLI_SWEEP_PRINT_H

#include "sweep_output.h"

/* Counts, the best points, what matters, and the fronts of `front` (NULL: none). */
void sweep_print_summary(assay_sweep* sweep, const sweep_request* request, const bool* front,
                         const assay_sweep_effect* effects, size_t effect_count, cli_text* out);

#endif
