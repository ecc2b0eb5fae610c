#include "rng.h"

#include <string.h>
#include <xxhash.h>

#include "contract.h"

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t splitmix64(uint64_t* state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

assay_rng assay_rng_seed(uint64_t seed, const char* stream) {
    ASSAY_REQUIRE(stream != NULL);
    /* Mixed before the name is added, so that neighbouring seeds do not meet neighbouring names. */
    uint64_t state = seed;
    state = splitmix64(&state) ^ XXH3_64bits(stream, strlen(stream));
    assay_rng rng;
    for (int i = 0; i < 4; ++i) {
        rng.s[i] = splitmix64(&state); /* four different states: cannot all give 0 */
    }
    return rng;
}

/* Lemire, "Fast random integer generation in an interval", 2019. */
uint64_t assay_rng_below(assay_rng* rng, uint64_t n) {
    ASSAY_REQUIRE(n > 0);
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)assay_rng_next(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = (0 - n) % n;
        while ((uint64_t)product < threshold) {
            product = (wide)assay_rng_next(rng) * n;
        }
    }
    return (uint64_t)(product >> 64);
}

/* The second value of each pair is thrown away: a stream is its four words and nothing else. */
double assay_rng_normal(assay_rng* rng) {
    double x, square;
    do {
        x = 2 * assay_rng_unit(rng) - 1;
        double y = 2 * assay_rng_unit(rng) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return x * sqrt(-2 * log(square) / square);
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; shape >= 1. */
static double gamma_variate(assay_rng* rng, double shape) {
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = assay_rng_normal(rng), t = 1 + c * x;
        if (t <= 0) {
            continue;
        }
        double v = t * t * t, u = 1 - assay_rng_unit(rng); /* (0, 1]: its logarithm is finite */
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) {
            return d * v;
        }
    }
}

double assay_rng_gamma_mean1(assay_rng* rng, double shape) {
    ASSAY_REQUIRE(shape > 0);
    if (shape >= 1) {
        return gamma_variate(rng, shape) / shape;
    }
    /* Their section 6: a shape below 1 from one above it. */
    double above = gamma_variate(rng, shape + 1);
    return above * pow(1 - assay_rng_unit(rng), 1 / shape) / shape;
}
