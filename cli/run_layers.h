/* --layer NAME: names may belong to any of the workloads of a call. */
#ifndef ASSAY_CLI_RUN_LAYERS_H
#define ASSAY_CLI_RUN_LAYERS_H

#include <stddef.h>

#include "assay/sim.h"

/* Each name must occur in some workload, and each workload must have some of the names. */
assay_status run_layers_check(const char* const* names, size_t name_count,
                              const assay_workload* const* workloads, size_t workload_count,
                              assay_report* report);

/* Those of the names that the workload has, NULL-terminated, to be freed; NULL when out of memory.
 */
const char** run_layers_of(const assay_workload* workload, const char* const* names,
                           size_t name_count);

#endif
