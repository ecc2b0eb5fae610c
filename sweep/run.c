/* The local engine: worker processes on this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract.h"
#include "forecast.h"
#include "inside.h"
#include "worker.h"

enum {
    LIMIT_S = 3600,
    LABEL_BYTES = 512
};
static const uint64_t settings_cookie = 0x7377656570303031; /* "sweep001" */

typedef struct run {
    assay_sweep* sweep;
    const assay_sweep_settings* settings;
    unsigned jobs;
    assay_store* store; /* NULL: none */
    assay_pool* pool;
    sweep_work work;
    sweep_selection chosen;
    size_t* asked; /* [asked_count] points, in the order of questions */
    size_t asked_count;
    size_t* again; /* [again_count] whose workers were killed from outside, twice */
    size_t again_count;
    bool last_round;
    sweep_forecast forecast;
    assay_sweep_progress progress;
    char label[LABEL_BYTES];
    assay_report* messages; /* of the pool */
} run;

assay_sweep_settings assay_default_sweep_settings(void) {
    return (assay_sweep_settings){
        .limit_s = LIMIT_S, .shard = 1, .shards = 1, .cookie = settings_cookie};
}

/* ---- Telling ---- */

static bool tell(run* r) {
    const assay_sweep_settings* s = r->settings;
    r->progress.rest_s = sweep_forecast_rest(&r->forecast, r->jobs);
    r->progress.label = r->label;
    return s->progress == NULL || s->progress(s->user, &r->progress);
}

static bool wants_stop(void* user) {
    return !tell(user);
}

/* No text: what a message is about is the row of the table that it stands in. */
static void describe(void* user, size_t question, char* text, size_t size) {
    (void)user;
    (void)question;
    snprintf(text, size, "%s", "");
}

/* ---- Answers ---- */

static assay_status keep(run* r, size_t point, const sweep_answer* a, assay_report* report) {
    const assay_sweep_point_info info = assay_sweep_point(r->sweep, point);
    char key[ASSAY_KEY_TEXT], setting[LABEL_BYTES];
    sweep_key(r->sweep, point, key);
    sweep_say_setting(r->sweep, point, setting, sizeof setting);
    const assay_run_origin origin = {.model = assay_model_name(ASSAY_MODEL_EVENT),
                                     .hw_name = info.hw,
                                     .hw_hash = assay_sweep_hw_hash(r->sweep, point),
                                     .setting = setting,
                                     .workload = info.workload,
                                     .workload_hash = info.workload_hash,
                                     .policy_hash = info.policy_hash};
    const assay_stored_run value = {.failed = a->status == ASSAY_POINT_FAILED,
                                    .error = a->error,
                                    .totals = a->totals,
                                    .wall_s = a->wall_s};
    return assay_store_put_run(r->store, key, &value, &origin, report);
}

static void count_done(run* r, size_t point) {
    r->progress.done++;
    r->progress.failed += assay_sweep_result_at(r->sweep, point).status != ASSAY_POINT_OK;
    sweep_say(r->sweep, point, r->label, sizeof r->label);
}

