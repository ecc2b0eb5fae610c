/* What the user asks of `assay accuracy`: the option table and its meaning. */
#ifndef ASSAY_CLI_ACCURACY_REQUEST_H
#define ASSAY_CLI_ACCURACY_REQUEST_H

#include "network_options.h"

/* Texts are borrowed from the command line. */
typedef struct accuracy_request {
    assay_accuracy_settings settings;
    policy_choice policy;
    bool serve, json, quiet;
    const char* integers; /* folder; NULL: not asked for */
    uint64_t image;       /* whose integers */
    const char* out;      /* NULL: standard output */
} accuracy_request;

enum {
    ACCURACY_POLICY = NET_OPTION_COUNT,
    ACCURACY_BITS,
    ACCURACY_SPLIT,
    ACCURACY_IMAGES,
    ACCURACY_FINETUNE,
    ACCURACY_FINETUNE_RATE,
    ACCURACY_FINETUNE_IMAGES,
    ACCURACY_NO_FOLD,
    ACCURACY_EXTERNAL,
    ACCURACY_EXTERNAL_LIMIT,
    ACCURACY_SERVE,
    ACCURACY_INTEGERS,
    ACCURACY_IMAGE,
    ACCURACY_FORMAT,
    ACCURACY_OUT,
    ACCURACY_OPTION_COUNT
};
extern const cli_option accuracy_options[ACCURACY_OPTION_COUNT];

/* Every mistake within and between options adds a message. */
void accuracy_request_read(const cli_arguments* arguments, accuracy_request* request,
                           assay_report* report);

#endif
