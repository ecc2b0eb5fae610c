/* One line of a search's log. */
#ifndef ASSAY_SEARCH_LOG_LINE_H
#define ASSAY_SEARCH_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_log_line {
    uint64_t evaluation; /* from 0 */
    const char* phase;
    size_t variables;
    const unsigned* x;
    const char* hash;
    bool known;
    assay_record record;
    double used;
    double wall_s; /* since the search began, pauses between runs left out */
} assay_log_line;

typedef struct assay_record_field {
    const char* name;
    size_t offset; /* of the double in assay_record */
} assay_record_field;

/* The numbers of a record in the order of the log: reward, accuracy, loss, seconds, energy_j,
 * size_bytes, area_mm2, bops, violation. */
enum {
    ASSAY_RECORD_FIELDS = 9
};
extern const assay_record_field assay_record_fields[ASSAY_RECORD_FIELDS];

static inline double assay_record_get(const assay_record* record, size_t field) {
    return *(const double*)(const void*)((const char*)record + assay_record_fields[field].offset);
}
static inline void assay_record_set(assay_record* record, size_t field, double value) {
    *(double*)(void*)((char*)record + assay_record_fields[field].offset) = value;
}

void assay_log_line_write(const assay_log_line* line, assay_json_writer* out);

#ifdef __cplusplus
}
#endif
#endif
