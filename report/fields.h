/* Objects of an input: what they must have, and copies of them into the page. */
#ifndef ASSAY_REPORT_FIELDS_H
#define ASSAY_REPORT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"
#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `key` must be there and of this kind; else false and a message. `where` as in json.h. */
bool assay_field_is(const assay_json* object, const char* key, assay_json_kind kind,
                    const char* where, assay_report* report);
/* A number from 0 on. */
bool assay_field_amount(const assay_json* object, const char* key, const char* where,
                        assay_report* report);
/* All of the NULL-terminated `keys`; every one that is not there is told. */
bool assay_fields_are(const assay_json* object, const char* const* keys, assay_json_kind kind,
                      const char* where, assay_report* report);
bool assay_fields_amounts(const assay_json* object, const char* const* keys, const char* where,
                          assay_report* report);
/* `key` must be an object of numbers from 0 on. */
bool assay_field_counts(const assay_json* object, const char* key, const char* where,
                        assay_report* report);

/* The value and all in it, down to 16 levels; what is deeper becomes null. */
void assay_copy_value(assay_json_writer* out, const char* key, const assay_json* value);
/* Those of the NULL-terminated `keys` that `object` has, in this order. */
void assay_copy_members(assay_json_writer* out, const assay_json* object, const char* const* keys);

#ifdef __cplusplus
}
#endif
#endif
