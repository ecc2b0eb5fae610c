/* Workloads and policies: what runs on a machine and what accuracy is measured of, one file for
 * both. Conventions as in sim.h. */
#ifndef ASSAY_WORKLOAD_H
#define ASSAY_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What there is ---- */

typedef struct assay_importer_info {
    const char* name;    /* "assay-json" */
    const char* summary; /* one line: what files it reads */
} assay_importer_info;

size_t assay_importer_count(void);
const assay_importer_info* assay_importer_at(size_t i);

/* ---- Workload: a network, a layer or a compressed stream ---- */

typedef struct assay_workload assay_workload;

typedef struct assay_workload_params {
    const char* input_path; /* raw u8 HxWxC images; NULL: the workload's own or procedural input */
    uint64_t input_index;   /* which image of the file, default 0 */
    /* Of the images in the file; 0: from "...HxWxC..." in its name. Without such a file: of the
     * workload's input, which ONNX models may leave open; a mistake for other workloads. */
    uint64_t input_height, input_width, input_channels;
    uint64_t seed; /* replaces the seeds of statistical workloads; 0: keep them */
} assay_workload_params;

/* Finds the importer by the file's content and reads it. `params` may be NULL. */
assay_status assay_workload_load(const char* path, const assay_workload_params* params,
                                 assay_workload** out, assay_report* report);
const char* assay_workload_name(const assay_workload* workload);
const char* assay_workload_importer(const assay_workload* workload);
const char* assay_workload_hash(const assay_workload* workload); /* 32 hex digits, content */
size_t assay_workload_layer_count(const assay_workload* workload);
/* Images (or sequences) that are computed together, >= 1. */
uint64_t assay_workload_batch(const assay_workload* workload);
/* ASSAY_BAD_INPUT outside 1 .. 4096, or if the batch takes more than 2^53 MACs; the workload is
 * then unchanged. */
assay_status assay_workload_set_batch(assay_workload* workload, uint64_t batch,
                                      assay_report* report);
/* conv2d, linear, matmul: what an array runs, and what a policy or a table is about. */
bool assay_workload_layer_is_matrix(const assay_workload* workload, size_t i);
uint64_t assay_workload_layer_macs(const assay_workload* workload, size_t i);   /* per image */
uint64_t assay_workload_layer_params(const assay_workload* workload, size_t i); /* weights */
/* What a matrix layer looks like: what agents see of it. */
typedef struct assay_layer_shape {
    uint64_t in_channels, in_height, in_width; /* of its first input */
    uint64_t out_channels, out_height, out_width;
    uint64_t kernel_height, kernel_width, stride, groups; /* linear, matmul: 1 */
    bool is_linear; /* "linear", of one row or several; features are channels */
} assay_layer_shape;
/* `i`: a matrix layer. */
assay_layer_shape assay_workload_layer_shape(const assay_workload* workload, size_t i);
/* What the importer assumed or left out; no mistakes. `i` < count. */
size_t assay_workload_note_count(const assay_workload* workload);
const char* assay_workload_note(const assay_workload* workload, size_t i);
/* The network as text in our own JSON format; reading it back gives the same hash. *out belongs to
 * the caller: free(). Values that do not belong in such a file (large tensors, images) are left
 * out, and `note` (may be NULL) is called for each. */
assay_status assay_workload_json(const assay_workload* workload, char** out,
                                 void (*note)(void* user, const char* text), void* user,
                                 assay_report* report);
const char* assay_workload_layer_name(const assay_workload* workload, size_t i);
/* "linear", "conv2d", "maxpool", ... */
const char* assay_workload_layer_op(const assay_workload* workload, size_t i);
void assay_workload_free(assay_workload** workload);

/* ---- Policy: what is done to each layer ---- */

/* Of one matrix layer (conv2d, linear, matmul). */
typedef struct assay_layer_policy {
    unsigned w_bits, a_bits; /* 1 .. 16; 0: not stated, the layer's own or the machine's width */
    double w_density;        /* share of weights that are kept, 0 < d <= 1; 0: not stated, all */
    unsigned codebook_bits;  /* weights share 2^bits values, 1 .. 8; 0: none */
    uint64_t keep_channels;  /* input channels that are kept, 1 .. in_channels; 0: all */
} assay_layer_policy;

typedef struct assay_policy assay_policy;

/* {"schema": 1, "default": {"w_bits", "a_bits", "w_density", "codebook_bits"},
 *  "layers": {"<name>": {the same, "keep_channels"}}} */
assay_status assay_policy_load(const char* path, const assay_workload* workload, assay_policy** out,
                               assay_report* report);
/* The same from text; `name` stands for the file in messages. */
assay_status assay_policy_parse(const char* text, size_t size, const char* name,
                                const assay_workload* workload, assay_policy** out,
                                assay_report* report);
/* The same widths, each 1 .. 16, for every matrix layer. */
assay_status assay_policy_uniform(const assay_workload* workload, unsigned w_bits, unsigned a_bits,
                                  assay_policy** out, assay_report* report);
/* From what is said of each layer: [assay_workload_layer_count], zeros where a layer is no matrix
 * layer or nothing is said. ASSAY_BAD_INPUT as for a file. */
assay_status assay_policy_make(const assay_workload* workload, const assay_layer_policy* layers,
                               assay_policy** out, assay_report* report);
/* The policy as a file that assay_policy_load reads back to the same hash. *out belongs to the
 * caller: free(). */
assay_status assay_policy_json(const assay_policy* policy, const assay_workload* workload,
                               char** out);
assay_layer_policy assay_policy_at(const assay_policy* policy, size_t layer);
/* 0: not stated; the layer's own or the machine's default width holds. */
unsigned assay_policy_w_bits(const assay_policy* policy, size_t layer);
unsigned assay_policy_a_bits(const assay_policy* policy, size_t layer);
/* 32 hex digits over what the policy says of every layer (not over how the file says it). */
void assay_policy_hash(const assay_policy* policy, char out[33]);
void assay_policy_free(assay_policy** policy);

#ifdef __cplusplus
}
#endif
#endif
