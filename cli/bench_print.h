/* The figures of assay bench as text and as JSON. */
#ifndef ASSAY_CLI_BENCH_PRINT_H
#define ASSAY_CLI_BENCH_PRINT_H

#include "bench_runs.h"
#include "text.h"

void bench_print_text(const bench_figures* f, cli_text* out);
void bench_print_json(const bench_figures* f, cli_text* out);

#endif
