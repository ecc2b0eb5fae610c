/* Machines that a search may build: one hardware file, and which of its options take which values.
 */
#ifndef ASSAY_SEARCH_HW_SPACE_H
#define ASSAY_SEARCH_HW_SPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HW_VARIABLES_MAX = 64,
    HW_VALUES_MAX = 256, /* of one option */
    HW_VALUE_TEXT = 48
};

typedef struct hw_value {
    char text[HW_VALUE_TEXT]; /* as assay_hw_set reads it */
} hw_value;

typedef struct hw_variable {
    const assay_option* option;
    unsigned count;   /* >= 1 */
    hw_value* values; /* [count + 1] ascending; the last is that of the hardware file */
    unsigned base;    /* the choice that the hardware file makes; count: none of them */
} hw_variable;

typedef struct hw_space {
    assay_hw* hw; /* the machine that was set last */
    char* name;   /* of machines that are found */
    size_t count;
    hw_variable variables[HW_VARIABLES_MAX];
    assay_report* scratch;
} hw_space;

/* `vary`: [count], each "name=value,value,...", "name=low..high", "name=low..high:step",
 * "name=low..high:xfactor", or "name" for all choices of an option that has some. ASSAY_BAD_INPUT:
 * every mistake has its message. Free with hw_space_free in every case. */
assay_status hw_space_open(const char* path, const char* const* vary, size_t count, hw_space* out,
                           assay_report* report);
void hw_space_free(hw_space* space);

/* Sets the machine of x[count], where x[v] may be the variable's count: the file's own value.
 * False: the accelerator's rules between options forbid it. */
bool hw_space_set(hw_space* space, const unsigned* x);
/* "rows=8, cols=16". */
void hw_space_say(const hw_space* space, const unsigned* x, char* text, size_t size);
/* The same as a hardware file, malloc'd. NULL: out of memory. */
char* hw_space_json(hw_space* space, const unsigned* x);
/* Number of machines, legal or not; `limit` if there are so many or more. */
size_t hw_space_size(const hw_space* space, size_t limit);

#ifdef __cplusplus
}
#endif
#endif
