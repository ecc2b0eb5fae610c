/* What a network is worth: its accuracy on real data under a policy, quantised, pruned and
 * fine-tuned as the policy says.
 *
 *     assay_accuracy_settings settings = assay_default_accuracy_settings();
 *     settings.network = "glyphs_resnet";
 *     assay_accuracy* env = NULL;
 *     assay_policy* policy = NULL;
 *     assay_accuracy_result result;
 *     if (assay_accuracy_open(&settings, &env, report) == ASSAY_OK &&
 *         assay_policy_uniform(assay_accuracy_workload(env), 4, 4, &policy, report) == ASSAY_OK &&
 *         assay_accuracy_evaluate(env, policy, &result, report) == ASSAY_OK)
 *         printf("%.1f %%\n", 100 * result.top1);
 *     assay_policy_free(&policy); assay_accuracy_close(&env);
 *
 * Two environments stand behind it: the built-in engine (libtorch, one thread, in a module that is
 * loaded when it is first asked for; absent from builds without libtorch), and an external
 * evaluator, a program of the user's that speaks JSON lines (docs/evaluator.md).
 *
 * Deterministic: the same settings and policy give the same answer whatever was evaluated before
 * and however many processes do it. Conventions as in sim.h. */
#ifndef ASSAY_ACCURACY_H
#define ASSAY_ACCURACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"
#include "assay/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True if this build has the built-in engine and its module can be found. */
bool assay_accuracy_available(void);

/* ---- What there is ---- */

typedef struct assay_dataset_info {
    const char* name;    /* "cifar10" */
    const char* summary; /* one line: what files it reads */
} assay_dataset_info;
size_t assay_dataset_count(void);
const assay_dataset_info* assay_dataset_at(size_t i); /* i < count */

/* ---- An environment ---- */

typedef enum assay_split {
    ASSAY_SPLIT_SEARCH, /* test images 0, 2, 4, ...: what a search may see */
    ASSAY_SPLIT_FINAL,  /* test images 1, 3, 5, ...: for the figure that is published */
    ASSAY_SPLIT_ALL,    /* both */
} assay_split;
const char* assay_split_name(assay_split split); /* "search", "final", "all" */

/* How the clip of a linear quantiser is chosen. */
typedef enum assay_clip {
    ASSAY_CLIP_MAX, /* the greatest magnitude */
    ASSAY_CLIP_KL,  /* least divergence between values and quantised values */
    ASSAY_CLIP_MSE, /* least mean squared error */
    ASSAY_CLIP_HAQ, /* HAQ's: max from 5 bits on (activations at most 6), else kl */
} assay_clip;
const char* assay_clip_name(assay_clip clip); /* "max", "kl", "mse", "haq" */

typedef struct assay_accuracy_settings {
    /* A workload file with a "weights" entry, or the name of a shipped network. Required. */
    const char* network;
    const char* weights; /* .safetensors file in place of the network's own; NULL */
    const char* dataset; /* name of a dataset; NULL: the one that the network names */
    const char* data;    /* folder with its files; NULL: the dataset's folder of $ASSAY_DATA */
    assay_split split;   /* default ASSAY_SPLIT_SEARCH */
    uint64_t images;     /* first images of the split; 0: all (default) */
    uint64_t seed;       /* default 1 */
    bool fold;           /* fold batch norms before anything else; default true */
    bool fresh;          /* parameters are drawn (He et al.) and not read; default false */
    assay_clip weight_clip, activation_clip; /* default ASSAY_CLIP_MSE */
    bool per_channel;            /* weights have a quantiser per output channel; default true */
    bool asymmetric;             /* min .. max with a zero point instead; default false */
    unsigned calibration_images; /* of the training set, 1 .. 10000; default 256 */
    /* Each candidate is fine-tuned for so many epochs of the training set, from the network's own
     * weights; default 0. What the policy says holds meanwhile: quantisers are straight-through,
     * pruned weights stay 0, a codebook's values move by the mean of their weights' gradients. */
    double finetune_epochs;   /* 0 .. 1000 */
    double finetune_rate;     /* default 0.001 */
    uint64_t finetune_images; /* of the training set; 0: all */
    /* Command of an external evaluator, run by /bin/sh; NULL: the built-in engine. */
    const char* external;
    unsigned
        external_limit_s; /* an answer that takes longer is an error; 0: no limit; default 600 */
    /* Called now and then during fine-tuning; false stops (ASSAY_INTERRUPTED). May be NULL. */
    bool (*progress)(void* user, uint64_t done, uint64_t total, double loss);
    void* user;
    uint64_t cookie; /* set by assay_default_accuracy_settings */
} assay_accuracy_settings;

