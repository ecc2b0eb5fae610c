/* assay compress: Deep Compression of a network, to the bit, and the result as a workload. */
#include <string.h>

#include "command.h"
#include "compress_print.h"
#include "interrupt.h"
#include "network_options.h"
#include "output.h"

enum {
    NETWORK,
    POLICY,
    DENSITY,
    QUALITY,
    CODEBOOK_BITS,
    GAP_BITS,
    STEPS,
    EPOCHS,
    SHARE_EPOCHS,
    RATE,
    SHARE_RATE,
    BATCH,
    NO_AUGMENT,
    TRAIN_IMAGES,
    IMAGES,
    SEED,
    WEIGHTS,
    DATASET,
    DATA,
    OUT,
    FORMAT,
    QUIET,
    OPTION_COUNT
};

static const cli_option options[OPTION_COUNT] = {
    [NETWORK] = {"network", "NAME", "a shipped network, or a workload file", true, false},
    [POLICY] = {"policy", "FILE", "w_density and codebook_bits of each layer", false, false},
    [DENSITY] = {"density", "D", "share of weights that every layer keeps", false, false},
    [QUALITY] = {"quality", "Q", "prune below Q times the layer's standard deviation", false,
                 false},
    [CODEBOOK_BITS] = {"codebook-bits", "B", "every layer's weights share 2^B values, 0 among them",
                       false, false},
    [GAP_BITS] = {"gap-bits", "B", "of the relative index (default 4)", false, false},
    [STEPS] = {"steps", "N", "prune in so many steps (default 1)", false, false},
    [EPOCHS] = {"epochs", "E", "of training after pruning (default 1)", false, false},
    [SHARE_EPOCHS] = {"share-epochs", "E", "of training shared values (default: --epochs)", false,
                      false},
    [RATE] = {"rate", "R", "at the start of the training after pruning (default 0.001)", false,
              false},
    [SHARE_RATE] = {"share-rate", "R", "the same for shared values (default 0.001)", false, false},
    [BATCH] = {"batch", "N", "images of a step (default 64)", false, false},
    [NO_AUGMENT] = {"no-augment", NULL, "neither shift nor mirror images", false, false},
    [TRAIN_IMAGES] = {"train-images", "N", "the first of the training set (default all)", false,
                      false},
    [IMAGES] = {"images", "N", "the first of each split (default all)", false, false},
    [SEED] = {"seed", "N", "of everything that is drawn (default 1)", false, false},
    [WEIGHTS] = {"weights", "FILE", "a .safetensors file in place of the network's own", false,
                 false},
    [DATASET] = {"dataset", "NAME", "the data, where the network does not say", false, false},
    [DATA] = {"data", "DIR", "folder of the data's files (default: under $ASSAY_DATA)", false,
              false},
    [OUT] = {"out", "DIR", "folder for the files; made where it is missing", true, false},
    [FORMAT] = {"format", "NAME", "text (default) or json", false, false},
    [QUIET] = {"quiet", NULL, "no progress", false, false},
};

typedef struct request {
    assay_accuracy_settings network;
    assay_compress_settings settings;
    const char* policy; /* NULL: none */
    bool json;
} request;

static void read_network(const cli_arguments* arguments, assay_accuracy_settings* s,
                         assay_report* report) {
    s->network = cli_value(arguments, NETWORK);
    s->weights = cli_value(arguments, WEIGHTS);
    s->dataset = cli_value(arguments, DATASET);
    s->data = cli_value(arguments, DATA);
    cli_read_uint(arguments, IMAGES, 1, UINT32_MAX, &s->images, report);
    cli_read_uint(arguments, SEED, 0, UINT64_C(1) << 53, &s->seed, report);
}

static void read_small(const cli_arguments* arguments, size_t option, uint64_t high, unsigned* out,
                       assay_report* report) {
    uint64_t value = *out;
    cli_read_uint(arguments, option, 1, high, &value, report);
    *out = (unsigned)value;
}

