/* assay bench: the speed of the models as ratios within one run (seconds of different machines or
 * days do not compare), and a signature of what they count. */

#include <stdio.h>

#include "bench_print.h"
#include "bench_runs.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"

enum {
    QUICK,
    ROOT,
    FORMAT
};

static const cli_option options[] = {
    [QUICK] = {"quick", NULL, "fewer repetitions, images and candidates, no table", false, false},
    [ROOT] = {"root", "DIR", "the folder that holds hw_configs and traces (default .)", false,
              false},
    [FORMAT] = {"format", "NAME", "text (default) or json", false, false},
};

static const char* const format_names[] = {"text", "json", NULL};

/* What is missing is said even where the output goes to a file or another program. */
static void tell_skipped(const bench_figures* f) {
    for (size_t i = 0; i < BENCH_MACHINES; i++) {
        if (f->machines[i].skipped) {
            fprintf(stderr, "assay: warning: %s is skipped: its file or its layers are missing\n",
                    f->machines[i].hw);
        }
    }
    if (f->accuracy.skipped) {
        fprintf(stderr,
                "assay: warning: accuracy is skipped: this build has no accuracy engine, or "
                "resnet20, its weights or CIFAR-10 ($ASSAY_DATA) are missing\n");
    }
    if (f->search.exact.skipped) {
        fprintf(stderr,
                "assay: warning: exact is skipped: HAWQ-V3's table ($ASSAY_DATA) is missing\n");
    }
    if (f->network.skipped) {
        fprintf(stderr, "assay: warning: MobileNet is skipped: bit_fusion_16x32, mobilenet_v1 or "
                        "mobilenet_v2 is missing\n");
    }
}

static void check(const cli_arguments* arguments, assay_report* report) {
    size_t format = 0;
    cli_read_choice(arguments, FORMAT, format_names, &format, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    size_t format = 0;
    cli_read_choice(arguments, FORMAT, format_names, &format, report);
    const char* root = cli_given(arguments, ROOT) ? cli_value(arguments, ROOT) : ".";
    cli_interrupt_watch();
    bench_figures figures;
    assay_status status = bench_measure(root, cli_given(arguments, QUICK), &figures, report);
    if (status != ASSAY_OK) {
        return status;
    }
    tell_skipped(&figures);
    cli_text text = {0};
    if (format == 0) {
        bench_print_text(&figures, &text);
    } else {
        bench_print_json(&figures, &text);
    }
    status = cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    return status;
}

const cli_command cli_command_bench = {
    .name = "bench",
    .summary = "measures the speed of the models as ratios and prints a signature of the counters",
    .operands = "",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .notes =
        "The signature changes exactly when a counter of one of the traces/eie workloads, or of\n"
        "one of the layers that the machines are compared on, does: a change of the code that\n"
        "only tidies leaves it alone. What is missing below --root is skipped with a warning\n"
        "and changes the signature. --quick has the same signature.\n",
    .check = check,
    .run = run,
};
