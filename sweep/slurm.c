/* The loop: look at the queue, take what is done, submit what is missing, wait. */
#include "assay/slurm.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assay/store.h"
#include "contract.h"
#include "slurm_command.h"
#include "slurm_state.h"

static const uint64_t COOKIE = UINT64_C(0x6173736c75726d31);

enum {
    FIRST_WAIT_MS = 1000,
    LONGEST_WAIT_MS = 15000,
    SLICE_MS = 100,      /* between looks at the caller's wish to stop */
    PATIENCE_S = 10 * 60 /* with a Slurm that does not answer */
};

assay_slurm_settings assay_default_slurm_settings(void) {
    return (assay_slurm_settings){.chunk = 100, .jobs = 1, .limit_s = 3600, .cookie = COOKIE};
}

/* ---- Beginning and end ---- */

static size_t count_known(slurm_state* s) {
    size_t known = 0;
    for (size_t i = 0; i < s->progress.points; i++) {
        assay_point_status status = assay_sweep_result_at(s->sweep, i).status;
        known += status != ASSAY_POINT_MISSING;
        s->progress.failed += status != ASSAY_POINT_MISSING && status != ASSAY_POINT_OK;
    }
    return known;
}

/* The store, and what it knows. */
static assay_status open_store(slurm_state* s, assay_report* report) {
    s->store_path =
        s->settings->store != NULL ? strdup(s->settings->store) : assay_store_default_path();
    if (s->store_path == NULL) {
        assay_report_add(report, "no measurement store: name one, or set HOME");
        return ASSAY_BAD_INPUT;
    }
    assay_status status = assay_store_open(s->store_path, &s->store, report);
    return status == ASSAY_OK ? sweep_look_up(s->sweep, NULL, s->store, report) : status;
}

