/* What the user asks of `assay run`: the option table and its meaning. */
#ifndef ASSAY_CLI_RUN_REQUEST_H
#define ASSAY_CLI_RUN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "arguments.h"
#include "assay/sim.h"
#include "format.h"

/* Texts are borrowed from the command line. */
typedef struct run_request {
    const char* hw;
    const char* const* workloads;
    size_t workload_count;
    const char* const* sets; /* "key=value" each */
    size_t set_count;
    const char* const* layers;
    size_t layer_count;
    assay_workload_params params;
    assay_model model;
    const char* policy;             /* NULL: none */
    uint64_t w_bits, a_bits, batch; /* 0: not given */
    const char *vcd, *timeline;     /* NULL: none */
    bool check, outputs, per_pe, timing, quiet, no_cache;
    const char* cache; /* NULL: the default place */
    const cli_format* format;
    const char* out; /* NULL: standard output */
} run_request;

enum {
    RUN_HW,
    RUN_WORKLOAD,
    RUN_SET,
    RUN_MODEL,
    RUN_POLICY,
    RUN_W_BITS,
    RUN_A_BITS,
    RUN_BATCH,
    RUN_LAYER,
    RUN_INPUT,
    RUN_INPUT_INDEX,
    RUN_INPUT_SHAPE,
    RUN_SEED,
    RUN_CHECK,
    RUN_VCD,
    RUN_TIMELINE,
    RUN_PER_PE,
    RUN_NO_OUTPUTS,
    RUN_CACHE,
    RUN_NO_CACHE,
    RUN_TIMING,
    RUN_FORMAT,
    RUN_OUT,
    RUN_QUIET,
    RUN_OPTION_COUNT
};
extern const cli_option run_options[RUN_OPTION_COUNT];

/* Every mistake within and between options adds a message. */
void run_request_read(const cli_arguments* arguments, run_request* request, assay_report* report);

#endif
