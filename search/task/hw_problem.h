/* One open search among machines: what the task hw keeps, and how it comes to be. */
#ifndef ASSAY_SEARCH_HW_PROBLEM_H
#define ASSAY_SEARCH_HW_PROBLEM_H

#include "hw_limits.h"
#include "hw_meter.h"
#include "hw_space.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HW_NETWORKS_MAX = 64
};

typedef struct hw_problem {
    const assay_search_settings* settings;
    unsigned w_bits, a_bits; /* of the hardware file's machine, for comparison */
    bool measures_accuracy;  /* data and external evaluators are looked at */
    hw_space* space;
    assay_workload* networks[HW_NETWORKS_MAX];
    size_t network_count;
    assay_store* store;
    hw_meter* meter;
    hw_limits limits;
    hw_cost base;    /* of the hardware file's machine */
    double* areas;   /* [machines] if they are few and area is limited, NaN: illegal, or no room for
                        the first network; else NULL */
    unsigned* inner; /* a machine that is legal and, where areas are known, within the limit */
    unsigned* base_x;
    unsigned* choices;
    const char** names;
    bool* unordered;
    double* state;
    assay_problem problem;
    bool shows; /* opening: progress has something to show */
} hw_problem;

/* Reads and checks all input, measures the hardware file's machine and finds one that repairs lead
 * to. `settings` must outlive the problem, w_bits and a_bits are set. Free in every case. */
assay_status hw_problem_open(hw_problem* h, assay_report* report);
void hw_problem_free(hw_problem* h);
/* The hardware file's machine can be proposed. */
bool hw_base_is_a_candidate(const hw_problem* h);

#ifdef __cplusplus
}
#endif
#endif