static assay_status begin(slurm_state* s, assay_report* report) {
    size_t count = assay_sweep_points(s->sweep);
    s->attempts = calloc(count > 0 ? count : 1, sizeof *s->attempts);
    s->taken = calloc(count > 0 ? count : 1, sizeof *s->taken);
    if (s->attempts == NULL || s->taken == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = open_store(s, report);
    s->progress = (assay_sweep_progress){.points = count, .rest_s = -1, .label = ""};
    s->progress.known = s->progress.done = status == ASSAY_OK ? count_known(s) : 0;
    return status;
}

static void end(slurm_state* s) {
    for (size_t i = 0; i < s->round_count; i++) {
        slurm_round_free(&s->rounds[i]);
    }
    free(s->rounds);
    free(s->attempts);
    free(s->taken);
    assay_store_close(&s->store);
    free(s->store_path);
}

/* "--name=..." of all rounds with open tasks; malloc'd, NULL if there are none. */
static char* open_names(const slurm_state* s) {
    char* text = NULL;
    for (size_t i = 0; i < s->round_count; i++) {
        char name[SLURM_NAME];
        if (s->rounds[i].open == 0) {
            continue;
        }
        slurm_round_name(&s->place, s->rounds[i].number, name);
        size_t size = text != NULL ? strlen(text) : 0;
        char* more = realloc(text, size + SLURM_NAME + sizeof "--name=");
        if (more == NULL) {
            break;
        }
        text = more;
        sprintf(text + size, "%s%s", size > 0 ? "," : "--name=", name);
    }
    return text;
}

/* Nobody waits for their answers any more. */
static void cancel_rest(const slurm_state* s) {
    char* names = open_names(s);
    if (names != NULL) {
        slurm_answer answer;
        const char* const words[] = {"scancel", names, NULL};
        slurm_command(words, &answer, NULL);
        slurm_answer_free(&answer);
    }
    free(names);
}

static void say_how_to_go_on(const slurm_state* s, assay_report* report) {
    char* names = open_names(s);
    if (names != NULL) {
        assay_report_add(report,
                         "%zu tasks go on: the same command takes their results over, "
                         "`scancel %s` ends them",
                         s->census.running + s->census.waiting, names);
    }
    free(names);
}

/* ---- The loop ---- */

static bool report_progress(slurm_state* s) {
    char label[128];
    if (s->settings->progress == NULL) {
        return true;
    }
    int size = snprintf(label, sizeof label, "%zu tasks run, %zu wait", s->census.running,
                        s->census.waiting);
    if (s->census.waiting > 0 && s->census.reason[0] != '\0') {
        snprintf(label + size, sizeof label - (size_t)size, " (%s)", s->census.reason);
    }
    s->progress.label = label;
    bool go_on = s->settings->progress(s->settings->user, &s->progress);
    s->progress.label = "";
    return go_on;
}

static double seconds_since(const struct timespec* start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* Long sweeps are asked about less often: a controller has other users. */
static assay_status pause_for(slurm_state* s, const struct timespec* start) {
    double wait = seconds_since(start) * 1000 / 60;
    wait = wait < FIRST_WAIT_MS ? FIRST_WAIT_MS : wait > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait;
    for (; wait > 0; wait -= SLICE_MS) {
        if (!report_progress(s)) {
            return ASSAY_INTERRUPTED;
        }
        nanosleep(&(struct timespec){.tv_nsec = SLICE_MS * 1000000L}, NULL);
    }
    return ASSAY_OK;
}

static bool has_open_tasks(const slurm_state* s) {
    for (size_t i = 0; i < s->round_count; i++) {
        if (s->rounds[i].open > 0) {
            return true;
        }
    }
    return false;
}

/* One look at everything. *silent counts the looks that squeue did not answer, from the first one
 * at *since. */
static assay_status look(slurm_state* s, size_t* silent, struct timespec* since,
                         assay_report* report) {
    assay_report* why = assay_report_new();
    assay_status queue = ASSAY_OK;
    if (has_open_tasks(s)) {
        queue = slurm_queue_look(&s->place, s->rounds, s->round_count, &s->census, why);
    }
    assay_status status = queue == ASSAY_IO ? ASSAY_OK : queue;
    *silent = queue == ASSAY_IO ? *silent + 1 : 0;
    if (*silent == 1) {
        clock_gettime(CLOCK_MONOTONIC, since);
    }
    if (*silent > 0 && seconds_since(since) > PATIENCE_S) {
        assay_report_add(report, "%s", assay_report_kept(why) > 0 ? assay_report_text(why, 0) : "");
        status = ASSAY_IO;
    }
    assay_report_free(&why);
    status = status == ASSAY_OK ? slurm_collect(s, report) : status;
    if (status == ASSAY_OK && *silent == 0) {
        status = slurm_settle(s, report);
        status = status == ASSAY_OK ? slurm_submit_missing(s, report) : status;
    }
    return status;
}

static assay_status loop(slurm_state* s, assay_report* report) {
    struct timespec start, since = {0};
    size_t silent = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        assay_status status = look(s, &silent, &since, report);
        if (status != ASSAY_OK || s->progress.done == s->progress.points) {
            return status;
        }
        status = pause_for(s, &start);
        if (status != ASSAY_OK) {
            return status;
        }
    }
}

static bool none_lost(const slurm_state* s) {
    for (size_t i = 0; i < s->progress.points; i++) {
        if (assay_sweep_result_at(s->sweep, i).status == ASSAY_POINT_CRASHED) {
            return false;
        }
    }
    return true;
}

static assay_status run_in_folder(slurm_state* s, assay_report* report) {
    assay_status status = slurm_adopt(s, report);
    status = status == ASSAY_OK ? loop(s, report) : status;
    if (status == ASSAY_INTERRUPTED) {
        assay_report_add(report, "stopped on request; the same command goes on");
    }
    if (status == ASSAY_OK || s->hopeless) {
        cancel_rest(s);
    } else {
        say_how_to_go_on(s, report);
    }
    if (status == ASSAY_OK && none_lost(s)) {
        slurm_folder_remove(&s->place);
    }
    return status;
}

static assay_status run_missing(slurm_state* s, assay_report* report) {
    char hash[33];
    char* folder = NULL;
    int lock = -1;
    assay_status status = slurm_place_init(s->settings, s->sweep, hash, &s->place, &folder, report);
    status = status == ASSAY_OK ? slurm_folder_open(&s->place, hash, &lock, report) : status;
    if (status == ASSAY_OK) {
        status = run_in_folder(s, report);
        close(lock);
    }
    free(folder);
    return status;
}

assay_status assay_sweep_run_slurm(assay_sweep* sweep, const assay_slurm_settings* settings,
                                   assay_report* report) {
    ASSAY_REQUIRE(sweep != NULL && settings != NULL && settings->cookie == COOKIE);
    ASSAY_REQUIRE(settings->program != NULL && settings->spec != NULL && settings->jobs > 0 &&
                  settings->chunk > 0);
    slurm_state s = {.sweep = sweep, .settings = settings};
    assay_status status = begin(&s, report);
    if (status == ASSAY_OK && s.progress.done < s.progress.points) {
        status = run_missing(&s, report);
    }
    end(&s);
    return status;
}

/* ---- Dry run ---- */

static assay_status show_script(slurm_state* s, FILE* out, assay_report* report) {
    char hash[33];
    char* folder = NULL;
    slurm_round round = {0};
    assay_status status = slurm_place_init(s->settings, s->sweep, hash, &s->place, &folder, report);
    if (status == ASSAY_OK) {
        s->last_round = slurm_folder_last_round(&s->place);
        status = slurm_next_round(s, &round);
    }
    if (status == ASSAY_OK && !slurm_script_write(&s->place, &round, out)) {
        assay_report_add(report, "the current folder has no name; was it removed?");
        status = ASSAY_IO;
    }
    slurm_round_free(&round);
    free(folder);
    return status;
}

assay_status assay_sweep_show_slurm(assay_sweep* sweep, const assay_slurm_settings* settings,
                                    FILE* out, assay_report* report) {
    ASSAY_REQUIRE(sweep != NULL && settings != NULL && settings->cookie == COOKIE && out != NULL);
    slurm_state s = {.sweep = sweep, .settings = settings};
    assay_status status = begin(&s, report);
    if (status == ASSAY_OK && s.progress.done == s.progress.points) {
        fputs("# no point is missing: nothing would be submitted\n", out);
    } else if (status == ASSAY_OK) {
        status = show_script(&s, out, report);
    }
    end(&s);
    return status;
}
