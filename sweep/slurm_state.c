#include "slurm_state.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "quote.h"

enum {
    HOPELESS = 3, /* tasks that give nothing, before any gives something */
    SMALLER =
        8, /* a chunk that gave nothing is cut into this many, to corner what brings it down */
    LOG_BYTES = 1 << 20,
    LINE_BYTES = 200
};

static bool is_missing(const slurm_state* s, size_t point) {
    return assay_sweep_result_at(s->sweep, point).status == ASSAY_POINT_MISSING;
}

static void count_point(slurm_state* s, size_t point) {
    s->progress.done++;
    s->progress.failed += assay_sweep_result_at(s->sweep, point).status != ASSAY_POINT_OK;
}

/* ---- Rounds ---- */

static assay_status keep_round(slurm_state* s, slurm_round* round) {
    slurm_round* all = realloc(s->rounds, (s->round_count + 1) * sizeof *all);
    if (all == NULL) {
        slurm_round_free(round);
        return ASSAY_NO_MEMORY;
    }
    s->rounds = all;
    s->rounds[s->round_count++] = *round;
    for (size_t i = 0; i < round->points.count; i++) {
        s->taken[round->points.points[i]]++;
    }
    return ASSAY_OK;
}

assay_status slurm_adopt(slurm_state* state, assay_report* report) {
    state->last_round = slurm_folder_last_round(&state->place);
    assay_status status = ASSAY_OK;
    for (unsigned number = 1; number <= state->last_round && status == ASSAY_OK; number++) {
        slurm_round round;
        bool found = false;
        status = slurm_round_read(&state->place, state->sweep, number, &round, &found, report);
        if (found && status == ASSAY_OK) {
            round.adopted = true;
            status = keep_round(state, &round);
        }
    }
    return status;
}

/* ---- Shards ---- */

static slurm_round* round_of(slurm_state* s, slurm_shard shard) {
    for (size_t i = 0; i < s->round_count; i++) {
        if (s->rounds[i].number == shard.round && shard.task >= 1 &&
            shard.task <= s->rounds[i].task_count) {
            return &s->rounds[i];
        }
    }
    return NULL;
}

/* The points of one task. */
static assay_status select_task(const slurm_round* r, size_t task, sweep_selection* out) {
    size_t most = r->points.count / r->task_count + 1, at;
    *out = (sweep_selection){malloc(most * sizeof *out->points), 0};
    while (out->points != NULL &&
           (at = sweep_shard_point(out->count, task, r->task_count)) < r->points.count) {
        out->points[out->count++] = r->points.points[at];
    }
    return out->points != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

/* What the store knows of the task's points by now. */
static assay_status look_up(slurm_state* s, slurm_round* r, size_t task, assay_report* report) {
    sweep_selection points = {0};
    assay_status status = select_task(r, task, &points);
    size_t before = 0;
    for (size_t i = 0; i < points.count && status == ASSAY_OK; i++) {
        points.points[before] = points.points[i];
        before += is_missing(s, points.points[i]);
    }
    points.count = before; /* the missing ones */
    if (status == ASSAY_OK && before > 0) {
        status = sweep_look_up(s->sweep, &points, s->store, report);
    }
    for (size_t i = 0; i < before && status == ASSAY_OK; i++) {
        if (!is_missing(s, points.points[i])) {
            count_point(s, points.points[i]);
            r->tasks[task].fruitful = true;
        }
    }
    sweep_selection_free(&points);
    return status;
}

/* With the files that SQLite puts beside what it reads. */
static void remove_shard(const char* path) {
    static const char* const ends[] = {"-wal", "-shm", ""};
    char name[PATH_MAX];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        int size = snprintf(name, sizeof name, "%s%s", path, ends[i]);
        if (size > 0 && size < PATH_MAX) {
            unlink(name);
        }
    }
}

static assay_status merge_shard(slurm_state* s, slurm_shard shard, assay_report* report) {
    char* path = slurm_shard_path(&s->place, shard);
    assay_status status = path != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    if (status == ASSAY_OK) {
        status = assay_store_add(s->store, path, NULL, report);
    }
    slurm_round* round = round_of(s, shard);
    if (status == ASSAY_OK && round != NULL) {
        status = look_up(s, round, shard.task - 1, report);
    }
    if (status == ASSAY_OK) {
        remove_shard(path);
    } else if (status == ASSAY_BAD_INPUT) {
        assay_report_add(report, "%s: is left there; without it its points are computed again",
                         path);
    }
    free(path);
    return status;
}

assay_status slurm_collect(slurm_state* state, assay_report* report) {
    slurm_shard* shards = NULL;
    size_t count = 0;
    assay_status status = slurm_folder_shards(&state->place, &shards, &count, report);
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        status = merge_shard(state, shards[i], report);
    }
    free(shards);
    return status;
}

/* ---- Tasks that have ended ---- */

static void log_path(const slurm_state* s, const slurm_round* r, size_t task, char* out,
                     size_t size) {
    snprintf(out, size, "%s/round-%u/log/%zu.txt", s->place.folder, r->number, task + 1);
}

/* The last line of a task's log; "" when there is none. */
static void last_words(const char* path, char* out, size_t size) {
    char* text = NULL;
    size_t bytes = 0;
    out[0] = '\0';
    if (assay_file_read(path, LOG_BYTES, &text, &bytes, NULL) == ASSAY_OK) {
        while (bytes > 0 && text[bytes - 1] == '\n') {
            text[--bytes] = '\0';
        }
        const char* line = strrchr(text, '\n');
        line = line != NULL ? line + 1 : text;
        size_t length = strlen(line);
        assay_escape(line, length > LINE_BYTES ? LINE_BYTES : length, out, size);
    }
    free(text);
}

