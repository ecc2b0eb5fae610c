/* assay sweep: what many machines make of some networks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assay/store.h"
#include "assay/sweep.h"
#include "cache_dir.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "sweep_output.h"
#include "sweep_print.h"
#include "sweep_request.h"

/* Everything that is opened for one call. */
typedef struct session {
    const sweep_request* request;
    assay_sweep* sweep;
    char *cache, *program, *spec; /* absolute, for Slurm */
    assay_progress* bar;          /* NULL while there is nothing to show */
    assay_sweep_progress last;
    bool announced, foretold;
    double begin_s;
    bool* front; /* [points] NULL: none was asked for */
    assay_sweep_effect* effects;
    size_t effect_count;
} session;

static void keep_first(assay_status* status, assay_status next) {
    *status = *status == ASSAY_OK ? next : *status;
}

/* ---- Progress ---- */

static void say_duration(double seconds, char text[32]) {
    unsigned long s = (unsigned long)seconds;
    if (s < 1) {
        snprintf(text, 32, "less than a second");
    } else if (s < 60) {
        snprintf(text, 32, "%lu s", s);
    } else if (s < 3600) {
        snprintf(text, 32, "%lu:%02lu min", s / 60, s % 60);
    } else {
        snprintf(text, 32, "%lu:%02lu h", s / 3600, s / 60 % 60);
    }
}

/* For people; results do not depend on it. */
static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void announce(session* s, const assay_sweep_progress* p) {
    s->announced = true;
    s->begin_s = now_s();
    fprintf(stderr, "assay: note: %zu points, %zu known, %zu to run\n", p->points, p->known,
            p->points - p->known);
}

static void foretell(session* s, const assay_sweep_progress* p) {
    char text[32];
    s->foretold = true;
    say_duration(p->rest_s, text);
    fprintf(stderr, "assay: note: %zu points are left, about %s\n", p->points - p->done, text);
}

/* What the workers make of their time: the rest was waiting, starting and keeping. */
static void say_effort(const session* s) {
    const assay_sweep_progress* p = &s->last;
    double elapsed_s = now_s() - s->begin_s;
    char text[32];
    if (s->request->quiet || p->jobs == 0 || p->done <= p->known) {
        return;
    }
    say_duration(elapsed_s, text);
    fprintf(stderr, "assay: note: %zu points run, %s; %u worker%s, busy %.1f %% of the time\n",
            p->done - p->known, text, p->jobs, p->jobs == 1 ? "" : "s",
            100 * p->worked_s / (elapsed_s * p->jobs));
}

static bool on_progress(void* user, const assay_sweep_progress* p) {
    session* s = user;
    char label[160];
    s->last = *p;
    s->last.label = "";
    if (s->request->quiet) {
        return !cli_interrupted();
    }
    if (!s->announced) {
        announce(s, p);
    }
    if (!s->foretold && p->rest_s >= 0 && p->done < p->points && p->points > p->known) {
        foretell(s, p);
    }
    if (s->bar == NULL && p->points > p->known) {
        s->bar = assay_progress_new(stderr, "sweep", p->points - p->known, "points");
    }
    snprintf(label, sizeof label, "%zu not ok; %s", p->failed, p->label);
    assay_progress_step(s->bar, p->done - p->known, p->failed > 0 ? label : p->label);
    return !cli_interrupted();
}

/* ---- Before: all mistakes of the input are told at once ---- */

static assay_status load(session* s, assay_report* report) {
    const sweep_request* r = s->request;
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < r->out_count; i++) {
        keep_first(&status, cli_output_check(r->outs[i], report));
    }
    if (r->pareto_out != NULL) {
        keep_first(&status, cli_output_check(r->pareto_out, report));
    }
    if (r->sensitivity_out != NULL) {
        keep_first(&status, cli_output_check(r->sensitivity_out, report));
    }
    keep_first(&status, assay_sweep_open(r->spec, &s->sweep, report));
    for (size_t i = 0; s->sweep != NULL && i < assay_sweep_note_count(s->sweep); i++) {
        fprintf(stderr, "assay: note: %s\n", assay_sweep_note(s->sweep, i));
    }
    return status;
}

/* ---- Engines ---- */

static assay_status run_local(session* s, assay_report* report) {
    assay_sweep_settings settings = s->request->settings;
    if (!s->request->no_cache) {
        s->cache = s->request->cache == NULL ? cli_default_cache_dir() : NULL;
        settings.cache_dir = s->request->cache != NULL ? s->request->cache : s->cache;
    }
    settings.progress = on_progress;
    settings.user = s;
    return assay_sweep_run(s->sweep, &settings, report);
}

/* Tasks run elsewhere: in another folder, with another PATH. */
static assay_status run_slurm(session* s, assay_report* report) {
    assay_slurm_settings settings = s->request->on_slurm;
    s->program = realpath("/proc/self/exe", NULL);
    s->spec = realpath(s->request->spec, NULL);
    if (s->program == NULL || s->spec == NULL) {
        assay_report_add(report, "cannot tell the full path of %s",
                         s->program == NULL ? "this program" : s->request->spec);
        return ASSAY_IO;
    }
    settings.program = s->program;
    settings.spec = s->spec;
    settings.progress = on_progress;
    settings.user = s;
    return s->request->dry_run ? assay_sweep_show_slurm(s->sweep, &settings, stdout, report)
                               : assay_sweep_run_slurm(s->sweep, &settings, report);
}

