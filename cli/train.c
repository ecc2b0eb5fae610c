/* assay train: trains a network on its data, from scratch or from other weights. */
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "network_options.h"
#include "output.h"

enum {
    POLICY = NET_OPTION_COUNT,
    BITS,
    FROM,
    EPOCHS,
    RATE,
    WARMUP,
    BATCH,
    MOMENTUM,
    WEIGHT_DECAY,
    LABEL_SMOOTHING,
    DISTILL,
    TEACHER,
    TEMPERATURE,
    PACT,
    NO_AUGMENT,
    IMAGES,
    RESUME,
    OUT,
    OPTION_COUNT
};

static const cli_option options[OPTION_COUNT] = {
    CLI_NET_OPTIONS,
    [POLICY] = {"policy", "FILE", "train quantised, pruned and shared as it says", false, false},
    [BITS] = {"bits", "W[,A]", "the same widths for all layers", false, false},
    [FROM] = {"from", "FILE", "start from these weights, not from scratch", false, false},
    [EPOCHS] = {"epochs", "N", "default 10", false, false},
    [RATE] = {"rate", "R", "of the first step, then a cosine to 0 (default 0.05)", false, false},
    [WARMUP] = {"warmup", "N", "first epochs in which the rate rises (default 0)", false, false},
    [BATCH] = {"batch", "N", "images of a step (default 64)", false, false},
    [MOMENTUM] = {"momentum", "M", "default 0.9", false, false},
    [WEIGHT_DECAY] = {"weight-decay", "D", "default 0.0005", false, false},
    [LABEL_SMOOTHING] = {"label-smoothing", "S", "default 0", false, false},
    [DISTILL] = {"distill", "ALPHA", "weigh labels with ALPHA, the teacher's answers with the rest",
                 false, false},
    [TEACHER] = {"teacher", "NETWORK", "a trained network (default: the network of --from)", false,
                 false},
    [TEMPERATURE] = {"temperature", "T", "of the distillation (default 4)", false, false},
    [PACT] = {"pact", NULL, "train the clips of activations, too (with a policy)", false, false},
    [NO_AUGMENT] = {"no-augment", NULL, "neither shift nor mirror images", false, false},
    [IMAGES] = {"images", "N", "the first of the training set (default all)", false, false},
    [RESUME] = {"resume", NULL, "go on after the last whole epoch of OUT.part", false, false},
    [OUT] = {"out", "FILE", "the trained weights, FILE.safetensors", true, false},
};

typedef struct request {
    assay_accuracy_settings network;
    assay_train_settings settings;
    policy_choice policy;
} request;

static void read_counts(const cli_arguments* arguments, assay_train_settings* s,
                        assay_report* report) {
    uint64_t epochs = s->epochs, warmup = s->warmup, batch = s->batch;
    cli_read_uint(arguments, EPOCHS, 1, 10000, &epochs, report);
    cli_read_uint(arguments, WARMUP, 0, epochs - 1, &warmup, report);
    cli_read_uint(arguments, BATCH, 1, 4096, &batch, report);
    cli_read_uint(arguments, IMAGES, 1, UINT32_MAX, &s->images, report);
    s->epochs = (unsigned)epochs;
    s->warmup = (unsigned)warmup;
    s->batch = (unsigned)batch;
}

static void read_rates(const cli_arguments* arguments, assay_train_settings* s,
                       assay_report* report) {
    cli_read_real(arguments, RATE, 0, 10, &s->rate, report);
    cli_read_real(arguments, MOMENTUM, 0, 0.9999, &s->momentum, report);
    cli_read_real(arguments, WEIGHT_DECAY, 0, 1, &s->weight_decay, report);
    cli_read_real(arguments, LABEL_SMOOTHING, 0, 0.9999, &s->label_smoothing, report);
    cli_read_real(arguments, DISTILL, 0, 1, &s->distill_alpha, report);
    cli_read_real(arguments, TEMPERATURE, 0.01, 1000, &s->distill_temperature, report);
}

