/* Files that assay bench can do without. */
#ifndef ASSAY_CLI_BENCH_FILES_H
#define ASSAY_CLI_BENCH_FILES_H

#include <stdbool.h>

/* ROOT/FOLDER/NAME.json can be read. */
bool bench_file_there(const char* root, const char* folder, const char* name);

#endif
