#include "json_scan.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "quote.h"

typedef struct scanner {
    const char* text;
    size_t size, at, values;
    size_t depth;
    bool in_object[ASSAY_JSON_MAX_DEPTH];
    const char* error; /* first mistake, at `at` */
} scanner;

static bool fail(scanner* s, const char* error) {
    if (s->error == NULL) {
        s->error = error;
    }
    return false;
}

static bool at_end(const scanner* s) {
    return s->at == s->size;
}

static char peek(const scanner* s) {
    return at_end(s) ? '\0' : s->text[s->at];
}

static void skip_space(scanner* s) {
    while (!at_end(s) && memchr(" \t\r\n", s->text[s->at], 4) != NULL) {
        ++s->at;
    }
}

/* ---- Numbers ---- */

static size_t count_digits(const char* text, size_t size) {
    size_t n = 0;
    while (n < size && text[n] >= '0' && text[n] <= '9') {
        ++n;
    }
    return n;
}

static size_t scan_integer(const char* text, size_t size) {
    size_t sign = size > 0 && text[0] == '-' ? 1 : 0;
    size_t digits = count_digits(text + sign, size - sign);
    if (digits > 1 && text[sign] == '0') {
        digits = 1;
    }
    return digits == 0 ? 0 : sign + digits;
}

size_t assay_json_scan_number(const char* text, size_t size) {
    size_t n = scan_integer(text, size);
    if (n > 0 && n < size && text[n] == '.') {
        size_t digits = count_digits(text + n + 1, size - n - 1);
        n = digits == 0 ? 0 : n + 1 + digits;
    }
    if (n > 0 && n < size && (text[n] == 'e' || text[n] == 'E')) {
        size_t exponent = n + 1;
        if (exponent < size && (text[exponent] == '+' || text[exponent] == '-')) {
            ++exponent;
        }
        size_t digits = count_digits(text + exponent, size - exponent);
        n = digits == 0 ? 0 : exponent + digits;
    }
    return n;
}

bool assay_json_is_inexact_integer(const char* text, size_t size) {
    size_t sign = size > 0 && text[0] == '-' ? 1 : 0;
    size_t digits = count_digits(text + sign, size - sign);
    if (sign + digits != size || digits < 16) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = sign; i < size && value <= UINT64_C(1) << 53; ++i) {
        value = 10 * value + (uint64_t)(text[i] - '0');
    }
    return value > UINT64_C(1) << 53;
}

static bool scan_number(scanner* s) {
    const char* start = s->text + s->at;
    size_t length = assay_json_scan_number(start, s->size - s->at);
    if (length == 0) {
        return fail(s, "not a number: digits are missing");
    }
    if (length < s->size - s->at && strchr("0123456789.eExX+-", start[length]) != NULL &&
        start[length] != '\0') {
        return fail(s, "not a number in JSON's form (no leading zeros, no '+', no hexadecimal)");
    }
    if (length > ASSAY_JSON_MAX_DIGITS) {
        return fail(s, "number of more than 63 characters");
    }
    if (assay_json_is_inexact_integer(start, length)) {
        return fail(s, "integer beyond 2^53 cannot be read exactly");
    }
    s->at += length;
    return true;
}

/* ---- Strings ---- */

static int hex_value(char c) {
    const char* digits = "0123456789abcdef";
    const char* found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    return found == NULL ? -1 : (int)(found - digits);
}

/* The four digits after \u, or -1. */
static int read_unit(const scanner* s, size_t at) {
    int unit = 0;
    for (size_t i = at; i < at + 4; ++i) {
        int digit = i < s->size ? hex_value(s->text[i]) : -1;
        if (digit < 0) {
            return -1;
        }
        unit = 16 * unit + digit;
    }
    return unit;
}

