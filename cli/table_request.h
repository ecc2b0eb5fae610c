/* What the user asks of `assay table`: the option table and its meaning. */
#ifndef ASSAY_CLI_TABLE_REQUEST_H
#define ASSAY_CLI_TABLE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "arguments.h"
#include "assay/sim.h"
#include "table_output.h"

/* Texts are borrowed from the command line. */
typedef struct table_request {
    const char *hw, *workload;
    assay_workload_params params;
    const char* const* sets; /* "key=value" each */
    size_t set_count;
    assay_model model;
    unsigned low, high; /* widths */
    uint64_t batch;     /* 0: the machine's, or the workload's */
    unsigned jobs;
    const char* store; /* NULL: the default place */
    bool no_store, quiet;
    const char* const* outs;
    size_t out_count; /* 0: a summary to standard output */
} table_request;

enum {
    TABLE_HW,
    TABLE_WORKLOAD,
    TABLE_SET,
    TABLE_MODEL,
    TABLE_BITS,
    TABLE_BATCH,
    TABLE_INPUT_SHAPE,
    TABLE_JOBS,
    TABLE_STORE,
    TABLE_NO_STORE,
    TABLE_OUT,
    TABLE_QUIET,
    TABLE_OPTION_COUNT
};
extern const cli_option table_options[TABLE_OPTION_COUNT];

/* Every mistake within and between options adds a message. */
void table_request_read(const cli_arguments* arguments, table_request* request,
                        assay_report* report);

#endif
