#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "assay/report_page.h"
#include "assay/sim.h"
#include "contract.h"
#include "inputs.h"
#include "quote.h"

/* Nothing is fetched: whatever a file smuggles into the page has nowhere to send anything. */
static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
    "<title>";

typedef struct text {
    char* bytes;
    size_t size, capacity;
    bool failed;
} text;

static void append(text* t, const char* bytes, size_t size) {
    if (!t->failed && t->size + size + 1 > t->capacity) {
        size_t capacity = 2 * (t->size + size + 1);
        char* more = realloc(t->bytes, capacity);
        t->failed = more == NULL;
        t->bytes = more != NULL ? more : t->bytes;
        t->capacity = more != NULL ? capacity : t->capacity;
    }
    if (!t->failed) {
        memcpy(t->bytes + t->size, bytes, size);
        t->size += size;
        t->bytes[t->size] = '\0';
    }
}

static void append_text(text* t, const char* string) {
    append(t, string, strlen(string));
}

static void append_part(text* t, const char* before, const assay_page_part* part,
                        const char* after) {
    append_text(t, before);
    append(t, part->bytes, part->size);
    append_text(t, after);
}

static void append_html(text* t, const char* string) {
    for (; *string != '\0'; string++) {
        const char* name = *string == '<'   ? "&lt;"
                           : *string == '>' ? "&gt;"
                           : *string == '&' ? "&amp;"
                           : *string == '"' ? "&quot;"
                                            : NULL;
        name != NULL ? append_text(t, name) : append(t, string, 1);
    }
}

/* In JSON a '<' stands only in texts, where an escape means the same: no text can end the script.
 */
static void append_data(text* t, const char* json, size_t size) {
    for (const char* end = json + size; json < end;) {
        const char* next = memchr(json, '<', (size_t)(end - json));
        append(t, json, (size_t)((next != NULL ? next : end) - json));
        if (next != NULL) {
            append_text(t, "\\u003c");
        }
        json = next != NULL ? next + 1 : end;
    }
}

static void append_page(text* t, const char* title, const char* json, size_t size) {
    append_text(t, head);
    append_html(t, title);
    append_text(t, "</title>\n");
    append_part(t, "<style>\n", &assay_page_library_style, "\n");
    append_part(t, "", &assay_page_style, "</style>\n</head>\n<body>\n");
    append_part(t, "", &assay_page_body, "<script type=\"application/json\" id=\"data\">");
    append_data(t, json, size);
    append_text(t, "</script>\n<script>\n");
    append_part(t, "/*\n", &assay_page_library_licence, "*/\n");
    append_part(t, "", &assay_page_library_script, "\n</script>\n");
    append_part(t, "<script>\n\"use strict\";\n(() => {\n", &assay_page_script,
                "})();\n</script>\n</body>\n</html>\n");
}

static assay_status read_all(const assay_page_settings* settings, assay_json_writer* out,
                             assay_report* report) {
    assay_status worst = ASSAY_OK;
    for (size_t i = 0; i < settings->input_count; i++) {
        assay_status status = assay_input_read(settings->inputs[i], out, report);
        worst = worst == ASSAY_OK ? status : worst;
    }
    return worst;
}

static assay_status build(const assay_page_settings* settings, const char* title,
                          assay_json_writer* data, text* page, assay_report* report) {
    assay_json_begin_object(data, NULL);
    assay_json_write_string(data, "assay", assay_version());
    assay_json_write_string(data, "title", title);
    assay_json_begin_array(data, "inputs");
    assay_status status = read_all(settings, data, report);
    if (status != ASSAY_OK) {
        return status;
    }
    assay_json_end_array(data);
    assay_json_end_object(data);
    size_t size = 0;
    const char* json = assay_json_writer_text(data, &size);
    if (json == NULL) {
        return ASSAY_NO_MEMORY;
    }
    append_page(page, title, json, size);
    return page->failed ? ASSAY_NO_MEMORY : ASSAY_OK;
}

bool assay_page_available(void) {
    return assay_page_library_script.size > 0;
}

assay_status assay_page_build(const assay_page_settings* settings, char** html, size_t* size,
                              assay_report* report) {
    ASSAY_REQUIRE(settings != NULL && html != NULL && size != NULL);
    *html = NULL;
    *size = 0;
    if (!assay_page_available()) {
        assay_report_add(report, "this program was built without the plotting library of the "
                                 "report: run scripts/setup, then build again");
        return ASSAY_IO;
    }
    assay_json_writer* data = assay_json_writer_new(0);
    text page = {0};
    assay_status status =
        data == NULL ? ASSAY_NO_MEMORY
                     : build(settings, settings->title != NULL ? settings->title : "Assay report",
                             data, &page, report);
    assay_json_writer_free(&data);
    if (status != ASSAY_OK) {
        free(page.bytes);
        return status;
    }
    *html = page.bytes;
    *size = page.size;
    return ASSAY_OK;
}
