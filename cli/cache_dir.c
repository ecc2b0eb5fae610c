#include "cache_dir.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Relative values are to be ignored (XDG Base Directory Specification). */
static const char* absolute_variable(const char* name) {
    const char* value = getenv(name);
    return value != NULL && value[0] == '/' ? value : NULL;
}

static char* joined(const char* directory, const char* rest) {
    cli_text path = {0};
    cli_text_add(&path, "%s/%s", directory, rest);
    if (path.failed) {
        cli_text_free(&path);
    }
    return path.bytes;
}

char* cli_default_cache_dir(void) {
    const char* own = getenv("ASSAY_CACHE");
    if (own != NULL && own[0] != '\0') {
        return strdup(own);
    }
    const char* cache = absolute_variable("XDG_CACHE_HOME");
    if (cache != NULL) {
        return joined(cache, "assay");
    }
    const char* home = absolute_variable("HOME");
    return home != NULL ? joined(home, ".cache/assay") : NULL;
}
