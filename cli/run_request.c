#include "run_request.h"

#include <string.h>

#include "hardware.h"
#include "quote.h"

const cli_option run_options[RUN_OPTION_COUNT] = {
    [RUN_HW] = {"hw", "FILE", "the hardware, a JSON file", true, false},
    [RUN_WORKLOAD] = {"workload", "FILE", "a network, a layer or a compressed stream", true, true},
    [RUN_SET] = {"set", "KEY=VALUE", "change one option of the hardware", false, true},
    [RUN_MODEL] = {"model", "NAME", "event (default) or clocked, the reference", false, false},
    [RUN_POLICY] = {"policy", "FILE", "widths of the layers, a JSON file", false, false},
    [RUN_W_BITS] = {"w-bits", "N", "the same width for all weights", false, false},
    [RUN_A_BITS] = {"a-bits", "N", "the same width for all activations", false, false},
    [RUN_BATCH] = {"batch", "N", "images computed together", false, false},
    [RUN_LAYER] = {"layer", "NAME", "simulate only the named layers", false, true},
    [RUN_INPUT] = {"input", "FILE", "raw u8 HxWxC images in place of the own input", false, false},
    [RUN_INPUT_INDEX] = {"input-index", "N", "which image of that file (default 0)", false, false},
    [RUN_INPUT_SHAPE] = {"input-shape", "HxWxC", "of that file's images, or of an ONNX input",
                         false, false},
    [RUN_SEED] = {"seed", "N", "replaces the seeds of statistical workloads", false, false},
    [RUN_CHECK] = {"check", NULL, "compare every output with the plain reference", false, false},
    [RUN_VCD] = {"vcd", "FILE", "write waveforms (clocked model only)", false, false},
    [RUN_TIMELINE] = {"timeline", "FILE", "write what happened when, for Perfetto", false, false},
    [RUN_PER_PE] = {"per-pe", NULL, "with the counters of every PE (JSON only)", false, false},
    [RUN_NO_OUTPUTS] = {"no-outputs", NULL, "timing and counters only, no output values", false,
                        false},
    [RUN_CACHE] = {"cache", "DIR", "where encoded matrices are kept", false, false},
    [RUN_NO_CACHE] = {"no-cache", NULL, "keep no encoded matrices", false, false},
    [RUN_TIMING] = {"timing", NULL, "print where this process spent its time", false, false},
    [RUN_FORMAT] = {"format", "NAME", "text (default), json or csv", false, false},
    [RUN_OUT] = {"out", "FILE", "write the result there, whole or not at all", false, false},
    [RUN_QUIET] = {"quiet", NULL, "no progress and no notes", false, false},
};

/* One side of a rule between two options. */
static void check_needs(const cli_arguments* arguments, size_t option, size_t needed,
                        assay_report* report) {
    if (cli_given(arguments, option) && !cli_given(arguments, needed)) {
        assay_report_add(report, "--%s needs --%s", run_options[option].name,
                         run_options[needed].name);
    }
}

static void check_excludes(const cli_arguments* arguments, size_t option, size_t other,
                           assay_report* report) {
    if (cli_given(arguments, option) && cli_given(arguments, other)) {
        assay_report_add(report, "--%s and --%s exclude each other", run_options[option].name,
                         run_options[other].name);
    }
}

static void read_params(const cli_arguments* arguments, assay_workload_params* params,
                        assay_report* report) {
    params->input_path = cli_value(arguments, RUN_INPUT);
    cli_read_uint(arguments, RUN_INPUT_INDEX, 0, UINT32_MAX, &params->input_index, report);
    cli_read_shape(arguments, RUN_INPUT_SHAPE, &params->input_height, &params->input_width,
                   &params->input_channels, report);
    /* 0 means "keep the workload's seeds"; larger ones would not survive a JSON file. */
    cli_read_uint(arguments, RUN_SEED, 1, UINT64_C(1) << 53, &params->seed, report);
    check_needs(arguments, RUN_INPUT_INDEX, RUN_INPUT, report);
}

