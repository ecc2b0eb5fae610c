/* Files that assay bench can do without, and those that it writes. */
#ifndef ASSAY_CLI_BENCH_FILES_H
#define ASSAY_CLI_BENCH_FILES_H

#include <stdbool.h>

#include "assay/status.h"
#include "text.h"

/* ROOT/FOLDER/NAME.json can be read. */
bool bench_file_there(const char* root, const char* folder, const char* name);

/* A new folder for what is not kept; `path` is empty before. Whoever writes into it empties it and
 * removes it. */
assay_status bench_folder_make(cli_text* path, assay_report* report);

#endif
