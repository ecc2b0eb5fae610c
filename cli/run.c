/* assay run: one machine, one or several workloads, one result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache_dir.h"
#include "command.h"
#include "hardware.h"
#include "interrupt.h"
#include "observer.h"
#include "output.h"
#include "run_layers.h"
#include "run_request.h"
#include "timeline.h"

/* Everything that is opened for one call. */
typedef struct session {
    const run_request* request;
    assay_hw* hw;
    assay_workload** workloads; /* [request->workload_count] */
    assay_machine* machine;
    assay_policy** policies; /* [request->workload_count], all NULL without one */
    assay_result** results;  /* [request->workload_count] */
    char* default_cache;
    cli_timeline timeline;
} session;

/* The first failure decides the exit code. */
static void keep_first(assay_status* status, assay_status next) {
    *status = *status == ASSAY_OK ? next : *status;
}

static assay_status load_workloads(session* s, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < s->request->workload_count && !cli_interrupted(); i++) {
        keep_first(&status, assay_workload_load(s->request->workloads[i], &s->request->params,
                                                &s->workloads[i], report));
    }
    return cli_interrupted() ? ASSAY_INTERRUPTED : status;
}

static assay_status check_layers(const session* s, assay_report* report) {
    return run_layers_check(s->request->layers, s->request->layer_count,
                            (const assay_workload* const*)s->workloads, s->request->workload_count,
                            report);
}

/* A policy names layers, so it is read against each workload. */
static assay_status load_policies(session* s, assay_report* report) {
    const run_request* r = s->request;
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < r->workload_count; i++) {
        if (r->policy != NULL) {
            keep_first(&status,
                       assay_policy_load(r->policy, s->workloads[i], &s->policies[i], report));
        } else if (r->w_bits > 0) {
            keep_first(&status, assay_policy_uniform(s->workloads[i], (unsigned)r->w_bits,
                                                     (unsigned)r->a_bits, &s->policies[i], report));
        }
    }
    return status;
}

/* All input is read before anything is simulated, so that all mistakes are told at once. */
static assay_status load(session* s, assay_report* report) {
    assay_status status = ASSAY_OK;
    if (s->request->out != NULL) {
        status = cli_output_check(s->request->out, report);
    }
    if (s->request->vcd != NULL) {
        keep_first(&status, cli_output_check(s->request->vcd, report));
    }
    if (s->request->timeline != NULL) {
        keep_first(&status, cli_output_check(s->request->timeline, report));
    }
    keep_first(&status, cli_load_hw(s->request->hw, s->request->sets, s->request->set_count, &s->hw,
                                    report));
    assay_status workloads = load_workloads(s, report);
    keep_first(&status, workloads);
    if (workloads == ASSAY_OK) {
        keep_first(&status, check_layers(s, report));
        keep_first(&status, load_policies(s, report));
    }
    return status;
}

static size_t layer_total(const session* s) {
    size_t layers = 0;
    for (size_t i = 0; i < s->request->workload_count; i++) {
        layers += assay_workload_layer_count(s->workloads[i]);
    }
    return layers;
}

static assay_status simulate_one(session* s, size_t i, assay_run_settings settings,
                                 assay_report* report) {
    const char** layers = NULL;
    if (s->request->layer_count > 0) {
        layers = run_layers_of(s->workloads[i], s->request->layers, s->request->layer_count);
        if (layers == NULL) {
            return ASSAY_NO_MEMORY;
        }
    }
    settings.layers = layers;
    settings.policy = s->policies[i];
    settings.batch = s->request->batch;
    cli_timeline_next(&s->timeline, assay_workload_name(s->workloads[i]));
    cli_timeline_attach(&s->timeline, &settings);
    assay_status status =
        assay_machine_run(s->machine, s->workloads[i], &settings, &s->results[i], report);
    free(layers);
    return status;
}

/* The timeline, too, can stop a run: its limit is the user's mistake, the disk is not. */
static assay_status why_stopped(const session* s, size_t i, assay_report* report) {
    const char* workload = s->request->workloads[i];
    if (s->timeline.full) {
        assay_report_add(report,
                         "--timeline: %s has more than %d events; name some of its layers with "
                         "--layer",
                         workload, CLI_TIMELINE_MOST_EVENTS);
        return ASSAY_BAD_INPUT;
    }
    if (cli_interrupted()) {
        assay_report_add(report, "stopped on request at workload %zu of %zu, nothing written",
                         i + 1, s->request->workload_count);
    }
    return ASSAY_INTERRUPTED;
}

/* A mismatch does not stop the others: the result says which outputs differ. */
static assay_status simulate_all(session* s, const assay_run_settings* settings,
                                 cli_observer* observer, assay_report* report) {
    assay_status worst = ASSAY_OK;
    for (size_t i = 0; i < s->request->workload_count; i++) {
        cli_observer_next(observer, s->workloads[i]);
        assay_status status =
            cli_interrupted() ? ASSAY_INTERRUPTED : simulate_one(s, i, *settings, report);
        if (status == ASSAY_INTERRUPTED) {
            status = why_stopped(s, i, report);
        } else if (status == ASSAY_BAD_INPUT) {
            assay_report_add(report, "%s: cannot run on %s", s->request->workloads[i],
                             s->request->hw);
        }
        if (status != ASSAY_OK && status != ASSAY_MISMATCH) {
            return status;
        }
        keep_first(&worst, status);
    }
    return worst;
}

