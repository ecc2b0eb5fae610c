/* assay export: a workload of any kind, written in our own JSON format. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/sim.h"
#include "command.h"
#include "output.h"

enum {
    OPTION_INPUT_SHAPE,
    OPTION_OUT
};

static const cli_option options[] = {
    [OPTION_INPUT_SHAPE] = {"input-shape", "HxWxC", "of an ONNX input that leaves it open", false,
                            false},
    [OPTION_OUT] = {"out", "FILE", "write here instead of to the standard output", false, false},
};

static void print_note(void* user, const char* text) {
    fprintf(stderr, "%s: %s\n", (const char*)user, text);
}

static assay_status write_json(const assay_workload* workload, const char* path, const char* out,
                               assay_report* report) {
    for (size_t i = 0; i < assay_workload_note_count(workload); i++) {
        print_note((void*)path, assay_workload_note(workload, i));
    }
    char* json = NULL;
    assay_status status = assay_workload_json(workload, &json, print_note, (void*)path, report);
    if (status == ASSAY_OK) {
        cli_text text = {0};
        cli_text_add(&text, "%s", json);
        status = cli_output_text(out, &text, report);
        cli_text_free(&text);
    }
    free(json);
    return status;
}

static assay_workload_params read_params(const cli_arguments* arguments, assay_report* report) {
    assay_workload_params params = {0};
    cli_read_shape(arguments, OPTION_INPUT_SHAPE, &params.input_height, &params.input_width,
                   &params.input_channels, report);
    return params;
}

static void check(const cli_arguments* arguments, assay_report* report) {
    read_params(arguments, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    size_t count;
    const char* path = cli_operands(arguments, &count)[0];
    assay_workload_params params = read_params(arguments, report);
    assay_workload* workload = NULL;
    assay_status status = assay_workload_load(path, &params, &workload, report);
    if (status == ASSAY_OK) {
        status = write_json(workload, path, cli_value(arguments, OPTION_OUT), report);
    }
    assay_workload_free(&workload);
    return status;
}

const cli_command cli_command_export = {
    .name = "export",
    .summary = "writes a workload (SCALE-Sim, ONNX, ...) in our own JSON format",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes = "",
    .check = check,
    .run = run,
};
