/* Results of runs, tables, sweeps, searches and timelines as one HTML page that needs no network.
 *
 *     assay_page_settings settings = {.inputs = paths, .input_count = 2};
 *     char* html = NULL;
 *     size_t size = 0;
 *     if (assay_page_build(&settings, &html, &size, report) == ASSAY_OK) ...
 *     free(html);
 *
 * The page is described in docs/reports.md. */
#ifndef ASSAY_REPORT_PAGE_H
#define ASSAY_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_page_settings {
    const char* const* inputs; /* [input_count] files, and folders of searches */
    size_t input_count;
    const char* title; /* NULL: "Assay report" */
} assay_page_settings;

/* Whether this build has the page's plotting library. Without it assay_page_build ends with
 * ASSAY_IO and a message that says how to get it. */
bool assay_page_available(void);

/* *html (of *size bytes and a zero, the caller's: free()) depends on the settings and on the
 * content of the inputs alone. ASSAY_BAD_INPUT: a message per mistake of any input; an input that
 * is not recognised is one. On failure *html is NULL. */
assay_status assay_page_build(const assay_page_settings* settings, char** html, size_t* size,
                              assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
