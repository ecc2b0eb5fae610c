#include "nn.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

typedef struct dense {
    size_t in, out;
    size_t weight, bias; /* where they begin among the parameters */
    float* value;        /* [batch][out] after the ReLU or the output's function */
} dense;

struct assay_nn {
    dense* layer; /* [layers] */
    size_t layers, late;
    size_t late_weight, late_bias;
    assay_nn_output output;
    size_t batch, rows, widest;
    size_t count; /* of parameters */
    float* parameter;
    float* gradient;
    float* input;      /* [batch][layer[0].in] of the last forward pass */
    float* late_input; /* [batch][late] */
    float* delta[2];   /* [batch][widest] gradients by what a layer sums up, and by its inputs */
};

/* ---- One thread ---- */

/* OpenBLAS cuts a product differently for every number of threads, and with it the order of its
 * sums. How many it may start is a setting of the whole process, which others (libtorch) use too:
 * it is put back. */
static int one_thread(void) {
#ifdef OPENBLAS_VERSION
    int threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    return threads;
#else
    return 1;
#endif
}

static void threads_back(int threads) {
#ifdef OPENBLAS_VERSION
    openblas_set_num_threads(threads);
#else
    (void)threads;
#endif
}

/* ---- Making ---- */

static size_t place_layers(assay_nn* net, const assay_nn_shape* shape) {
    size_t at = 0;
    for (size_t l = 0; l < net->layers; ++l) {
        dense* layer = &net->layer[l];
        layer->in = shape->widths[l];
        layer->out = shape->widths[l + 1];
        ASSAY_REQUIRE(layer->in > 0 && layer->out > 0);
        layer->weight = at;
        layer->bias = at + layer->in * layer->out;
        at = layer->bias + layer->out;
    }
    net->late_weight = at;
    net->late_bias = at + net->late * net->layer[0].out;
    return net->late > 0 ? net->late_bias + net->layer[0].out : at;
}

static float* numbers(size_t rows, size_t columns) {
    return calloc(rows * columns > 0 ? rows * columns : 1, sizeof(float));
}

static bool make_room(assay_nn* net) {
    bool all = true;
    net->widest = net->layer[0].in;
    for (size_t l = 0; l < net->layers; ++l) {
        dense* layer = &net->layer[l];
        net->widest = layer->out > net->widest ? layer->out : net->widest;
        layer->value = numbers(net->batch, layer->out);
        all = all && layer->value;
    }
    net->parameter = numbers(net->count, 1);
    net->gradient = numbers(net->count, 1);
    net->input = numbers(net->batch, net->layer[0].in);
    net->late_input = numbers(net->batch, net->late);
    net->delta[0] = numbers(net->batch, net->widest);
    net->delta[1] = numbers(net->batch, net->widest);
    return all && net->parameter && net->gradient && net->input && net->late_input &&
           net->delta[0] && net->delta[1];
}

static void draw(float* out, size_t count, size_t fan_in, assay_rng* rng) {
    double bound = 1 / sqrt((double)fan_in);
    for (size_t i = 0; i < count; ++i) {
        out[i] = (float)((2 * assay_rng_unit(rng) - 1) * bound);
    }
}

static void draw_parameters(assay_nn* net, assay_rng* rng) {
    for (size_t l = 0; l < net->layers; ++l) {
        const dense* layer = &net->layer[l];
        draw(net->parameter + layer->weight, (layer->in + 1) * layer->out, layer->in, rng);
    }
    if (net->late > 0) {
        draw(net->parameter + net->late_weight, (net->late + 1) * net->layer[0].out, net->late,
             rng);
    }
}

assay_status assay_nn_new(const assay_nn_shape* shape, size_t batch, assay_rng* rng,
                          assay_nn** out) {
    ASSAY_REQUIRE(shape && rng && out && shape->layers > 0 && batch > 0);
    *out = NULL;
    assay_nn* net = calloc(1, sizeof *net);
    dense* layer = calloc(shape->layers, sizeof *layer);
    if (!net || !layer) {
        free(layer);
        free(net);
        return ASSAY_NO_MEMORY;
    }
    net->layer = layer;
    net->layers = shape->layers;
    net->late = shape->late;
    net->output = shape->output;
    net->batch = batch;
    net->count = place_layers(net, shape);
    if (!make_room(net)) {
        assay_nn_free(&net);
        return ASSAY_NO_MEMORY;
    }
    draw_parameters(net, rng);
    *out = net;
    return ASSAY_OK;
}

