/* The tasks and algorithms of searches, for `assay list`. */
#ifndef ASSAY_CLI_LIST_SEARCH_H
#define ASSAY_CLI_LIST_SEARCH_H

#include "assay/status.h"
#include "sheet.h"

/* As in list_tables.h; there are no folders of these. */
assay_status list_tasks(sheet* out, const char* directory, assay_report* report);
assay_status list_algorithms(sheet* out, const char* directory, assay_report* report);
/* Options. */
assay_status list_task(sheet* out, const char* name, const char* directory, assay_report* report);
assay_status list_algorithm(sheet* out, const char* name, const char* directory,
                            assay_report* report);

#endif
