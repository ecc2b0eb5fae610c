/* assay store: what is in a measurement store, and keeping it in order. */
#include "assay/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "json.h"
#include "names.h"
#include "output.h"
#include "quantity.h"
#include "text_table.h"

enum {
    PIECE_BYTES = 1 << 20
};

enum {
    STORE,
    FORMAT,
    OUT,
    OPTION_COUNT
};

static const cli_option options[OPTION_COUNT] = {
    [STORE] = {"store", "FILE", "the store (default: where assay keeps its own)", false, false},
    [FORMAT] = {"format", "NAME", "export: csv (default) or jsonl", false, false},
    [OUT] = {"out", "FILE", "export: write there, whole or not at all", false, false},
};

/* What one action is given. */
typedef struct call {
    const char* path;          /* of the store */
    const char* const* inputs; /* operands after the action's name */
    size_t input_count;
    bool jsonl;
    const char* out;
} call;

/* ---- info ---- */

static void print_info(const char* path, const assay_store_info* info, cli_text* out) {
    cli_text_add(out, "%s: %s bytes, %s layers, %s runs, %s of them failed\n", path,
                 cli_count(info->bytes).text, cli_count(info->layers).text,
                 cli_count(info->runs).text, cli_count(info->failed_runs).text);
    if (info->group_count == 0) {
        return;
    }
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "kind");
    cli_table_column(table, CLI_LEFT, "version");
    cli_table_column(table, CLI_LEFT, "sources");
    cli_table_column(table, CLI_LEFT, "usable");
    cli_table_column(table, CLI_LEFT, "model");
    cli_table_column(table, CLI_RIGHT, "entries");
    cli_table_column(table, CLI_LEFT, "hw");
    for (size_t i = 0; i < info->group_count; i++) {
        const assay_store_group* g = &info->groups[i];
        cli_table_cell(table, "%s", g->kind);
        cli_table_cell(table, "%s", g->assay);
        cli_table_cell(table, "%s", g->sources[0] != '\0' ? g->sources : "unknown");
        cli_table_cell(table, "%s", g->current ? "yes" : "no");
        cli_table_cell(table, "%s", g->model);
        cli_table_cell(table, "%s", cli_count(g->entries).text);
        cli_table_cell(table, "%s", g->hw);
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static assay_status do_info(const call* c, assay_report* report) {
    assay_store_info info;
    cli_text text = {0};
    assay_status status = assay_store_inspect(c->path, &info, report);
    if (status != ASSAY_OK) {
        return status;
    }
    print_info(c->path, &info, &text);
    status = cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    free(info.groups);
    return status;
}

/* ---- export ---- */

typedef struct exporting {
    cli_output_stream* stream; /* NULL: the standard output */
    cli_text rows;             /* that are not written yet */
    bool jsonl, good;
    assay_report* report;
} exporting;

static void add_field(cli_text* out, const char* field) {
    cli_text_add_csv(out, field);
    cli_text_add(out, ",");
}

static void add_real(cli_text* out, double value) {
    char text[32];
    assay_format_real(value, text, sizeof text);
    cli_text_add(out, "%s,", text);
}

static const char header[] =
    "kind,key,assay,sources,model,hw,hw_hash,setting,workload,workload_hash,policy_hash,layer,"
    "w_bits,a_bits,batch,status,cycles,io_cycles,macs,dram_bits,seconds,energy_j,io_energy_j,"
    "area_mm2,utilisation,error\n";

static void add_csv(const assay_store_entry* e, cli_text* out) {
    const char* const texts[] = {
        e->kind,    e->key,     e->assay,    e->sources,       e->model,       e->hw,
        e->hw_hash, e->setting, e->workload, e->workload_hash, e->policy_hash, e->layer};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        add_field(out, texts[i]);
    }
    cli_text_add(out, "%u,%u,%" PRIu64 ",%s,", e->w_bits, e->a_bits, e->batch, e->status);
    cli_text_add(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", e->cycles, e->io_cycles,
                 e->macs, e->dram_bits);
    add_real(out, e->seconds);
    add_real(out, e->energy_j);
    add_real(out, e->io_energy_j);
    add_real(out, e->area_mm2);
    add_real(out, e->utilisation);
    cli_text_add_csv(out, e->error);
    cli_text_add(out, "\n");
}

