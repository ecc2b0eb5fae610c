#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* One batch of questions. */
typedef struct batch {
    assay_session* s;
    size_t count, old; /* so many are answered by the log of an earlier run */
    unsigned* x;
    size_t* candidate; /* [count] */
    bool* known;       /* [count] */
    size_t fresh_count;
    size_t* fresh; /* [count] candidates that have to be evaluated */
} batch;

static double seconds_since(const struct timespec* start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static unsigned* x_of(const batch* b, size_t i) {
    return b->x + i * b->s->known.variables;
}

/* The candidates of the first phase are the task's own, over the budget or not. */
static void repair_all(const batch* b) {
    const assay_problem* p = b->s->problem;
    if (b->s->phase_count == 1) {
        return;
    }
    for (size_t i = 0; i < b->count && p->feasible != NULL && p->repair != NULL; i++) {
        if (!p->feasible(p->user, x_of(b, i))) {
            p->repair(p->user, x_of(b, i)); /* where it cannot, the score tells */
        }
    }
}

/* What a task may return by mistake must neither be the best candidate nor differ between a run
 * and its replay. */
static void make_sound(assay_record* r) {
    assay_score* score = &r->score;
    bool sound = isfinite(score->reward) && isfinite(score->violation);
    for (size_t i = 0; i < score->objective_count; i++) {
        sound = sound && isfinite(score->objectives[i]);
    }
    if (!sound) {
        score->reward = NAN;
    }
    for (size_t i = 0; i < ASSAY_RECORD_FIELDS; i++) {
        if (!isfinite(assay_record_get(r, i))) {
            assay_record_set(r, i, NAN);
        }
    }
}

static assay_log_line line_of(const batch* b, size_t i) {
    const assay_session* s = b->s;
    const assay_candidate* c = &s->known.candidates[b->candidate[i]];
    return (assay_log_line){.evaluation = s->known.evaluation_count,
                            .phase = s->phases[s->phase_count - 1].name,
                            .variables = s->known.variables,
                            .x = x_of(b, i),
                            .hash = c->hash,
                            .known = b->known[i],
                            .record = c->record,
                            .used = c->used};
}

/* ---- What is asked ---- */

static assay_status meet(batch* b, size_t i) {
    assay_session* s = b->s;
    bool added;
    b->candidate[i] = assay_known_add(&s->known, x_of(b, i), &added);
    b->known[i] = !added;
    if (b->candidate[i] == SIZE_MAX) {
        return ASSAY_NO_MEMORY;
    }
    if (added) {
        assay_candidate* c = &s->known.candidates[b->candidate[i]];
        assay_search_budget budget = {.metric = ""};
        s->choice.task->hash(s->task, x_of(b, i), c->hash);
        s->choice.task->budget(s->task, x_of(b, i), &budget);
        c->used = budget.metric[0] != '\0' && isfinite(budget.used) ? budget.used : NAN;
    }
    return ASSAY_OK;
}

/* From the log or from the task, to the same last bit. */
static void keep_record(assay_session* s, size_t candidate, const assay_record* record) {
    assay_candidate* c = &s->known.candidates[candidate];
    c->record = *record;
    if (s->choice.task->used != NULL) {
        c->used = s->choice.task->used(s->task, record);
    }
}

static void count_failures(assay_session* s, const assay_record* record) {
    s->failures = isnan(record->score.reward) ? s->failures + 1 : 0;
}

static void keep_best(assay_session* s, size_t candidate) {
    assay_phase* phase = assay_current_phase(s);
    const assay_score* score = &s->known.candidates[candidate].record.score;
    if (isnan(score->reward) || score->violation > 0) {
        return;
    }
    if (phase->best == SIZE_MAX ||
        score->reward > s->known.candidates[phase->best].record.score.reward) {
        phase->best = candidate;
    }
}

static assay_status note(batch* b, size_t i) {
    assay_session* s = b->s;
    assay_phase* phase = assay_current_phase(s);
    const assay_evaluation evaluation = {b->candidate[i], (unsigned)(s->phase_count - 1),
                                         b->known[i]};
    if (!assay_known_note(&s->known, evaluation)) {
        return ASSAY_NO_MEMORY;
    }
    phase->evaluations++;
    keep_best(s, b->candidate[i]);
    return ASSAY_OK;
}

/* ---- Where the answers come from ---- */

static assay_status replay_one(batch* b, size_t i) {
    assay_session* s = b->s;
    assay_log_line line = line_of(b, i);
    assay_status status = assay_replay_next(&s->replay, &line, s->report);
    if (status != ASSAY_OK) {
        return status;
    }
    if (!b->known[i]) {
        keep_record(s, b->candidate[i], &line.record);
        count_failures(s, &line.record);
    }
    return note(b, i);
}

static assay_status replay(batch* b) {
    assay_status status = ASSAY_OK;
    while (b->old < b->count && assay_replay_more(&b->s->replay) && status == ASSAY_OK) {
        status = meet(b, b->old);
        status = status == ASSAY_OK ? replay_one(b, b->old) : status;
        b->old++;
    }
    return status;
}

static assay_status evaluate(batch* b) {
    assay_session* s = b->s;
    size_t row = s->known.variables;
    unsigned* x = calloc(b->fresh_count, row * sizeof *x);
    assay_record* out = calloc(b->fresh_count, sizeof *out);
    assay_status status = x != NULL && out != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < b->fresh_count && status == ASSAY_OK; i++) {
        memcpy(x + i * row, assay_known_x(&s->known, b->fresh[i]), row * sizeof *x);
    }
    if (status == ASSAY_OK) {
        status = s->choice.task->evaluate(s->task, b->fresh_count, x, out, s->report);
    }
    for (size_t i = 0; i < b->fresh_count && status == ASSAY_OK; i++) {
        make_sound(&out[i]);
        keep_record(s, b->fresh[i], &out[i]);
        count_failures(s, &out[i]);
    }
    free(x);
    free(out);
    return status;
}

