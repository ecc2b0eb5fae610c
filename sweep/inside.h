/* A sweep from inside the library. */
#ifndef ASSAY_SWEEP_SWEEP_INSIDE_H
#define ASSAY_SWEEP_SWEEP_INSIDE_H

#include "option_settings.h"
#include "spec.h"
#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sweep_point {
    unsigned setting; /* of settings */
    unsigned short machine, workload, policy;
    unsigned char status; /* assay_point_status */
    unsigned error;       /* of errors; 0: none */
} sweep_point;

struct assay_sweep {
    char* path;
    sweep_spec spec;
    sweep_settings settings;
    sweep_point* points;      /* [count] */
    assay_run_totals* totals; /* [count] */
    size_t count;
    char** errors; /* [error_count] texts of results, each once; the first is "" */
    size_t error_count, error_capacity;
    unsigned set; /* setting that its machine is set to, or `count` of settings */
};

/* Sets the machine of the point and returns it. */
assay_hw* sweep_set_machine(assay_sweep* sweep, size_t point);
/* Lists the points of the specification that was read. */
assay_status sweep_list_points(assay_sweep* sweep, assay_report* report);
/* Machines that their rules forbid get their result. */
assay_status sweep_find_invalid(assay_sweep* sweep);
/* "rows=16, cols=8", of the options that vary. */
void sweep_say_setting(const assay_sweep* sweep, size_t point, char* text, size_t size);
/* All messages as one text, with semicolons between them. */
void sweep_join_messages(const assay_report* report, char* text, size_t size);
/* Points of one machine, workload and policy. */
size_t sweep_cells(const assay_sweep* sweep);
size_t sweep_cell_of(const assay_sweep* sweep, size_t point);

#ifdef __cplusplus
}
#endif
#endif
