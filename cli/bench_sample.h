/* The same thing timed several times. */
#ifndef ASSAY_CLI_BENCH_SAMPLE_H
#define ASSAY_CLI_BENCH_SAMPLE_H

#include <stddef.h>

enum {
    BENCH_MOST_RUNS = 15
};

typedef struct bench_sample {
    size_t runs;
    double min_s, median_s, max_s;
    double spread; /* (max - min) / median */
} bench_sample;

/* Sorts `seconds`. count > 0. */
bench_sample bench_summarise(double* seconds, size_t count);

#endif
