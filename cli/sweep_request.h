/* What the user asks of `assay sweep`: the option table and its meaning. */
#ifndef ASSAY_CLI_SWEEP_REQUEST_H
#define ASSAY_CLI_SWEEP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "arguments.h"
#include "assay/slurm.h"
#include "assay/sweep.h"

typedef enum sweep_format {
    SWEEP_TEXT,
    SWEEP_CSV,
    SWEEP_JSONL
} sweep_format;

/* Texts are borrowed from the command line. */
typedef struct sweep_request {
    const char* spec;
    assay_sweep_settings settings;
    bool slurm;
    assay_slurm_settings on_slurm;
    const char* cache; /* NULL: the default place */
    bool no_cache, dry_run, quiet;
    bool part; /* a shard: nothing but the store is written */
    const char* const* outs;
    size_t out_count;
    sweep_format format; /* on the standard output */
    assay_metric pareto[ASSAY_METRIC_COUNT];
    size_t pareto_count; /* 0: no front */
    const char *pareto_out, *sensitivity_out;
} sweep_request;

enum {
    SWEEP_STORE,
    SWEEP_NO_STORE,
    SWEEP_JOBS,
    SWEEP_LIMIT,
    SWEEP_DRY_RUN,
    SWEEP_OUT,
    SWEEP_FORMAT,
    SWEEP_PARETO,
    SWEEP_PARETO_OUT,
    SWEEP_SENSITIVITY_OUT,
    SWEEP_ENGINE,
    SWEEP_CHUNK,
    SWEEP_PARTITION,
    SWEEP_ACCOUNT,
    SWEEP_TIME,
    SWEEP_SBATCH_ARG,
    SWEEP_WORK_DIR,
    SWEEP_POINTS,
    SWEEP_SHARD,
    SWEEP_CACHE,
    SWEEP_NO_CACHE,
    SWEEP_QUIET,
    SWEEP_OPTION_COUNT
};
extern const cli_option sweep_options[SWEEP_OPTION_COUNT];

/* Every mistake within and between options adds a message. */
void sweep_request_read(const cli_arguments* arguments, sweep_request* request,
                        assay_report* report);
/* By the file's name; legal ones were checked. */
sweep_format sweep_format_of(const char* path);

#endif
