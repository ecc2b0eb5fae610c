/* Whole files into memory, guarded against what a user may name by mistake or on purpose. */
#ifndef ASSAY_BASE_FILE_H
#define ASSAY_BASE_FILE_H

#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a regular file of 1 to `limit` bytes into *data (malloc'd: the caller frees it; a zero that
 * is not counted in *size follows the content). Never blocks on a FIFO or a device.
 * ASSAY_BAD_INPUT: missing, unreadable, not a regular file, empty, too large. ASSAY_IO: reading
 * failed. ASSAY_NO_MEMORY. One message names the path; on failure *data is NULL. */
assay_status assay_file_read(const char* path, size_t limit, char** data, size_t* size,
                             assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
