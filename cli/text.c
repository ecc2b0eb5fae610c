#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a zero. */
static bool reserve(cli_text* text, size_t more) {
    if (text->failed || more >= SIZE_MAX / 4 - text->size) {
        text->failed = true;
        return false;
    }
    size_t need = text->size + more + 1;
    if (need <= text->capacity) {
        return true;
    }
    size_t capacity = need * 2 < 256 ? 256 : need * 2;
    char* bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void cli_text_add_list(cli_text* text, const char* format, va_list args) {
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (need < 0 || !reserve(text, (size_t)need)) {
        text->failed = true;
        return;
    }
    vsnprintf(text->bytes + text->size, (size_t)need + 1, format, args);
    text->size += (size_t)need;
}

void cli_text_add(cli_text* text, const char* format, ...) {
    va_list args;
    va_start(args, format);
    cli_text_add_list(text, format, args);
    va_end(args);
}

void cli_text_append(cli_text* text, const char* bytes, size_t size) {
    if (reserve(text, size)) {
        memcpy(text->bytes + text->size, bytes, size);
        text->size += size;
        text->bytes[text->size] = '\0';
    }
}

void cli_text_add_csv(cli_text* text, const char* field) {
    if (strpbrk(field, ",\"\r\n") == NULL) {
        cli_text_add(text, "%s", field);
        return;
    }
    cli_text_add(text, "\"");
    for (; *field != '\0'; field++) {
        cli_text_add(text, *field == '"' ? "\"\"" : "%c", *field);
    }
    cli_text_add(text, "\"");
}

const char* cli_text_string(const cli_text* text) {
    return text->bytes != NULL ? text->bytes : "";
}

void cli_text_free(cli_text* text) {
    free(text->bytes);
    *text = (cli_text){0};
}
