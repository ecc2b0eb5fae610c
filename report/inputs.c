/* What an input is, by its content. */
#include "inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

static bool has(const assay_json* root, const char* key, assay_json_kind kind) {
    const assay_json* value = assay_json_get(root, key);
    return value != NULL && assay_json_kind_of(value) == kind;
}

static bool is_runs(const assay_json* root) {
    return has(root, "runs", ASSAY_JSON_ARRAY) ||
           (has(root, "hw", ASSAY_JSON_OBJECT) && has(root, "total", ASSAY_JSON_OBJECT));
}

static bool is_table(const assay_json* root) {
    return has(root, "kind", ASSAY_JSON_STRING) &&
           strcmp(assay_json_string(assay_json_get(root, "kind")), "table") == 0;
}

static assay_status refuse(const char* path, const assay_json* root, assay_report* report) {
    if (has(root, "task", ASSAY_JSON_STRING) && has(root, "algorithm", ASSAY_JSON_STRING)) {
        assay_report_add(report, "%s: is part of a search: name its folder instead", path);
    } else {
        assay_report_add(report, "%s: not a result of run, table, sweep or search, and no timeline",
                         path);
    }
    return ASSAY_BAD_INPUT;
}

static assay_status read_object(const char* path, const assay_json* root, assay_json_writer* out,
                                assay_report* report) {
    if (assay_json_kind_of(root) == ASSAY_JSON_OBJECT) {
        if (is_runs(root)) {
            return assay_input_runs(path, root, out, report);
        }
        if (is_table(root)) {
            return assay_input_table(path, root, out, report);
        }
        if (has(root, "traceEvents", ASSAY_JSON_ARRAY)) {
            return assay_input_timeline(path, root, out, report);
        }
    }
    return refuse(path, root, report);
}

static assay_status read_json(const char* path, const char* text, size_t size,
                              assay_json_writer* out, assay_report* report) {
    assay_json_doc* doc = NULL;
    assay_status status = assay_json_parse(path, text, size, &doc, report);
    if (status == ASSAY_OK) {
        status = read_object(path, assay_json_root(doc), out, report);
    }
    assay_json_free(&doc);
    return status;
}

static assay_status read_sheet(const char* path, const char* text, size_t size, bool json,
                               assay_json_writer* out, assay_report* report) {
    assay_sheet sheet = {0};
    assay_status status = json ? assay_sheet_from_jsonl(path, text, size, &sheet, report)
                               : assay_sheet_from_csv(path, text, size, &sheet, report);
    if (status == ASSAY_OK) {
        status = assay_input_sheet(path, &sheet, out, report);
    }
    assay_sheet_free(&sheet);
    return status;
}

/* A stream has an object per line; ours otherwise have one, over many lines or on one. */
static bool is_stream(const char* text, size_t size) {
    const char* end = memchr(text, '\n', size);
    size_t first = end == NULL ? size : (size_t)(end - text);
    while (first > 0 && (text[first - 1] == '\r' || text[first - 1] == ' ')) {
        first--;
    }
    if (first == 0 || text[first - 1] != '}') {
        return false;
    }
    bool more = end != NULL && memchr(end, '{', size - (size_t)(end - text)) != NULL;
    return more || (size > 20 && strstr(text, "\"status\"") != NULL);
}

static assay_status read_file(const char* path, assay_json_writer* out, assay_report* report) {
    char* text = NULL;
    size_t size = 0;
    assay_status status = assay_file_read(path, ASSAY_JSON_MAX_BYTES, &text, &size, report);
    if (status == ASSAY_OK) {
        bool object = text[strspn(text, " \t\r\n")] == '{';
        bool stream = object && is_stream(text, size);
        status = object && !stream ? read_json(path, text, size, out, report)
                                   : read_sheet(path, text, size, stream, out, report);
    }
    free(text);
    return status;
}

assay_status assay_input_read(const char* path, assay_json_writer* out, assay_report* report) {
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return assay_input_search(path, out, report);
    }
    return read_file(path, out, report);
}
