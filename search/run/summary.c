#include <math.h>
#include <string.h>

#include "assay/sim.h"
#include "files.h"
#include "session.h"

static void write_numbers(assay_json_writer* w, const assay_candidate* c) {
    for (size_t i = 0; i < ASSAY_RECORD_FIELDS; i++) {
        double value = c != NULL ? assay_record_get(&c->record, i) : NAN;
        assay_json_write_real(w, assay_record_fields[i].name, value);
    }
    assay_json_write_real(w, "budget_used", c != NULL ? c->used : NAN);
    assay_json_write_string(w, "policy_hash", c != NULL ? c->hash : "");
}

static const assay_candidate* best_of(const assay_session* s, const assay_phase* phase) {
    return phase != NULL && phase->best != SIZE_MAX ? &s->known.candidates[phase->best] : NULL;
}

/* The least of the phases' bounds: each holds for all candidates, of what adds up. */
static double least_bound(const assay_session* s) {
    double bound = NAN;
    for (size_t i = 0; i < s->phase_count; i++) {
        bound = fmin(bound, s->phases[i].bound); /* of NaN and a number, the number */
    }
    return bound;
}

static double estimate_of(const assay_problem* problem, const unsigned* x) {
    const assay_separable* p = problem->separable;
    double sum = p->base;
    for (size_t i = 0; i < p->items; i++) {
        sum += p->value[p->start[i] + assay_option_of(&problem->space, i, x)];
    }
    return sum;
}

/* Where the sums only order candidates, how near the found one comes to the best of the sums. */
static void write_bounds(assay_json_writer* w, const assay_session* s) {
    const assay_candidate* best = best_of(s, assay_find_phase(s, "search"));
    bool estimated = s->problem->estimated;
    assay_json_write_real(w, "bound", estimated ? NAN : least_bound(s));
    if (estimated && s->problem->separable != NULL) {
        const unsigned* x =
            best != NULL ? assay_known_x(&s->known, best - s->known.candidates) : NULL;
        assay_json_begin_object(w, "estimate");
        assay_json_write_real(w, "best", x != NULL ? estimate_of(s->problem, x) : NAN);
        assay_json_write_real(w, "bound", least_bound(s));
        assay_json_end_object(w);
    }
}

static void write_budget(assay_json_writer* w, const assay_session* s) {
    assay_search_budget budget = {.metric = ""};
    const assay_candidate* best = best_of(s, assay_find_phase(s, "search"));
    s->choice.task->budget(s->task, assay_known_x(&s->known, 0), &budget);
    assay_json_begin_object(w, "budget");
    assay_json_write_string(w, "metric", budget.metric);
    assay_json_write_real(w, "limit", budget.metric[0] != '\0' ? budget.limit : NAN);
    assay_json_write_real(w, "used", best != NULL ? best->used : NAN);
    assay_json_end_object(w);
}

static void write_references(assay_json_writer* w, const assay_session* s) {
    const assay_named_candidate* named;
    size_t count = s->choice.task->references(s->task, &named);
    for (size_t i = 0; i < count && i < s->known.evaluation_count; i++) {
        assay_json_begin_object(w, NULL);
        assay_json_write_string(w, "name", named[i].name);
        assay_json_write_string(w, "phase", "reference");
        assay_json_write_uint(w, "evaluations", 1);
        write_numbers(w, &s->known.candidates[s->known.evaluations[i].candidate]);
        assay_json_end_object(w);
    }
}

static void write_baselines(assay_json_writer* w, const assay_session* s) {
    assay_json_begin_array(w, "baselines");
    write_references(w, s);
    for (size_t i = 2; i < s->phase_count; i++) { /* after reference and search */
        const assay_phase* phase = &s->phases[i];
        assay_json_begin_object(w, NULL);
        assay_json_write_string(w, "name", phase->name);
        assay_json_write_string(w, "phase", phase->name);
        assay_json_write_uint(w, "evaluations", phase->evaluations);
        write_numbers(w, best_of(s, phase));
        assay_json_end_object(w);
    }
    assay_json_end_array(w);
}

static void write_all(assay_json_writer* w, const assay_session* s) {
    const assay_phase* phase = assay_find_phase(s, "search");
    const assay_phase* last = &s->phases[s->phase_count - 1];
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "assay", assay_version());
    assay_json_write_string(w, "task", s->choice.task->name);
    assay_json_write_string(w, "algorithm", s->choice.algorithm->name);
    assay_json_write_uint(w, "seed", s->settings->seed);
    assay_json_write_uint(w, "evaluations", phase != NULL ? phase->evaluations : 0);
    assay_json_write_string(w, "stop_reason",
                            strcmp(last->stop_reason, "interrupted") == 0 ? "interrupted"
                                                                          : phase->stop_reason);
    write_budget(w, s);
    assay_json_begin_object(w, "best");
    write_numbers(w, best_of(s, phase));
    assay_json_end_object(w);
    write_bounds(w, s);
    write_baselines(w, s);
    assay_json_end_object(w);
}

assay_status assay_write_summary(const assay_session* s) {
    assay_json_writer* w = assay_json_writer_new(2);
    if (w == NULL) {
        return ASSAY_NO_MEMORY;
    }
    size_t size = 0;
    write_all(w, s);
    const char* text = assay_json_writer_text(w, &size);
    assay_status status =
        assay_file_replace(s->settings->out, "summary.json", text, size, s->report);
    assay_json_writer_free(&w);
    return status;
}
