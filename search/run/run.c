#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "files.h"
#include "session.h"
#include "settings.h"

const assay_phase* assay_find_phase(const assay_session* s, const char* name) {
    for (size_t i = 0; i < s->phase_count; i++) {
        if (strcmp(s->phases[i].name, name) == 0) {
            return &s->phases[i];
        }
    }
    return NULL;
}

/* ---- Phases ---- */

static assay_phase* begin_phase(assay_session* s, const char* name, uint64_t total) {
    assay_phase* phase = &s->phases[s->phase_count++];
    *phase = (assay_phase){
        .name = name, .total = total, .best = SIZE_MAX, .bound = NAN, .stop_reason = ""};
    return phase;
}

static bool goes_on(assay_session* s) {
    const assay_phase* phase = assay_current_phase(s);
    const assay_search_progress progress = {
        .phase = phase->name,
        .done = phase->evaluations,
        .total = phase->total,
        .best_reward =
            phase->best != SIZE_MAX ? s->known.candidates[phase->best].record.score.reward : NAN};
    return s->settings->progress == NULL || s->settings->progress(s->settings->user, &progress);
}

static assay_status run_references(assay_session* s) {
    const assay_named_candidate* named;
    size_t count = s->choice.task->references(s->task, &named), row = s->known.variables;
    assay_phase* phase = begin_phase(s, "reference", count);
    unsigned* x = calloc(count + 1, row * sizeof *x);
    assay_score* score = calloc(count + 1, sizeof *score);
    assay_status status = x != NULL && score != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        memcpy(x + i * row, named[i].x, row * sizeof *x);
    }
    if (status == ASSAY_OK && count > 0) {
        status = assay_answer(s, count, x, score);
    }
    phase->stop_reason = "finished";
    free(x);
    free(score);
    return status;
}

static size_t to_ask(const assay_phase* phase) {
    uint64_t left = phase->total - phase->evaluations;
    return left < ASSAY_ASK_MAX ? (size_t)left : ASSAY_ASK_MAX;
}

static assay_status loop(assay_session* s, const assay_algorithm* algorithm, void* self,
                         unsigned* x) {
    assay_phase* phase = assay_current_phase(s);
    assay_score score[ASSAY_ASK_MAX];
    for (;;) {
        if (!goes_on(s)) {
            return ASSAY_INTERRUPTED;
        }
        size_t count =
            phase->evaluations < phase->total ? algorithm->ask(self, to_ask(phase), x) : 0;
        if (count == 0) {
            phase->stop_reason = phase->evaluations < phase->total ? "finished" : "evaluations";
            return ASSAY_OK;
        }
        assay_status status = assay_answer(s, count, x, score);
        if (status != ASSAY_OK) {
            return status;
        }
        algorithm->tell(self, count, x, score);
    }
}

