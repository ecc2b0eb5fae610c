/* The fixed parts of the page, put into the program by embed.c. */
#ifndef ASSAY_REPORT_PAGE_PARTS_H
#define ASSAY_REPORT_PAGE_PARTS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_page_part {
    const char* bytes;
    size_t size; /* 0: not in this build */
} assay_page_part;

/* Generated. */
extern const assay_page_part assay_page_style, assay_page_script; /* ours */
extern const assay_page_part assay_page_body;                     /* the HTML around the views */
extern const assay_page_part assay_page_library_style, assay_page_library_script,
    assay_page_library_licence; /* of the plotting library */

#ifdef __cplusplus
}
#endif
#endif
