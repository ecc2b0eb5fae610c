/* assay check: is each file a valid piece of hardware or a valid workload? */
#include <stdio.h>

#include "assay/sim.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"

enum {
    OPTION_INPUT_SHAPE
};

static const cli_option options[] = {
    [OPTION_INPUT_SHAPE] = {"input-shape", "HxWxC", "of ONNX inputs that leave it open", false,
                            false},
};

static assay_status check_hardware(const char* path, cli_text* line, assay_report* report) {
    assay_hw* hw = NULL;
    assay_status status = assay_hw_load(path, &hw, report);
    if (status == ASSAY_OK) {
        status = assay_hw_check(hw, report);
    }
    if (status == ASSAY_OK) {
        cli_text_add(line, "%s: ok (hardware, %s, %s)\n", path, assay_hw_accelerator(hw)->name,
                     assay_hw_hash(hw));
    }
    assay_hw_free(&hw);
    return status;
}

static assay_status check_workload(const char* path, const assay_workload_params* params,
                                   cli_text* line, assay_report* report) {
    assay_workload* workload = NULL;
    assay_status status = assay_workload_load(path, params, &workload, report);
    if (status == ASSAY_OK) {
        cli_text_add(line, "%s: ok (workload, %s, %zu layer%s, %s)\n", path,
                     assay_workload_importer(workload), assay_workload_layer_count(workload),
                     assay_workload_layer_count(workload) == 1 ? "" : "s",
                     assay_workload_hash(workload));
    }
    assay_workload_free(&workload);
    return status;
}

/* A report of its own for each file: a report keeps only so many messages. */
static assay_status check_file(const char* path, const assay_workload_params* params,
                               cli_text* lines) {
    assay_report* report = assay_report_new();
    if (report == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = assay_hw_recognises(path) ? check_hardware(path, lines, report)
                                                    : check_workload(path, params, lines, report);
    for (size_t i = 0; i < assay_report_kept(report); i++) {
        fprintf(stderr, "%s\n", assay_report_text(report, i));
    }
    assay_report_free(&report);
    return status;
}

static assay_workload_params read_params(const cli_arguments* arguments, assay_report* report) {
    assay_workload_params params = {0};
    cli_read_shape(arguments, OPTION_INPUT_SHAPE, &params.input_height, &params.input_width,
                   &params.input_channels, report);
    return params;
}

static void check_options(const cli_arguments* arguments, assay_report* report) {
    read_params(arguments, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    size_t count, bad = 0;
    const char* const* paths = cli_operands(arguments, &count);
    const assay_workload_params params = read_params(arguments, report);
    cli_interrupt_watch();
    cli_text lines = {0};
    assay_status first = ASSAY_OK;
    for (size_t i = 0; i < count && !cli_interrupted(); i++) {
        assay_status status = check_file(paths[i], &params, &lines);
        bad += status != ASSAY_OK;
        first = first == ASSAY_OK ? status : first;
    }
    if (bad > 0) {
        assay_report_add(report, "%zu of %zu files are not valid", bad, count);
    }
    assay_status written = cli_output_text(NULL, &lines, report);
    cli_text_free(&lines);
    if (cli_interrupted()) {
        return ASSAY_INTERRUPTED;
    }
    return first != ASSAY_OK ? first : written;
}

const cli_command cli_command_check = {
    .name = "check",
    .summary = "validates hardware and workload files and names every mistake",
    .operands = "FILE...",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes = "",
    .check = check_options,
    .run = run,
};
