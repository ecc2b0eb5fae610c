#include "nsga2_sort.h"

#include <math.h>
#include <stdlib.h>

#include "breeding.h"
#include "pareto.h"

bool assay_nsga2_scratch_init(assay_nsga2_scratch* scratch, size_t capacity) {
    scratch->dominators = calloc(capacity, sizeof *scratch->dominators);
    scratch->queue = calloc(capacity, sizeof *scratch->queue);
    scratch->keys = calloc(capacity, sizeof *scratch->keys);
    return scratch->dominators != NULL && scratch->queue != NULL && scratch->keys != NULL;
}

void assay_nsga2_scratch_free(assay_nsga2_scratch* scratch) {
    free(scratch->dominators);
    free(scratch->queue);
    free(scratch->keys);
}

static bool failed(const assay_score* score) {
    for (size_t i = 0; i < score->objective_count; ++i) {
        if (!isfinite(score->objectives[i])) {
            return true;
        }
    }
    return score->objective_count == 0 || assay_score_failed(score);
}

bool assay_nsga2_dominates(const assay_score* a, const assay_score* b) {
    bool a_failed = failed(a), b_failed = failed(b);
    if (a_failed || b_failed) {
        return b_failed && !a_failed;
    }
    if (a->violation > 0 || b->violation > 0) {
        return a->violation < b->violation;
    }
    return assay_dominates(a->objectives, b->objectives, a->objective_count);
}

int assay_nsga2_compare(const void* a, const void* b) {
    const assay_nsga2_member *first = a, *second = b;
    if (first->front != second->front) {
        return first->front < second->front ? -1 : 1;
    }
    if (first->crowding != second->crowding) {
        return first->crowding > second->crowding ? -1 : 1;
    }
    return first->birth < second->birth ? -1 : first->birth > second->birth;
}

/* ---- Fronts ---- */

static void count_dominators(assay_nsga2_member* members, size_t count, size_t* dominators) {
    for (size_t i = 0; i < count; ++i) {
        dominators[i] = 0;
        for (size_t j = 0; j < count; ++j) {
            dominators[i] += assay_nsga2_dominates(&members[j].score, &members[i].score);
        }
    }
}

/* Takes `from` out of the pool: those that nothing else dominates join the queue. */
static size_t release(assay_nsga2_member* members, size_t count, size_t from,
                      assay_nsga2_scratch* scratch, size_t queued) {
    for (size_t i = 0; i < count; ++i) {
        if (assay_nsga2_dominates(&members[from].score, &members[i].score) &&
            --scratch->dominators[i] == 0) {
            members[i].front = members[from].front + 1;
            scratch->queue[queued++] = i;
        }
    }
    return queued;
}

/* The fast non-dominated sort, but that who dominates whom is computed twice instead of stored:
 * memory stays linear. */
static void find_fronts(assay_nsga2_member* members, size_t count, assay_nsga2_scratch* scratch) {
    size_t queued = 0;
    count_dominators(members, count, scratch->dominators);
    for (size_t i = 0; i < count; ++i) {
        if (scratch->dominators[i] == 0) {
            members[i].front = 0;
            scratch->queue[queued++] = i;
        }
    }
    for (size_t i = 0; i < queued; ++i) {
        queued = release(members, count, scratch->queue[i], scratch, queued);
    }
}

/* ---- Crowding ---- */

static int by_value(const void* a, const void* b) {
    const assay_nsga2_key *first = a, *second = b;
    if (first->value != second->value) {
        return first->value < second->value ? -1 : 1;
    }
    return first->member < second->member ? -1 : first->member > second->member;
}

/* Adds, along one objective, each member's distance between its two neighbours. */
static void crowd_along(assay_nsga2_member* members, const size_t* front, size_t count,
                        size_t objective, assay_nsga2_key* keys) {
    for (size_t i = 0; i < count; ++i) {
        keys[i] = (assay_nsga2_key){members[front[i]].score.objectives[objective], front[i]};
    }
    qsort(keys, count, sizeof *keys, by_value);
    double range = keys[count - 1].value - keys[0].value;
    members[keys[0].member].crowding = members[keys[count - 1].member].crowding = INFINITY;
    for (size_t i = 1; i + 1 < count && range > 0; ++i) {
        members[keys[i].member].crowding += (keys[i + 1].value - keys[i - 1].value) / range;
    }
}

/* Failed evaluations make a front of their own, the last one, and are all alike. */
static void crowd(assay_nsga2_member* members, const size_t* front, size_t count,
                  assay_nsga2_key* keys) {
    for (size_t i = 0; i < count; ++i) {
        members[front[i]].crowding = 0;
    }
    const assay_score* score = &members[front[0]].score;
    for (size_t k = 0; k < score->objective_count && !failed(score); ++k) {
        crowd_along(members, front, count, k, keys);
    }
}

void assay_nsga2_sort(assay_nsga2_member* members, size_t count, assay_nsga2_scratch* scratch) {
    find_fronts(members, count, scratch);
    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t front = members[scratch->queue[begin]].front;
        for (end = begin; end < count && members[scratch->queue[end]].front == front; ++end) {}
        crowd(members, scratch->queue + begin, end - begin, scratch->keys);
    }
    qsort(members, count, sizeof *members, assay_nsga2_compare);
}
