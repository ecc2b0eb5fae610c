/* A growing text. Running out of memory is remembered, so that only the end has to be checked. */
#ifndef ASSAY_CLI_TEXT_H
#define ASSAY_CLI_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

/* Zero-initialise; free with cli_text_free. */
typedef struct cli_text {
    char* bytes; /* NULL while empty, else zero-terminated */
    size_t size, capacity;
    bool failed; /* memory ran out: the text is incomplete */
} cli_text;

void cli_text_add(cli_text* text, const char* format, ...) ASSAY_PRINTF(2, 3);
void cli_text_add_list(cli_text* text, const char* format, va_list args) ASSAY_PRINTF(2, 0);
void cli_text_append(cli_text* text, const char* bytes, size_t size);
/* A field of a CSV file, quoted as RFC 4180 says where it has to be. */
void cli_text_add_csv(cli_text* text, const char* field);
/* Never NULL; "" while empty. */
const char* cli_text_string(const cli_text* text);
void cli_text_free(cli_text* text);

#endif