static bool is_low_surrogate_escape(const scanner* s, size_t at) {
    if (at + 6 > s->size || s->text[at] != '\\' || s->text[at + 1] != 'u') {
        return false;
    }
    int unit = read_unit(s, at + 2);
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* At the 'u' of \uXXXX. */
static bool scan_unicode_escape(scanner* s) {
    int unit = read_unit(s, s->at + 1);
    if (unit < 0) {
        return fail(s, "\\u needs four hexadecimal digits");
    }
    if (unit == 0) {
        return fail(s, "\\u0000 is not allowed in a string");
    }
    bool high = unit >= 0xd800 && unit <= 0xdbff;
    if ((unit >= 0xdc00 && unit <= 0xdfff) || (high && !is_low_surrogate_escape(s, s->at + 5))) {
        return fail(s, "half of a surrogate pair");
    }
    s->at += high ? 11 : 5;
    return true;
}

static bool scan_escape(scanner* s) {
    ++s->at;
    char c = peek(s);
    if (c == 'u') {
        return scan_unicode_escape(s);
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
        return fail(s, "unknown escape in a string");
    }
    ++s->at;
    return true;
}

static bool scan_character(scanner* s) {
    unsigned char c = (unsigned char)s->text[s->at];
    if (c < 0x20) {
        return fail(s, c == '\n' ? "string without its closing quote"
                                 : "raw control character in a string");
    }
    if (c == '\\') {
        return scan_escape(s);
    }
    size_t length = assay_utf8_length(s->text + s->at, s->size - s->at, NULL);
    if (length == 0) {
        return fail(s, "not UTF-8");
    }
    s->at += length;
    return true;
}

static bool scan_string(scanner* s) {
    ++s->at;
    while (!at_end(s) && s->text[s->at] != '"') {
        if (!scan_character(s)) {
            return false;
        }
    }
    if (at_end(s)) {
        return fail(s, "string without its closing quote");
    }
    ++s->at;
    return true;
}

/* ---- Values ---- */

static bool scan_word(scanner* s) {
    static const char* const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; ++i) {
        size_t length = strlen(words[i]);
        if (s->size - s->at >= length && memcmp(s->text + s->at, words[i], length) == 0) {
            s->at += length;
            return true;
        }
    }
    return fail(s, "expected a value");
}

static bool scan_key(scanner* s) {
    skip_space(s);
    if (peek(s) != '"') {
        return fail(s,
                    peek(s) == '}' ? "comma before the closing brace" : "expected a key in quotes");
    }
    if (!scan_string(s)) {
        return false;
    }
    skip_space(s);
    if (peek(s) != ':') {
        return fail(s, "expected ':' after the key");
    }
    ++s->at;
    return true;
}

/* After '{' or '['. *complete: it closed at once; else its first value is next. */
static bool open_container(scanner* s, bool object, bool* complete) {
    if (s->depth == ASSAY_JSON_MAX_DEPTH) {
        return fail(s, "nested more than 128 deep");
    }
    s->in_object[s->depth++] = object;
    ++s->at;
    skip_space(s);
    *complete = peek(s) == (object ? '}' : ']');
    if (*complete) {
        --s->depth;
        ++s->at;
        return true;
    }
    return !object || scan_key(s);
}

/* One scalar, or the beginning of a container (then *complete is false). */
static bool scan_value(scanner* s, bool* complete) {
    *complete = true;
    if (++s->values > ASSAY_JSON_MAX_VALUES) {
        return fail(s, "more than 4194304 values");
    }
    skip_space(s);
    char c = peek(s);
    if (c == '{' || c == '[') {
        return open_container(s, c == '{', complete);
    }
    if (c == '"') {
        return scan_string(s);
    }
    return c == '-' || (c >= '0' && c <= '9') ? scan_number(s) : scan_word(s);
}

/* After a complete value inside containers: closes what ends here, up to the next value. */
static bool scan_rest(scanner* s) {
    while (s->depth > 0) {
        bool object = s->in_object[s->depth - 1];
        skip_space(s);
        char c = peek(s);
        if (c == ',') {
            ++s->at;
            return !object || scan_key(s);
        }
        if (c != (object ? '}' : ']')) {
            return fail(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
        }
        ++s->at;
        --s->depth;
    }
    return true;
}

static bool scan_text(scanner* s) {
    if (s->size >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0) {
        return fail(s, "begins with a byte order mark; save it as plain UTF-8");
    }
    skip_space(s);
    if (at_end(s)) {
        return fail(s, "is empty");
    }
    do {
        bool complete;
        if (!scan_value(s, &complete) || (complete && !scan_rest(s))) {
            return false;
        }
    } while (s->depth > 0);
    skip_space(s);
    return at_end(s) || fail(s, "text after the end of the value");
}

/* ---- Messages ---- */

static void report_error(const scanner* s, const char* name, assay_report* report) {
    size_t line = 1, line_start = 0;
    for (size_t i = 0; i < s->at; ++i) {
        if (s->text[i] == '\n') {
            ++line;
            line_start = i + 1;
        }
    }
    size_t rest = s->size - s->at;
    if (rest == 0) {
        assay_report_add(report, "%s:%zu:%zu: %s, but the text ends", name, line,
                         s->at - line_start + 1, s->error);
        return;
    }
    assay_quoted near = assay_quote_bytes(s->text + s->at, rest < 12 ? rest : 12);
    assay_report_add(report, "%s:%zu:%zu: %s, at %s", name, line, s->at - line_start + 1, s->error,
                     near.text);
}

bool assay_json_scan(const char* name, const char* text, size_t size, assay_report* report) {
    scanner s = {.text = text, .size = size};
    if (scan_text(&s)) {
        return true;
    }
    report_error(&s, name, report);
    return false;
}
