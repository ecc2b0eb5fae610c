/* assay table: what every matrix layer of a network costs at every pair of widths. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "evaluator.h"
#include "hardware.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "store.h"
#include "table_output.h"
#include "table_request.h"

enum {
    /* The event model needs milliseconds; a clocked layer may take hours and has no limit. */
    EVENT_LIMIT_S = 600
};

/* Everything that is opened for one call. */
typedef struct session {
    const table_request* request;
    assay_hw* hw;
    assay_workload* workload;
    char* store_path; /* NULL: no store */
    assay_store* store;
    assay_evaluator* evaluator;
    size_t* layers;
    size_t layer_count;
    assay_question* questions;
    assay_measurement* answers;
    size_t count; /* of questions */
    assay_evaluation_counts counts;
    assay_progress* bar; /* NULL while there is nothing to show */
} session;

/* ---- Before: all mistakes of the input are told at once ---- */

static void keep_first(assay_status* status, assay_status next) {
    *status = *status == ASSAY_OK ? next : *status;
}

static assay_status load(session* s, assay_report* report) {
    const table_request* r = s->request;
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < r->out_count; i++) {
        keep_first(&status, cli_output_check(r->outs[i], report));
    }
    keep_first(&status, cli_load_hw(r->hw, r->sets, r->set_count, &s->hw, report));
    keep_first(&status, assay_workload_load(r->workload, &r->params, &s->workload, report));
    return status;
}

static assay_status open_store(session* s, assay_report* report) {
    const table_request* r = s->request;
    if (r->no_store) {
        return ASSAY_OK;
    }
    s->store_path = r->store != NULL ? strdup(r->store) : assay_store_default_path();
    if (s->store_path == NULL) {
        return ASSAY_OK; /* neither $XDG_DATA_HOME nor $HOME: there is no place for it */
    }
    assay_status status = assay_store_open(s->store_path, &s->store, report);
    if (status == ASSAY_IO && r->store == NULL) {
        assay_report_add(report, "--store FILE names another measurement store, --no-store none");
    }
    return status;
}

/* ---- The questions ---- */

