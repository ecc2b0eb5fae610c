/* The runs behind `assay bench`. */
#ifndef ASSAY_CLI_BENCH_RUNS_H
#define ASSAY_CLI_BENCH_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/sim.h"
#include "hash.h"

typedef struct bench_sample {
    size_t runs;
    double min_s, median_s, max_s;
    double spread; /* (max - min) / median */
} bench_sample;

typedef struct bench_figures {
    bench_sample timing, outputs, clocked, reference;
    struct {
        double generate_s, encode_s, simulate_s;
    } first; /* parts of the very first run, nothing cached */
    char signature[ASSAY_HASH_TEXT];
} bench_figures;

/* Runs DIR/traces/eie on DIR/hw_configs/eie_64pe.json. Can be interrupted between runs. */
assay_status bench_measure(const char* root, bool quick, bench_figures* out, assay_report* report);

/* Sorts `seconds`. count > 0. */
bench_sample bench_summarise(double* seconds, size_t count);

#endif
