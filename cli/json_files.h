/* The JSON files of a folder: hardware, or networks. */
#ifndef ASSAY_CLI_JSON_FILES_H
#define ASSAY_CLI_JSON_FILES_H

#include <stddef.h>

#include "assay/status.h"

typedef struct json_files {
    char** paths; /* sorted */
    char** names; /* file names without ".json"; NULL-terminated */
    size_t count;
} json_files;

/* All *.json files of the folder. ASSAY_BAD_INPUT with a message when it cannot be read. Free with
 * json_files_free in every case. */
assay_status json_files_read(const char* directory, json_files* out, assay_report* report);
void json_files_free(json_files* files);

/* Calls `use` with the path of the folder's file of that name; `kind` is what such files are, for
 * the message when there is none. */
assay_status json_files_find(const char* directory, const char* kind, const char* name,
                             assay_status (*use)(void* user, const char* path,
                                                 assay_report* report),
                             void* user, assay_report* report);

#endif