static void read_settings(const cli_arguments* arguments, assay_compress_settings* s,
                          assay_report* report) {
    cli_read_real(arguments, DENSITY, 0.0001, 1, &s->density, report);
    cli_read_real(arguments, QUALITY, 0.0001, 10, &s->quality, report);
    read_small(arguments, CODEBOOK_BITS, 8, &s->codebook_bits, report);
    read_small(arguments, GAP_BITS, 8, &s->gap_bits, report);
    read_small(arguments, STEPS, 100, &s->steps, report);
    read_small(arguments, BATCH, 4096, &s->batch, report);
    cli_read_real(arguments, EPOCHS, 0, 1000, &s->prune_epochs, report);
    s->share_epochs = s->prune_epochs;
    cli_read_real(arguments, SHARE_EPOCHS, 0, 1000, &s->share_epochs, report);
    cli_read_real(arguments, RATE, 0, 10, &s->rate, report);
    cli_read_real(arguments, SHARE_RATE, 0, 10, &s->share_rate, report);
    cli_read_uint(arguments, TRAIN_IMAGES, 1, UINT32_MAX, &s->images, report);
    s->augment = !cli_given(arguments, NO_AUGMENT);
    s->out = cli_value(arguments, OUT);
}

static void read_request(const cli_arguments* arguments, request* r, assay_report* report) {
    static const char* const formats[] = {"text", "json", NULL};
    size_t format = 0;
    *r = (request){.network = assay_default_accuracy_settings(),
                   .settings = assay_default_compress_settings(),
                   .policy = cli_value(arguments, POLICY)};
    read_network(arguments, &r->network, report);
    read_settings(arguments, &r->settings, report);
    r->settings.seed = r->network.seed;
    cli_read_choice(arguments, FORMAT, formats, &format, report);
    r->json = format == 1;
    const bool density = cli_given(arguments, DENSITY), quality = cli_given(arguments, QUALITY);
    if (r->policy != NULL && (density || quality || cli_given(arguments, CODEBOOK_BITS))) {
        assay_report_add(report, "--policy excludes --density, --quality and --codebook-bits");
    }
    if (density && quality) {
        assay_report_add(report, "--density and --quality exclude each other");
    }
}

/* One bar per training. */
typedef struct stage_progress {
    net_progress bar;
    const char* stage;
} stage_progress;

static bool on_progress(void* user, const char* stage, uint64_t done, uint64_t total, double loss) {
    stage_progress* progress = user;
    if (progress->stage == NULL || strcmp(progress->stage, stage) != 0) {
        assay_progress_end(&progress->bar.bar);
        progress->stage = progress->bar.title = stage;
    }
    return net_progress_loss(&progress->bar, done, total, loss);
}

static assay_status print(const request* r, const assay_compression* found, assay_report* report) {
    cli_text text = {0};
    if (r->json) {
        cli_text_add(&text, "%s", assay_compression_json(found));
    } else {
        compress_print(found, &text);
    }
    assay_status status = cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    return status;
}

static assay_status compress(const request* r, assay_report* report) {
    assay_accuracy* env = NULL;
    assay_policy* policy = NULL;
    assay_compression* found = NULL;
    assay_status status = assay_accuracy_open(&r->network, &env, report);
    if (status == ASSAY_OK && r->policy != NULL) {
        status = assay_policy_load(r->policy, assay_accuracy_workload(env), &policy, report);
    }
    if (status == ASSAY_OK) {
        status = assay_accuracy_compress(env, policy, &r->settings, &found, report);
    }
    if (status == ASSAY_OK) {
        status = print(r, found, report);
    }
    assay_compression_free(&found);
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
    stage_progress progress = {
        .bar = {.unit = "steps", .quiet = cli_given(arguments, QUIET)},
    };
    r.settings.progress = on_progress;
    r.settings.user = &progress;
    cli_interrupt_watch();
    assay_status status = compress(&r, report);
    assay_progress_end(&progress.bar.bar);
    if (status == ASSAY_INTERRUPTED) {
        assay_report_add(report, "stopped on request, nothing written");
    }
    return status;
}

const cli_command cli_command_compress = {
    .name = "compress",
    .summary = "prunes a network, shares its weights and codes them (Deep Compression)",
    .operands = "",
    .options = options,
    .option_count = OPTION_COUNT,
    .notes =
        "Without --policy, --density and --codebook-bits, lenet5, lenet_300_100, alexnet and\n"
        "vgg16 are compressed as published. Written are NAME.compressed.safetensors (the coded\n"
        "streams), NAME.json with NAME.safetensors (the same weights, for assay run and assay\n"
        "accuracy) and NAME.report.json. Codebooks of up to 4 bits run on EIE as they are.\n",
    .check = check,
    .run = run,
};
