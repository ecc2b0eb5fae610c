/* The built-in accuracy: what a search waits for besides the silicon. */
#ifndef ASSAY_CLI_BENCH_ACCURACY_H
#define ASSAY_CLI_BENCH_ACCURACY_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

/* ResNet-20 on CIFAR-10's search split; CPU seconds of one thread in a process of its own. The
 * three kinds take turns, so that no evaluation finds the outputs of the one before, but for the
 * last kind, which is there to find them. Least of `rounds`. */
typedef struct bench_accuracy {
    bool skipped; /* no engine, or no data */
    bool whole;   /* all images of the split */
    size_t rounds, images, layers;
    double open_s;      /* network and data read, first evaluation's calibration not */
    double float_s;     /* the float network */
    double quantised_s; /* 8 x 8 bits, weights and clips known from a candidate before */
    double candidate_s; /* a policy whose every width is new: weights and clips are found first */
    double reuse_s;     /* one that differs from the one before from the middle on */
    size_t reused;      /* layers whose outputs that takes over */
} bench_accuracy;

/* `quick`: a tenth of the images, fewer rounds. Call it before this process uses a machine. */
assay_status bench_measure_accuracy(const char* root, bool quick, bench_accuracy* out,
                                    assay_report* report);

#endif