/* Candidates that were met and not evaluated are forgotten. */
static void forget(batch* b) {
    for (; b->fresh_count > 0; b->fresh_count--) {
        assay_known_drop(&b->s->known);
    }
}

static assay_status log_new(batch* b) {
    assay_session* s = b->s;
    double wall_s = s->replay.wall_s + seconds_since(&s->started);
    assay_status status = ASSAY_OK;
    for (size_t i = b->old; i < b->count && status == ASSAY_OK; i++) {
        assay_log_line line = line_of(b, i);
        line.wall_s = 1e-3 * round(1e3 * wall_s);
        status = assay_log_add(&s->log, &line);
        status = status == ASSAY_OK ? note(b, i) : status;
    }
    return status == ASSAY_OK ? assay_log_flush(&s->log, s->report) : status;
}

static assay_status answer(batch* b) {
    repair_all(b);
    assay_status status = replay(b);
    for (size_t i = b->old; i < b->count && status == ASSAY_OK; i++) {
        status = meet(b, i);
        if (status == ASSAY_OK && !b->known[i]) {
            b->fresh[b->fresh_count++] = b->candidate[i];
        }
    }
    if (status == ASSAY_OK && b->fresh_count > 0) {
        status = evaluate(b);
    }
    if (status != ASSAY_OK) {
        forget(b);
        return status;
    }
    return log_new(b);
}

static assay_status check_failures(const assay_session* s) {
    if (s->failures < ASSAY_FAILURES_MAX) {
        return ASSAY_OK;
    }
    assay_report_add(s->report,
                     "%ju candidates in a row could not be evaluated; the others are in %s, and "
                     "--resume tries these again",
                     (uintmax_t)s->failures, s->log.path);
    return ASSAY_IO;
}

assay_status assay_answer(assay_session* s, size_t count, unsigned* x, assay_score* score) {
    batch b = {.s = s, .count = count, .x = x};
    b.candidate = calloc(count, sizeof *b.candidate);
    b.known = calloc(count, sizeof *b.known);
    b.fresh = calloc(count, sizeof *b.fresh);
    assay_status status =
        b.candidate != NULL && b.known != NULL && b.fresh != NULL ? answer(&b) : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        score[i] = s->known.candidates[b.candidate[i]].record.score;
    }
    free(b.candidate);
    free(b.known);
    free(b.fresh);
    return status == ASSAY_OK ? check_failures(s) : status;
}
