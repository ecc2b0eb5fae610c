/* The options that every command about a network's accuracy shares: which network, which data, how
 * it is quantised, under which policy. */
#ifndef ASSAY_CLI_NETWORK_OPTIONS_H
#define ASSAY_CLI_NETWORK_OPTIONS_H

#include <stdbool.h>

#include "arguments.h"
#include "assay/accuracy.h"
#include "progress.h"

/* The first options of such a command's table, in this order; its own start at NET_OPTION_COUNT. */
enum {
    NET_NETWORK,
    NET_WEIGHTS,
    NET_DATASET,
    NET_DATA,
    NET_SEED,
    NET_CLIP,
    NET_PER_TENSOR,
    NET_ASYMMETRIC,
    NET_CALIBRATION_IMAGES,
    NET_QUIET,
    NET_OPTION_COUNT
};
#define CLI_NET_OPTIONS                                                                            \
    {"network", "NAME", "a shipped network, or a workload file", true, false},                     \
        {"weights", "FILE", "a .safetensors file in place of the network's own", false, false},    \
        {"dataset", "NAME", "the data, where the network does not say", false, false},             \
        {"data", "DIR", "folder of the data's files (default: under $ASSAY_DATA)", false, false},  \
        {"seed", "N", "of everything that is drawn (default 1)", false, false},                    \
        {"clip", "NAME", "of the quantisers: mse (default), max, kl or haq", false, false},        \
        {"per-tensor", NULL, "one weight quantiser per layer, not per channel", false, false},     \
        {"asymmetric", NULL, "quantise min .. max with a zero point", false, false},               \
        {"calibration-images", "N", "training images that set clips (default 256)", false, false}, \
    {                                                                                              \
        "quiet", NULL, "no progress and no notes", false, false                                    \
    }

/* Into settings that hold the defaults. Every mistake adds a message. */
void net_options_read(const cli_arguments* arguments, assay_accuracy_settings* settings,
                      assay_report* report);

/* --policy FILE or --bits W[,A]. */
typedef struct policy_choice {
    const char* path;        /* NULL: none */
    unsigned w_bits, a_bits; /* 0: not given */
} policy_choice;
void policy_choice_read(const cli_arguments* arguments, size_t policy_option, size_t bits_option,
                        policy_choice* out, assay_report* report);
/* *out is NULL without a choice. Free with assay_policy_free in every case. */
assay_status policy_choice_open(const policy_choice* choice, const assay_workload* workload,
                                assay_policy** out, assay_report* report);

/* A bar for work whose length is known only when it begins, and Ctrl-C. */
typedef struct net_progress {
    const char *title, *unit;
    bool quiet;
    assay_progress* bar; /* NULL until there is something to show */
} net_progress;
/* For assay_accuracy_settings and assay_train_settings; `user` is a net_progress. */
bool net_progress_loss(void* user, uint64_t done, uint64_t total, double loss);
/* For assay_sensitivity_settings. */
bool net_progress_label(void* user, size_t done, size_t total, const char* label);

#endif
