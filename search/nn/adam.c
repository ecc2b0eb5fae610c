#include <math.h>
#include <stdlib.h>

#include "contract.h"
#include "nn.h"

/* Kingma and Ba, "Adam: a method for stochastic optimization", 2015: the values that they propose
 * and every library takes. */
static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

struct assay_adam {
    double rate;
    double power1, power2; /* betas to the power of the steps taken */
    size_t count;
    float* first; /* moments of the gradients, [count] */
    float* second;
};

assay_status assay_adam_new(const assay_nn* net, double rate, assay_adam** out) {
    ASSAY_REQUIRE(net && out);
    *out = NULL;
    assay_adam* adam = calloc(1, sizeof *adam);
    if (!adam) {
        return ASSAY_NO_MEMORY;
    }
    adam->rate = rate;
    adam->power1 = 1;
    adam->power2 = 1;
    adam->count = assay_nn_parameter_count(net);
    adam->first = calloc(adam->count, sizeof(float));
    adam->second = calloc(adam->count, sizeof(float));
    if (!adam->first || !adam->second) {
        assay_adam_free(&adam);
        return ASSAY_NO_MEMORY;
    }
    *out = adam;
    return ASSAY_OK;
}

void assay_adam_free(assay_adam** slot) {
    assay_adam* adam = *slot;
    if (adam) {
        free(adam->first);
        free(adam->second);
        free(adam);
        *slot = NULL;
    }
}

/* Moments of a weight behind a dead ReLU shrink for ever. Below the normal numbers a processor
 * takes a hundred times as long for each, and long before that they move nothing. */
static inline float settled(float moment) {
    return fabsf(moment) < 1e-36F ? 0 : moment;
}

void assay_adam_step(assay_adam* adam, assay_nn* net) {
    ASSAY_REQUIRE(adam->count == assay_nn_parameter_count(net));
    float* restrict parameter = assay_nn_parameters(net);
    const float* restrict gradient = assay_nn_gradients(net);
    float* restrict first = adam->first;
    float* restrict second = adam->second;
    adam->power1 *= beta1;
    adam->power2 *= beta2;
    float rate = (float)(adam->rate / (1 - adam->power1));
    float scale = (float)(1 / sqrt(1 - adam->power2));
    float keep1 = (float)beta1, take1 = (float)(1 - beta1), above = (float)epsilon;
    float keep2 = (float)beta2, take2 = (float)(1 - beta2);
    for (size_t i = 0; i < adam->count; ++i) {
        float g = gradient[i];
        first[i] = settled(keep1 * first[i] + take1 * g);
        second[i] = settled(keep2 * second[i] + take2 * g * g);
        parameter[i] -= rate * first[i] / (sqrtf(second[i]) * scale + above);
    }
}
