/* User text made fit for a message. */
#ifndef ASSAY_BASE_QUOTE_H
#define ASSAY_BASE_QUOTE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_QUOTE_MAX = 80,                        /* bytes of user text that are shown */
    ASSAY_QUOTE_BUFFER = 4 * ASSAY_QUOTE_MAX + 8 /* every byte may become \xNN; quotes, "..." */
};
typedef struct assay_quoted {
    char text[ASSAY_QUOTE_BUFFER];
} assay_quoted;

/* `text` in double quotes, cut after ASSAY_QUOTE_MAX bytes (then "..." follows), made printable as
 * assay_escape does. */
assay_quoted assay_quote(const char* text);
assay_quoted assay_quote_bytes(const char* bytes, size_t size);

/* Copies `bytes` and ends with a zero. Control characters, bytes that are not UTF-8 and characters
 * that reorder or break lines become \n, \t or \xNN, so that a message can neither forge lines nor
 * steer a terminal. Stops before an item that does not fit. Returns the bytes written without the
 * zero. `out_size` > 0; 4 * size + 1 is always enough. */
size_t assay_escape(const char* bytes, size_t size, char* out, size_t out_size);

/* Length of the UTF-8 character at `bytes`, 0 if what stands there is not one (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). `code` may be NULL. */
size_t assay_utf8_length(const char* bytes, size_t size, unsigned* code);

#ifdef __cplusplus
}
#endif
#endif