static const char* state_of(const slurm_task* task) {
    return task->state[0] != '\0' ? task->state : "gone from the queue";
}

static assay_status give_up(slurm_state* s, const slurm_round* r, size_t task, size_t point) {
    char log[4096 + 64], text[4096 + 256];
    log_path(s, r, task, log, sizeof log);
    snprintf(text, sizeof text, "no answer from %d tasks of Slurm, the last one %s; its log: %s",
             ASSAY_SLURM_ATTEMPTS, state_of(&r->tasks[task]), log);
    assay_status status = sweep_set_result(s->sweep, point, ASSAY_POINT_CRASHED, NULL, text);
    if (status == ASSAY_OK) {
        count_point(s, point);
    }
    return status;
}

static assay_status settle_task(slurm_state* s, slurm_round* r, size_t task) {
    slurm_task* t = &r->tasks[task];
    assay_status status = ASSAY_OK;
    bool was_missing = false;
    /* Why a task of an earlier process is not there any more is its history, not a failure of this
     * one's. */
    bool in_vain = !t->fruitful && (t->seen || !r->adopted);
    size_t at;
    for (size_t k = 0;
         status == ASSAY_OK && (at = sweep_shard_point(k, task, r->task_count)) < r->points.count;
         k++) {
        size_t point = r->points.points[at];
        s->taken[point]--;
        if (is_missing(s, point)) {
            was_missing = true;
            s->attempts[point] += in_vain;
            status =
                s->attempts[point] >= ASSAY_SLURM_ATTEMPTS ? give_up(s, r, task, point) : status;
        }
    }
    t->settled = true;
    r->open--;
    s->fruitful += t->fruitful;
    s->empty += was_missing && in_vain;
    return status;
}

static assay_status fail_hopeless(slurm_state* s, const slurm_round* r, size_t task,
                                  assay_report* report) {
    char log[4096 + 64], words[4 * LINE_BYTES + 8];
    s->hopeless = true;
    log_path(s, r, task, log, sizeof log);
    last_words(log, words, sizeof words);
    assay_report_add(report, "none of the first %d tasks gave an answer; the last one: %s%s%s (%s)",
                     HOPELESS, state_of(&r->tasks[task]), words[0] != '\0' ? ": " : "", words, log);
    return ASSAY_IO;
}

static assay_status settle_round(slurm_state* s, slurm_round* r, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t task = 0; task < r->task_count && status == ASSAY_OK; task++) {
        if (r->tasks[task].settled || r->tasks[task].alive) {
            continue;
        }
        status = settle_task(s, r, task);
        if (status == ASSAY_OK && s->fruitful == 0 && s->empty >= HOPELESS) {
            status = fail_hopeless(s, r, task, report);
        }
    }
    return status;
}

assay_status slurm_settle(slurm_state* state, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < state->round_count && status == ASSAY_OK; i++) {
        status = settle_round(state, &state->rounds[i], report);
    }
    return status;
}

/* ---- The next round ---- */

static size_t select_free(const slurm_state* s, size_t* points, unsigned* attempts) {
    size_t count = 0;
    *attempts = 0;
    for (size_t i = 0; i < assay_sweep_points(s->sweep); i++) {
        if (s->taken[i] == 0 && is_missing(s, i)) {
            points[count++] = i;
            *attempts = s->attempts[i] > *attempts ? s->attempts[i] : *attempts;
        }
    }
    return count;
}

assay_status slurm_next_round(slurm_state* state, slurm_round* round) {
    *round = (slurm_round){0};
    size_t room = assay_sweep_points(state->sweep);
    sweep_selection points = {malloc((room > 0 ? room : 1) * sizeof *points.points), 0};
    if (points.points == NULL) {
        return ASSAY_NO_MEMORY;
    }
    unsigned attempts = 0;
    points.count = select_free(state, points.points, &attempts);
    if (points.count == 0) {
        sweep_selection_free(&points);
        return ASSAY_OK;
    }
    size_t chunk = (size_t)state->settings->chunk;
    for (unsigned i = 0; i < attempts; i++) {
        chunk = (chunk - 1) / SMALLER + 1;
    }
    state->limit = state->limit == 0 ? slurm_array_limit() : state->limit;
    size_t tasks = (points.count - 1) / chunk + 1;
    if (tasks > state->limit) {
        tasks = state->limit;
        points.count = tasks * chunk;
    }
    return slurm_round_new(state->last_round + 1, points, tasks, round);
}

/* *refused: Slurm took no more, and has enough to do. */
static assay_status submit(slurm_state* s, slurm_round* round, bool* refused,
                           assay_report* report) {
    assay_status status = slurm_round_write(&s->place, round, report);
    s->last_round = round->number; /* never twice: a refusal may have been a late answer */
    if (status != ASSAY_OK) {
        return status;
    }
    assay_report* why = assay_report_new();
    status = slurm_submit(&s->place, round, why);
    *refused = status == ASSAY_IO && s->census.running + s->census.waiting > 0;
    for (size_t i = 0; status != ASSAY_OK && !*refused && i < assay_report_kept(why); i++) {
        assay_report_add(report, "%s", assay_report_text(why, i));
    }
    assay_report_free(&why);
    return *refused ? ASSAY_OK : status;
}

assay_status slurm_submit_missing(slurm_state* state, assay_report* report) {
    for (;;) {
        slurm_round round;
        bool refused = false;
        assay_status status = slurm_next_round(state, &round);
        if (status != ASSAY_OK || round.task_count == 0) {
            return status;
        }
        status = submit(state, &round, &refused, report);
        if (status != ASSAY_OK || refused) {
            slurm_round_free(&round);
            return status;
        }
        state->census.waiting += round.task_count;
        status = keep_round(state, &round);
        if (status != ASSAY_OK) {
            return status;
        }
    }
}
