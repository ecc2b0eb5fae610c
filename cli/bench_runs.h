/* The runs behind `assay bench`. */
#ifndef ASSAY_CLI_BENCH_RUNS_H
#define ASSAY_CLI_BENCH_RUNS_H

#include <stdbool.h>

#include "assay/sim.h"
#include "bench_accuracy.h"
#include "bench_layers.h"
#include "bench_network.h"
#include "bench_sample.h"
#include "bench_search.h"
#include "hash.h"

typedef struct bench_figures {
    bench_sample timing, outputs, clocked, reference;
    struct {
        double generate_s, encode_s, simulate_s;
    } first; /* parts of the very first run, nothing cached */
    bench_machine machines[BENCH_MACHINES];
    bench_network network;
    bench_accuracy accuracy;
    bench_search search;
    /* Over the nine EIE layers and the machines that were not skipped. */
    char signature[ASSAY_HASH_TEXT];
} bench_figures;

/* Runs ROOT/traces on ROOT/hw_configs. ASSAY_BAD_INPUT if FC6 or the published EIE is missing;
 * others are skipped. Can be interrupted between runs. */
assay_status bench_measure(const char* root, bool quick, bench_figures* out, assay_report* report);

#endif
