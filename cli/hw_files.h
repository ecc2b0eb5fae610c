/* The hardware files of a folder. */
#ifndef ASSAY_CLI_HW_FILES_H
#define ASSAY_CLI_HW_FILES_H

#include <stddef.h>

#include "assay/status.h"

typedef struct hw_files {
    char** paths; /* sorted */
    char** names; /* file names without ".json"; NULL-terminated */
    size_t count;
} hw_files;

/* All *.json files of the folder. ASSAY_BAD_INPUT with a message when it cannot be read. Free with
 * hw_files_free in every case. */
assay_status hw_files_read(const char* directory, hw_files* out, assay_report* report);
void hw_files_free(hw_files* files);

#endif
