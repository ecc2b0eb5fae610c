/* The distribution of CMA-ES and how it learns: Hansen, "The CMA Evolution Strategy: A Tutorial",
 * arXiv 1604.00772, 2016, with its default constants and positive weights. It knows real vectors
 * and their order of worth alone. */
#ifndef ASSAY_SEARCH_CMA_H
#define ASSAY_SEARCH_CMA_H

#include <stdbool.h>
#include <stddef.h>

#include "rng.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_cma {
    size_t n;
    size_t samples; /* lambda */
    size_t parents; /* mu */
    double sigma;
    double* mean;       /* [n] */
    double* steps;      /* [samples][n] (sample - mean) / sigma */
    double* white;      /* [samples][n] the same before covariance: standard normal */
    double* covariance; /* [n][n] */
    double* axes;       /* [n][n] its eigenvectors, a row each */
    double* lengths;    /* [n] roots of its eigenvalues */
    double* scratch;    /* [n][n] */
    double* path;       /* [n] evolution path of the covariance */
    double* sigma_path; /* [n] conjugate evolution path of sigma */
    double* weights;    /* [parents] sum 1 */
    double mu_eff, c_sigma, d_sigma, c_path, c_one, c_mu, expected_length;
    size_t updates;    /* since the start */
    size_t decomposed; /* the update after which the axes were computed last */
} assay_cma;

/* False: out of memory; what was taken is freed by assay_cma_free, which takes a zeroed one too. */
bool assay_cma_init(assay_cma* cma, size_t n, size_t samples);
void assay_cma_free(assay_cma* cma);
/* Forgets everything learnt. Sets no mean. */
void assay_cma_start(assay_cma* cma, double sigma);

/* Draws all samples. */
void assay_cma_sample(assay_cma* cma, assay_rng* rng);
/* order: [parents] the best samples, the best first. flat: their order means nothing. floor: [n]
 * the least standard deviation of each coordinate, so that none dies out between two choices. */
void assay_cma_update(assay_cma* cma, const size_t* order, bool flat, const double* floor);

#ifdef __cplusplus
}
#endif
#endif
