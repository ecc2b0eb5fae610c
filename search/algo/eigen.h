/* Eigenvectors of symmetric positive definite matrices, in plain C: a packaged library would give
 * other last bits on other machines, and with them other searches. */
#ifndef ASSAY_SEARCH_EIGEN_H
#define ASSAY_SEARCH_EIGEN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* matrix: [n][n]. vectors: [n][n], a row each, orthonormal; what they hold before is where the
 * iteration starts (the identity, or the answer for a matrix nearby, which is several times
 * faster). values: [n], in no order. scratch: [n][n]. */
void assay_eigen(size_t n, const double* matrix, double* vectors, double* values, double* scratch);

#ifdef __cplusplus
}
#endif
#endif
