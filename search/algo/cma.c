#include "cma.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eigen.h"

static const double condition_max = 1e14; /* of the covariance; beyond it axes are noise */

static void set_weights(assay_cma* cma) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < cma->parents; ++i) {
        cma->weights[i] = log(((double)cma->samples + 1) / 2) - log((double)i + 1);
        sum += cma->weights[i];
    }
    for (size_t i = 0; i < cma->parents; ++i) {
        cma->weights[i] /= sum;
        squares += cma->weights[i] * cma->weights[i];
    }
    cma->mu_eff = 1 / squares;
}

/* The tutorial's default parameters. */
static void set_rates(assay_cma* cma) {
    double n = (double)cma->n, mu = cma->mu_eff;
    cma->c_sigma = (mu + 2) / (n + mu + 5);
    cma->d_sigma = 1 + 2 * fmax(0, sqrt((mu - 1) / (n + 1)) - 1) + cma->c_sigma;
    cma->c_path = (4 + mu / n) / (n + 4 + 2 * mu / n);
    cma->c_one = 2 / ((n + 1.3) * (n + 1.3) + mu);
    cma->c_mu = fmin(1 - cma->c_one, 2 * (mu - 2 + 1 / mu) / ((n + 2) * (n + 2) + mu));
    cma->expected_length = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

bool assay_cma_init(assay_cma* cma, size_t n, size_t samples) {
    *cma = (assay_cma){.n = n, .samples = samples, .parents = samples / 2};
    cma->mean = calloc(n, sizeof(double));
    cma->steps = calloc(samples, n * sizeof(double));
    cma->white = calloc(samples, n * sizeof(double));
    cma->covariance = calloc(n, n * sizeof(double));
    cma->axes = calloc(n, n * sizeof(double));
    cma->lengths = calloc(n, sizeof(double));
    cma->scratch = calloc(n, n * sizeof(double));
    cma->path = calloc(n, sizeof(double));
    cma->sigma_path = calloc(n, sizeof(double));
    cma->weights = calloc(cma->parents, sizeof(double));
    if (!cma->mean || !cma->steps || !cma->white || !cma->covariance || !cma->axes ||
        !cma->lengths || !cma->scratch || !cma->path || !cma->sigma_path || !cma->weights) {
        return false;
    }
    set_weights(cma);
    set_rates(cma);
    return true;
}

void assay_cma_free(assay_cma* cma) {
    double* arrays[] = {cma->mean,    cma->steps,   cma->white, cma->covariance, cma->axes,
                        cma->lengths, cma->scratch, cma->path,  cma->sigma_path, cma->weights};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; ++i) {
        free(arrays[i]);
    }
}

static void set_identity(size_t n, double* matrix) {
    memset(matrix, 0, n * n * sizeof *matrix);
    for (size_t i = 0; i < n; ++i) {
        matrix[i * n + i] = 1;
    }
}

void assay_cma_start(assay_cma* cma, double sigma) {
    cma->sigma = sigma;
    cma->updates = cma->decomposed = 0;
    set_identity(cma->n, cma->covariance);
    set_identity(cma->n, cma->axes);
    memset(cma->path, 0, cma->n * sizeof *cma->path);
    memset(cma->sigma_path, 0, cma->n * sizeof *cma->sigma_path);
    for (size_t i = 0; i < cma->n; ++i) {
        cma->lengths[i] = 1;
    }
}

static void add_scaled(size_t n, double scale, const double* from, double* to) {
    for (size_t i = 0; i < n; ++i) {
        to[i] += scale * from[i];
    }
}

void assay_cma_sample(assay_cma* cma, assay_rng* rng) {
    size_t n = cma->n;
    memset(cma->steps, 0, cma->samples * n * sizeof *cma->steps);
    for (size_t k = 0; k < cma->samples; ++k) {
        for (size_t j = 0; j < n; ++j) {
            double z = assay_rng_normal(rng);
            cma->white[k * n + j] = z;
            add_scaled(n, z * cma->lengths[j], cma->axes + j * n, cma->steps + k * n);
        }
    }
}

/* ---- Learning ---- */

static void move_mean(assay_cma* cma, const size_t* order) {
    for (size_t i = 0; i < cma->parents; ++i) {
        add_scaled(cma->n, cma->sigma * cma->weights[i], cma->steps + order[i] * cma->n, cma->mean);
    }
}

/* The weighted mean of the standard normal vectors, turned into the axes: C^(-1/2) of the mean's
 * step. Returns the squared length of the path. */
