#include "npy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "file.h"
#include "quote.h"

enum {
    MAGIC_BYTES = 6,
    VERSION_1_START = 10, /* magic, two version bytes, u16 length */
    VERSION_2_START = 12, /* the same with a u32 length */
    ALIGNMENT = 64,       /* of the elements, as NumPy writes them */
    MAX_HEADER = 4096
};

static const char magic[] = "\x93NUMPY";

static const struct {
    const char* name;
    size_t size;
} types[] = {{"<i4", 4}, {"<i8", 8}, {"<f4", 4}, {"<f8", 8}};

const char* assay_npy_type_name(assay_npy_type type) {
    return types[type].name;
}

/* ---- The header: a Python dictionary of exactly three keys ---- */

typedef struct header {
    const char* path;
    const char *at, *end;
    bool has_descr, has_order, has_shape;
    assay_npy* out;
    assay_report* report;
} header;

static bool refuse(const header* h, const char* what) {
    assay_report_add(h->report, "%s: .npy header: %s at %s", h->path, what,
                     assay_quote_bytes(h->at, (size_t)(h->end - h->at)).text);
    return false;
}

static void skip_spaces(header* h) {
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n')) {
        h->at++;
    }
}

static bool take(header* h, char c) {
    skip_spaces(h);
    if (h->at == h->end || *h->at != c) {
        return false;
    }
    h->at++;
    return true;
}

static bool take_word(header* h, const char* word) {
    size_t length = strlen(word);
    skip_spaces(h);
    if ((size_t)(h->end - h->at) < length || memcmp(h->at, word, length) != 0) {
        return false;
    }
    h->at += length;
    return true;
}

static bool read_type(header* h) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char quoted[8];
        snprintf(quoted, sizeof quoted, "'%s'", types[i].name);
        if (take_word(h, quoted)) {
            h->out->type = (assay_npy_type)i;
            return true;
        }
    }
    return refuse(h, "the type is not one of '<i4', '<i8', '<f4', '<f8'");
}

static bool read_dimension(header* h) {
    uint64_t value = 0;
    const char* start = h->at;
    while (h->at < h->end && *h->at >= '0' && *h->at <= '9' && h->at - start < 10) {
        value = 10 * value + (uint64_t)(*h->at++ - '0');
    }
    if (value == 0 || h->out->dims == ASSAY_NPY_MAX_DIMS) {
        h->at = start;
        return refuse(h, "the shape is not 1 to 4 numbers in 1 .. 9999999999");
    }
    h->out->shape[h->out->dims++] = value;
    return true;
}

static bool read_shape(header* h) {
    h->out->dims = 0;
    if (!take(h, '(')) {
        return refuse(h, "the shape is not a tuple");
    }
    do {
        skip_spaces(h);
        if (h->out->dims > 0 && take(h, ')')) {
            return true; /* "(3,)": a comma after the last one */
        }
        if (!read_dimension(h)) {
            return false;
        }
    } while (take(h, ','));
    return take(h, ')') || refuse(h, "the shape does not end in \")\"");
}

static bool read_member(header* h) {
    if (!h->has_descr && take_word(h, "'descr':")) {
        h->has_descr = true;
        return read_type(h);
    }
    if (!h->has_order && take_word(h, "'fortran_order':")) {
        h->has_order = true;
        return take_word(h, "False") || refuse(h, "fortran_order is not False");
    }
    if (!h->has_shape && take_word(h, "'shape':")) {
        h->has_shape = true;
        return read_shape(h);
    }
    return refuse(h, "expected 'descr', 'fortran_order' and 'shape', once each,");
}

static bool read_header(header* h) {
    if (!take(h, '{')) {
        return refuse(h, "expected \"{\"");
    }
    while (!take(h, '}')) {
        if (!read_member(h)) {
            return false;
        }
        if (!take(h, ',')) {
            skip_spaces(h);
            if (h->at == h->end || *h->at != '}') {
                return refuse(h, "expected \",\" or \"}\"");
            }
        }
    }
    skip_spaces(h);
    if (h->at != h->end) {
        return refuse(h, "unexpected text");
    }
    return (h->has_descr && h->has_order && h->has_shape) || refuse(h, "a key is missing");
}

/* ---- The file ---- */

static uint32_t little_endian(const char* bytes, size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value |= (uint32_t)(unsigned char)bytes[i] << (8 * i);
    }
    return value;
}

/* Where the header text starts, 0 with a message if this is no such file. */
static size_t header_start(const char* path, const char* bytes, size_t size, assay_report* report) {
    if (size < VERSION_2_START || memcmp(bytes, magic, MAGIC_BYTES) != 0) {
        assay_report_add(report, "%s: is not a .npy file (it does not start with \\x93NUMPY)",
                         path);
        return 0;
    }
    unsigned major = (unsigned char)bytes[6], minor = (unsigned char)bytes[7];
    if ((major != 1 && major != 2) || minor != 0) {
        assay_report_add(report, "%s: .npy version %u.%u, legal: 1.0 and 2.0", path, major, minor);
        return 0;
    }
    return major == 1 ? VERSION_1_START : VERSION_2_START;
}