static void read_model(const cli_arguments* arguments, run_request* request, assay_report* report) {
    cli_read_model(arguments, RUN_MODEL, &request->model, report);
    request->vcd = cli_value(arguments, RUN_VCD);
    request->timeline = cli_value(arguments, RUN_TIMELINE);
    if (request->vcd != NULL && request->model != ASSAY_MODEL_CLOCKED) {
        assay_report_add(report, "--vcd needs --model clocked: the event model has no waveforms");
    }
}

static void read_format(const cli_arguments* arguments, run_request* request,
                        assay_report* report) {
    static const cli_format* const formats[] = {&cli_format_text, &cli_format_json,
                                                &cli_format_csv};
    const char* const names[] = {formats[0]->name, formats[1]->name, formats[2]->name, NULL};
    size_t format = 0;
    cli_read_choice(arguments, RUN_FORMAT, names, &format, report);
    request->format = formats[format];
    request->out = cli_value(arguments, RUN_OUT);
    request->per_pe = cli_given(arguments, RUN_PER_PE);
    if (request->per_pe && request->format != &cli_format_json) {
        assay_report_add(report, "--per-pe needs --format json");
    }
}

static void check_differ(const cli_arguments* arguments, size_t option, size_t other,
                         assay_report* report) {
    const char* a = cli_value(arguments, option);
    const char* b = cli_value(arguments, other);
    if (a != NULL && b != NULL && strcmp(a, b) == 0) {
        assay_report_add(report, "--%s and --%s name the same file, %s", run_options[option].name,
                         run_options[other].name, assay_quote(a).text);
    }
}

static void read_policy(const cli_arguments* arguments, run_request* request,
                        assay_report* report) {
    request->policy = cli_value(arguments, RUN_POLICY);
    cli_read_uint(arguments, RUN_W_BITS, 1, 16, &request->w_bits, report);
    cli_read_uint(arguments, RUN_A_BITS, 1, 16, &request->a_bits, report);
    cli_read_uint(arguments, RUN_BATCH, 1, 4096, &request->batch, report);
    check_needs(arguments, RUN_W_BITS, RUN_A_BITS, report);
    check_needs(arguments, RUN_A_BITS, RUN_W_BITS, report);
    check_excludes(arguments, RUN_POLICY, RUN_W_BITS, report);
    check_excludes(arguments, RUN_POLICY, RUN_A_BITS, report);
}

static void read_switches(const cli_arguments* arguments, run_request* request) {
    request->check = cli_given(arguments, RUN_CHECK);
    request->outputs = !cli_given(arguments, RUN_NO_OUTPUTS);
    request->no_cache = cli_given(arguments, RUN_NO_CACHE);
    request->cache = cli_value(arguments, RUN_CACHE);
    request->timing = cli_given(arguments, RUN_TIMING);
    request->quiet = cli_given(arguments, RUN_QUIET);
}

void run_request_read(const cli_arguments* arguments, run_request* request, assay_report* report) {
    *request = (run_request){.hw = cli_value(arguments, RUN_HW)};
    request->workloads = cli_values(arguments, RUN_WORKLOAD, &request->workload_count);
    request->layers = cli_values(arguments, RUN_LAYER, &request->layer_count);
    request->sets = cli_values(arguments, RUN_SET, &request->set_count);
    cli_check_sets(request->sets, request->set_count, report);
    read_params(arguments, &request->params, report);
    read_model(arguments, request, report);
    read_policy(arguments, request, report);
    read_format(arguments, request, report);
    read_switches(arguments, request);
    check_excludes(arguments, RUN_CHECK, RUN_NO_OUTPUTS, report);
    check_excludes(arguments, RUN_CACHE, RUN_NO_CACHE, report);
    check_differ(arguments, RUN_OUT, RUN_VCD, report);
    check_differ(arguments, RUN_OUT, RUN_TIMELINE, report);
    check_differ(arguments, RUN_VCD, RUN_TIMELINE, report);
}
