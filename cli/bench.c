/* assay bench: the speed of the models as ratios within one run (seconds of different machines or
 * days do not compare), and a signature of what they count. */

#include "bench_runs.h"
#include "command.h"
#include "format.h"
#include "interrupt.h"
#include "output.h"
#include "quantity.h"
#include "table.h"

enum {
    QUICK,
    ROOT,
    FORMAT
};

static const cli_option options[] = {
    [QUICK] = {"quick", NULL, "fewer repetitions", false, false},
    [ROOT] = {"root", "DIR", "the folder that holds hw_configs and traces (default .)", false,
              false},
    [FORMAT] = {"format", "NAME", "text (default) or json", false, false},
};

static const char* const format_names[] = {"text", "json", NULL};

typedef struct ratio {
    const char* name;
    double value, target;
    bool at_least; /* else at most */
} ratio;

enum {
    RATIOS = 2
};

/* Of the minima: noise of a shared machine only ever adds time. */
static void read_ratios(const bench_figures* f, ratio out[RATIOS]) {
    double timing = f->timing.min_s, outputs = f->outputs.min_s;
    out[0] = (ratio){"clocked / event timing", f->clocked.min_s / timing, 25, true};
    out[1] =
        (ratio){"event with outputs / plain reference", outputs / f->reference.min_s, 3, false};
}

static bool met(const ratio* r) {
    return r->at_least ? r->value >= r->target : r->value <= r->target;
}

static void add_sample_row(cli_table* table, const char* name, const bench_sample* sample) {
    cli_table_cell(table, "%s", name);
    cli_table_cell(table, "%zu", sample->runs);
    cli_table_cell(table, "%s", cli_scaled(sample->min_s, 1e-3).text);
    cli_table_cell(table, "%s", cli_scaled(sample->median_s, 1e-3).text);
    cli_table_cell(table, "%s", cli_percent(sample->spread, 1).text);
}

static void print_samples(const bench_figures* f, cli_text* out) {
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "alexnet_fc6 on eie_64pe");
    cli_table_column(table, CLI_RIGHT, "runs");
    cli_table_column(table, CLI_RIGHT, "min ms");
    cli_table_column(table, CLI_RIGHT, "median ms");
    cli_table_column(table, CLI_RIGHT, "spread %%");
    add_sample_row(table, "event model, timing only", &f->timing);
    add_sample_row(table, "event model, with outputs", &f->outputs);
    add_sample_row(table, "clocked model", &f->clocked);
    add_sample_row(table, "plain C reference", &f->reference);
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void print_ratios(const bench_figures* f, cli_text* out) {
    ratio ratios[RATIOS];
    read_ratios(f, ratios);
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "ratio of the minima");
    cli_table_column(table, CLI_RIGHT, "value");
    cli_table_column(table, CLI_RIGHT, "target");
    cli_table_column(table, CLI_LEFT, "verdict");
    for (size_t i = 0; i < RATIOS; i++) {
        cli_table_cell(table, "%s", ratios[i].name);
        cli_table_cell(table, "%.2f", ratios[i].value);
        cli_table_cell(table, "%s %g", ratios[i].at_least ? ">=" : "<=", ratios[i].target);
        cli_table_cell(table, "%s", met(&ratios[i]) ? "met" : "missed");
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void print_text(const bench_figures* f, cli_text* out) {
    print_samples(f, out);
    print_ratios(f, out);
    cli_text_add(out,
                 "\nfirst run of the process: generate %.1f ms, encode %.1f ms, simulate %.1f ms\n"
                 "signature: %s\n",
                 1e3 * f->first.generate_s, 1e3 * f->first.encode_s, 1e3 * f->first.simulate_s,
                 f->signature);
}

static void write_sample(assay_json_writer* w, const char* key, const bench_sample* sample) {
    assay_json_begin_object(w, key);
    assay_json_write_uint(w, "runs", sample->runs);
    assay_json_write_real(w, "min_s", sample->min_s);
    assay_json_write_real(w, "median_s", sample->median_s);
    assay_json_write_real(w, "spread", sample->spread);
    assay_json_end_object(w);
}

static void write_ratios(assay_json_writer* w, const bench_figures* f) {
    ratio ratios[RATIOS];
    read_ratios(f, ratios);
    assay_json_begin_array(w, "ratios");
    for (size_t i = 0; i < RATIOS; i++) {
        assay_json_begin_object(w, NULL);
        assay_json_write_string(w, "name", ratios[i].name);
        assay_json_write_real(w, "value", ratios[i].value);
        assay_json_write_real(w, "target", ratios[i].target);
        assay_json_write_bool(w, "met", met(&ratios[i]));
        assay_json_end_object(w);
    }
    assay_json_end_array(w);
}

static void print_json(const bench_figures* f, cli_text* out) {
    assay_json_writer* w = assay_json_writer_new(2);
    if (w == NULL) {
        out->failed = true;
        return;
    }
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "assay", assay_version());
    write_sample(w, "event_timing", &f->timing);
    write_sample(w, "event_outputs", &f->outputs);
    write_sample(w, "clocked", &f->clocked);
    write_sample(w, "reference", &f->reference);
    write_ratios(w, f);
    assay_json_begin_object(w, "first_run");
    assay_json_write_real(w, "generate_s", f->first.generate_s);
    assay_json_write_real(w, "encode_s", f->first.encode_s);
    assay_json_write_real(w, "simulate_s", f->first.simulate_s);
    assay_json_end_object(w);
    assay_json_write_string(w, "signature", f->signature);
    assay_json_end_object(w);
    cli_json_finish(&w, out);
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
    cli_text text = {0};
    if (format == 0) {
        print_text(&figures, &text);
    } else {
        print_json(&figures, &text);
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
        "The signature changes exactly when a counter of one of the traces/eie workloads does:\n"
        "a change of the code that only tidies leaves it alone.\n",
    .check = check,
    .run = run,
};
