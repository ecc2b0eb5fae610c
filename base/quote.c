#include "quote.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Lead byte -> length, 0 if it cannot start a character. */
static size_t utf8_expected(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
        return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

size_t assay_utf8_length(const char* bytes, size_t size, unsigned* code) {
    static const unsigned lowest[] = {0, 0, 0x80, 0x800,
                                      0x10000}; /* by length: no overlong forms */
    size_t length = size > 0 ? utf8_expected((unsigned char)bytes[0]) : 0;
    if (length == 0 || length > size) {
        return 0;
    }
    unsigned value = (unsigned char)bytes[0] & (length == 1 ? 0x7fu : 0x7fu >> length);
    for (size_t i = 1; i < length; ++i) {
        unsigned char next = (unsigned char)bytes[i];
        if ((next & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (next & 0x3fu);
    }
    if (value < lowest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    if (code != NULL) {
        *code = value;
    }
    return length;
}

static bool is_printable(unsigned code) {
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool line_break = code == 0x2028 || code == 0x2029;
    bool reorders = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return !control && !line_break && !reorders;
}

/* Writes the byte's escape (at most 4 characters and a zero), returns its length. */
static size_t escape_byte(unsigned char byte, char out[5]) {
    if (byte == '\n' || byte == '\t') {
        return (size_t)snprintf(out, 5, "\\%c", byte == '\n' ? 'n' : 't');
    }
    return (size_t)snprintf(out, 5, "\\x%02X", byte);
}

size_t assay_escape(const char* bytes, size_t size, char* out, size_t out_size) {
    size_t used = 0;
    for (size_t i = 0; i < size;) {
        unsigned code = 0;
        char escaped[5];
        size_t length = assay_utf8_length(bytes + i, size - i, &code);
        bool plain = length > 0 && is_printable(code);
        size_t taken = plain ? length : 1;
        size_t written = plain ? length : escape_byte((unsigned char)bytes[i], escaped);
        if (used + written >= out_size) {
            break;
        }
        memcpy(out + used, plain ? bytes + i : escaped, written);
        used += written;
        i += taken;
    }
    out[used] = '\0';
    return used;
}

/* Where to cut so that no character is split: at most ASSAY_QUOTE_MAX. */
static size_t cut_length(const char* bytes, size_t size) {
    if (size <= ASSAY_QUOTE_MAX) {
        return size;
    }
    size_t cut = ASSAY_QUOTE_MAX;
    while (cut > ASSAY_QUOTE_MAX - 4 && ((unsigned char)bytes[cut] & 0xc0) == 0x80) {
        --cut;
    }
    return cut;
}

assay_quoted assay_quote_bytes(const char* bytes, size_t size) {
    assay_quoted quoted;
    size_t shown = cut_length(bytes, size);
    quoted.text[0] = '"';
    size_t used = 1 + assay_escape(bytes, shown, quoted.text + 1, 4 * ASSAY_QUOTE_MAX + 1);
    memcpy(quoted.text + used, shown < size ? "\"..." : "\"", shown < size ? 5 : 2);
    return quoted;
}

assay_quoted assay_quote(const char* text) {
    return assay_quote_bytes(text, strlen(text));
}