static void report_stop(const session* s, assay_report* report) {
    size_t fresh = s->last.done - s->last.known;
    if (s->request->settings.no_store) {
        assay_report_add(report, "stopped on request, nothing written and (without a store) "
                                 "nothing kept");
    } else {
        assay_report_add(report,
                         "stopped on request, nothing written; %zu new points are in the store and "
                         "the same command continues",
                         fresh);
    }
}

/* ---- After ---- */

static assay_status analyse(session* s) {
    const sweep_request* r = s->request;
    if (r->pareto_count > 0) {
        s->front = calloc(assay_sweep_points(s->sweep) + 1, sizeof *s->front);
        if (s->front == NULL) {
            return ASSAY_NO_MEMORY;
        }
        assay_status status = assay_sweep_front(s->sweep, r->pareto, r->pareto_count, s->front);
        if (status != ASSAY_OK) {
            return status;
        }
    }
    return assay_sweep_effects(s->sweep, &s->effects, &s->effect_count);
}

static assay_status write_points(session* s, const char* path, const bool* selected,
                                 sweep_format format, assay_report* report) {
    cli_text text = {0};
    sweep_print_points(s->sweep, selected, format, &text);
    assay_status status = cli_output_text(path, &text, report);
    cli_text_free(&text);
    return status;
}

static assay_status write_effects(session* s, assay_report* report) {
    cli_text text = {0};
    sweep_print_effects(s->sweep, s->effects, s->effect_count, &text);
    assay_status status = cli_output_text(s->request->sensitivity_out, &text, report);
    cli_text_free(&text);
    return status;
}

static assay_status write_screen(session* s, assay_report* report) {
    const sweep_request* r = s->request;
    if (r->format != SWEEP_TEXT) {
        return write_points(s, NULL, NULL, r->format, report);
    }
    if (r->quiet) {
        return ASSAY_OK;
    }
    cli_text text = {0};
    sweep_print_summary(s->sweep, r, s->front, s->effects, s->effect_count, &text);
    assay_status status = cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    return status;
}

static assay_status write_all(session* s, assay_report* report) {
    const sweep_request* r = s->request;
    assay_status status = analyse(s);
    if (status != ASSAY_OK) {
        return status;
    }
    for (size_t i = 0; i < r->out_count; i++) {
        keep_first(&status, write_points(s, r->outs[i], NULL, sweep_format_of(r->outs[i]), report));
    }
    if (r->pareto_out != NULL) {
        keep_first(&status, write_points(s, r->pareto_out, s->front, sweep_format_of(r->pareto_out),
                                         report));
    }
    if (r->sensitivity_out != NULL) {
        keep_first(&status, write_effects(s, report));
    }
    keep_first(&status, write_screen(s, report));
    return status;
}

static assay_status run_session(session* s, assay_report* report) {
    const sweep_request* r = s->request;
    assay_status status = load(s, report);
    if (status != ASSAY_OK) {
        return status;
    }
    status = r->slurm ? run_slurm(s, report) : run_local(s, report);
    assay_progress_end(&s->bar);
    say_effort(s);
    if (status == ASSAY_INTERRUPTED && !r->slurm) {
        report_stop(s, report);
    }
    if (status == ASSAY_IO && !r->slurm && r->settings.store == NULL) {
        assay_report_add(report, "--store FILE names another measurement store, --no-store none");
    }
    return status == ASSAY_OK && !r->part && !r->dry_run ? write_all(s, report) : status;
}

static void close_session(session* s) {
    free(s->cache);
    free(s->program);
    free(s->spec);
    free(s->front);
    free(s->effects);
    assay_sweep_free(&s->sweep);
}

static void check(const cli_arguments* arguments, assay_report* report) {
    sweep_request scratch;
    sweep_request_read(arguments, &scratch, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    sweep_request request;
    sweep_request_read(arguments, &request, report);
    cli_interrupt_watch();
    session s = {.request = &request};
    assay_status status = run_session(&s, report);
    close_session(&s);
    return status;
}

const cli_command cli_command_sweep = {
    .name = "sweep",
    .summary = "runs networks on many machines: grids, samples, fronts, what matters",
    .operands = "SPEC.json",
    .operands_min = 1,
    .operands_max = 1,
    .options = sweep_options,
    .option_count = SWEEP_OPTION_COUNT,
    .notes = "SPEC.json names machines, workloads, policies and the values of options:\n"
             "docs/sweeps.md. Every point is kept as soon as it is done; the same command goes on\n"
             "after a kill and costs nothing when all points are known. Points that fail are\n"
             "results. Metrics of --pareto: latency, energy, area, power, edp, cycles, dram,\n"
             "utilisation.\n",
    .check = check,
    .run = run,
};
