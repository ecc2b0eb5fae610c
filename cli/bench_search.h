/* Searches: what an engine needs besides accuracy and simulations. */
#ifndef ASSAY_CLI_BENCH_SEARCH_H
#define ASSAY_CLI_BENCH_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

/* Of a search through files, as `assay search` does it, its log included. */
typedef struct bench_searched {
    size_t candidates;
    bool whole;     /* as many as the target is stated for */
    double seconds; /* that a user waits */
} bench_searched;

/* HAWQ-V3's nine integer programs for ResNet-18, each a search of its own. */
typedef struct bench_exact {
    bool skipped;     /* the table is not there */
    double slowest_s; /* CPU */
} bench_exact;

typedef struct bench_search {
    double evolution_s; /* CPU per candidate of 100 variables, mean */
    double ddpg_s;      /* CPU per episode of 100 steps, updates included, mean after the warm-up */
    size_t candidates, episodes; /* that these are means of */
    bench_searched table;
    bench_exact exact;
} bench_search;

/* `quick`: fewer of everything. */
assay_status bench_measure_search(bool quick, bench_search* out, assay_report* report);

#endif
