#include "accuracy_request.h"

#include <stddef.h>

const cli_option accuracy_options[ACCURACY_OPTION_COUNT] = {
    CLI_NET_OPTIONS,
    [ACCURACY_POLICY] = {"policy", "FILE", "widths, densities and codebooks by layer", false,
                         false},
    [ACCURACY_BITS] = {"bits", "W[,A]", "the same widths for all layers", false, false},
    [ACCURACY_SPLIT] = {"split", "NAME", "of the test images: search (default), final or all",
                        false, false},
    [ACCURACY_IMAGES] = {"images", "N", "the first of the split only", false, false},
    [ACCURACY_FINETUNE] = {"finetune", "EPOCHS", "fine-tune under the policy first", false, false},
    [ACCURACY_FINETUNE_RATE] = {"finetune-rate", "R", "its learning rate (default 0.001)", false,
                                false},
    [ACCURACY_FINETUNE_IMAGES] = {"finetune-images", "N", "of the training set (default all)",
                                  false, false},
    [ACCURACY_NO_FOLD] = {"no-fold", NULL, "leave batch normalisations as they are", false, false},
    [ACCURACY_EXTERNAL] = {"external", "COMMAND", "ask this evaluator, not the built-in engine",
                           false, false},
    [ACCURACY_EXTERNAL_LIMIT] = {"external-limit", "S", "seconds for an answer (default 600)",
                                 false, false},
    [ACCURACY_SERVE] = {"serve", NULL, "be an evaluator: questions in, accuracies out", false,
                        false},
    [ACCURACY_INTEGERS] = {"integers", "DIR", "write what the layers multiply, as a workload",
                           false, false},
    [ACCURACY_IMAGE] = {"image", "N", "the test image of --integers (default 0)", false, false},
    [ACCURACY_FORMAT] = {"format", "NAME", "text (default) or json", false, false},
    [ACCURACY_OUT] = {"out", "FILE", "write here instead of to the standard output", false, false},
};

static void check_needs(const cli_arguments* arguments, size_t option, size_t needed,
                        assay_report* report) {
    if (cli_given(arguments, option) && !cli_given(arguments, needed)) {
        assay_report_add(report, "--%s needs --%s", accuracy_options[option].name,
                         accuracy_options[needed].name);
    }
}

static void check_excludes(const cli_arguments* arguments, size_t option, const size_t* others,
                           size_t count, assay_report* report) {
    for (size_t i = 0; i < count; i++) {
        if (cli_given(arguments, option) && cli_given(arguments, others[i])) {
            assay_report_add(report, "--%s and --%s exclude each other",
                             accuracy_options[option].name, accuracy_options[others[i]].name);
        }
    }
}

static void check_between(const cli_arguments* arguments, const accuracy_request* request,
                          assay_report* report) {
    /* What another evaluator knows nothing of. */
    static const size_t built_in[] = {NET_WEIGHTS,      NET_DATA,         NET_CLIP,
                                      NET_PER_TENSOR,   NET_ASYMMETRIC,   NET_CALIBRATION_IMAGES,
                                      ACCURACY_NO_FOLD, ACCURACY_INTEGERS};
    static const size_t asked[] = {ACCURACY_POLICY,   ACCURACY_BITS,   ACCURACY_EXTERNAL,
                                   ACCURACY_INTEGERS, ACCURACY_FORMAT, ACCURACY_OUT};
    check_excludes(arguments, ACCURACY_EXTERNAL, built_in, sizeof built_in / sizeof *built_in,
                   report);
    check_excludes(arguments, ACCURACY_SERVE, asked, sizeof asked / sizeof *asked, report);
    check_needs(arguments, ACCURACY_EXTERNAL_LIMIT, ACCURACY_EXTERNAL, report);
    check_needs(arguments, ACCURACY_FINETUNE_RATE, ACCURACY_FINETUNE, report);
    check_needs(arguments, ACCURACY_FINETUNE_IMAGES, ACCURACY_FINETUNE, report);
    check_needs(arguments, ACCURACY_IMAGE, ACCURACY_INTEGERS, report);
    if (request->integers != NULL && request->policy.path == NULL &&
        !cli_given(arguments, ACCURACY_BITS)) {
        assay_report_add(report, "--integers needs --policy or --bits");
    }
}

static void read_split(const cli_arguments* arguments, assay_accuracy_settings* settings,
                       assay_report* report) {
    const char* const names[] = {assay_split_name(ASSAY_SPLIT_SEARCH),
                                 assay_split_name(ASSAY_SPLIT_FINAL),
                                 assay_split_name(ASSAY_SPLIT_ALL), NULL};
    size_t split = settings->split;
    cli_read_choice(arguments, ACCURACY_SPLIT, names, &split, report);
    settings->split = (assay_split)split;
    cli_read_uint(arguments, ACCURACY_IMAGES, 1, UINT32_MAX, &settings->images, report);
}

static void read_finetune(const cli_arguments* arguments, assay_accuracy_settings* settings,
                          assay_report* report) {
    cli_read_real(arguments, ACCURACY_FINETUNE, 0, 1000, &settings->finetune_epochs, report);
    cli_read_real(arguments, ACCURACY_FINETUNE_RATE, 0, 10, &settings->finetune_rate, report);
    cli_read_uint(arguments, ACCURACY_FINETUNE_IMAGES, 1, UINT32_MAX, &settings->finetune_images,
                  report);
}

static void read_external(const cli_arguments* arguments, assay_accuracy_settings* settings,
                          assay_report* report) {
    uint64_t limit = settings->external_limit_s;
    settings->external = cli_value(arguments, ACCURACY_EXTERNAL);
    cli_read_uint(arguments, ACCURACY_EXTERNAL_LIMIT, 0, 1000000, &limit, report);
    settings->external_limit_s = (unsigned)limit;
}

void accuracy_request_read(const cli_arguments* arguments, accuracy_request* request,
                           assay_report* report) {
    static const char* const formats[] = {"text", "json", NULL};
    size_t format = 0;
    *request = (accuracy_request){.settings = assay_default_accuracy_settings()};
    net_options_read(arguments, &request->settings, report);
    policy_choice_read(arguments, ACCURACY_POLICY, ACCURACY_BITS, &request->policy, report);
    read_split(arguments, &request->settings, report);
    read_finetune(arguments, &request->settings, report);
    read_external(arguments, &request->settings, report);
    request->settings.fold = !cli_given(arguments, ACCURACY_NO_FOLD);
    request->serve = cli_given(arguments, ACCURACY_SERVE);
    request->integers = cli_value(arguments, ACCURACY_INTEGERS);
    cli_read_uint(arguments, ACCURACY_IMAGE, 0, UINT32_MAX, &request->image, report);
    cli_read_choice(arguments, ACCURACY_FORMAT, formats, &format, report);
    request->json = format == 1;
    request->quiet = cli_given(arguments, NET_QUIET);
    request->out = cli_value(arguments, ACCURACY_OUT);
    check_between(arguments, request, report);
}