assay_accuracy_settings assay_default_accuracy_settings(void);

typedef struct assay_accuracy assay_accuracy;

/* Everything is read and checked here. ASSAY_BAD_INPUT: every mistake has its message. */
assay_status assay_accuracy_open(const assay_accuracy_settings* settings, assay_accuracy** out,
                                 assay_report* report);
/* The network; policies are made for it. Lives as long as the environment. */
const assay_workload* assay_accuracy_workload(const assay_accuracy* env);
const char* assay_accuracy_network_name(const assay_accuracy* env);

typedef struct assay_accuracy_result {
    double top1; /* 0 .. 1 */
    double loss; /* mean cross entropy, nats; NaN if an external evaluator gives none */
    /* Mean over the images of KL(answers of the float network || answers), nats; NaN until the
     * float network was evaluated in this environment, and of external evaluators. */
    double divergence;
    uint64_t images;
    /* Of all weights as the policy stores them (masks and codebooks included), biases at 32 bits.
     */
    uint64_t size_bits;
    size_t reused_layers; /* whose outputs were taken over from the candidate before */
    char policy_hash[33]; /* 32 hex digits; of no policy: of the float network */
} assay_accuracy_result;

/* `policy`: made for assay_accuracy_workload; NULL: the float network. The network is afterwards
 * what it was before. */
assay_status assay_accuracy_evaluate(assay_accuracy* env, const assay_policy* policy,
                                     assay_accuracy_result* out, assay_report* report);
void assay_accuracy_close(assay_accuracy** env);

/* The evaluator's side of the protocol for external evaluators (docs/evaluator.md), so that this
 * engine can be a worker of another process. Reads `in` to its end and answers on `out`, two file
 * descriptors. The greeting's split, images, seed and fine-tuning replace those of `settings`. */
assay_status assay_accuracy_serve(const assay_accuracy_settings* settings, int in, int out,
                                  assay_report* report);

/* ---- What needs the built-in engine ---- */

/* How much a network's answers depend on each layer. */
typedef enum assay_sensitivity_method {
    /* Of the Hessian's block, by parameter (HAWQ-V2). Where every layer is piecewise linear (ReLU
     * networks, up to 100 classes) summed up class by class, without samples; else, or if samples
     * are asked for, by Hutchinson. */
    ASSAY_SENSITIVITY_TRACE,
    ASSAY_SENSITIVITY_EIGENVALUE, /* the Hessian's greatest (HAWQ), power iteration */
    ASSAY_SENSITIVITY_FISHER,     /* mean squared gradient per image, summed over parameters */
    ASSAY_SENSITIVITY_KL,         /* ZeroQ: divergence of the outputs, one layer quantised */
} assay_sensitivity_method;
const char* assay_sensitivity_name(assay_sensitivity_method method); /* "trace", ... */

typedef struct assay_sensitivity_settings {
    assay_sensitivity_method method; /* default ASSAY_SENSITIVITY_TRACE */
    unsigned images;                 /* of the training set, 1 .. 100000; default 128 */
    /* At most so many of Hutchinson, or power iterations; 1 .. 100000; 0 (default): 100, and traces
     * without samples where they can be had. */
    unsigned samples;
    double tolerance; /* relative change that ends them early; 0 .. 1, default 0.001 */
    uint64_t seed;    /* default 1 */
    unsigned widths;  /* bit b: squared_error at b bits is wanted, b = 1 .. 16; default 4 and 8 */
    /* false stops (ASSAY_INTERRUPTED). May be NULL. */
    bool (*progress)(void* user, size_t done, size_t total, const char* what);
    void* user;
    uint64_t cookie; /* set by assay_default_sensitivity_settings */
} assay_sensitivity_settings;
assay_sensitivity_settings assay_default_sensitivity_settings(void);

