/* Sets of points of which every coordinate is to be minimised. */
#ifndef ASSAY_SEARCH_PARETO_H
#define ASSAY_SEARCH_PARETO_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `a` is nowhere worse and somewhere better. */
bool assay_dominates(const double* a, const double* b, size_t objectives);

/* points: [count][objectives], no NaN. Writes the indices of those that no other dominates, in
 * their order, and returns how many. Of equal points the first is taken. front: [count]. */
size_t assay_pareto_front(const double* points, size_t count, size_t objectives, size_t* front);

/* Volume that the points dominate below `reference`, exact; points that are not below it in every
 * coordinate add nothing. 1 .. 4 objectives; time grows as count^(objectives - 1) log(count). NaN:
 * out of memory. Slicing: Knowles, PhD thesis, 2002; While et al., IEEE TEC 10(1), 2006. */
double assay_hypervolume(const double* points, size_t count, size_t objectives,
                         const double* reference);

#ifdef __cplusplus
}
#endif
#endif
