#include "table_request.h"

#include <string.h>
#include <unistd.h>

#include "hardware.h"
#include "pool.h"
#include "quote.h"

enum {
    DEFAULT_LOW = 2,
    DEFAULT_HIGH = 8,
    MAX_BITS = 16
};

const cli_option table_options[TABLE_OPTION_COUNT] = {
    [TABLE_HW] = {"hw", "FILE", "the hardware: a JSON file, or a table", true, false},
    [TABLE_WORKLOAD] = {"workload", "FILE", "a network", true, false},
    [TABLE_SET] = {"set", "KEY=VALUE", "change one option of the hardware", false, true},
    [TABLE_MODEL] = {"model", "NAME", "event (default) or clocked, the reference", false, false},
    [TABLE_BITS] = {"bits", "LO..HI", "widths of weights and activations (default 2..8)", false,
                    false},
    [TABLE_BATCH] = {"batch", "N", "images computed together", false, false},
    [TABLE_INPUT_SHAPE] = {"input-shape", "HxWxC", "of an ONNX input that leaves it open", false,
                           false},
    [TABLE_JOBS] = {"jobs", "N", "worker processes (default: all cores)", false, false},
    [TABLE_STORE] = {"store", "FILE", "where measurements are kept", false, false},
    [TABLE_NO_STORE] = {"no-store", NULL, "keep no measurements", false, false},
    [TABLE_OUT] = {"out", "FILE", "write the table there: FILE.npy, .csv or .json", false, true},
    [TABLE_QUIET] = {"quiet", NULL, "no progress and no notes", false, false},
};

/* One number of "LO..HI". */
static bool read_width(const char** text, unsigned* out) {
    size_t digits = strspn(*text, "0123456789");
    unsigned value = 0;
    for (size_t i = 0; i < digits && i < 3; i++) {
        value = 10 * value + (unsigned)((*text)[i] - '0');
    }
    *text += digits;
    *out = value;
    return digits >= 1 && digits <= 2 && value >= 1 && value <= MAX_BITS;
}

static void read_bits(const cli_arguments* arguments, table_request* request,
                      assay_report* report) {
    const char* text = cli_value(arguments, TABLE_BITS);
    const char* rest = text;
    unsigned low = 0, high = 0;
    request->low = DEFAULT_LOW;
    request->high = DEFAULT_HIGH;
    if (text == NULL) {
        return;
    }
    bool good = read_width(&rest, &low) && strncmp(rest, "..", 2) == 0;
    rest += good ? 2 : 0;
    if (!good || !read_width(&rest, &high) || *rest != '\0' || low > high) {
        assay_report_add(report, "--bits: %s is not LO..HI with 1 <= LO <= HI <= %d",
                         assay_quote(text).text, MAX_BITS);
        return;
    }
    request->low = low;
    request->high = high;
}

static void read_jobs(const cli_arguments* arguments, table_request* request,
                      assay_report* report) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t jobs = cores < 1 ? 1 : (uint64_t)cores;
    jobs = jobs > ASSAY_POOL_MAX_JOBS ? ASSAY_POOL_MAX_JOBS : jobs;
    cli_read_uint(arguments, TABLE_JOBS, 1, ASSAY_POOL_MAX_JOBS, &jobs, report);
    request->jobs = (unsigned)jobs;
}

static void read_outs(const cli_arguments* arguments, table_request* request,
                      assay_report* report) {
    request->outs = cli_values(arguments, TABLE_OUT, &request->out_count);
    for (size_t i = 0; i < request->out_count; i++) {
        if (table_format_of(request->outs[i]) == NULL) {
            assay_report_add(report, "--out %s: legal are FILE.npy, FILE.csv and FILE.json",
                             assay_quote(request->outs[i]).text);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(request->outs[i], request->outs[k]) == 0) {
                assay_report_add(report, "--out %s: is given twice",
                                 assay_quote(request->outs[i]).text);
                break;
            }
        }
    }
}

void table_request_read(const cli_arguments* arguments, table_request* request,
                        assay_report* report) {
    *request = (table_request){.hw = cli_value(arguments, TABLE_HW),
                               .workload = cli_value(arguments, TABLE_WORKLOAD),
                               .store = cli_value(arguments, TABLE_STORE),
                               .no_store = cli_given(arguments, TABLE_NO_STORE),
                               .quiet = cli_given(arguments, TABLE_QUIET)};
    request->sets = cli_values(arguments, TABLE_SET, &request->set_count);
    cli_check_sets(request->sets, request->set_count, report);
    cli_read_model(arguments, TABLE_MODEL, &request->model, report);
    read_bits(arguments, request, report);
    cli_read_uint(arguments, TABLE_BATCH, 1, 4096, &request->batch, report);
    cli_read_shape(arguments, TABLE_INPUT_SHAPE, &request->params.input_height,
                   &request->params.input_width, &request->params.input_channels, report);
    read_jobs(arguments, request, report);
    read_outs(arguments, request, report);
    if (request->store != NULL && request->no_store) {
        assay_report_add(report, "--store and --no-store exclude each other");
    }
}
