/* One option of "vary" being read. */
#ifndef ASSAY_SWEEP_VARY_H
#define ASSAY_SWEEP_VARY_H

#include "spec.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SWEEP_PLACE_BYTES = 4096 + 256
};

typedef struct reading {
    sweep_spec* spec;
    sweep_variable* out;
    void* scratch;                 /* as large as any machine's values */
    char place[SWEEP_PLACE_BYTES]; /* "FILE: vary.NAME" */
    assay_report* report;
    bool no_memory;
} reading;

/* A list of values, and a range. The kind of the values is known. */
void sweep_read_values(reading* r, const assay_json* list);
void sweep_read_range(reading* r, const assay_json* object);

/* Where a mistake is; a very long one is cut. */
void sweep_place(char place[SWEEP_PLACE_BYTES], const char* format, ...) ASSAY_PRINTF(2, 3);
/* The option of the machine; NULL if it has none of that name. */
const assay_option* sweep_option_of(const sweep_machine* machine, const char* name);
/* "PLACE: no machine has an option "NAME", did you mean ...?" */
void sweep_report_unknown(const sweep_spec* spec, const char* place, const char* name,
                          assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