/* To the store before anything else: whatever stops the process next, this one is kept. */
static assay_status on_answer(void* user, size_t question, const void* bytes,
                              assay_report* report) {
    run* r = user;
    const sweep_answer* a = bytes;
    size_t point = r->asked[question];
    bool lasting = a->status == ASSAY_POINT_OK || a->status == ASSAY_POINT_FAILED;
    assay_status status = r->store != NULL && lasting ? keep(r, point, a, report) : ASSAY_OK;
    if (status == ASSAY_OK) {
        status = sweep_set_result(r->sweep, point, a->status, &a->totals, a->error);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    sweep_forecast_done(&r->forecast, sweep_cell_of(r->sweep, point), a->wall_s);
    r->progress.worked_s += a->wall_s;
    count_done(r, point);
    return tell(r) ? ASSAY_OK : ASSAY_INTERRUPTED;
}

/* The pool's last message is ": the worker process died of signal 11; given up". */
static void say_why(const run* r, char* text, size_t size) {
    size_t count = assay_report_kept(r->messages);
    const char* last = count > 0 ? assay_report_text(r->messages, count - 1) : "";
    const char* begin = strstr(last, "the worker process");
    snprintf(text, size, "%s", begin != NULL ? begin : "the worker process is gone");
    char* end = strstr(text, "; given up");
    if (end != NULL) {
        *end = '\0';
    }
}

/* SIGKILL comes from outside (a user, the system short of memory): the point may be innocent and is
 * asked again when the others are done. */
static void on_abandoned(void* user, size_t question) {
    run* r = user;
    size_t point = r->asked[question];
    char why[SWEEP_ERROR_BYTES];
    say_why(r, why, sizeof why);
    assay_report_clear(r->messages);
    if (!r->last_round && strstr(why, "died of signal 9") != NULL) {
        r->again[r->again_count++] = point;
        return;
    }
    sweep_set_result(r->sweep, point, ASSAY_POINT_CRASHED, NULL, why);
    sweep_forecast_done(&r->forecast, sweep_cell_of(r->sweep, point), 0);
    count_done(r, point);
}

/* ---- What is to be run ---- */

static assay_status look_up(run* r, assay_report* report) {
    assay_status status =
        r->store != NULL ? sweep_look_up(r->sweep, &r->chosen, r->store, report) : ASSAY_OK;
    r->asked = calloc(r->chosen.count + 1, sizeof *r->asked);
    r->again = calloc(r->chosen.count + 1, sizeof *r->again);
    if (r->asked == NULL || r->again == NULL) {
        return ASSAY_NO_MEMORY;
    }
    r->progress.points = r->chosen.count;
    for (size_t i = 0; i < r->chosen.count; i++) {
        size_t point = r->chosen.points[i];
        assay_point_status of = assay_sweep_result_at(r->sweep, point).status;
        if (of == ASSAY_POINT_MISSING) {
            r->asked[r->asked_count++] = point;
            sweep_forecast_add(&r->forecast, sweep_cell_of(r->sweep, point));
        } else {
            r->progress.known++;
            r->progress.failed += of != ASSAY_POINT_OK;
        }
    }
    r->progress.done = r->progress.known;
    return status;
}

/* One point of every cell comes first, from its middle: they tell how long the others will take. */
static assay_status order(run* r) {
    size_t cells = r->forecast.cells, pilots = 0;
    size_t* met = calloc(cells + 1, sizeof *met);
    size_t* sorted = calloc(r->asked_count + 1, sizeof *sorted);
    if (met == NULL || sorted == NULL) {
        free(met);
        free(sorted);
        return ASSAY_NO_MEMORY;
    }
    for (int rest = 0; rest < 2; rest++) {
        memset(met, 0, cells * sizeof *met);
        for (size_t i = 0; i < r->asked_count; i++) {
            size_t cell = sweep_cell_of(r->sweep, r->asked[i]);
            bool pilot = met[cell]++ == r->forecast.left[cell] / 2;
            if (pilot == (rest == 0)) {
                sorted[pilots++] = r->asked[i];
            }
        }
        r->asked_count = rest == 0 && r->settings->pilot_only ? pilots : r->asked_count;
        if (r->settings->pilot_only) {
            break;
        }
    }
    memcpy(r->asked, sorted, r->asked_count * sizeof *sorted);
    free(met);
    free(sorted);
    return ASSAY_OK;
}

/* ---- Running ---- */

static assay_status ask(run* r) {
    const assay_pool_events events = {.answered = on_answer,
                                      .stop = wants_stop,
                                      .describe = describe,
                                      .abandoned = on_abandoned,
                                      .user = r};
    return assay_pool_run(r->pool, r->asked, r->asked_count, &events, r->messages);
}

static assay_status ask_all(run* r) {
    const assay_pool_work work = sweep_pool_work(&r->work, r->settings->limit_s);
    assay_status status = assay_pool_new(&work, r->jobs, &r->pool);
    status = status == ASSAY_OK ? ask(r) : status;
    if (status == ASSAY_OK && r->again_count > 0) {
        memcpy(r->asked, r->again, r->again_count * sizeof *r->asked);
        r->asked_count = r->again_count;
        r->last_round = true;
        status = ask(r);
    }
    assay_pool_free(&r->pool);
    return status;
}

static assay_status open_store(run* r, assay_report* report) {
    const assay_sweep_settings* s = r->settings;
    if (s->no_store) {
        return ASSAY_OK;
    }
    char* path = s->store != NULL ? strdup(s->store) : assay_store_default_path();
    if (path == NULL) {
        return ASSAY_OK; /* neither $XDG_DATA_HOME nor $HOME: there is no place for it */
    }
    assay_status status = assay_store_open(path, &r->store, report);
    free(path);
    return status;
}

static assay_status prepare(run* r, assay_report* report) {
    const assay_sweep_settings* s = r->settings;
    assay_status status =
        sweep_select(r->sweep, s->points_file, s->shard, s->shards, &r->chosen, report);
    status = status == ASSAY_OK ? open_store(r, report) : status;
    status = status == ASSAY_OK ? look_up(r, report) : status;
    status = status == ASSAY_OK ? order(r) : status;
    return status == ASSAY_OK && !tell(r) ? ASSAY_INTERRUPTED : status;
}

static void hand_over(const run* r, assay_status status, assay_report* report) {
    for (size_t i = 0; status != ASSAY_OK && i < assay_report_kept(r->messages); i++) {
        const char* text = assay_report_text(r->messages, i);
        if (strstr(text, "; asked again") == NULL) { /* of a worker, long answered */
            assay_report_add(report, "%s", text);
        }
    }
}

static void release(run* r) {
    assay_store_close(&r->store);
    sweep_selection_free(&r->chosen);
    sweep_forecast_end(&r->forecast);
    assay_report_free(&r->messages);
    free(r->asked);
    free(r->again);
}

static unsigned processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > ASSAY_POOL_MAX_JOBS ? ASSAY_POOL_MAX_JOBS : (unsigned)count;
}

assay_status assay_sweep_run(assay_sweep* sweep, const assay_sweep_settings* settings,
                             assay_report* report) {
    ASSAY_REQUIRE(sweep != NULL && settings != NULL && report != NULL);
    ASSAY_REQUIRE(settings->cookie == settings_cookie); /* not from assay_default_sweep_settings */
    ASSAY_REQUIRE(settings->jobs <= ASSAY_POOL_MAX_JOBS);
    run r = {.sweep = sweep,
             .settings = settings,
             .jobs = settings->jobs > 0 ? settings->jobs : processors(),
             .progress = {.rest_s = -1, .label = ""},
             .work = {.sweep = sweep, .cache_dir = settings->cache_dir},
             .messages = assay_report_new()};
    r.progress.jobs = r.jobs;
    bool good = sweep_forecast_begin(&r.forecast, sweep) && r.messages != NULL;
    assay_status status = good ? prepare(&r, report) : ASSAY_NO_MEMORY;
    if (status == ASSAY_OK && r.asked_count > 0) {
        status = ask_all(&r);
        hand_over(&r, status, report);
    }
    release(&r);
    return status;
}
