#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store.h"

static char* joined(const char* directory, const char* rest) {
    size_t size = strlen(directory) + strlen(rest) + 2;
    char* path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s/%s", directory, rest);
    }
    return path;
}

/* Relative values are to be ignored (XDG Base Directory Specification). */
static const char* absolute_variable(const char* name) {
    const char* value = getenv(name);
    return value != NULL && value[0] == '/' ? value : NULL;
}

/* What cannot be made is noticed when the file is opened. */
static char* with_folders(char* path) {
    for (char* at = path; at != NULL && (at = strchr(at + 1, '/')) != NULL;) {
        *at = '\0';
        (void)mkdir(path, 0777);
        *at = '/';
    }
    return path;
}

char* assay_store_default_path(void) {
    const char* own = getenv("ASSAY_STORE");
    if (own != NULL && own[0] != '\0') {
        return strdup(own);
    }
    const char* data = absolute_variable("XDG_DATA_HOME");
    if (data != NULL) {
        return with_folders(joined(data, "assay/measurements.sqlite"));
    }
    const char* home = absolute_variable("HOME");
    return home != NULL ? with_folders(joined(home, ".local/share/assay/measurements.sqlite"))
                        : NULL;
}