static void write_entry(assay_json_writer* w, const assay_store_entry* e) {
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "kind", e->kind);
    assay_json_write_string(w, "key", e->key);
    assay_json_write_string(w, "assay", e->assay);
    assay_json_write_string(w, "sources", e->sources);
    assay_json_write_string(w, "model", e->model);
    assay_json_write_string(w, "hw", e->hw);
    assay_json_write_string(w, "hw_hash", e->hw_hash);
    assay_json_write_string(w, "setting", e->setting);
    assay_json_write_string(w, "workload", e->workload);
    assay_json_write_string(w, "workload_hash", e->workload_hash);
    assay_json_write_string(w, "policy_hash", e->policy_hash);
    assay_json_write_string(w, "layer", e->layer);
    assay_json_write_uint(w, "w_bits", e->w_bits);
    assay_json_write_uint(w, "a_bits", e->a_bits);
    assay_json_write_uint(w, "batch", e->batch);
    assay_json_write_string(w, "status", e->status);
    assay_json_write_uint(w, "cycles", e->cycles);
    assay_json_write_uint(w, "io_cycles", e->io_cycles);
    assay_json_write_uint(w, "macs", e->macs);
    assay_json_write_uint(w, "dram_bits", e->dram_bits);
    assay_json_write_real(w, "seconds", e->seconds);
    assay_json_write_real(w, "energy_j", e->energy_j);
    assay_json_write_real(w, "io_energy_j", e->io_energy_j);
    assay_json_write_real(w, "area_mm2", e->area_mm2);
    assay_json_write_real(w, "utilisation", e->utilisation);
    assay_json_write_string(w, "error", e->error);
    assay_json_end_object(w);
}

static void add_json(const assay_store_entry* e, cli_text* out) {
    assay_json_writer* w = assay_json_writer_new(0);
    size_t size = 0;
    if (w == NULL) {
        out->failed = true;
        return;
    }
    write_entry(w, e);
    const char* text = assay_json_writer_text(w, &size);
    out->failed = out->failed || text == NULL;
    cli_text_append(out, text != NULL ? text : "", text != NULL ? size : 0);
    cli_text_add(out, "\n");
    assay_json_writer_free(&w);
}

static void write_rows(exporting* x) {
    bool written = x->stream != NULL
                       ? cli_output_add(x->stream, cli_text_string(&x->rows), x->rows.size)
                       : cli_output_text(NULL, &x->rows, x->report) == ASSAY_OK;
    x->good = x->good && written && !x->rows.failed;
    x->rows.size = 0;
}

/* In pieces: a store may be larger than the memory. */
static bool take_entry(void* user, const assay_store_entry* entry) {
    exporting* x = user;
    if (x->jsonl) {
        add_json(entry, &x->rows);
    } else {
        add_csv(entry, &x->rows);
    }
    if (x->rows.size >= PIECE_BYTES || x->rows.failed) {
        write_rows(x);
    }
    return x->good && !cli_interrupted();
}

static assay_status export_rows(const call* c, exporting* x) {
    if (!x->jsonl) {
        cli_text_add(&x->rows, "%s", header);
    }
    assay_status status = assay_store_export(c->path, take_entry, x, x->report);
    if (status == ASSAY_OK) {
        write_rows(x);
    }
    if (x->rows.failed) {
        return ASSAY_NO_MEMORY;
    }
    /* A stream says when it is closed why a write failed. */
    return x->good ? status : x->stream != NULL ? ASSAY_OK : ASSAY_IO;
}

static assay_status do_export(const call* c, assay_report* report) {
    exporting x = {.jsonl = c->jsonl, .good = true, .report = report};
    assay_status status = c->out != NULL ? cli_output_open(c->out, &x.stream, report) : ASSAY_OK;
    if (status != ASSAY_OK) {
        return status;
    }
    status = export_rows(c, &x);
    assay_status closed = cli_output_close(&x.stream, status == ASSAY_OK, report);
    cli_text_free(&x.rows);
    return status != ASSAY_OK ? status : closed;
}

/* ---- merge, gc, verify ---- */

static assay_status do_merge(const call* c, assay_report* report) {
    for (size_t i = 1; i < c->input_count; i++) {
        assay_store_merge_counts counts;
        assay_status status = assay_store_merge(c->inputs[0], c->inputs[i], &counts, report);
        if (status != ASSAY_OK) {
            return status;
        }
        printf("%s: %s entries added, %s known\n", c->inputs[i], cli_count(counts.added).text,
               cli_count(counts.known).text);
    }
    return ASSAY_OK;
}

