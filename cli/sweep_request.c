#include "sweep_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "pool.h"
#include "quote.h"

const cli_option sweep_options[SWEEP_OPTION_COUNT] = {
    [SWEEP_STORE] = {"store", "FILE", "where points are kept", false, false},
    [SWEEP_NO_STORE] = {"no-store", NULL, "run everything, keep nothing", false, false},
    [SWEEP_JOBS] = {"jobs", "N", "worker processes (default: all cores; of a Slurm task: 1)", false,
                    false},
    [SWEEP_LIMIT] = {"limit", "S", "seconds after which a point counts as hung (default 3600)",
                     false, false},
    [SWEEP_DRY_RUN] = {"dry-run", NULL,
                       "check, run a point of each kind, tell the time; slurm: print the script",
                       false, false},
    [SWEEP_OUT] = {"out", "FILE", "the points, FILE.csv or FILE.jsonl", false, true},
    [SWEEP_FORMAT] = {"format", "NAME", "on the standard output: text (default), csv, jsonl", false,
                      false},
    [SWEEP_PARETO] = {"pareto", "METRICS", "fronts over latency,energy,area or others", false,
                      false},
    [SWEEP_PARETO_OUT] = {"pareto-out", "FILE", "the points on the fronts, .csv or .jsonl", false,
                          false},
    [SWEEP_SENSITIVITY_OUT] = {"sensitivity-out", "FILE", "which option matters, .csv", false,
                               false},
    [SWEEP_ENGINE] = {"engine", "NAME", "local (default) or slurm", false, false},
    [SWEEP_CHUNK] = {"chunk", "N", "slurm: points of a task (default 100)", false, false},
    [SWEEP_PARTITION] = {"partition", "NAME", "slurm: where jobs go", false, false},
    [SWEEP_ACCOUNT] = {"account", "NAME", "slurm: who pays", false, false},
    [SWEEP_TIME] = {"time", "MINUTES", "slurm: limit of a task", false, false},
    [SWEEP_SBATCH_ARG] = {"sbatch-arg", "ARG", "slurm: a further option of sbatch", false, true},
    [SWEEP_WORK_DIR] = {"work-dir", "DIR", "slurm: a folder that all nodes share", false, false},
    [SWEEP_POINTS] = {"points", "FILE", "only the points that the file lists: 0, 7-12, ...", false,
                      false},
    [SWEEP_SHARD] = {"shard", "I/N", "only the I-th of N parts, into the store alone", false,
                     false},
    [SWEEP_CACHE] = {"cache", "DIR", "where encoded matrices are kept", false, false},
    [SWEEP_NO_CACHE] = {"no-cache", NULL, "keep no encoded matrices", false, false},
    [SWEEP_QUIET] = {"quiet", NULL, "no progress and no summary", false, false},
};

static const char* const formats[] = {"text", "csv", "jsonl", NULL};

static bool ends_with(const char* text, const char* end) {
    size_t size = strlen(text), tail = strlen(end);
    return size > tail && strcmp(text + size - tail, end) == 0;
}

sweep_format sweep_format_of(const char* path) {
    return ends_with(path, ".jsonl") ? SWEEP_JSONL : SWEEP_CSV;
}

static void check_ending(const char* option, const char* path, bool jsonl, assay_report* report) {
    if (path != NULL && !ends_with(path, ".csv") && !(jsonl && ends_with(path, ".jsonl"))) {
        assay_report_add(report, "--%s %s: legal are names that end in .csv%s", option,
                         assay_quote(path).text, jsonl ? " or .jsonl" : "");
    }
}

static void check_excludes(const cli_arguments* arguments, size_t option, size_t other,
                           assay_report* report) {
    if (cli_given(arguments, option) && cli_given(arguments, other)) {
        assay_report_add(report, "--%s and --%s exclude each other", sweep_options[option].name,
                         sweep_options[other].name);
    }
}