static void check_between(const cli_arguments* arguments, assay_report* report) {
    if (cli_given(arguments, FROM) && cli_given(arguments, NET_WEIGHTS)) {
        assay_report_add(report, "--from and --weights exclude each other");
    }
    if (cli_given(arguments, DISTILL) && !cli_given(arguments, FROM) &&
        !cli_given(arguments, TEACHER)) {
        assay_report_add(report, "--distill needs --teacher or --from: a network from scratch "
                                 "teaches nothing");
    }
    if (cli_given(arguments, TEACHER) && !cli_given(arguments, DISTILL)) {
        assay_report_add(report, "--teacher needs --distill");
    }
    if (cli_given(arguments, PACT) && !cli_given(arguments, POLICY) &&
        !cli_given(arguments, BITS)) {
        assay_report_add(report, "--pact needs --policy or --bits");
    }
    if (cli_given(arguments, TEMPERATURE) && !cli_given(arguments, DISTILL)) {
        assay_report_add(report, "--temperature needs --distill");
    }
}

static void read_request(const cli_arguments* arguments, request* r, assay_report* report) {
    *r = (request){.network = assay_default_accuracy_settings(),
                   .settings = assay_default_train_settings()};
    net_options_read(arguments, &r->network, report);
    policy_choice_read(arguments, POLICY, BITS, &r->policy, report);
    read_counts(arguments, &r->settings, report);
    read_rates(arguments, &r->settings, report);
    check_between(arguments, report);
    if (cli_given(arguments, FROM)) {
        r->network.weights = cli_value(arguments, FROM);
    }
    r->network.fresh = r->network.weights == NULL;
    r->network.fold = false; /* norms are trained as norms */
    r->settings.seed = r->network.seed;
    r->settings.pact = cli_given(arguments, PACT);
    r->settings.augment = !cli_given(arguments, NO_AUGMENT);
    r->settings.resume = cli_given(arguments, RESUME);
    r->settings.out = cli_value(arguments, OUT);
    r->settings.teacher = cli_value(arguments, TEACHER);
}

static assay_status train(const request* r, assay_report* report) {
    assay_accuracy* env = NULL;
    assay_policy* policy = NULL;
    assay_status status = cli_output_check(r->settings.out, report);
    if (status == ASSAY_OK) {
        status = assay_accuracy_open(&r->network, &env, report);
    }
    if (status == ASSAY_OK) {
        status = policy_choice_open(&r->policy, assay_accuracy_workload(env), &policy, report);
    }
    if (status == ASSAY_OK) {
        status = assay_accuracy_train(env, policy, &r->settings, report);
    }
    assay_policy_free(&policy);
    assay_accuracy_close(&env);
    return status;
}

static void check(const cli_arguments* arguments, assay_report* report) {
    request scratch;
    read_request(arguments, &scratch, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    request r;
    read_request(arguments, &r, report);
    net_progress progress = {
        .title = "training", .unit = "steps", .quiet = cli_given(arguments, NET_QUIET)};
    r.settings.progress = net_progress_loss;
    r.settings.user = &progress;
    cli_interrupt_watch();
    assay_status status = train(&r, report);
    if (status == ASSAY_INTERRUPTED) {
        assay_report_add(report,
                         "stopped on request; whole epochs, if any, are in %s.part and the "
                         "same command with --resume goes on",
                         r.settings.out);
    }
    assay_progress_end(&progress.bar);
    return status;
}

const cli_command cli_command_train = {
    .name = "train",
    .summary = "trains a network on its data",
    .operands = "",
    .options = options,
    .option_count = OPTION_COUNT,
    .notes =
        "Stochastic gradient descent with momentum. After each epoch OUT.part holds weights and\n"
        "momentum so far, and --resume ends in the same bytes as a training that was never\n"
        "stopped. OUT appears when it is whole.\n",
    .check = check,
    .run = run,
};
