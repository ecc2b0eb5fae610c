/* The lists behind `assay list`. */
#ifndef ASSAY_CLI_LIST_TABLES_H
#define ASSAY_CLI_LIST_TABLES_H

#include "assay/options.h"
#include "assay/status.h"
#include "sheet.h"

/* `directory` is where hardware or network files are looked for; the others do not use it. Unknown
 * names are ASSAY_BAD_INPUT with a suggestion. */
assay_status list_accelerators(sheet* out, const char* directory, assay_report* report);
assay_status list_importers(sheet* out, const char* directory, assay_report* report);
assay_status list_hardware(sheet* out, const char* directory, assay_report* report);
/* Layers that an array runs of all, MACs of one image and weights. */
assay_status list_networks(sheet* out, const char* directory, assay_report* report);

/* A table of options. */
void list_options(sheet* out, const assay_option_table* table);

/* Options, counters and stall causes. */
assay_status list_accelerator(sheet* out, const char* name, const char* directory,
                              assay_report* report);
assay_status list_importer(sheet* out, const char* name, const char* directory,
                           assay_report* report);
/* The value of every option. */
assay_status list_one_hardware(sheet* out, const char* name, const char* directory,
                               assay_report* report);
/* Op, MACs and weights of every layer. */
assay_status list_network(sheet* out, const char* name, const char* directory,
                          assay_report* report);

#endif
