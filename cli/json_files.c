#include "json_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "text.h"

static const char suffix[] = ".json";

static int is_json(const struct dirent* entry) {
    size_t length = strlen(entry->d_name), end = sizeof suffix - 1;
    return length > end && strcmp(entry->d_name + length - end, suffix) == 0;
}

/* Bytes, not the locale's order: the same list everywhere. */
static int by_bytes(const struct dirent** a, const struct dirent** b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add(json_files* out, const char* directory, const char* file) {
    cli_text path = {0};
    cli_text_add(&path, "%s/%s", directory, file);
    if (path.failed) {
        cli_text_free(&path);
        return false;
    }
    char* name = strndup(file, strlen(file) - (sizeof suffix - 1));
    out->paths[out->count] = path.bytes;
    out->names[out->count++] = name;
    return name != NULL;
}

static bool add_all(json_files* out, const char* directory, struct dirent** entries, size_t count) {
    out->paths = calloc(count + 1, sizeof *out->paths);
    out->names = calloc(count + 1, sizeof *out->names);
    bool ok = out->paths != NULL && out->names != NULL;
    for (size_t i = 0; i < count && ok; i++) {
        ok = add(out, directory, entries[i]->d_name);
    }
    return ok;
}

assay_status json_files_read(const char* directory, json_files* out, assay_report* report) {
    *out = (json_files){0};
    struct dirent** entries = NULL;
    int count = scandir(directory, &entries, is_json, by_bytes);
    if (count < 0) {
        assay_report_add(report, "%s: cannot list the folder: %s", directory, strerror(errno));
        return ASSAY_BAD_INPUT;
    }
    bool ok = add_all(out, directory, entries, (size_t)count);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    return ok ? ASSAY_OK : ASSAY_NO_MEMORY;
}

void json_files_free(json_files* files) {
    for (size_t i = 0; i < files->count; i++) {
        free(files->paths[i]);
        free(files->names[i]);
    }
    free(files->paths);
    free(files->names);
    *files = (json_files){0};
}

assay_status json_files_find(const char* directory, const char* kind, const char* name,
                             assay_status (*use)(void* user, const char* path,
                                                 assay_report* report),
                             void* user, assay_report* report) {
    json_files files;
    assay_status status = json_files_read(directory, &files, report);
    size_t i = 0;
    while (i < files.count && strcmp(files.names[i], name) != 0) {
        i++;
    }
    if (status == ASSAY_OK && i < files.count) {
        status = use(user, files.paths[i], report);
    } else if (status == ASSAY_OK) {
        cli_report_unknown(report, kind, name, (const char* const*)files.names);
        status = ASSAY_BAD_INPUT;
    }
    json_files_free(&files);
    return status;
}
