/* Names that the user may say, and what to answer to others. */
#ifndef ASSAY_CLI_NAMES_H
#define ASSAY_CLI_NAMES_H

#include <stddef.h>

#include "assay/status.h"

/* Adds "unknown WHAT "NAME", did you mean ...?", or the legal ones of the NULL-terminated `names`
 * when none is near. */
void cli_report_unknown(assay_report* report, const char* what, const char* name,
                        const char* const* names);

#endif