void assay_nn_free(assay_nn** slot) {
    assay_nn* net = *slot;
    if (!net) {
        return;
    }
    for (size_t l = 0; l < net->layers; ++l) {
        free(net->layer[l].value);
    }
    free(net->layer);
    free(net->parameter);
    free(net->gradient);
    free(net->input);
    free(net->late_input);
    free(net->delta[0]);
    free(net->delta[1]);
    free(net);
    *slot = NULL;
}

size_t assay_nn_parameter_count(const assay_nn* net) {
    return net->count;
}

float* assay_nn_parameters(assay_nn* net) {
    return net->parameter;
}

const float* assay_nn_gradients(const assay_nn* net) {
    return net->gradient;
}

/* ---- Forward ---- */

/* out[rows][width] += in[rows][fan_in] * weight[width][fan_in]^T. A single row is a product of
 * matrix and vector: BLAS is several times faster when it is told so. */
static void add_product(float* out, const float* in, const float* weight, size_t rows,
                        size_t fan_in, size_t width) {
    int m = (int)rows, k = (int)fan_in, n = (int)width;
    if (rows == 1) {
        cblas_sgemv(CblasRowMajor, CblasNoTrans, n, k, 1, weight, k, in, 1, 1, out, 1);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, in, k, weight, k, 1, out,
                    n);
    }
}

static void set_rows(float* out, const float* bias, size_t rows, size_t width) {
    for (size_t row = 0; row < rows; ++row) {
        memcpy(out + row * width, bias, width * sizeof *bias);
    }
}

static void relu(float* value, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        value[i] = value[i] > 0 ? value[i] : 0;
    }
}

static void sigmoid(float* value, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        value[i] = 1 / (1 + expf(-value[i]));
    }
}

static void add_late(assay_nn* net, size_t rows) {
    dense* first = &net->layer[0];
    const float* bias = net->parameter + net->late_bias;
    for (size_t row = 0; row < rows; ++row) {
        for (size_t i = 0; i < first->out; ++i) {
            first->value[row * first->out + i] += bias[i];
        }
    }
    add_product(first->value, net->late_input, net->parameter + net->late_weight, rows, net->late,
                first->out);
}

static void forward_layer(assay_nn* net, size_t l, size_t rows) {
    dense* layer = &net->layer[l];
    const float* in = l > 0 ? net->layer[l - 1].value : net->input;
    set_rows(layer->value, net->parameter + layer->bias, rows, layer->out);
    add_product(layer->value, in, net->parameter + layer->weight, rows, layer->in, layer->out);
    if (l == 0 && net->late > 0) {
        add_late(net, rows);
    }
    if (l + 1 < net->layers) {
        relu(layer->value, rows * layer->out);
    } else if (net->output == ASSAY_NN_SIGMOID) {
        sigmoid(layer->value, rows * layer->out);
    }
}

const float* assay_nn_forward(assay_nn* net, size_t rows, const float* input, const float* late) {
    ASSAY_REQUIRE(rows > 0 && rows <= net->batch && (late != NULL) == (net->late > 0));
    memcpy(net->input, input, rows * net->layer[0].in * sizeof *input);
    if (late) {
        memcpy(net->late_input, late, rows * net->late * sizeof *late);
    }
    net->rows = rows;
    int threads = one_thread();
    for (size_t l = 0; l < net->layers; ++l) {
        forward_layer(net, l, rows);
    }
    threads_back(threads);
    return net->layer[net->layers - 1].value;
}

/* ---- Backward ---- */

