/* assay sensitivity: how much a network's answers depend on each layer, as the table that
 * Hessian-aware searches read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hardware.h"
#include "interrupt.h"
#include "json.h"
#include "network_options.h"
#include "output.h"
#include "quote.h"

enum {
    METHOD = NET_OPTION_COUNT,
    IMAGES,
    SAMPLES,
    TOLERANCE,
    BITS,
    HW,
    SET,
    OUT,
    OPTION_COUNT
};

static const cli_option options[OPTION_COUNT] = {
    CLI_NET_OPTIONS,
    [METHOD] = {"method", "NAME", "trace, eigenvalue, fisher or kl", true, false},
    [IMAGES] = {"images", "N", "of the training set (default 128)", false, false},
    [SAMPLES] =
        {"samples", "N",
         "at most so many samples or iterations (default 100; traces of ReLU networks need none)",
         false, false},
    [TOLERANCE] = {"tolerance", "R", "relative change that ends them (default 0.001)", false,
                   false},
    [BITS] = {"bits", "LIST", "further widths of squared errors, e.g. 2,3,6", false, false},
    [HW] = {"hw", "FILE", "measure the layers' latencies on this hardware", false, false},
    [SET] = {"set", "KEY=VALUE", "change one option of the hardware", false, true},
    [OUT] = {"out", "FILE", "the table, FILE.csv (default: standard output)", false, false},
};

enum {
    LATENCIES = 2
};
static const unsigned latency_bits[LATENCIES] = {4, 8}; /* lat_int4_ms, lat_int8_ms */

typedef struct request {
    assay_accuracy_settings network;
    assay_sensitivity_settings settings;
    unsigned more_widths; /* bit b: a further column for b bits */
    const char *hw, *out;
    const char* const* sets;
    size_t set_count;
} request;

/* Everything that is opened for one call. */
typedef struct session {
    const request* request;
    assay_accuracy* env;
    assay_hw* hw;           /* NULL: no latencies */
    assay_machine* machine; /* likewise */
    assay_layer_sensitivity* rows;
    size_t count;
} session;

/* ---- What is asked ---- */

static void read_widths(const cli_arguments* arguments, request* r, assay_report* report) {
    const char* text = cli_value(arguments, BITS);
    for (const char* at = text; at != NULL;) {
        size_t digits = strspn(at, "0123456789");
        unsigned long value = strtoul(at, NULL, 10);
        if (digits == 0 || digits > 2 || value < 1 || value > 16 ||
            (at[digits] != ',' && at[digits] != '\0')) {
            assay_report_add(report, "--bits: %s is not a list of widths in 1 .. 16",
                             assay_quote(text).text);
            return;
        }
        r->more_widths |= 1U << value;
        at = at[digits] == ',' ? at + digits + 1 : NULL;
    }
    for (size_t i = 0; i < LATENCIES; i++) {
        r->more_widths &= ~(1U << latency_bits[i]); /* they have their columns */
    }
    r->settings.widths |= r->more_widths;
}

static void read_method(const cli_arguments* arguments, request* r, assay_report* report) {
    const char* const names[] = {assay_sensitivity_name(ASSAY_SENSITIVITY_TRACE),
                                 assay_sensitivity_name(ASSAY_SENSITIVITY_EIGENVALUE),
                                 assay_sensitivity_name(ASSAY_SENSITIVITY_FISHER),
                                 assay_sensitivity_name(ASSAY_SENSITIVITY_KL), NULL};
    size_t method = r->settings.method;
    uint64_t images = r->settings.images, samples = r->settings.samples;
    cli_read_choice(arguments, METHOD, names, &method, report);
    cli_read_uint(arguments, IMAGES, 1, 100000, &images, report);
    cli_read_uint(arguments, SAMPLES, 1, 100000, &samples, report);
    cli_read_real(arguments, TOLERANCE, 0, 1, &r->settings.tolerance, report);
    r->settings.method = (assay_sensitivity_method)method;
    r->settings.images = (unsigned)images;
    r->settings.samples = (unsigned)samples;
}

static void read_request(const cli_arguments* arguments, request* r, assay_report* report) {
    *r = (request){.network = assay_default_accuracy_settings(),
                   .settings = assay_default_sensitivity_settings(),
                   .hw = cli_value(arguments, HW),
                   .out = cli_value(arguments, OUT)};
    net_options_read(arguments, &r->network, report);
    r->settings.seed = r->network.seed;
    read_method(arguments, r, report);
    read_widths(arguments, r, report);
    r->sets = cli_values(arguments, SET, &r->set_count);
    cli_check_sets(r->sets, r->set_count, report);
    if (r->set_count > 0 && r->hw == NULL) {
        assay_report_add(report, "--set needs --hw");
    }
}

/* ---- The table ---- */

static void add_real(cli_text* out, double value) {
    char text[32];
    assay_format_real(value, text, sizeof text);
    cli_text_add(out, ",%s", text);
}

static void add_header(const request* r, cli_text* out) {
    cli_text_add(out, "layer,avg_trace,d8_sq,d4_sq,parameters,macs,lat_int4_ms,lat_int8_ms,"
                      "name,method,iterations,converged");
    for (unsigned bits = 1; bits < ASSAY_WIDTHS; bits++) {
        if ((r->more_widths >> bits & 1) != 0) {
            cli_text_add(out, ",d%u_sq", bits);
        }
    }
    for (unsigned bits = 1; bits < ASSAY_WIDTHS; bits++) {
        if (r->settings.method == ASSAY_SENSITIVITY_KL && (r->settings.widths >> bits & 1) != 0) {
            cli_text_add(out, ",kl_%u", bits);
        }
    }
    cli_text_add(out, "\n");
}

