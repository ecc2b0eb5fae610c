#include "lines.h"

#include <stdio.h>
#include <string.h>

static assay_status read_line(const char* path, size_t line, const char* text, size_t size,
                              assay_line_reader take, void* user, assay_report* report) {
    char name[4200];
    assay_json_doc* doc = NULL;
    snprintf(name, sizeof name, "%s: line %zu", path, line);
    assay_status status = assay_json_parse(name, text, size, &doc, report);
    if (status == ASSAY_OK && assay_json_kind_of(assay_json_root(doc)) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s:%zu: must be an object", path, line);
        status = ASSAY_BAD_INPUT;
    }
    status = status == ASSAY_OK ? take(user, line, assay_json_root(doc)) : status;
    assay_json_free(&doc);
    return status;
}

assay_status assay_lines_read(const char* path, const char* text, size_t size, bool killed,
                              assay_line_reader take, void* user, assay_report* report) {
    assay_status worst = ASSAY_OK;
    const char* end = text + size;
    for (size_t line = 1; text < end; line++) {
        const char* stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL && killed) {
            break;
        }
        size_t length = (size_t)((stop != NULL ? stop : end) - text);
        if (length > 0) {
            assay_status status = read_line(path, line, text, length, take, user, report);
            if (status != ASSAY_OK && status != ASSAY_BAD_INPUT) {
                return status;
            }
            worst = worst == ASSAY_OK ? status : worst;
        }
        text += length + (stop != NULL);
    }
    return worst;
}