enum {
    ASSAY_WIDTHS = 17 /* arrays by width: [1] .. [16] */
};
typedef struct assay_layer_sensitivity {
    size_t layer;        /* of the workload */
    double value;        /* by the method; kl: at 4 bits */
    unsigned iterations; /* that were needed */
    bool converged;
    double squared_error[ASSAY_WIDTHS]; /* |Q(w) - w|^2, 0 where not wanted */
    double by_bits[ASSAY_WIDTHS];       /* kl: divergence at each width; else 0 */
} assay_layer_sensitivity;

/* One row per layer with weights, in order. `out` holds assay_workload_layer_count rows, *count
 * are filled. */
assay_status assay_accuracy_sensitivity(assay_accuracy* env,
                                        const assay_sensitivity_settings* settings,
                                        assay_layer_sensitivity* out, size_t* count,
                                        assay_report* report);

typedef struct assay_train_settings {
    const char* out;            /* .safetensors file for the parameters. Required. */
    unsigned epochs;            /* 1 .. 10000; default 10 */
    double rate;                /* of the first step, then a half cosine to 0; default 0.05 */
    unsigned warmup;            /* first epochs in which the rate rises linearly; default 0 */
    unsigned batch;             /* 1 .. 4096; default 64 */
    double momentum;            /* 0 .. 1 exclusive; default 0.9 */
    double weight_decay;        /* default 0.0005 */
    double label_smoothing;     /* 0 .. 1 exclusive; default 0 */
    double distill_alpha;       /* share of the labels, 0 .. 1; the rest is the teacher's answers';
                                   default 1: no distillation */
    double distill_temperature; /* of both answers, 0.01 .. 1000; default 4 */
    /* A network by name or file, with its own weights, that reads the same input, prepared alike,
     * and has as many outputs; NULL: the network as it was opened. */
    const char* teacher;
    bool pact;       /* clips of activations are trained, too; default false */
    bool augment;    /* shifted and mirrored images; default true */
    uint64_t images; /* of the training set; 0: all (default) */
    uint64_t seed;   /* default 1 */
    bool resume; /* go on after the last epoch that "<out>.part" holds; ends in the same bytes */
    /* false stops (ASSAY_INTERRUPTED); "<out>.part" then holds the last whole epoch. */
    bool (*progress)(void* user, uint64_t done, uint64_t total, double loss);
    void* user;
    uint64_t cookie; /* set by assay_default_train_settings */
} assay_train_settings;
assay_train_settings assay_default_train_settings(void);

/* Trains the network under `policy` (NULL: float) and writes its parameters: the whole file or
 * none. The environment evaluates the trained network from then on. */
assay_status assay_accuracy_train(assay_accuracy* env, const assay_policy* policy,
                                  const assay_train_settings* settings, assay_report* report);

/* What the quantised network multiplies for one test image: writes "<folder>/integers.json", a
 * workload of layers that stand alone, and "<folder>/integers.safetensors" with their integer
 * weights, inputs and expected sums, for a machine to be compared with. The folder is made where it
 * is missing. */
assay_status assay_accuracy_integers(assay_accuracy* env, const assay_policy* policy,
                                     uint64_t image, const char* folder, assay_report* report);

/* ---- Compression (docs/compression.md) ---- */

