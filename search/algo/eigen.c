/* One-sided Jacobi (Hestenes, "Inversion of matrices by biorthogonalization", 1958; Demmel and
 * Veselic, SIAM J. Matrix Anal. 13, 1992, on its accuracy): rotates pairs of the columns of
 * G = A V, kept here as rows, until all are orthogonal; then V's columns are G's, normalised. */
#include "eigen.h"

#include <math.h>
#include <stdbool.h>

enum {
    sweeps_max = 100 /* n = 500, condition 1e12: 42 from the identity, 10 from nearby */
};
static const double orthogonal = 1e-13; /* cosine of two rows */

/* Four partial sums, so that additions need not wait for each other. */
static double dot(size_t n, const double* a, const double* b) {
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; ++k) {
            sum[k] += a[i + k] * b[i + k];
        }
    }
    for (; i < n; ++i) {
        sum[0] += a[i] * b[i];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Makes two rows orthogonal and keeps their squared lengths up to date; false: they were. */
static bool rotate(size_t n, double* a, double* b, double* a_square, double* b_square) {
    double product = dot(n, a, b);
    if (fabs(product) <= orthogonal * sqrt(*a_square * *b_square)) {
        return false;
    }
    double zeta = (*b_square - *a_square) / (2 * product);
    double tangent = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    double cosine = 1 / sqrt(1 + tangent * tangent), sine = cosine * tangent;
    for (size_t i = 0; i < n; ++i) {
        double old = a[i];
        a[i] = cosine * old - sine * b[i];
        b[i] = sine * old + cosine * b[i];
    }
    *a_square = fmax(0, *a_square - tangent * product);
    *b_square += tangent * product;
    return true;
}

/* The lengths drift while they are kept up to date: they are measured anew for every sweep. */
static bool sweep(size_t n, double* g, double* squares) {
    bool rotated = false;
    for (size_t i = 0; i < n; ++i) {
        squares[i] = dot(n, g + i * n, g + i * n);
    }
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = i + 1; j < n; ++j) {
            rotated |= rotate(n, g + i * n, g + j * n, &squares[i], &squares[j]);
        }
    }
    return rotated;
}

void assay_eigen(size_t n, const double* matrix, double* vectors, double* values, double* scratch) {
    for (size_t j = 0; j < n; ++j) {
        for (size_t i = 0; i < n; ++i) {
            scratch[j * n + i] = dot(n, matrix + i * n, vectors + j * n);
        }
    }
    for (int i = 0; i < sweeps_max && sweep(n, scratch, values); ++i) {}
    for (size_t j = 0; j < n; ++j) {
        double* g = scratch + j * n;
        values[j] = sqrt(dot(n, g, g));
        for (size_t i = 0; i < n; ++i) {
            vectors[j * n + i] = g[i] / values[j];
        }
    }
}
