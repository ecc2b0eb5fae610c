/* Inputs of a page. Each reader checks its input first and then writes one object,
 * {"kind": ..., "file": ..., ...}, so that a mistake leaves nothing half written. All return
 * ASSAY_BAD_INPUT with a message per mistake. */
#ifndef ASSAY_REPORT_INPUTS_H
#define ASSAY_REPORT_INPUTS_H

#include <stddef.h>

#include "assay/status.h"
#include "json.h"
#include "sheet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A file, or the folder of a search; what it is shows in its content. */
assay_status assay_input_read(const char* path, assay_json_writer* out, assay_report* report);

/* `assay run --format json`, one or several. */
assay_status assay_input_runs(const char* path, const assay_json* root, assay_json_writer* out,
                              assay_report* report);
/* `assay table`, .json. */
assay_status assay_input_table(const char* path, const assay_json* root, assay_json_writer* out,
                               assay_report* report);
/* `assay run --timeline`. */
assay_status assay_input_timeline(const char* path, const assay_json* root, assay_json_writer* out,
                                  assay_report* report);
/* `assay table`, .csv, and `assay sweep`, .csv or .jsonl. */
assay_status assay_input_sheet(const char* path, const assay_sheet* sheet, assay_json_writer* out,
                               assay_report* report);
/* The folder of `assay search`. */
assay_status assay_input_search(const char* path, assay_json_writer* out, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
