#include "sobol.h"

#include "contract.h"

/* From the second dimension on: a primitive polynomial x^s + a_1 x^(s-1) + ... + 1 over GF(2), its
 * inner coefficients as the bits of `a`, and the first s direction integers. */
static const struct {
    unsigned s, a, m[7];
} polynomials[SOBOL_DIMENSIONS - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

/* v_i = v_(i-s) ^ (v_(i-s) >> s) ^ a_1 v_(i-1) ^ ... ^ a_(s-1) v_(i-s+1) */
static void make_directions(size_t dimension, uint32_t v[SOBOL_BITS]) {
    if (dimension == 0) { /* van der Corput's sequence */
        for (unsigned i = 0; i < SOBOL_BITS; i++) {
            v[i] = UINT32_C(1) << (31 - i);
        }
        return;
    }
    const unsigned s = polynomials[dimension - 1].s, a = polynomials[dimension - 1].a;
    for (unsigned i = 0; i < SOBOL_BITS; i++) {
        if (i < s) {
            v[i] = (uint32_t)polynomials[dimension - 1].m[i] << (31 - i);
            continue;
        }
        v[i] = v[i - s] ^ (v[i - s] >> s);
        for (unsigned k = 1; k < s; k++) {
            v[i] ^= (a >> (s - 1 - k) & 1) * v[i - k];
        }
    }
}

void sobol_begin(sobol* s, size_t dimensions, const uint32_t* shift) {
    ASSAY_REQUIRE(s != NULL && dimensions >= 1 && dimensions <= SOBOL_DIMENSIONS);
    *s = (sobol){.dimensions = dimensions};
    for (size_t d = 0; d < dimensions; d++) {
        make_directions(d, s->directions[d]);
        s->state[d] = shift != NULL ? shift[d] : 0;
    }
}

void sobol_next(sobol* s, double* point) {
    unsigned bit = 0; /* the lowest zero of the index: what changes in the Gray code */
    while ((s->index >> bit & 1) != 0) {
        bit++;
    }
    s->index++;
    for (size_t d = 0; d < s->dimensions; d++) {
        point[d] = (double)s->state[d] * 0x1p-32;
        s->state[d] ^= bit < SOBOL_BITS ? s->directions[d][bit] : 0;
    }
}