typedef struct assay_compress_settings {
    const char* out; /* folder for the files; made where it is missing. Required. */
    /* Of every layer with weights where there is no policy; 0 (default): as published for lenet5,
     * lenet_300_100, alexnet and vgg16, a mistake for other networks. */
    double density; /* share of weights that are kept, 0 .. 1 */
    /* In place of the density: weights below quality * (the layer's standard deviation) go; 0 ..
     * 10, default 0: not. */
    double quality;
    unsigned codebook_bits; /* weights share 2^bits values, 0 among them; 0 .. 8 */
    unsigned gap_bits;      /* of a relative index, 1 .. 8; default 4 */
    unsigned steps;         /* of gradual pruning, 1 .. 100; default 1: at once */
    double prune_epochs;    /* of training what is left, all steps together; 0 .. 1000, default 1 */
    double share_epochs;    /* of training the shared values; 0 .. 1000, default 1 */
    double rate;            /* of the training of what is left; 0 .. 10, default 0.001 */
    double share_rate;      /* of the training of shared values, without weight decay; 0 .. 10,
                               default 0.001: a value moves by the mean of its weights' gradients */
    unsigned batch;         /* 1 .. 4096; default 64 */
    bool augment;           /* shifted and mirrored images; default true */
    uint64_t images;        /* of the training set; 0: all (default) */
    uint64_t seed;          /* default 1 */
    /* `stage`: of assay_compress_stage, that the training leads to. false stops
     * (ASSAY_INTERRUPTED). May be NULL. */
    bool (*progress)(void* user, const char* stage, uint64_t done, uint64_t total, double loss);
    void* user;
    uint64_t cookie; /* set by assay_default_compress_settings */
} assay_compress_settings;
assay_compress_settings assay_default_compress_settings(void);

/* Bits by what they are for. */
typedef struct assay_stored_bits {
    uint64_t values; /* weights, or their codes */
    uint64_t index, codebook;
    uint64_t tables; /* of Huffman codes */
    uint64_t bias, header, padding;
} assay_stored_bits;
uint64_t assay_stored_total(const assay_stored_bits* bits);

typedef struct assay_compress_layer {
    const char* name;
    uint64_t weights, kept;
    uint64_t entries;           /* stored: kept ones and fillers of long gaps */
    unsigned codebook_bits;     /* 0: not shared */
    unsigned gap_bits;          /* 0: no index */
    unsigned codebook_values;   /* besides 0 */
    assay_stored_bits original; /* 32 bits per weight */
    assay_stored_bits pruned;   /* 32 bits per entry, and its gap */
    assay_stored_bits shared;   /* codebook_bits per entry, its gap, the codebook */
    assay_stored_bits coded;    /* as in the file: both under Huffman codes */
} assay_compress_layer;

typedef struct assay_compress_stage {
    const char* name; /* "float", "pruned", "retrained", "shared", "tuned", "coded" */
    double top1_search, top1_final;
    double loss_search, loss_final;
    uint64_t images_search, images_final;
    uint64_t bits; /* that the network then takes; "coded": all of the file */
} assay_compress_stage;

typedef struct assay_compression assay_compression;

/* Deep Compression: prunes, trains what is left, shares weights, trains the shared values, and
 * writes, NAME being the network's (characters other than letters, digits, "_", "-" and "." as
 * "_"):
 *     NAME.compressed.safetensors   Huffman-coded streams
 *     NAME.safetensors, NAME.json   the decoded weights, and a workload that machines run with them
 *     NAME.report.json              assay_compression_json
 * `policy`: w_density and codebook_bits of each layer, nothing else; NULL: the settings'. The
 * network is afterwards what it was before. */
assay_status assay_accuracy_compress(assay_accuracy* env, const assay_policy* policy,
                                     const assay_compress_settings* settings,
                                     assay_compression** out, assay_report* report);
size_t assay_compression_stage_count(const assay_compression* compression);
const assay_compress_stage* assay_compression_stage(const assay_compression* compression, size_t i);
/* Layers with parameters, in the network's order. */
size_t assay_compression_layer_count(const assay_compression* compression);
const assay_compress_layer* assay_compression_layer(const assay_compression* compression, size_t i);
/* Sums over them. */
const assay_compress_layer* assay_compression_total(const assay_compression* compression);
/* Of the file of streams: all of it, and what comes before the first stream. */
uint64_t assay_compression_file_bits(const assay_compression* compression);
uint64_t assay_compression_header_bits(const assay_compression* compression);
/* All of this as JSON, one value. */
const char* assay_compression_json(const assay_compression* compression);
/* The workload that was written. */
const char* assay_compression_workload_path(const assay_compression* compression);
void assay_compression_free(assay_compression** compression);

#ifdef __cplusplus
}
#endif
#endif