static assay_status find_layers(session* s, assay_report* report) {
    size_t all = assay_workload_layer_count(s->workload);
    s->layers = calloc(all + 1, sizeof *s->layers);
    if (s->layers == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < all; i++) {
        if (assay_workload_layer_is_matrix(s->workload, i)) {
            s->layers[s->layer_count++] = i;
        }
    }
    if (s->layer_count == 0) {
        assay_report_add(report, "%s: has no layer of conv2d, linear and matmul",
                         s->request->workload);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

static assay_status make_questions(session* s) {
    const table_request* r = s->request;
    size_t widths = r->high - r->low + 1;
    s->questions = calloc(s->layer_count * widths * widths, sizeof *s->questions);
    s->answers = calloc(s->layer_count * widths * widths, sizeof *s->answers);
    if (s->questions == NULL || s->answers == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < s->layer_count; i++) {
        for (unsigned w = r->low; w <= r->high; w++) {
            for (unsigned a = r->low; a <= r->high; a++) {
                s->questions[s->count++] = (assay_question){s->layers[i], w, a};
            }
        }
    }
    return ASSAY_OK;
}

/* ---- Measuring ---- */

/* The bar appears with the first measurement that is not known yet. */
static bool on_progress(void* user, size_t done, size_t total, const char* label) {
    session* s = user;
    if (!s->request->quiet && s->bar == NULL) {
        s->bar = assay_progress_new(stderr, "table", total, "measurements");
    }
    assay_progress_step(s->bar, done, label);
    return !cli_interrupted();
}

static assay_status evaluate(session* s, assay_report* report) {
    const table_request* r = s->request;
    const assay_evaluator_settings settings = {
        .hw = s->hw,
        .model = r->model,
        .workload = s->workload,
        .batch = r->batch,
        .jobs = r->jobs,
        .limit_s = r->model == ASSAY_MODEL_EVENT ? EVENT_LIMIT_S : 0,
        .store = s->store,
        .progress = on_progress,
        .user = s};
    assay_status status = assay_evaluator_new(&settings, &s->evaluator);
    if (status == ASSAY_OK) {
        status =
            assay_evaluate(s->evaluator, s->questions, s->count, s->answers, &s->counts, report);
    }
    assay_progress_end(&s->bar);
    return status;
}

static void report_stop(const session* s, assay_report* report) {
    if (s->store != NULL) {
        assay_report_add(report,
                         "stopped on request, nothing written; %zu new measurements are in %s and "
                         "the same command continues",
                         s->counts.simulated, s->store_path);
    } else {
        assay_report_add(report, "stopped on request, nothing written and (without a store) "
                                 "nothing kept");
    }
}

static void print_counts(const session* s) {
    if (assay_hw_accelerator(s->hw)->fixed_widths) {
        fprintf(stderr,
                "assay: note: %s computes at its own widths: all entries of a layer are equal\n",
                assay_hw_accelerator(s->hw)->name);
    }
    fprintf(stderr, "assay: note: %zu entries, %zu distinct: %zu known, %zu simulated\n",
            s->counts.questions, s->counts.distinct, s->counts.known, s->counts.simulated);
}

/* ---- After ---- */

static assay_status write_one(const measured_table* table, const char* path, assay_report* report) {
    cli_text text = {0};
    assay_status status = ASSAY_OK;
    if (path != NULL) {
        status = table_format_of(path)->print(table, &text);
    } else {
        table_print_summary(table, &text);
    }
    if (status == ASSAY_OK) {
        status = cli_output_text(path, &text, report);
    }
    cli_text_free(&text);
    return status;
}

static assay_status write_all(const session* s, assay_report* report) {
    const table_request* r = s->request;
    const measured_table table = {.hw = s->hw,
                                  .workload = s->workload,
                                  .model = r->model,
                                  .low = r->low,
                                  .high = r->high,
                                  .layers = s->layers,
                                  .layer_count = s->layer_count,
                                  .entries = s->answers};
    assay_status status = r->out_count == 0 ? write_one(&table, NULL, report) : ASSAY_OK;
    for (size_t i = 0; i < r->out_count; i++) {
        keep_first(&status, write_one(&table, r->outs[i], report));
    }
    return status;
}

static assay_status run_session(session* s, assay_report* report) {
    assay_status status = load(s, report);
    status = status == ASSAY_OK ? find_layers(s, report) : status;
    status = status == ASSAY_OK ? make_questions(s) : status;
    status = status == ASSAY_OK ? open_store(s, report) : status;
    if (status != ASSAY_OK) {
        return status;
    }
    status = evaluate(s, report);
    if (status == ASSAY_INTERRUPTED) {
        report_stop(s, report);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    if (!s->request->quiet) {
        print_counts(s);
    }
    return write_all(s, report);
}

static void close_session(session* s) {
    assay_evaluator_free(&s->evaluator);
    assay_store_close(&s->store);
    assay_workload_free(&s->workload);
    assay_hw_free(&s->hw);
    free(s->store_path);
    free(s->layers);
    free(s->questions);
    free(s->answers);
}

static void check(const cli_arguments* arguments, assay_report* report) {
    table_request scratch;
    table_request_read(arguments, &scratch, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    table_request request;
    table_request_read(arguments, &request, report);
    cli_interrupt_watch();
    session s = {.request = &request};
    assay_status status = run_session(&s, report);
    close_session(&s);
    return status;
}

const cli_command cli_command_table = {
    .name = "table",
    .summary = "measures every layer of a network at every pair of widths",
    .operands = "",
    .options = table_options,
    .option_count = TABLE_OPTION_COUNT,
    .notes = "Rows are the layers of conv2d, linear and matmul in the order of the workload, each\n"
             "measured alone: its input and output are in DRAM. Other layers are not in the\n"
             "table. Measurements are kept in --store, else $ASSAY_STORE, else\n"
             "$XDG_DATA_HOME/assay/measurements.sqlite, else\n"
             "$HOME/.local/share/assay/measurements.sqlite, and are never simulated twice. The\n"
             "table files that this command writes are machines themselves: --hw FILE.json.\n",
    .check = check,
    .run = run,
};
