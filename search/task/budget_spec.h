/* What --budget says: "latency=0.6", of the reference; "latency=3ms", absolute. */
#ifndef ASSAY_SEARCH_BUDGET_SPEC_H
#define ASSAY_SEARCH_BUDGET_SPEC_H

#include <stdbool.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_budget_spec {
    const char* metric; /* static: "latency", "energy", "size", "bops", "area", "power" */
    bool relative;      /* `value` is a fraction of the task's reference */
    double value;       /* > 0, or >= 0 where it is relative; else in seconds, joules, bytes,
                           operations, mm2, watts */
} assay_budget_spec;

/* Units: s, ms, us, ns; J, mJ, uJ, nJ; B, kB, MB, KiB, MiB; ops, Mops, Gops, Tops; mm2; W, mW.
 * `metrics`: the NULL-terminated names that the task knows. False: a message was added. */
bool assay_budget_read(const char* text, const char* const* metrics, assay_budget_spec* out,
                       assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