/* gradient[width][fan_in] += delta[rows][width]^T * in[rows][fan_in]; bias += sums of columns. */
static void add_gradients(float* weight, float* bias, const float* delta, const float* in,
                          size_t rows, size_t fan_in, size_t width) {
    int m = (int)width, n = (int)fan_in, k = (int)rows;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, delta, m, in, n, 1, weight, n);
    for (size_t row = 0; row < rows; ++row) {
        for (size_t i = 0; i < width; ++i) {
            bias[i] += delta[row * width + i];
        }
    }
}

/* out[rows][fan_in] = delta[rows][width] * weight[width][fan_in] */
static void gradient_by_input(float* out, const float* delta, const float* weight, size_t rows,
                              size_t fan_in, size_t width) {
    int m = (int)rows, n = (int)fan_in, k = (int)width;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, delta, k, weight, n, 0, out,
                n);
}

/* Through the output's function: delta by what the last layer sums up. */
static void enter_output(assay_nn* net, const float* out_gradient) {
    const dense* last = &net->layer[net->layers - 1];
    for (size_t i = 0; i < net->rows * last->out; ++i) {
        float y = last->value[i];
        float slope = net->output == ASSAY_NN_SIGMOID ? y * (1 - y) : 1;
        net->delta[0][i] = out_gradient[i] * slope;
    }
}

static void through_relu(float* delta, const float* value, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        delta[i] = value[i] > 0 ? delta[i] : 0;
    }
}

static void swap_deltas(assay_nn* net) {
    float* first = net->delta[0];
    net->delta[0] = net->delta[1];
    net->delta[1] = first;
}

static void add_layer_gradients(assay_nn* net, size_t l) {
    const dense* layer = &net->layer[l];
    const float* in = l > 0 ? net->layer[l - 1].value : net->input;
    add_gradients(net->gradient + layer->weight, net->gradient + layer->bias, net->delta[0], in,
                  net->rows, layer->in, layer->out);
    if (l == 0 && net->late > 0) {
        add_gradients(net->gradient + net->late_weight, net->gradient + net->late_bias,
                      net->delta[0], net->late_input, net->rows, net->late, layer->out);
    }
}

static void descend(assay_nn* net, size_t l) {
    const dense* layer = &net->layer[l];
    gradient_by_input(net->delta[1], net->delta[0], net->parameter + layer->weight, net->rows,
                      layer->in, layer->out);
    swap_deltas(net);
    through_relu(net->delta[0], net->layer[l - 1].value, net->rows * layer->in);
}

static void backward(assay_nn* net, const float* out_gradient, bool parameters,
                     float* input_gradient, float* late_gradient) {
    ASSAY_REQUIRE(net->rows > 0);
    int threads = one_thread();
    enter_output(net, out_gradient);
    for (size_t l = net->layers; l-- > 0;) {
        if (parameters) {
            add_layer_gradients(net, l);
        }
        if (l > 0) {
            descend(net, l);
        }
    }
    const dense* first = &net->layer[0];
    if (input_gradient) {
        gradient_by_input(input_gradient, net->delta[0], net->parameter + first->weight, net->rows,
                          first->in, first->out);
    }
    if (late_gradient) {
        ASSAY_REQUIRE(net->late > 0);
        gradient_by_input(late_gradient, net->delta[0], net->parameter + net->late_weight,
                          net->rows, net->late, first->out);
    }
    threads_back(threads);
}

void assay_nn_backward(assay_nn* net, const float* out_gradient, float* input_gradient,
                       float* late_gradient) {
    backward(net, out_gradient, true, input_gradient, late_gradient);
}

void assay_nn_backward_inputs(assay_nn* net, const float* out_gradient, float* input_gradient,
                              float* late_gradient) {
    backward(net, out_gradient, false, input_gradient, late_gradient);
}

void assay_nn_zero_gradients(assay_nn* net) {
    memset(net->gradient, 0, net->count * sizeof *net->gradient);
}

void assay_nn_blend(assay_nn* target, const assay_nn* net, double tau) {
    ASSAY_REQUIRE(target->count == net->count);
    float keep = (float)(1 - tau), take = (float)tau;
    for (size_t i = 0; i < net->count; ++i) {
        target->parameter[i] = keep * target->parameter[i] + take * net->parameter[i];
    }
}
