/* Small dense networks and Adam, for actors, critics and predictors. float, row-major, one thread;
 * products by CBLAS. */
#ifndef ASSAY_SEARCH_NN_H
#define ASSAY_SEARCH_NN_H

#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"
#include "rng.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum assay_nn_output {
    ASSAY_NN_LINEAR,
    ASSAY_NN_SIGMOID,
} assay_nn_output;

/* Linear - ReLU - ... - Linear - output. A second input (`late` numbers, 0: none) joins the first
 * hidden layer before its ReLU through a matrix and a bias of its own: the action in HAQ's critic,
 * the bits in APQ's predictor. */
typedef struct assay_nn_shape {
    const size_t* widths; /* [layers + 1]: input, hidden ..., output */
    size_t layers;        /* >= 1 */
    size_t late;          /* numbers of the second input */
    assay_nn_output output;
} assay_nn_shape;

typedef struct assay_nn assay_nn;

/* Weights and biases uniform in +-1/sqrt(fan in), as PyTorch's Linear. `batch`: the most rows of a
 * pass. */
assay_status assay_nn_new(const assay_nn_shape* shape, size_t batch, assay_rng* rng,
                          assay_nn** out);
void assay_nn_free(assay_nn** net);
size_t assay_nn_parameter_count(const assay_nn* net);
float*
assay_nn_parameters(assay_nn* net); /* all, one array; layer by layer: W, b; the late ones last */
const float* assay_nn_gradients(const assay_nn* net); /* the same shape */

/* input [rows][widths[0]], late [rows][late] (or NULL); returns [rows][last width], valid until the
 * next forward pass. What a backward pass needs is kept. */
const float* assay_nn_forward(assay_nn* net, size_t rows, const float* input, const float* late);
/* `out_gradient` [rows][last width]: of the loss, by the outputs of the last forward pass. Adds to
 * the gradients; writes the loss's gradients by the inputs where asked (either may be NULL). */
void assay_nn_backward(assay_nn* net, const float* out_gradient, float* input_gradient,
                       float* late_gradient);
/* The gradients by the inputs alone, those of the parameters left as they are: an actor that learns
 * from its critic. */
void assay_nn_backward_inputs(assay_nn* net, const float* out_gradient, float* input_gradient,
                              float* late_gradient);
void assay_nn_zero_gradients(assay_nn* net);
/* target = (1 - tau) * target + tau * net; tau 1 copies. Of equal shapes. */
void assay_nn_blend(assay_nn* target, const assay_nn* net, double tau);

/* Adam (Kingma and Ba), betas 0.9, 0.999, epsilon 1e-8, with decoupled state per network. */
typedef struct assay_adam assay_adam;
assay_status assay_adam_new(const assay_nn* net, double rate, assay_adam** out);
void assay_adam_free(assay_adam** adam);
void assay_adam_step(assay_adam* adam, assay_nn* net); /* with the net's gradients */

#ifdef __cplusplus
}
#endif
#endif
