/* A specification as it was read: machines, workloads, policies, what varies, and which rules
 * points keep. */
#ifndef ASSAY_SWEEP_SPEC_H
#define ASSAY_SWEEP_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/sim.h"
#include "json.h"
#include "where.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SWEEP_FILES_MAX = 1000,     /* of machines, of workloads, of policies */
    SWEEP_VARIABLES_MAX = 64,   /* options that vary */
    SWEEP_VALUES_MAX = 10000,   /* of one option */
    SWEEP_WHERE_MAX = 100,      /* constraints */
    SWEEP_POINTS_MAX = 4 << 20, /* runs */
    SWEEP_GRID_MAX = 64 << 20   /* settings that are looked at, those that rules forbid included */
};

typedef enum sweep_kind {
    SWEEP_NUMBER,
    SWEEP_SWITCH, /* 0, 1 */
    SWEEP_NAME    /* index into the values */
} sweep_kind;

typedef struct sweep_variable {
    char* name;
    sweep_kind kind;
    bool whole;      /* of a number: integers */
    double* numbers; /* [count] in the order of the specification; NULL for names */
    char** names;    /* [count]; NULL for numbers and switches */
    size_t count;
    bool continuous; /* anything from `low` to `high`; count is 0 */
    bool logarithmic;
    double low, high;
} sweep_variable;

typedef struct sweep_machine {
    char *path, *name;
    assay_hw* hw; /* set to one setting after another */
    void* base;   /* the option values of the file */
    bool* has;    /* [variables] */
    double*
        base_value; /* [variables] what the file says, as points state it; NaN: no such option */
} sweep_machine;

typedef struct sweep_workload {
    char *path, *name;
    assay_workload* net;
    char identity[ASSAY_KEY_TEXT]; /* hash of content, batch and the layers' names */
} sweep_workload;

typedef struct sweep_policy {
    char *path, *name;            /* "" for the machine's defaults */
    assay_policy** of;            /* [workloads]; NULL for the machine's defaults */
    char (*hash)[ASSAY_KEY_TEXT]; /* [workloads]; "" likewise */
} sweep_policy;

typedef enum sweep_sampling {
    SWEEP_GRID,
    SWEEP_RANDOM,
    SWEEP_LATIN,
    SWEEP_SOBOL
} sweep_sampling;

typedef struct sweep_spec {
    const char* path; /* of the file, for messages */
    sweep_machine* machines;
    sweep_workload* workloads;
    sweep_policy* policies; /* at least one */
    size_t machine_count, workload_count, policy_count;
    sweep_variable* variables;
    size_t variable_count;
    sweep_where** where;
    size_t where_count;
    sweep_sampling sampling;
    uint64_t points; /* of drawn sweeps */
    uint64_t seed;
    bool seeded; /* the file states the seed */
    char** notes;
    size_t note_count;
} sweep_spec;

/* ASSAY_BAD_INPUT: all mistakes of the file, and of the files that it names, have their messages.
 * `path` must outlive the specification. Free with sweep_spec_free in every case. */
assay_status sweep_spec_read(const char* path, sweep_spec* out, assay_report* report);
void sweep_spec_free(sweep_spec* spec);

/* "hw", "workloads" and "policies". */
assay_status sweep_read_lists(sweep_spec* spec, const assay_json* root, assay_report* report);
/* "vary": what is read of an option's values. The machines are read before. */
void sweep_read_vary(sweep_spec* spec, const assay_json* root, assay_report* report);
/* "where" likewise, after "vary". */
void sweep_read_where(sweep_spec* spec, const assay_json* root, assay_report* report);

/* Remembers a note. ASSAY_NO_MEMORY. */
assay_status sweep_add_note(sweep_spec* spec, const char* format, ...) ASSAY_PRINTF(2, 3);

/* The value as text that assay_hw_set reads. */
void sweep_value_text(const sweep_variable* variable, double value, char* text, size_t size);
/* Index of the variable, or `variable_count`. */
size_t sweep_find_variable(const sweep_spec* spec, const char* name);

#ifdef __cplusplus
}
#endif
#endif