/* "2/8" */
static void read_shard(const cli_arguments* arguments, sweep_request* r, assay_report* report) {
    const char* text = cli_value(arguments, SWEEP_SHARD);
    if (text == NULL) {
        return;
    }
    char first[16] = "";
    size_t digits = strcspn(text, "/");
    uint64_t shard = 0, shards = 0;
    if (digits < sizeof first && text[digits] == '/') {
        memcpy(first, text, digits);
    }
    if (!cli_parse_uint(first, &shard) || !cli_parse_uint(text + digits + 1, &shards) ||
        shard < 1 || shard > shards || shards > UINT32_MAX) {
        assay_report_add(report, "--shard: %s is not I/N with I in 1 .. N", assay_quote(text).text);
        return;
    }
    r->settings.shard = (unsigned)shard;
    r->settings.shards = (unsigned)shards;
}

/* ---- Fronts ---- */

static void add_metric(sweep_request* r, const char* name, assay_report* report) {
    const char* names[ASSAY_METRIC_COUNT + 1] = {NULL};
    size_t found = ASSAY_METRIC_COUNT;
    for (size_t i = 0; i < ASSAY_METRIC_COUNT; i++) {
        names[i] = assay_metric_name((assay_metric)i);
        found = strcmp(names[i], name) == 0 ? i : found;
    }
    if (found == ASSAY_METRIC_COUNT) {
        cli_report_unknown(report, "--pareto metric", name, names);
        return;
    }
    for (size_t i = 0; i < r->pareto_count; i++) {
        if (r->pareto[i] == (assay_metric)found) {
            assay_report_add(report, "--pareto: %s is given twice", name);
            return;
        }
    }
    r->pareto[r->pareto_count++] = (assay_metric)found;
}

static void read_pareto(const cli_arguments* arguments, sweep_request* r, assay_report* report) {
    const char* text = cli_value(arguments, SWEEP_PARETO);
    r->pareto_out = cli_value(arguments, SWEEP_PARETO_OUT);
    check_ending("pareto-out", r->pareto_out, true, report);
    if (text == NULL && r->pareto_out != NULL) {
        assay_report_add(report, "--pareto-out needs --pareto");
    }
    for (const char* at = text; at != NULL;) {
        size_t size = strcspn(at, ",");
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)(size < 31 ? size : 31), at);
        add_metric(r, name, report);
        at = at[size] == ',' ? at + size + 1 : NULL;
    }
}

/* ---- Slurm ---- */

static void read_slurm(const cli_arguments* arguments, sweep_request* r, assay_report* report) {
    static const char* const engines[] = {"local", "slurm", NULL};
    assay_slurm_settings* s = &r->on_slurm;
    size_t engine = 0;
    cli_read_choice(arguments, SWEEP_ENGINE, engines, &engine, report);
    r->slurm = engine == 1;
    for (size_t i = SWEEP_CHUNK; i <= SWEEP_WORK_DIR && !r->slurm; i++) {
        if (cli_given(arguments, i)) {
            assay_report_add(report, "--%s needs --engine slurm", sweep_options[i].name);
        }
    }
    *s = assay_default_slurm_settings();
    s->partition = cli_value(arguments, SWEEP_PARTITION);
    s->account = cli_value(arguments, SWEEP_ACCOUNT);
    s->words = cli_values(arguments, SWEEP_SBATCH_ARG, &s->word_count);
    s->folder = cli_value(arguments, SWEEP_WORK_DIR);
    s->store = r->settings.store;
    s->limit_s = r->settings.limit_s;
    s->jobs = r->settings.jobs > 0 ? r->settings.jobs : s->jobs;
    cli_read_uint(arguments, SWEEP_CHUNK, 1, ASSAY_SLURM_MAX_CHUNK, &s->chunk, report);
    cli_read_uint(arguments, SWEEP_TIME, 1, 1000000, &s->minutes, report);
    if (r->slurm) {
        check_excludes(arguments, SWEEP_ENGINE, SWEEP_SHARD, report);
        check_excludes(arguments, SWEEP_ENGINE, SWEEP_POINTS, report);
        check_excludes(arguments, SWEEP_ENGINE, SWEEP_NO_STORE, report);
    }
}

