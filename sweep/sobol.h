/* Sobol's sequence in up to 21 dimensions, in the order of Gray codes (Antonov and Saleev, 1979),
 * with the direction numbers of Joe and Kuo (SIAM J. Sci. Comput. 30, 2008; property A, chosen for
 * even two-dimensional projections). The first point, the origin, is index 0. */
#ifndef ASSAY_SWEEP_SOBOL_H
#define ASSAY_SWEEP_SOBOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SOBOL_DIMENSIONS = 21,
    SOBOL_BITS = 32
};

typedef struct sobol {
    size_t dimensions;
    uint64_t index;
    uint32_t state[SOBOL_DIMENSIONS]; /* 32 bits behind the point */
    uint32_t directions[SOBOL_DIMENSIONS][SOBOL_BITS];
} sobol;

/* 1 <= dimensions <= SOBOL_DIMENSIONS. `shift` [dimensions]: added digit by digit (exclusive or), a
 * random one makes another sequence as even as this one; NULL: none. */
void sobol_begin(sobol* s, size_t dimensions, const uint32_t* shift);
/* The next of 2^32 points, each coordinate in [0, 1). */
void sobol_next(sobol* s, double* point);

#ifdef __cplusplus
}
#endif
#endif