static double move_sigma_path(assay_cma* cma, const size_t* order) {
    size_t n = cma->n;
    double gain = sqrt(cma->c_sigma * (2 - cma->c_sigma) * cma->mu_eff), square = 0;
    for (size_t i = 0; i < n; ++i) {
        cma->sigma_path[i] *= 1 - cma->c_sigma;
    }
    for (size_t j = 0; j < n; ++j) {
        double mean = 0;
        for (size_t i = 0; i < cma->parents; ++i) {
            mean += cma->weights[i] * cma->white[order[i] * n + j];
        }
        add_scaled(n, gain * mean, cma->axes + j * n, cma->sigma_path);
    }
    for (size_t i = 0; i < n; ++i) {
        square += cma->sigma_path[i] * cma->sigma_path[i];
    }
    return square;
}

/* False while sigma is rising fast: the path then stalls (h_sigma of the tutorial). */
static bool moves_steadily(const assay_cma* cma, double square) {
    double age = 1 - pow(1 - cma->c_sigma, 2 * ((double)cma->updates + 1));
    return sqrt(square / age) < (1.4 + 2 / ((double)cma->n + 1)) * cma->expected_length;
}

static void move_path(assay_cma* cma, const size_t* order, bool steady) {
    double gain = sqrt(cma->c_path * (2 - cma->c_path) * cma->mu_eff);
    for (size_t i = 0; i < cma->n; ++i) {
        cma->path[i] *= 1 - cma->c_path;
    }
    for (size_t i = 0; i < cma->parents && steady; ++i) {
        add_scaled(cma->n, gain * cma->weights[i], cma->steps + order[i] * cma->n, cma->path);
    }
}

/* Adds scale * vector vector^T. */
static void add_outer(size_t n, double scale, const double* vector, double* matrix) {
    for (size_t i = 0; i < n; ++i) {
        add_scaled(n, scale * vector[i], vector, matrix + i * n);
    }
}

static void learn_covariance(assay_cma* cma, const size_t* order, bool steady) {
    size_t n = cma->n;
    double lost = steady ? 0 : cma->c_one * cma->c_path * (2 - cma->c_path);
    double keep = 1 - cma->c_one - cma->c_mu + lost;
    for (size_t i = 0; i < n * n; ++i) {
        cma->covariance[i] *= keep;
    }
    add_outer(n, cma->c_one, cma->path, cma->covariance);
    for (size_t i = 0; i < cma->parents; ++i) {
        add_outer(n, cma->c_mu * cma->weights[i], cma->steps + order[i] * n, cma->covariance);
    }
}

/* Scales the coordinates that have become too narrow, as CMA-ES with margin does (Hamano et al.,
 * GECCO 2022), so that the correlations stay. */
static void widen(assay_cma* cma, const double* floor) {
    size_t n = cma->n;
    for (size_t i = 0; i < n; ++i) {
        double deviation = cma->sigma * sqrt(cma->covariance[i * n + i]);
        double scale = floor[i] / deviation;
        for (size_t j = 0; j < n && scale > 1; ++j) {
            cma->covariance[i * n + j] *= scale;
            cma->covariance[j * n + i] *= scale; /* the diagonal by its square */
        }
    }
}

static void decompose(assay_cma* cma) {
    size_t n = cma->n;
    assay_eigen(n, cma->covariance, cma->axes, cma->lengths, cma->scratch);
    double longest = 0;
    for (size_t i = 0; i < n; ++i) {
        longest = fmax(longest, cma->lengths[i]);
    }
    for (size_t i = 0; i < n; ++i) {
        cma->lengths[i] = sqrt(fmax(cma->lengths[i], longest / condition_max));
    }
    cma->decomposed = cma->updates;
}

/* Often enough that the axes are never far behind, seldom enough that they cost no more than the
 * rest (the tutorial, on the internal numerical effort). */
static bool is_behind(const assay_cma* cma) {
    double updates = (double)(cma->updates - cma->decomposed);
    return updates > 1 / (10 * (double)cma->n * (cma->c_one + cma->c_mu));
}

void assay_cma_update(assay_cma* cma, const size_t* order, bool flat, const double* floor) {
    move_mean(cma, order);
    double square = move_sigma_path(cma, order);
    bool steady = moves_steadily(cma, square);
    move_path(cma, order, steady);
    learn_covariance(cma, order, steady);
    double rate = cma->c_sigma / cma->d_sigma;
    cma->sigma *= exp(fmin(1, rate * (sqrt(square) / cma->expected_length - 1)));
    cma->sigma *= flat ? exp(0.2 + rate) : 1; /* the tutorial, on flat fitness */
    ++cma->updates;
    if (is_behind(cma)) {
        widen(cma, floor);
        decompose(cma);
    }
}
