/* Event against clocked model, layer by layer, for every machine. */
#ifndef ASSAY_CLI_BENCH_LAYERS_H
#define ASSAY_CLI_BENCH_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "assay/sim.h"
#include "bench_sample.h"
#include "hash.h"

enum {
    BENCH_MACHINES = 5,
    BENCH_LAYERS = 3 /* at most, per machine */
};

typedef struct bench_layer {
    char name[32];
    unsigned bits;   /* of weights and activations; 0: the machine's own */
    uint64_t cycles; /* by both models */
    /* Simulation alone: how a layer is tiled or encoded, which is the same for both models, is not
     * in it. One run before the samples fills the caches. */
    bench_sample event, clocked;
} bench_layer;

typedef struct bench_machine {
    const char* hw;      /* file name without ".json" */
    const char* setting; /* what was changed to keep the clocked model small, or "" */
    bool skipped;        /* a file of it is not there */
    bench_layer layers[BENCH_LAYERS];
    size_t count;
    double geomean, minimum;         /* of the minima, clocked / event */
    char signature[ASSAY_HASH_TEXT]; /* over the counters of the layers, event model */
} bench_machine;

/* Runs the machines of ROOT/hw_configs, each in a process of its own. `quick`: one clocked run per
 * layer is timed. ASSAY_MISMATCH: the models do not agree on the cycles of a layer. */
assay_status bench_measure_machines(const char* root, bool quick, bench_machine out[BENCH_MACHINES],
                                    assay_report* report);

#endif
