/* Constraints: "rows * cols <= 512 and not (wbuf_bytes < 1024 or buffer_halves == 1)".
 *
 *     or                          lowest
 *     and
 *     not
 *     < <= > >= == !=             not chained
 *     + -
 *     * / %                       % of reals is fmod
 *     - (one operand)
 *     number, option, (...), true, false, option == 'name', option != 'name'
 *
 * Everything is a number; true is 1, and what is not 0 is true. What has no value (division by
 * zero) is not true, nor is any comparison with it. */
#ifndef ASSAY_SWEEP_WHERE_H
#define ASSAY_SWEEP_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SWEEP_WHERE_DEPTH = 64, /* of parentheses and signs */
    SWEEP_WHERE_NODES = 1000
};

typedef struct sweep_where sweep_where;

/* ASSAY_BAD_INPUT: a message "PLACE: column N: what". */
assay_status sweep_where_parse(const char* text, const char* place, sweep_where** out,
                               assay_report* report);
void sweep_where_free(sweep_where** where);

/* Options that it names, each once. */
size_t sweep_where_names(const sweep_where* where);
const char* sweep_where_name(const sweep_where* where, size_t i);
size_t sweep_where_column(const sweep_where* where, size_t i); /* where it stands first, from 1 */

/* True if name i is used as a number somewhere, not only compared with texts. */
bool sweep_where_is_number(const sweep_where* where, size_t i);
/* The texts that options are compared with: false beyond the last one. */
bool sweep_where_text(const sweep_where* where, size_t i, size_t* name, const char** text);

/* What an option's value is at some point: values[i] of name i. `is` tells whether name i has the
 * value that is called `text`; NULL: never. */
typedef struct sweep_where_values {
    const double* values;
    bool (*is)(void* user, size_t name, const char* text);
    void* user;
} sweep_where_values;
bool sweep_where_holds(const sweep_where* where, const sweep_where_values* at);

#ifdef __cplusplus
}
#endif
#endif
