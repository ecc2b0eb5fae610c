/* The hardware that a command is told of by --hw, --set and --model. */
#ifndef ASSAY_CLI_HARDWARE_H
#define ASSAY_CLI_HARDWARE_H

#include "arguments.h"
#include "assay/sim.h"

/* Every --set must be KEY=VALUE, each key once; adds a message per mistake. */
void cli_check_sets(const char* const* sets, size_t count, assay_report* report);
/* "event" or "clocked". */
void cli_read_model(const cli_arguments* arguments, size_t option, assay_model* out,
                    assay_report* report);

/* Loads the file, makes the checked settings, and checks the rules between options. On failure *out
 * may be set: free it in every case. */
assay_status cli_load_hw(const char* path, const char* const* sets, size_t count, assay_hw** out,
                         assay_report* report);

#endif
