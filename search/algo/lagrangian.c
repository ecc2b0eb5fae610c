/* The Lagrangian bound of the separable estimate, and the best candidate met on the way to it. */
#include "answers.h"

/* No options: what is called for is the least bound, to the last digit. */
static assay_status solve(const assay_separable* problem, const void* values, size_t* choice,
                          assay_mckp_result* out, assay_report* report) {
    (void)values, (void)report;
    double multiplier[ASSAY_LIMITS_MAX];
    return assay_mckp_lagrangian(problem, choice, multiplier, out);
}

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    (void)seed; /* nothing is drawn */
    assay_answers* answers;
    assay_status status = assay_answers_new(problem, "lagrangian", &answers, report);
    if (status != ASSAY_OK) {
        return status;
    }
    status = assay_answers_add(answers, solve, values, report);
    return assay_answers_end(answers, status, self, report);
}

const assay_algorithm algorithm_lagrangian = {
    .name = "lagrangian",
    .summary = "the Lagrangian bound of the estimate, and the best candidate on the way to it",
    .options = {"lagrangian", NULL, 0, 0},
    .needs = ASSAY_NEEDS_SEPARABLE,
    .create = create,
    .ask = assay_answers_ask,
    .tell = assay_answers_tell,
    .bound = assay_answers_bound,
    .destroy = assay_answers_free,
};