static bool check_size(const char* path, assay_npy* out, size_t have, assay_report* report) {
    const uint64_t limit = ASSAY_NPY_MAX_BYTES / types[out->type].size;
    uint64_t count = 1;
    for (size_t i = 0; i < out->dims; i++) {
        if (out->shape[i] > limit / count) {
            assay_report_add(report, "%s: the shape has more than %" PRIu64 " elements", path,
                             limit);
            return false;
        }
        count *= out->shape[i];
    }
    out->count = (size_t)count;
    if (have != out->count * types[out->type].size) {
        assay_report_add(report, "%s: %zu bytes of elements, the shape needs %zu", path, have,
                         out->count * types[out->type].size);
        return false;
    }
    return true;
}

static bool parse(const char* path, const char* bytes, size_t size, assay_npy* out,
                  assay_report* report) {
    size_t start = header_start(path, bytes, size, report);
    if (start == 0) {
        return false;
    }
    uint32_t length = little_endian(bytes + 8, start - 8);
    if (length > MAX_HEADER || length > size - start) {
        assay_report_add(report, "%s: .npy header of %u bytes, legal: at most %d and in the file",
                         path, (unsigned)length, MAX_HEADER);
        return false;
    }
    header h = {.path = path,
                .at = bytes + start,
                .end = bytes + start + length,
                .out = out,
                .report = report};
    out->start = start + length;
    return read_header(&h) && check_size(path, out, size - out->start, report);
}

assay_status assay_npy_load(const char* path, assay_npy* out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL);
    *out = (assay_npy){0};
    char* bytes = NULL;
    size_t size = 0;
    assay_status status = assay_file_read(path, ASSAY_NPY_MAX_BYTES, &bytes, &size, report);
    if (status != ASSAY_OK) {
        return status;
    }
    assay_npy array = {0};
    if (!parse(path, bytes, size, &array, report)) {
        free(bytes);
        return ASSAY_BAD_INPUT;
    }
    *out = array;
    out->file = bytes;
    return ASSAY_OK;
}

void assay_npy_free(assay_npy* array) {
    ASSAY_REQUIRE(array != NULL);
    free(array->file);
    *array = (assay_npy){0};
}

/* ---- Elements; copied, because a header of any length may leave them unaligned ---- */

static uint64_t word_at(const assay_npy* array, size_t i) {
    ASSAY_REQUIRE(array != NULL && i < array->count);
    size_t size = types[array->type].size;
    const char* at = array->file + array->start + i * size;
    uint64_t high = size == 8 ? little_endian(at + 4, 4) : 0;
    return high << 32 | little_endian(at, 4);
}

double assay_npy_real(const assay_npy* array, size_t i) {
    uint64_t word = word_at(array, i);
    if (array->type == ASSAY_NPY_F8) {
        double value;
        memcpy(&value, &word, sizeof value);
        return value;
    }
    if (array->type == ASSAY_NPY_F4) {
        uint32_t low = (uint32_t)word;
        float value;
        memcpy(&value, &low, sizeof value);
        return (double)value;
    }
    return (double)assay_npy_int(array, i);
}

int64_t assay_npy_int(const assay_npy* array, size_t i) {
    if (array->type == ASSAY_NPY_I8) {
        return (int64_t)word_at(array, i);
    }
    if (array->type == ASSAY_NPY_I4) {
        return (int32_t)(uint32_t)word_at(array, i);
    }
    double value = assay_npy_real(array, i);
    return value > -0x1p63 && value < 0x1p63 ? (int64_t)value : 0;
}

/* ---- Writing ---- */

/* The dictionary, padded so that the elements are aligned, as NumPy does. */
static size_t format_header(const uint64_t* shape, size_t dims, char text[MAX_HEADER]) {
    int used = snprintf(text, MAX_HEADER, "{'descr': '<i8', 'fortran_order': False, 'shape': (");
    for (size_t i = 0; i < dims; i++) {
        used += snprintf(text + used, MAX_HEADER - (size_t)used, "%s%" PRIu64, i > 0 ? ", " : "",
                         shape[i]);
    }
    used += snprintf(text + used, MAX_HEADER - (size_t)used, "%s), }", dims == 1 ? "," : "");
    size_t size = (size_t)used;
    while ((VERSION_1_START + size + 1) % ALIGNMENT != 0) {
        text[size++] = ' ';
    }
    text[size++] = '\n';
    return size;
}

static void put_word(char* out, uint64_t word, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (char)(unsigned char)(word >> (8 * i));
    }
}

assay_status assay_npy_format(const int64_t* values, const uint64_t* shape, size_t dims,
                              char** bytes, size_t* size) {
    ASSAY_REQUIRE(shape != NULL && bytes != NULL && size != NULL);
    ASSAY_REQUIRE(dims >= 1 && dims <= ASSAY_NPY_MAX_DIMS);
    char text[MAX_HEADER];
    size_t length = format_header(shape, dims, text), count = 1;
    for (size_t i = 0; i < dims; i++) {
        count *= (size_t)shape[i];
    }
    *size = VERSION_1_START + length + 8 * count;
    char* out = malloc(*size);
    *bytes = out;
    if (out == NULL) {
        return ASSAY_NO_MEMORY;
    }
    memcpy(out, magic, MAGIC_BYTES);
    put_word(out + MAGIC_BYTES, 1, 2); /* version 1.0 */
    put_word(out + 8, length, 2);
    memcpy(out + VERSION_1_START, text, length);
    for (size_t i = 0; i < count; i++) {
        put_word(out + VERSION_1_START + length + 8 * i, (uint64_t)values[i], 8);
    }
    return ASSAY_OK;
}