static assay_status do_gc(const call* c, assay_report* report) {
    assay_store_gc_counts counts;
    assay_status status = assay_store_gc(c->path, &counts, report);
    if (status == ASSAY_OK) {
        printf("%s: %s entries removed, %s kept; %s bytes, %s before\n", c->path,
               cli_count(counts.removed).text, cli_count(counts.kept).text,
               cli_count(counts.bytes_after).text, cli_count(counts.bytes_before).text);
    }
    return status;
}

static assay_status do_verify(const call* c, assay_report* report) {
    assay_store_verdict verdict;
    assay_status status = assay_store_verify(c->path, &verdict, report);
    if (status == ASSAY_OK) {
        printf("%s: sound, %s entries\n", c->path, cli_count(verdict.entries).text);
    }
    return status;
}

/* ---- The command ---- */

typedef struct action {
    const char* name;
    assay_status (*run)(const call* c, assay_report* report);
    size_t inputs_min, inputs_max;
    bool exports;
} action;

static const action actions[] = {{"info", do_info, 0, 0, false},
                                 {"export", do_export, 0, 0, true},
                                 {"merge", do_merge, 2, SIZE_MAX, false},
                                 {"gc", do_gc, 0, 0, false},
                                 {"verify", do_verify, 0, 0, false}};
enum {
    ACTIONS = sizeof actions / sizeof *actions
};

static const action* find_action(const char* name, assay_report* report) {
    const char* names[ACTIONS + 1] = {NULL};
    for (size_t i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(name, names[i]) == 0) {
            return &actions[i];
        }
    }
    cli_report_unknown(report, "action", name, names);
    return NULL;
}

static void check_inputs(const cli_arguments* arguments, const action* a, size_t inputs,
                         assay_report* report) {
    if (inputs < a->inputs_min) {
        assay_report_add(report, "merge needs INTO and FROM...");
    }
    if (inputs > a->inputs_max) {
        assay_report_add(report, "%s takes no further words; --store FILE names the store",
                         a->name);
    }
    if (a->inputs_min > 0 && cli_given(arguments, STORE)) {
        assay_report_add(report, "--store is not for merge: the first file grows");
    }
    if (!a->exports && (cli_given(arguments, OUT) || cli_given(arguments, FORMAT))) {
        assay_report_add(report, "--out and --format are for export");
    }
}

static void read_call(const cli_arguments* arguments, call* c, const action** a,
                      assay_report* report) {
    static const char* const formats[] = {"csv", "jsonl", NULL};
    size_t count = 0, format = 0;
    const char* const* words = cli_operands(arguments, &count);
    *a = count > 0 ? find_action(words[0], report) : NULL;
    cli_read_choice(arguments, FORMAT, formats, &format, report);
    *c = (call){.path = cli_value(arguments, STORE),
                .inputs = words + (count > 0),
                .input_count = count - (count > 0),
                .jsonl = format == 1,
                .out = cli_value(arguments, OUT)};
    if (*a != NULL) {
        check_inputs(arguments, *a, c->input_count, report);
    }
}

static void check(const cli_arguments* arguments, assay_report* report) {
    call scratch;
    const action* a;
    read_call(arguments, &scratch, &a, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    call c;
    const action* a = NULL;
    read_call(arguments, &c, &a, report);
    cli_interrupt_watch();
    char* standard = c.path == NULL ? assay_store_default_path() : NULL;
    c.path = c.path != NULL ? c.path : standard;
    if (c.path == NULL) {
        assay_report_add(report, "--store is missing: neither $XDG_DATA_HOME nor $HOME is set");
        return ASSAY_BAD_INPUT;
    }
    assay_status status = a->run(&c, report);
    free(standard);
    return status;
}

const cli_command cli_command_store = {
    .name = "store",
    .summary = "tells what a measurement store holds, exports, merges and cleans it",
    .operands = "info|export|merge INTO FROM...|gc|verify",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .options = options,
    .option_count = OPTION_COUNT,
    .notes = "info    what is in it, by version, sources and machine\n"
             "export  every entry, as CSV or JSON lines\n"
             "merge   adds all entries of the other stores to the first one, which is made where\n"
             "        it is missing; refused where two disagree\n"
             "gc      drops what other versions and other sources of assay measured\n"
             "verify  reads everything and checks every entry against its seal\n",
    .check = check,
    .run = run,
};
