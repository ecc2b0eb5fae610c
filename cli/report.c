/* assay report: results as one HTML page. */
#include <stdint.h>
#include <stdlib.h>

#include "assay/report_page.h"
#include "command.h"
#include "output.h"

enum {
    OUT,
    TITLE,
    OPTION_COUNT
};

static const cli_option options[OPTION_COUNT] = {
    [OUT] = {"out", "FILE", "the page, written whole or not at all", true, false},
    [TITLE] = {"title", "TEXT", "the page's heading (default: Assay report)", false, false},
};

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    char* html = NULL;
    size_t size = 0;
    assay_page_settings settings = {.title = cli_value(arguments, TITLE)};
    settings.inputs = cli_operands(arguments, &settings.input_count);
    assay_status target = cli_output_check(cli_value(arguments, OUT), report);
    assay_status status = assay_page_build(&settings, &html, &size, report);
    status = target != ASSAY_OK ? target : status;
    if (status == ASSAY_OK) {
        status = cli_output_write(cli_value(arguments, OUT), html, size, report);
    }
    free(html);
    return status;
}

const cli_command cli_command_report = {
    .name = "report",
    .summary = "shows results as one HTML page that needs no network",
    .operands = "FILE|DIR...",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .options = options,
    .option_count = OPTION_COUNT,
    .notes =
        "FILE is what 'assay run --format json', 'assay run --timeline', 'assay table' (.csv,\n"
        ".json) or 'assay sweep' (.csv, .jsonl) wrote, DIR is what 'assay search' wrote; which\n"
        "of them shows in the content. Two runs of one network are compared, searches of one\n"
        "task that differ in the seed are shown together.\n",
    .run = run,
};
