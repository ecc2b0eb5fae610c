/* What the project promises of its speed, and what was measured of it. */
#ifndef ASSAY_CLI_BENCH_TARGETS_H
#define ASSAY_CLI_BENCH_TARGETS_H

#include "bench_runs.h"

typedef struct bench_target {
    char name[64];
    const char* unit; /* "" for a ratio */
    double value, target;
    bool at_least; /* else at most */
} bench_target;

enum {
    BENCH_TARGETS = 2 + BENCH_MACHINES + 3 + 2 + 4 /* at most */
};

/* Of the minima: noise of a shared machine only ever adds time. Those that were not measured are
 * left out. Returns how many there are. */
size_t bench_read_targets(const bench_figures* f, bench_target out[BENCH_TARGETS]);
bool bench_met(const bench_target* target);

#endif
