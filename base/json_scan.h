/* The grammar of RFC 8259, checked on the text itself before cJSON builds a tree from it: cJSON's
 * number reading is strtod's ("01", "+1", "0x1" pass), it cuts strings at \u0000 and does not look
 * at UTF-8; and its errors carry no line. */
#ifndef ASSAY_BASE_JSON_SCAN_H
#define ASSAY_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_JSON_MAX_DEPTH = 128,
    ASSAY_JSON_MAX_VALUES = 4 << 20, /* a tree node costs ~80 bytes: this bounds the tree */
    ASSAY_JSON_MAX_DIGITS = 63       /* cJSON's number buffer */
};

/* True when the text is one JSON value; else one message "name:line:column: what". */
bool assay_json_scan(const char* name, const char* text, size_t size, assay_report* report);

/* Length of the JSON number that `text` starts with, 0 if none. "01" starts with the number "0". */
size_t assay_json_scan_number(const char* text, size_t size);

/* True for an integer literal beyond 2^53, which a double would silently change. */
bool assay_json_is_inexact_integer(const char* text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