/* ---- All ---- */

static void read_settings(const cli_arguments* arguments, sweep_request* r, assay_report* report) {
    assay_sweep_settings* s = &r->settings;
    uint64_t jobs = 0, limit = 0;
    *s = assay_default_sweep_settings();
    limit = s->limit_s;
    s->store = cli_value(arguments, SWEEP_STORE);
    s->no_store = cli_given(arguments, SWEEP_NO_STORE);
    s->points_file = cli_value(arguments, SWEEP_POINTS);
    cli_read_uint(arguments, SWEEP_JOBS, 1, ASSAY_POOL_MAX_JOBS, &jobs, report);
    cli_read_uint(arguments, SWEEP_LIMIT, 0, 1000000000, &limit, report);
    s->jobs = (unsigned)jobs;
    s->limit_s = (unsigned)limit;
    s->pilot_only = r->dry_run;
    read_shard(arguments, r, report);
}

/* A part of the points has no table of all points. */
static void check_part(const cli_arguments* arguments, sweep_request* r, assay_report* report) {
    static const size_t whole[] = {SWEEP_OUT, SWEEP_PARETO, SWEEP_SENSITIVITY_OUT, SWEEP_FORMAT,
                                   SWEEP_NO_STORE};
    r->part = cli_given(arguments, SWEEP_SHARD) || cli_given(arguments, SWEEP_POINTS);
    for (size_t i = 0; i < sizeof whole / sizeof *whole && r->part; i++) {
        check_excludes(arguments, SWEEP_SHARD, whole[i], report);
        check_excludes(arguments, SWEEP_POINTS, whole[i], report);
    }
}

static void check_same_file(const sweep_request* r, const char* path, size_t before,
                            assay_report* report) {
    for (size_t i = 0; i < before && path != NULL; i++) {
        if (strcmp(r->outs[i], path) == 0) {
            assay_report_add(report, "two outputs have the same name, %s", assay_quote(path).text);
            return;
        }
    }
}

void sweep_request_read(const cli_arguments* arguments, sweep_request* request,
                        assay_report* report) {
    size_t operands = 0, format = SWEEP_TEXT;
    const char* const* words = cli_operands(arguments, &operands);
    *request = (sweep_request){.spec = operands > 0 ? words[0] : NULL,
                               .cache = cli_value(arguments, SWEEP_CACHE),
                               .no_cache = cli_given(arguments, SWEEP_NO_CACHE),
                               .dry_run = cli_given(arguments, SWEEP_DRY_RUN),
                               .quiet = cli_given(arguments, SWEEP_QUIET)};
    request->outs = cli_values(arguments, SWEEP_OUT, &request->out_count);
    request->sensitivity_out = cli_value(arguments, SWEEP_SENSITIVITY_OUT);
    read_settings(arguments, request, report);
    read_pareto(arguments, request, report);
    read_slurm(arguments, request, report);
    check_part(arguments, request, report);
    cli_read_choice(arguments, SWEEP_FORMAT, formats, &format, report);
    request->format = (sweep_format)format;
    for (size_t i = 0; i < request->out_count; i++) {
        check_ending("out", request->outs[i], true, report);
        check_same_file(request, request->outs[i], i, report);
    }
    check_same_file(request, request->pareto_out, request->out_count, report);
    check_same_file(request, request->sensitivity_out, request->out_count, report);
    check_ending("sensitivity-out", request->sensitivity_out, false, report);
    check_excludes(arguments, SWEEP_STORE, SWEEP_NO_STORE, report);
    check_excludes(arguments, SWEEP_CACHE, SWEEP_NO_CACHE, report);
}
