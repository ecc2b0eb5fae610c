/* The optimum of the separable estimate: one candidate, and the proof that none is better. */
#include <math.h>

#include "answers.h"
#include "option_rows.h"

static const char* const solvers[] = {"auto", "own", "ip", NULL};
enum {
    SOLVER_AUTO,
    SOLVER_OWN,
    SOLVER_IP
};

// clang-format off: one row per option
#define ASSAY_EXACT_OPTIONS(UINT, REAL, CHOICE)                                                    \
    CHOICE(solver, SOLVER_AUTO, solvers,                                                           \
           "own: branch and bound; ip: COIN-OR CBC, if the build has it; auto: own, 10 to 100 "    \
           "times faster on what was measured (HAWQ-V3's and LIMPQ's programs)")                   \
    UINT(max_nodes, 0, 0, 1e15, "nodes",                                                           \
         "own: ends unproven after so many nodes, with the bound of what is left; 0: no limit "    \
         "(ours)")                                                                                 \
    REAL(max_seconds, 600, 0.001, 1e6, "s", "ip: ends unproven after so long (ours)")
// clang-format on

typedef struct options {
    ASSAY_EXACT_OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_CHOICE)
} options;

static assay_status solve(const assay_separable* problem, const void* values, size_t* choice,
                          assay_mckp_result* out, assay_report* report) {
    const options* o = values;
    if (o->solver == SOLVER_IP) {
        return assay_mckp_solve_ip(problem, o->max_seconds, choice, out, report);
    }
    return assay_mckp_solve(problem, o->max_nodes, choice, out);
}

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    (void)seed; /* nothing is drawn */
    assay_answers* answers;
    assay_status status = assay_answers_new(problem, "exact", &answers, report);
    if (status != ASSAY_OK) {
        return status;
    }
    status = assay_answers_add(answers, solve, values, report);
    return assay_answers_end(answers, status, self, report);
}

static const assay_option rows[] = {
    ASSAY_EXACT_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_CHOICE)};

const assay_algorithm algorithm_exact = {
    .name = "exact",
    .summary = "the proven optimum of the estimate that adds up over the layers",
    .options = ASSAY_OPTION_ROWS("exact", rows),
    .needs = ASSAY_NEEDS_SEPARABLE,
    .create = create,
    .ask = assay_answers_ask,
    .tell = assay_answers_tell,
    .bound = assay_answers_bound,
    .destroy = assay_answers_free,
};
