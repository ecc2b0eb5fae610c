/* JSON streams, line by line. */
#ifndef ASSAY_REPORT_LINES_H
#define ASSAY_REPORT_LINES_H

#include <stddef.h>

#include "assay/status.h"
#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef assay_status (*assay_line_reader)(void* user, size_t line, const assay_json* object);

/* Calls `take` for each line, from 1; goes on after ASSAY_BAD_INPUT, so that all mistakes are told,
 * and ends with the first failure. `killed`: a last line without a line feed is what a killed
 * program was writing, and is passed over. */
assay_status assay_lines_read(const char* path, const char* text, size_t size, bool killed,
                              assay_line_reader take, void* user, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
