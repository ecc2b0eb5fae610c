/* In place of mckp_ip.c where the build has found no integer programming library. */
#include <math.h>

#include "mckp.h"

assay_status assay_mckp_solve_ip(const assay_separable* problem, double limit_s, size_t* choice,
                                 assay_mckp_result* out, assay_report* report) {
    (void)problem, (void)limit_s, (void)choice;
    *out = (assay_mckp_result){.value = -INFINITY, .bound = INFINITY};
    assay_report_add(report, "this build has no integer programming library (COIN-OR CBC, Debian's "
                             "coinor-libcbc-dev): use the own solver");
    return ASSAY_BAD_INPUT;
}
