/* What a person sees of a finished search. */
#ifndef ASSAY_CLI_SEARCH_PRINT_H
#define ASSAY_CLI_SEARCH_PRINT_H

#include "assay/status.h"
#include "text.h"

/* What was found, what it costs, how far from the bound, beside the baselines, and where the files
 * are: from the summary.json of the folder. */
assay_status search_print(const char* folder, cli_text* out, assay_report* report);

#endif
