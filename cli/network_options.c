#include "network_options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "interrupt.h"
#include "quote.h"

static void read_clip(const cli_arguments* arguments, assay_accuracy_settings* settings,
                      assay_report* report) {
    const char* const names[] = {assay_clip_name(ASSAY_CLIP_MAX), assay_clip_name(ASSAY_CLIP_KL),
                                 assay_clip_name(ASSAY_CLIP_MSE), assay_clip_name(ASSAY_CLIP_HAQ),
                                 NULL};
    size_t clip = settings->weight_clip;
    cli_read_choice(arguments, NET_CLIP, names, &clip, report);
    settings->weight_clip = settings->activation_clip = (assay_clip)clip;
}

void net_options_read(const cli_arguments* arguments, assay_accuracy_settings* settings,
                      assay_report* report) {
    uint64_t calibration = settings->calibration_images;
    settings->network = cli_value(arguments, NET_NETWORK);
    settings->weights = cli_value(arguments, NET_WEIGHTS);
    settings->dataset = cli_value(arguments, NET_DATASET);
    settings->data = cli_value(arguments, NET_DATA);
    cli_read_uint(arguments, NET_SEED, 0, UINT64_C(1) << 53, &settings->seed, report);
    read_clip(arguments, settings, report);
    settings->per_channel = !cli_given(arguments, NET_PER_TENSOR);
    settings->asymmetric = cli_given(arguments, NET_ASYMMETRIC);
    cli_read_uint(arguments, NET_CALIBRATION_IMAGES, 1, 10000, &calibration, report);
    settings->calibration_images = (unsigned)calibration;
}

/* One width; *text is then behind it. */
static bool read_width(const char** text, unsigned* out) {
    size_t digits = strspn(*text, "0123456789");
    unsigned value = 0;
    for (size_t i = 0; i < digits && i < 3; i++) {
        value = 10 * value + (unsigned)((*text)[i] - '0');
    }
    *text += digits;
    *out = value;
    return digits >= 1 && digits <= 2 && value >= 1 && value <= 16;
}

static void read_bits(const char* text, policy_choice* out, assay_report* report) {
    const char* rest = text;
    unsigned w = 0, a = 0;
    bool good = read_width(&rest, &w);
    a = w;
    if (good && *rest == ',') {
        rest++;
        good = read_width(&rest, &a);
    }
    if (!good || *rest != '\0') {
        assay_report_add(report, "--bits: %s is not W or W,A with widths in 1 .. 16",
                         assay_quote(text).text);
        return;
    }
    out->w_bits = w;
    out->a_bits = a;
}

void policy_choice_read(const cli_arguments* arguments, size_t policy_option, size_t bits_option,
                        policy_choice* out, assay_report* report) {
    *out = (policy_choice){.path = cli_value(arguments, policy_option)};
    const char* bits = cli_value(arguments, bits_option);
    if (bits != NULL) {
        read_bits(bits, out, report);
    }
    if (bits != NULL && out->path != NULL) {
        assay_report_add(report, "--policy and --bits exclude each other");
    }
}

assay_status policy_choice_open(const policy_choice* choice, const assay_workload* workload,
                                assay_policy** out, assay_report* report) {
    *out = NULL;
    if (choice->path != NULL) {
        return assay_policy_load(choice->path, workload, out, report);
    }
    return choice->w_bits != 0
               ? assay_policy_uniform(workload, choice->w_bits, choice->a_bits, out, report)
               : ASSAY_OK;
}

bool net_progress_label(void* user, size_t done, size_t total, const char* label) {
    net_progress* progress = user;
    if (!progress->quiet && progress->bar == NULL && total > 0) {
        progress->bar = assay_progress_new(stderr, progress->title, total, progress->unit);
    }
    if (progress->bar != NULL) {
        assay_progress_step(progress->bar, done, label);
    }
    return !cli_interrupted();
}

bool net_progress_loss(void* user, uint64_t done, uint64_t total, double loss) {
    char label[48] = "";
    if (isfinite(loss)) {
        snprintf(label, sizeof label, "loss %.4f", loss);
    }
    return net_progress_label(user, (size_t)done, (size_t)total, label);
}
