/* assay search: looks for the best policy, machine or both under a budget. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "assay/search.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "pool.h"
#include "progress.h"
#include "search_print.h"

enum {
    TASK,
    ALGO,
    SET,
    BUDGET,
    EVALUATIONS,
    SEED,
    NETWORK,
    HW,
    VARY,
    TABLE,
    SENSITIVITY,
    TIES,
    DATA,
    EXTERNAL,
    STORE,
    JOBS,
    RESUME,
    NO_BASELINES,
    QUIET,
    OUT,
    OPTION_COUNT
};

static const cli_option options[OPTION_COUNT] = {
    [TASK] = {"task", "NAME", "what is searched: assay list tasks", true, false},
    [ALGO] = {"algo", "NAME", "how: assay list algorithms (default: the task's)", false, false},
    [SET] = {"set", "NAME=VALUE", "change one option of the task or algorithm", false, true},
    [BUDGET] = {"budget", "M=X", "latency=0.6, of the reference; latency=3ms, absolute", false,
                false},
    [EVALUATIONS] = {"evaluations", "N", "candidates (default: the task's)", false, false},
    [SEED] = {"seed", "N", "of everything that is drawn (default 1)", false, false},
    [NETWORK] = {"network", "NAME", "a shipped network, or a workload file", false, false},
    [HW] = {"hw", "FILE", "the hardware: a JSON file, or a table", false, false},
    [VARY] = {"vary", "NAME=VALUES", "an option of the machine to search: rows=8,16 cols=8..64:x2",
              false, true},
    [TABLE] = {"table", "FILE", "a published table in place of --hw", false, false},
    [SENSITIVITY] = {"sensitivity", "FILE", "CSV as assay sensitivity writes it", false, false},
    [TIES] = {"ties", "NAME", "layers of equal width: resnet18, resnet50 or a file", false, false},
    [DATA] = {"data", "DIR", "folder of the data's files", false, false},
    [EXTERNAL] = {"external", "COMMAND", "a program that answers with accuracies", false, false},
    [STORE] = {"store", "FILE", "where measurements are kept", false, false},
    [JOBS] = {"jobs", "N", "worker processes (default: all cores)", false, false},
    [RESUME] = {"resume", NULL, "go on with the search that is in --out", false, false},
    [NO_BASELINES] = {"no-baselines", NULL, "no random, greedy and exact search", false, false},
    [QUIET] = {"quiet", NULL, "no progress and no table", false, false},
    [OUT] = {"out", "DIR", "folder of the results", true, false},
};

/* A bar per phase. */
typedef struct bar {
    bool quiet;
    char phase[32];
    assay_progress* line; /* NULL while there is nothing to show */
} bar;

static void begin_phase(bar* b, const assay_search_progress* p) {
    if (strcmp(b->phase, p->phase) != 0) {
        assay_progress_end(&b->line);
        snprintf(b->phase, sizeof b->phase, "%s", p->phase);
    }
    if (b->line == NULL && !b->quiet && p->total > 0) {
        b->line = assay_progress_new(stderr, b->phase, p->total, "candidates");
    }
}

static bool on_progress(void* user, const assay_search_progress* p) {
    bar* b = user;
    char label[48] = "";
    if (p->total == 0) {
        return !cli_interrupted();
    }
    begin_phase(b, p);
    if (isfinite(p->best_reward)) {
        snprintf(label, sizeof label, "best %.6g", p->best_reward);
    }
    if (b->line != NULL) {
        assay_progress_step(b->line, p->done, label);
    }
    return !cli_interrupted();
}

static void read_settings(const cli_arguments* arguments, assay_search_settings* s,
                          assay_report* report) {
    uint64_t jobs = 0;
    *s = assay_default_search_settings();
    s->task = cli_value(arguments, TASK);
    s->algorithm = cli_value(arguments, ALGO);
    s->set = cli_values(arguments, SET, &s->set_count);
    s->budget = cli_value(arguments, BUDGET);
    s->network = cli_value(arguments, NETWORK);
    s->hw = cli_value(arguments, HW);
    s->vary = cli_values(arguments, VARY, &s->vary_count);
    s->table = cli_value(arguments, TABLE);
    s->sensitivity = cli_value(arguments, SENSITIVITY);
    s->ties = cli_value(arguments, TIES);
    s->data = cli_value(arguments, DATA);
    s->external = cli_value(arguments, EXTERNAL);
    s->store = cli_value(arguments, STORE);
    s->out = cli_value(arguments, OUT);
    s->resume = cli_given(arguments, RESUME);
    s->baselines = !cli_given(arguments, NO_BASELINES);
    cli_read_uint(arguments, EVALUATIONS, 1, 10000000, &s->evaluations, report);
    cli_read_uint(arguments, SEED, 0, UINT64_C(1) << 53, &s->seed, report);
    cli_read_uint(arguments, JOBS, 1, ASSAY_POOL_MAX_JOBS, &jobs, report);
    s->jobs = (unsigned)jobs;
}

static void check(const cli_arguments* arguments, assay_report* report) {
    assay_search_settings scratch;
    read_settings(arguments, &scratch, report);
}

static assay_status print(const char* out, assay_report* report) {
    cli_text text = {0};
    assay_status status = search_print(out, &text, report);
    status = status == ASSAY_OK ? cli_output_text(NULL, &text, report) : status;
    cli_text_free(&text);
    return status;
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    assay_search_settings settings;
    read_settings(arguments, &settings, report);
    bar b = {.quiet = cli_given(arguments, QUIET)};
    settings.progress = on_progress;
    settings.user = &b;
    cli_interrupt_watch();
    assay_status status = assay_search_run(&settings, report);
    assay_progress_end(&b.line);
    if (status == ASSAY_INTERRUPTED) {
        assay_report_add(report,
                         "stopped on request; everything so far is in %s/log.jsonl and the same "
                         "command with --resume goes on",
                         settings.out);
    }
    return status == ASSAY_OK && !b.quiet ? print(settings.out, report) : status;
}

const cli_command cli_command_search = {
    .name = "search",
    .summary = "looks for the best policy or machine under a budget",
    .operands = "",
    .options = options,
    .option_count = OPTION_COUNT,
    .notes = "Writes DIR/policy.json or DIR/hw.json (what was found), DIR/log.jsonl (a line per\n"
             "candidate), DIR/pareto.csv and DIR/summary.json. The same settings and seed give\n"
             "the same files, but for the times in the log, also when the search was killed and\n"
             "resumed. 'assay list tasks NAME' and 'assay list algorithms NAME' show the options\n"
             "for --set.\n",
    .check = check,
    .run = run,
};
