/* Seeded random streams. A stream is a value that lives in its owner's state: no global, no rand(),
 * no time. Streams derived from the same seed with different names are independent. */
#ifndef ASSAY_BASE_RNG_H
#define ASSAY_BASE_RNG_H

#include <math.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_rng {
    uint64_t s[4];
} assay_rng;

/* xoshiro256++ (Blackman and Vigna, public domain algorithm), seeded by splitmix64 of the seed and
 * of the XXH3 hash of `stream`. */
assay_rng assay_rng_seed(uint64_t seed, const char* stream);

static inline uint64_t assay_rng_next(assay_rng* rng) {
    uint64_t* s = rng->s;
    uint64_t sum = s[0] + s[3], result = ((sum << 23) | (sum >> 41)) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* Uniform in [0, 1), 53 bits. */
static inline double assay_rng_unit(assay_rng* rng) {
    return (double)(assay_rng_next(rng) >> 11) * 0x1.0p-53;
}

/* Uniform in [0, n), n > 0, unbiased (Lemire). */
uint64_t assay_rng_below(assay_rng* rng, uint64_t n);
/* Standard normal (polar method). */
double assay_rng_normal(assay_rng* rng);
/* Gamma with shape k > 0 and mean 1 (Marsaglia and Tsang). */
double assay_rng_gamma_mean1(assay_rng* rng, double shape);

#ifdef __cplusplus
}
#endif
#endif
