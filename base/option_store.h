/* The one place where a value enters an options struct, whether it came from JSON or from text. */
#ifndef ASSAY_BASE_OPTION_STORE_H
#define ASSAY_BASE_OPTION_STORE_H

#include <stdbool.h>

#include "assay/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stores a number (CHOICE: index, BOOL: 0 or 1) after the checks that its type needs: integer,
 * range. On a mistake adds "`place`: what is wrong" and leaves `values` as they were. */
bool assay_option_store(const assay_option* option, void* values, double number, const char* place,
                        assay_report* report);

/* "expected `what the option takes`, not `found`", e.g. "expected true or false, not 3". */
void assay_option_refuse(const assay_option* option, const char* place, const char* found,
                         assay_report* report);

/* Index of the choice called `name`, or `count` of choices if none is. */
size_t assay_option_choice(const assay_option* option, const char* name, size_t* count);

#ifdef __cplusplus
}
#endif
#endif
