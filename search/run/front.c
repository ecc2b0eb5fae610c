#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "pareto.h"
#include "session.h"

/* The front so far: candidates that came in are compared with it alone. */
typedef struct front {
    const assay_session* s;
    size_t objectives;
    size_t* evaluation; /* [count] the first of each candidate */
    size_t count, capacity;
} front;

static const assay_candidate* candidate_of(const front* f, size_t evaluation) {
    return &f->s->known.candidates[f->s->known.evaluations[evaluation].candidate];
}

/* False: the candidate has no place in the space of objectives. */
static bool place_of(const front* f, size_t evaluation, double* point) {
    const assay_candidate* c = candidate_of(f, evaluation);
    const assay_score* score = &c->record.score;
    if (isnan(score->reward)) {
        return false;
    }
    if (f->objectives > 2 || score->objective_count >= 2) {
        memcpy(point, score->objectives, sizeof score->objectives);
        return score->objective_count == f->objectives;
    }
    point[0] = -score->reward;
    point[1] = isnan(c->used) ? 0 : c->used;
    return true;
}

static bool same(const double* a, const double* b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

static bool add(front* f, size_t evaluation) {
    if (f->count == f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        size_t* grown = realloc(f->evaluation, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        f->evaluation = grown;
        f->capacity = capacity;
    }
    f->evaluation[f->count++] = evaluation;
    return true;
}

/* Of equal points the first is kept. False: out of memory. */
static bool consider(front* f, size_t evaluation) {
    double point[ASSAY_OBJECTIVES_MAX], other[ASSAY_OBJECTIVES_MAX];
    if (f->s->known.evaluations[evaluation].known || !place_of(f, evaluation, point)) {
        return true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        place_of(f, f->evaluation[i], other);
        if (assay_dominates(other, point, f->objectives) || same(other, point, f->objectives)) {
            return true; /* and then it dominates nothing of the front */
        }
        if (!assay_dominates(point, other, f->objectives)) {
            f->evaluation[kept++] = f->evaluation[i];
        }
    }
    f->count = kept;
    return add(f, evaluation);
}

static void print_real(FILE* out, double value) {
    char text[32] = "";
    if (!isnan(value)) {
        assay_format_real(value, text, sizeof text);
    }
    fprintf(out, ",%s", text);
}

static void print_row(const front* f, size_t evaluation, FILE* out) {
    const assay_candidate* c = candidate_of(f, evaluation);
    fprintf(out, "%zu,%s", evaluation,
            f->s->phases[f->s->known.evaluations[evaluation].phase].name);
    for (size_t i = 0; i < ASSAY_RECORD_FIELDS; i++) {
        print_real(out, assay_record_get(&c->record, i));
    }
    print_real(out, c->used);
    fprintf(out, ",%s\n", c->hash);
}

static void print(const front* f, FILE* out) {
    fprintf(out, "evaluation,phase");
    for (size_t i = 0; i < ASSAY_RECORD_FIELDS; i++) {
        fprintf(out, ",%s", assay_record_fields[i].name);
    }
    fprintf(out, ",budget_used,policy_hash\n");
    for (size_t i = 0; i < f->count; i++) {
        print_row(f, f->evaluation[i], out);
    }
}

static assay_status write(const front* f) {
    char* text = NULL;
    size_t size = 0;
    FILE* out = open_memstream(&text, &size);
    if (out == NULL) {
        return ASSAY_NO_MEMORY;
    }
    print(f, out);
    bool good = fclose(out) == 0;
    assay_status status = assay_file_replace(f->s->settings->out, "pareto.csv", good ? text : NULL,
                                             size, f->s->report);
    free(text);
    return status;
}

static size_t objectives_of(const assay_session* s) {
    for (size_t i = 0; i < s->known.count; i++) {
        size_t count = s->known.candidates[i].record.score.objective_count;
        if (count >= 2) {
            return count;
        }
    }
    return 2;
}

assay_status assay_write_front(const assay_session* s) {
    front f = {.s = s, .objectives = objectives_of(s)};
    bool good = true;
    for (size_t i = 0; i < s->known.evaluation_count && good; i++) {
        good = consider(&f, i);
    }
    assay_status status = good ? write(&f) : ASSAY_NO_MEMORY;
    free(f.evaluation);
    return status;
}
