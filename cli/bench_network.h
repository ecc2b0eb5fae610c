/* Whole networks, tables and the store: what a user waits for. */
#ifndef ASSAY_CLI_BENCH_NETWORK_H
#define ASSAY_CLI_BENCH_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

/* MobileNet-V1, 224 x 224, batch 1, timing only, on bit_fusion_16x32; CPU seconds of the fastest of
 * `runs` processes, each of which asks nothing else. */
typedef struct bench_query {
    size_t runs;
    double load_s;    /* both files */
    double open_s;    /* elaboration */
    double answer_s;  /* mapping and simulation */
    double slowest_s; /* answer_s of the slowest process */
    double whole_s;   /* all of the process since its fork */
} bench_query;

/* Every pair of widths 2 .. 8 for MobileNet-V2 on bit_fusion_16x32, without a store. */
typedef struct bench_table {
    bool measured;
    unsigned jobs;
    size_t entries, simulated;
    double seconds; /* that a user waits */
} bench_table;

/* Seconds per answer of a measurement store on disk, least of several rounds. */
typedef struct bench_lookup {
    size_t entries;
    double get_s; /* the look-up */
    double key_s; /* making the key before it */
} bench_lookup;

typedef struct bench_network {
    bool skipped; /* a file is not there */
    bench_query query;
    bench_table table;
    bench_lookup lookup;
} bench_network;

/* `quick`: fewer processes, no table. Call it before this process uses a machine. */
assay_status bench_measure_network(const char* root, bool quick, bench_network* out,
                                   assay_report* report);

#endif
