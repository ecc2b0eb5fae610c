#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "json.h"
#include "quote.h"

enum {
    MAX_DEPTH = 64
};

struct assay_json_writer {
    char* text;
    size_t size, capacity;
    int indent;
    bool failed; /* out of memory: everything after it is dropped */
    size_t depth;
    struct {
        bool object, empty;
    } open[MAX_DEPTH];
};

assay_json_writer* assay_json_writer_new(int indent) {
    ASSAY_REQUIRE(indent >= 0 && indent <= 16);
    assay_json_writer* w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->indent = indent;
    }
    return w;
}

void assay_json_writer_free(assay_json_writer** writer) {
    ASSAY_REQUIRE(writer != NULL);
    if (*writer != NULL) {
        free((*writer)->text);
        free(*writer);
        *writer = NULL;
    }
}

/* ---- The buffer ---- */

static bool reserve(assay_json_writer* w, size_t more) {
    size_t needed = w->size + more + 1;
    if (needed <= w->capacity) {
        return true;
    }
    size_t capacity = needed < 512 ? 1024 : 2 * needed;
    char* text = w->failed ? NULL : realloc(w->text, capacity);
    if (text == NULL) {
        w->failed = true;
        return false;
    }
    w->text = text;
    w->capacity = capacity;
    return true;
}

static void put(assay_json_writer* w, const char* text, size_t size) {
    if (!w->failed && reserve(w, size)) {
        memcpy(w->text + w->size, text, size);
        w->size += size;
        w->text[w->size] = '\0';
    }
}

static void put_text(assay_json_writer* w, const char* text) {
    put(w, text, strlen(text));
}

static void put_line_break(assay_json_writer* w) {
    if (w->indent > 0) {
        put(w, "\n", 1);
        for (size_t i = 0; i < w->depth * (size_t)w->indent; ++i) {
            put(w, " ", 1);
        }
    }
}

/* ---- Strings ---- */

static void put_escape(assay_json_writer* w, unsigned char c) {
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char* found = c == '\0' ? NULL : strchr(plain, c);
    char text[8];
    if (found != NULL) {
        snprintf(text, sizeof text, "\\%c", letters[found - plain]);
    } else {
        snprintf(text, sizeof text, "\\u%04x", c);
    }
    put_text(w, text);
}

/* A file name may hold any bytes: what is not UTF-8 becomes the replacement character. */
static void put_string(assay_json_writer* w, const char* value) {
    size_t size = strlen(value);
    put(w, "\"", 1);
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)value[i];
        size_t length = assay_utf8_length(value + i, size - i, NULL);
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
            put_escape(w, c);
        } else if (length == 0) {
            put_text(w, "\xef\xbf\xbd");
        } else {
            put(w, value + i, length);
        }
        i += length > 0 ? length : 1;
    }
    put(w, "\"", 1);
}

/* ---- Structure ---- */

/* Everything that stands in front of a value. */
static void begin_value(assay_json_writer* w, const char* key) {
    ASSAY_REQUIRE(w != NULL);
    if (w->depth == 0) {
        assert(key == NULL && w->size == 0);
        return;
    }
    assert((key != NULL) == w->open[w->depth - 1].object);
    if (!w->open[w->depth - 1].empty) {
        put(w, ",", 1);
    }
    w->open[w->depth - 1].empty = false;
    put_line_break(w);
    if (key != NULL) {
        put_string(w, key);
        put_text(w, w->indent > 0 ? ": " : ":");
    }
}

static void begin_container(assay_json_writer* w, const char* key, bool object) {
    begin_value(w, key);
    ASSAY_REQUIRE(w->depth < MAX_DEPTH);
    w->open[w->depth].object = object;
    w->open[w->depth].empty = true;
    ++w->depth;
    put(w, object ? "{" : "[", 1);
}

static void end_container(assay_json_writer* w, bool object) {
    ASSAY_REQUIRE(w != NULL && w->depth > 0);
    --w->depth;
    assert(w->open[w->depth].object == object);
    if (!w->open[w->depth].empty) {
        put_line_break(w);
    }
    put(w, object ? "}" : "]", 1);
}

void assay_json_begin_object(assay_json_writer* w, const char* key) {
    begin_container(w, key, true);
}

void assay_json_end_object(assay_json_writer* w) {
    end_container(w, true);
}

void assay_json_begin_array(assay_json_writer* w, const char* key) {
    begin_container(w, key, false);
}

void assay_json_end_array(assay_json_writer* w) {
    end_container(w, false);
}

/* ---- Values ---- */

void assay_json_write_string(assay_json_writer* w, const char* key, const char* value) {
    begin_value(w, key);
    put_string(w, value);
}

void assay_json_write_uint(assay_json_writer* w, const char* key, uint64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    begin_value(w, key);
    put_text(w, text);
}

void assay_json_write_int(assay_json_writer* w, const char* key, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    begin_value(w, key);
    put_text(w, text);
}

void assay_json_write_real(assay_json_writer* w, const char* key, double value) {
    char text[32] = "null";
    if (isfinite(value)) {
        assay_format_real(value, text, sizeof text);
    }
    begin_value(w, key);
    put_text(w, text);
}

void assay_json_write_bool(assay_json_writer* w, const char* key, bool value) {
    begin_value(w, key);
    put_text(w, value ? "true" : "false");
}

const char* assay_json_writer_text(const assay_json_writer* w, size_t* size) {
    ASSAY_REQUIRE(w != NULL);
    if (size != NULL) {
        *size = w->failed ? 0 : w->size;
    }
    if (w->failed) {
        return NULL;
    }
    return w->text != NULL ? w->text : "";
}

/* 15 digits survive the way through a double, so if they read back at all, %g without its trailing
 * zeros is the shortest; only subnormals, which hold less, may need fewer. 17 always suffice. */
void assay_format_real(double value, char* buffer, size_t size) {
    ASSAY_REQUIRE(buffer != NULL && size >= 32);
    bool subnormal = value != 0 && fabs(value) < DBL_MIN;
    for (int digits = subnormal ? 1 : 15; digits <= 17; ++digits) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) {
            return;
        }
    }
}
