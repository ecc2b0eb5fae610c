/* The open task `joint`, between its parts: what is searched, and how it comes to be. */
#ifndef ASSAY_SEARCH_JOINT_H
#define ASSAY_SEARCH_JOINT_H

#include "accuracy_pool.h"
#include "haq_layers.h"
#include "hw_problem.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    JOINT_REFERENCES = 3,
    JOINT_NAME_BYTES = 80
};

typedef struct joint {
    hw_problem hw; /* its variables come first */
    haq_ranges ranges;
    double lambda;
    size_t front;
    uint64_t images;
    unsigned limit_s;
    haq_layers layers; /* then two of each */
    assay_accuracy_pool* pool;
    assay_accuracy_result original; /* the float network */
    size_t variables;
    unsigned* choices;
    size_t* group;
    double* state;
    char** names;
    assay_problem problem;
    unsigned* reference_x[JOINT_REFERENCES];
    char reference_names[JOINT_REFERENCES][JOINT_NAME_BYTES];
    assay_named_candidate references[JOINT_REFERENCES];
    size_t reference_count;
} joint;

/* hw.settings, ranges, images and limit_s are set. Free in every case. */
assay_status joint_open(joint* j, assay_report* report);
void joint_free(joint* j);

/* The first variables of a candidate are its machine. */
static inline size_t joint_machine_variables(const joint* j) {
    return j->hw.space->count;
}
/* Those after them, [layers]. */
void joint_bits(const joint* j, const unsigned* x, haq_bits* bits);
/* For accuracy_pool: asks whether to go on, `user` is the joint. */
bool joint_goes_on(void* user, size_t done);

#ifdef __cplusplus
}
#endif
#endif
