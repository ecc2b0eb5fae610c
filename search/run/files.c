#include "files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char* assay_path_in(const char* folder, const char* name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char* path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s/%s", folder, name);
    }
    return path;
}

static bool make_one(const char* path, assay_report* report) {
    struct stat info;
    if (mkdir(path, 0777) == 0 || (stat(path, &info) == 0 && S_ISDIR(info.st_mode))) {
        return true;
    }
    assay_report_add(report, "%s: cannot be made a folder: %s", path,
                     strerror(errno == EEXIST ? ENOTDIR : errno));
    return false;
}

assay_status assay_folder_make(const char* path, assay_report* report) {
    char* part = strdup(path);
    if (part == NULL) {
        return ASSAY_NO_MEMORY;
    }
    bool good = true;
    for (char* at = part + 1; good && (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        good = make_one(part, report);
        *at = '/';
    }
    good = good && make_one(path, report);
    free(part);
    return good ? ASSAY_OK : ASSAY_IO;
}

static bool write_text(const char* path, const char* text, size_t size) {
    FILE* file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    bool good =
        fwrite(text, 1, size, file) == size && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && good;
}

assay_status assay_file_replace(const char* folder, const char* name, const char* text, size_t size,
                                assay_report* report) {
    char* path = assay_path_in(folder, name);
    char* fresh = path != NULL ? malloc(strlen(path) + sizeof ".new") : NULL;
    assay_status status = text != NULL && fresh != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    if (status == ASSAY_OK) {
        sprintf(fresh, "%s.new", path);
        if (!write_text(fresh, text, size) || rename(fresh, path) != 0) {
            assay_report_add(report, "%s: cannot be written: %s", path, strerror(errno));
            unlink(fresh);
            status = ASSAY_IO;
        }
    }
    free(fresh);
    free(path);
    return status;
}