static assay_status simulate(session* s, assay_report* report) {
    assay_run_settings settings = assay_default_run_settings();
    settings.check = s->request->check;
    settings.outputs = s->request->outputs;
    settings.per_pe = s->request->per_pe;
    if (!s->request->no_cache) {
        s->default_cache = s->request->cache == NULL ? cli_default_cache_dir() : NULL;
        settings.cache_dir = s->request->cache != NULL ? s->request->cache : s->default_cache;
    }
    cli_observer observer;
    /* The text tables list the notes themselves. */
    cli_observer_begin(&observer, layer_total(s), s->request->quiet,
                       s->request->format != &cli_format_text);
    cli_observer_attach(&observer, &settings);
    assay_status status = simulate_all(s, &settings, &observer, report);
    cli_observer_end(&observer);
    return status;
}

static void print_timing(const session* s) {
    for (size_t i = 0; i < s->request->workload_count; i++) {
        const assay_result* r = s->results[i];
        fprintf(stderr, "%s: generate %.1f ms, encode %.1f ms, simulate %.1f ms, check %.1f ms\n",
                r->workload_name, 1e3 * r->wall.generate_s, 1e3 * r->wall.encode_s,
                1e3 * r->wall.simulate_s, 1e3 * r->wall.check_s);
    }
}

static assay_status print_results(const session* s, assay_report* report) {
    const cli_runs runs = {.hw = s->hw,
                           .results = s->results,
                           .workloads = (const assay_workload* const*)s->workloads,
                           .count = s->request->workload_count,
                           .per_pe = s->request->per_pe};
    cli_text text = {0};
    s->request->format->print(&runs, &text);
    assay_status status = cli_output_text(s->request->out, &text, report);
    cli_text_free(&text);
    if (s->request->timing) {
        print_timing(s);
    }
    return status;
}

static assay_status check_timeline(const session* s, assay_report* report) {
    if (assay_machine_has_timeline(s->machine)) {
        return ASSAY_OK;
    }
    assay_report_add(report, "--timeline: the %s model of %s has none",
                     assay_model_name(s->request->model), assay_hw_accelerator(s->hw)->name);
    return ASSAY_BAD_INPUT;
}

static assay_status run_session(session* s, assay_report* report) {
    assay_status status = load(s, report);
    if (status != ASSAY_OK) {
        return status;
    }
    status = assay_machine_open(s->hw, s->request->model, s->request->vcd, &s->machine, report);
    if (status == ASSAY_OK && s->request->timeline != NULL) {
        status = check_timeline(s, report);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    status = cli_timeline_open(&s->timeline, s->request->timeline, report);
    if (status != ASSAY_OK) {
        return status;
    }
    status = simulate(s, report);
    bool done = status == ASSAY_OK || status == ASSAY_MISMATCH;
    assay_status timeline =
        cli_timeline_close(&s->timeline, s->results, s->request->workload_count, done, report);
    if (!done || timeline != ASSAY_OK) {
        return timeline != ASSAY_OK ? timeline : status;
    }
    assay_status written = print_results(s, report);
    return written != ASSAY_OK ? written : status;
}

static void close_session(session* s) {
    assay_machine_close(&s->machine);
    for (size_t i = 0; i < s->request->workload_count; i++) {
        if (s->results != NULL) {
            assay_result_free(&s->results[i]);
        }
        if (s->policies != NULL) {
            assay_policy_free(&s->policies[i]);
        }
        if (s->workloads != NULL) {
            assay_workload_free(&s->workloads[i]);
        }
    }
    assay_hw_free(&s->hw);
    free(s->results);
    free(s->policies);
    free(s->workloads);
    free(s->default_cache);
}

static void check(const cli_arguments* arguments, assay_report* report) {
    run_request scratch;
    run_request_read(arguments, &scratch, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    run_request request;
    run_request_read(arguments, &request, report);
    cli_interrupt_watch();
    session s = {.request = &request};
    s.workloads = calloc(request.workload_count, sizeof *s.workloads);
    s.policies = calloc(request.workload_count, sizeof *s.policies);
    s.results = calloc(request.workload_count, sizeof *s.results);
    assay_status status = ASSAY_NO_MEMORY;
    if (s.workloads != NULL && s.policies != NULL && s.results != NULL) {
        status = run_session(&s, report);
    }
    close_session(&s);
    return status;
}

const cli_command cli_command_run = {
    .name = "run",
    .summary = "runs workloads on a piece of hardware and reports cycles, energy and area",
    .operands = "",
    .options = run_options,
    .option_count = RUN_OPTION_COUNT,
    .notes = "",
    .check = check,
    .run = run,
};