static assay_status add_latencies(const session* s, size_t layer, cli_text* out,
                                  assay_report* report) {
    for (size_t i = 0; i < LATENCIES; i++) {
        assay_measurement m = {0};
        if (s->machine != NULL) {
            assay_status status =
                assay_machine_measure(s->machine, assay_accuracy_workload(s->env), layer,
                                      latency_bits[i], latency_bits[i], 0, &m, report);
            if (status != ASSAY_OK) {
                return status;
            }
        }
        add_real(out, 1e3 * m.seconds);
    }
    return ASSAY_OK;
}

static void add_widths(const request* r, const assay_layer_sensitivity* row, cli_text* out) {
    for (unsigned bits = 1; bits < ASSAY_WIDTHS; bits++) {
        if ((r->more_widths >> bits & 1) != 0) {
            add_real(out, row->squared_error[bits]);
        }
    }
    for (unsigned bits = 1; bits < ASSAY_WIDTHS; bits++) {
        if (r->settings.method == ASSAY_SENSITIVITY_KL && (r->settings.widths >> bits & 1) != 0) {
            add_real(out, row->by_bits[bits]);
        }
    }
}

static assay_status add_row(const session* s, size_t i, cli_text* out, assay_report* report) {
    const assay_layer_sensitivity* row = &s->rows[i];
    const assay_workload* network = assay_accuracy_workload(s->env);
    cli_text_add(out, "%zu", i);
    add_real(out, row->value);
    add_real(out, row->squared_error[8]);
    add_real(out, row->squared_error[4]);
    cli_text_add(out, ",%" PRIu64 ",%" PRIu64, assay_workload_layer_params(network, row->layer),
                 assay_workload_layer_macs(network, row->layer));
    assay_status status = add_latencies(s, row->layer, out, report);
    cli_text_add(out, ",");
    cli_text_add_csv(out, assay_workload_layer_name(network, row->layer));
    cli_text_add(out, ",%s,%u,%s", assay_sensitivity_name(s->request->settings.method),
                 row->iterations, row->converged ? "true" : "false");
    add_widths(s->request, row, out);
    cli_text_add(out, "\n");
    return status;
}

static assay_status write_table(const session* s, assay_report* report) {
    cli_text text = {0};
    assay_status status = ASSAY_OK;
    add_header(s->request, &text);
    for (size_t i = 0; i < s->count && status == ASSAY_OK; i++) {
        status = add_row(s, i, &text, report);
    }
    if (status == ASSAY_OK) {
        status = cli_output_text(s->request->out, &text, report);
    }
    cli_text_free(&text);
    return status;
}

/* ---- The command ---- */

static assay_status load(session* s, assay_report* report) {
    const request* r = s->request;
    assay_status status = r->out != NULL ? cli_output_check(r->out, report) : ASSAY_OK;
    assay_status hw = ASSAY_OK;
    if (r->hw != NULL) {
        hw = cli_load_hw(r->hw, r->sets, r->set_count, &s->hw, report);
    }
    status = status == ASSAY_OK ? hw : status;
    assay_status network = assay_accuracy_open(&r->network, &s->env, report);
    status = status == ASSAY_OK ? network : status;
    if (status == ASSAY_OK && s->hw != NULL) {
        status = assay_machine_open(s->hw, ASSAY_MODEL_EVENT, NULL, &s->machine, report);
    }
    return status;
}

static assay_status run_session(session* s, assay_report* report) {
    assay_status status = load(s, report);
    if (status != ASSAY_OK) {
        return status;
    }
    s->rows =
        calloc(assay_workload_layer_count(assay_accuracy_workload(s->env)) + 1, sizeof *s->rows);
    if (s->rows == NULL) {
        return ASSAY_NO_MEMORY;
    }
    status = assay_accuracy_sensitivity(s->env, &s->request->settings, s->rows, &s->count, report);
    return status == ASSAY_OK ? write_table(s, report) : status;
}

static void close_session(session* s) {
    free(s->rows);
    assay_machine_close(&s->machine);
    assay_hw_free(&s->hw);
    assay_accuracy_close(&s->env);
}

static void check(const cli_arguments* arguments, assay_report* report) {
    request scratch;
    read_request(arguments, &scratch, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    request r;
    read_request(arguments, &r, report);
    net_progress progress = {
        .title = "sensitivity", .unit = "steps", .quiet = cli_given(arguments, NET_QUIET)};
    r.settings.progress = net_progress_label;
    r.settings.user = &progress;
    cli_interrupt_watch();
    session s = {.request = &r};
    assay_status status = run_session(&s, report);
    if (status == ASSAY_INTERRUPTED) {
        assay_report_add(report, "stopped on request, nothing written");
    }
    close_session(&s);
    assay_progress_end(&progress.bar);
    return status;
}

const cli_command cli_command_sensitivity = {
    .name = "sensitivity",
    .summary = "tells how much a network's answers depend on each layer",
    .operands = "",
    .options = options,
    .option_count = OPTION_COUNT,
    .notes = "The columns are those of HAWQ's tables: layer, avg_trace, d8_sq, d4_sq, parameters,\n"
             "macs, lat_int4_ms, lat_int8_ms, then name, method, iterations, converged and what\n"
             "--bits asks for. avg_trace holds the value of the method, whichever it is: the\n"
             "Hessian's trace by parameter, its greatest eigenvalue, the Fisher information, or\n"
             "the divergence of the outputs with the layer at 4 bits. Latencies are 0 without\n"
             "--hw.\n",
    .check = check,
    .run = run,
};