static assay_status run_algorithm(assay_session* s, const assay_algorithm* algorithm, void* self) {
    unsigned* x = calloc(ASSAY_ASK_MAX, s->known.variables * sizeof *x);
    if (x == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = loop(s, algorithm, self, x);
    if (algorithm->bound != NULL && status == ASSAY_OK) {
        assay_current_phase(s)->bound = algorithm->bound(self);
    }
    free(x);
    return status;
}

static assay_status run_baseline(assay_session* s, const char* name) {
    const assay_algorithm* algorithm = assay_algorithm_find(name);
    if (algorithm == NULL || algorithm == s->choice.algorithm ||
        !assay_choice_fits(algorithm, s->problem, s->choice.task->name, NULL)) {
        return ASSAY_OK;
    }
    void *options = calloc(1, algorithm->options.values_size + 1), *self = NULL;
    if (options == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_options_defaults(&algorithm->options, options);
    begin_phase(s, name, s->choice.evaluations);
    assay_status status =
        algorithm->create(s->problem, options, s->settings->seed, &self, s->report);
    if (status == ASSAY_OK) {
        status = run_algorithm(s, algorithm, self);
        algorithm->destroy(self);
    } else if (status == ASSAY_BAD_INPUT) {
        s->phase_count--; /* a baseline with nothing to propose, as its message says, is no loss */
        status = ASSAY_OK;
    }
    free(options);
    return status;
}

/* Only an evaluated candidate tells how many objectives there are. */
static assay_status check_objectives(const assay_session* s) {
    const assay_choice* c = &s->choice;
    if ((c->algorithm->needs & ASSAY_NEEDS_OBJECTIVES) == 0 || s->known.count == 0 ||
        s->known.candidates[0].record.score.objective_count >= 2) {
        return ASSAY_OK;
    }
    assay_report_add(s->report, "the algorithm %s needs two objectives, the task %s has %zu here",
                     c->algorithm->name, c->task->name,
                     s->known.candidates[0].record.score.objective_count);
    return ASSAY_BAD_INPUT;
}

static assay_status run_phases(assay_session* s, void* self) {
    static const char* const baselines[] = {"random", "greedy", "exact"};
    assay_status status = run_references(s);
    status = status == ASSAY_OK ? check_objectives(s) : status;
    if (status == ASSAY_OK) {
        begin_phase(s, "search", s->choice.evaluations);
        status = run_algorithm(s, s->choice.algorithm, self);
    }
    for (size_t i = 0; i < sizeof baselines / sizeof *baselines && s->settings->baselines; i++) {
        status = status == ASSAY_OK ? run_baseline(s, baselines[i]) : status;
    }
    return status;
}

/* ---- Results ---- */

static assay_status write_found(const assay_session* s, const char* name,
                                char* (*describe)(const void* self, const unsigned* x)) {
    const assay_phase* phase = assay_find_phase(s, "search");
    if (describe == NULL || phase == NULL || phase->best == SIZE_MAX) {
        return ASSAY_OK;
    }
    char* text = describe(s->task, assay_known_x(&s->known, phase->best));
    assay_status status = assay_file_replace(s->settings->out, name, text,
                                             text != NULL ? strlen(text) : 0, s->report);
    free(text);
    return status;
}

static assay_status write_results(const assay_session* s) {
    assay_status status = write_found(s, "policy.json", s->choice.task->describe);
    status = status == ASSAY_OK ? write_found(s, "hw.json", s->choice.task->machine) : status;
    status = status == ASSAY_OK ? assay_write_front(s) : status;
    return status == ASSAY_OK ? assay_write_summary(s) : status;
}

static assay_status check_found(const assay_session* s) {
    const assay_phase* phase = assay_find_phase(s, "search");
    if (phase->best != SIZE_MAX) {
        return ASSAY_OK;
    }
    assay_report_add(s->report,
                     "none of the %ju candidates was within the budget: nothing was found",
                     (uintmax_t)phase->evaluations);
    return ASSAY_BAD_INPUT;
}

/* A stopped search leaves the results so far, too; a log that does not match leaves none. */
static assay_status finish(assay_session* s, assay_status status) {
    if (status == ASSAY_INTERRUPTED && s->known.evaluation_count > 0) {
        assay_current_phase(s)->stop_reason = "interrupted";
        assay_status written = write_results(s);
        return written == ASSAY_OK ? status : written;
    }
    if (status == ASSAY_OK && assay_replay_more(&s->replay)) {
        assay_report_add(s->report, "%s:%zu: goes on where this search ends; it stays as it is",
                         s->log.path, s->replay.line + 1);
        return ASSAY_BAD_INPUT;
    }
    if (status != ASSAY_OK) {
        return status;
    }
    status = assay_log_trim(&s->log, s->report);
    status = status == ASSAY_OK ? write_results(s) : status;
    return status == ASSAY_OK ? check_found(s) : status;
}

/* ---- Opening ---- */

static assay_status check_out(const assay_search_settings* settings, const char* log_path,
                              assay_report* report) {
    struct stat info;
    if (!settings->resume && (stat(log_path, &info) == 0 || errno != ENOENT)) {
        assay_report_add(report,
                         "%s: there is a search already: --resume goes on with it, another --out "
                         "begins a new one",
                         log_path);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

static assay_status open_log(assay_session* s, const char* path, const char* header) {
    assay_status status = assay_folder_make(s->settings->out, s->report);
    status = status == ASSAY_OK ? assay_log_open(path, &s->log, s->report) : status;
    status = status == ASSAY_OK ? assay_replay_open(path, header, &s->replay, s->report) : status;
    if (status != ASSAY_OK) {
        return status;
    }
    s->log.keep = s->replay.end;
    if (s->log.keep > 0) {
        return ASSAY_OK;
    }
    status = assay_log_add_text(&s->log, header);
    return status == ASSAY_OK ? assay_log_flush(&s->log, s->report) : status;
}

static assay_status run_logged(assay_session* s, const char* log_path, void* self) {
    char* header = assay_choice_header(&s->choice, s->settings, s->problem);
    if (header == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = open_log(s, log_path, header);
    status = status == ASSAY_OK ? finish(s, run_phases(s, self)) : status;
    assay_log_close(&s->log);
    assay_replay_close(&s->replay);
    free(header);
    return status;
}

static assay_status run_opened(assay_session* s, const char* log_path) {
    const assay_choice* c = &s->choice;
    s->problem = c->task->problem(s->task);
    s->known.variables = s->problem->space.variables;
    if (!assay_choice_fits(c->algorithm, s->problem, c->task->name, s->report)) {
        return ASSAY_BAD_INPUT;
    }
    void* self = NULL;
    assay_status status =
        c->algorithm->create(s->problem, c->algorithm_options, s->settings->seed, &self, s->report);
    if (status == ASSAY_OK) {
        status = run_logged(s, log_path, self);
        c->algorithm->destroy(self);
    }
    return status;
}

static assay_status run(assay_session* s, const char* log_path) {
    assay_status checked = check_out(s->settings, log_path, s->report);
    assay_status status = assay_choice_make(s->settings, &s->choice, s->report);
    if (checked != ASSAY_OK || status != ASSAY_OK) {
        return status != ASSAY_OK ? status : checked;
    }
    const assay_task* task = s->choice.task;
    status = task->open(s->settings, s->choice.task_options, &s->task, s->report);
    if (status == ASSAY_OK) {
        status = run_opened(s, log_path);
        task->close(s->task);
    }
    return status;
}

assay_status assay_search_run(const assay_search_settings* settings, assay_report* report) {
    ASSAY_REQUIRE(settings != NULL && settings->cookie == ASSAY_SEARCH_SETTINGS_COOKIE);
    if (settings->out == NULL) {
        assay_report_add(report, "--out DIR is missing");
        return ASSAY_BAD_INPUT;
    }
    char* log_path = assay_path_in(settings->out, "log.jsonl");
    if (log_path == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_session s = {.settings = settings, .report = report, .log = {.fd = -1}};
    clock_gettime(CLOCK_MONOTONIC, &s.started);
    assay_status status = run(&s, log_path);
    assay_choice_free(&s.choice);
    assay_known_free(&s.known);
    free(log_path);
    return status;
}
