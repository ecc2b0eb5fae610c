/* The folder of a search and the files in it. */
#ifndef ASSAY_SEARCH_FILES_H
#define ASSAY_SEARCH_FILES_H

#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "folder/name", malloc'd. NULL: out of memory. */
char* assay_path_in(const char* folder, const char* name);
/* The folder and those it is in, where they are missing. ASSAY_IO with a message. */
assay_status assay_folder_make(const char* path, assay_report* report);
/* The file appears whole or not at all. ASSAY_IO with a message; ASSAY_NO_MEMORY, also for a text
 * that is NULL. */
assay_status assay_file_replace(const char* folder, const char* name, const char* text, size_t size,
                                assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
