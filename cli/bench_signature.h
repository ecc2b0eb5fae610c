/* One number that says whether any counter changed. */
#ifndef ASSAY_CLI_BENCH_SIGNATURE_H
#define ASSAY_CLI_BENCH_SIGNATURE_H

#include "assay/sim.h"
#include "hash.h"

/* XXH3 over every cycle count and counter, of layers and of PEs, of the nine EIE benchmark layers
 * in ROOT/traces/eie. Costs are left out: they follow from the counters. */
assay_status bench_signature(const char* root, assay_machine* machine,
                             const assay_run_settings* settings, char signature[ASSAY_HASH_TEXT],
                             assay_report* report);

/* The cycle counts and counters of one layer. */
void bench_hash_layer(assay_hasher* hasher, const assay_layer_result* layer);

#endif
