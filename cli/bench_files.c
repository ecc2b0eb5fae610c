#include "bench_files.h"

#include <unistd.h>

#include "text.h"

bool bench_file_there(const char* root, const char* folder, const char* name) {
    cli_text path = {0};
    cli_text_add(&path, "%s/%s/%s.json", root, folder, name);
    bool readable = !path.failed && access(path.bytes, R_OK) == 0;
    cli_text_free(&path);
    return readable;
}
