#include "bench_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool bench_file_there(const char* root, const char* folder, const char* name) {
    cli_text path = {0};
    cli_text_add(&path, "%s/%s/%s.json", root, folder, name);
    bool readable = !path.failed && access(path.bytes, R_OK) == 0;
    cli_text_free(&path);
    return readable;
}

assay_status bench_folder_make(cli_text* path, assay_report* report) {
    const char* temporary = getenv("TMPDIR");
    cli_text_add(path, "%s/assay-bench-XXXXXX", temporary != NULL ? temporary : P_tmpdir);
    if (path->failed) {
        return ASSAY_NO_MEMORY;
    }
    if (mkdtemp(path->bytes) == NULL) {
        assay_report_add(report, "%s: cannot make a temporary folder", path->bytes);
        return ASSAY_IO;
    }
    return ASSAY_OK;
}
