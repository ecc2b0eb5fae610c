/* NumPy's .npy files, format versions 1.0 and 2.0 (numpy.lib.format): one array of numbers.
 *
 * Read strictly: little-endian <i4, <i8, <f4 or <f8, C order, 1 to 4 dimensions of at least 1, and
 * exactly as many bytes as the shape says. */
#ifndef ASSAY_BASE_NPY_H
#define ASSAY_BASE_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_NPY_MAX_DIMS = 4,
    ASSAY_NPY_MAX_BYTES = 256 << 20
};

typedef enum assay_npy_type {
    ASSAY_NPY_I4,
    ASSAY_NPY_I8,
    ASSAY_NPY_F4,
    ASSAY_NPY_F8,
} assay_npy_type;

typedef struct assay_npy {
    assay_npy_type type;
    size_t dims;
    uint64_t shape[ASSAY_NPY_MAX_DIMS];
    size_t count; /* elements */
    char* file;   /* malloc'd: the whole file */
    size_t start; /* of the elements in it */
} assay_npy;

/* ASSAY_BAD_INPUT: one message per mistake of the file. On failure *out is all zero. Free with
 * assay_npy_free. */
assay_status assay_npy_load(const char* path, assay_npy* out, assay_report* report);
void assay_npy_free(assay_npy* array);
/* Element i < count, whatever the type. Integers are exact by _int, which truncates floats and is 0
 * where they do not fit. */
int64_t assay_npy_int(const assay_npy* array, size_t i);
double assay_npy_real(const assay_npy* array, size_t i);
const char* assay_npy_type_name(assay_npy_type type); /* "<i4", ... */

/* The bytes of a version 1.0 file of int64 values in C order, malloc'd into *bytes.
 * ASSAY_NO_MEMORY. 1 <= dims <= ASSAY_NPY_MAX_DIMS. */
assay_status assay_npy_format(const int64_t* values, const uint64_t* shape, size_t dims,
                              char** bytes, size_t* size);

#ifdef __cplusplus
}
#endif
#endif
