#include "breeding.h"

#include <math.h>
#include <stdlib.h>

#include "hash.h"

enum {
    repaired_tries = 8, /* a repair costs as much as many drafts */
    first_capacity = 1024
};

bool assay_score_failed(const assay_score* score) {
    return isnan(score->reward) || isnan(score->violation);
}

int assay_score_compare(const assay_score* a, const assay_score* b) {
    bool a_failed = assay_score_failed(a), b_failed = assay_score_failed(b);
    if (a_failed || b_failed) {
        return (int)a_failed - (int)b_failed;
    }
    if (a->violation != b->violation) {
        return a->violation < b->violation ? -1 : 1;
    }
    return a->reward == b->reward ? 0 : a->reward > b->reward ? -1 : 1;
}

/* ---- What was asked before ---- */

static uint64_t key_of(const unsigned* x, size_t variables) {
    uint64_t key = assay_hash_bytes(x, variables * sizeof *x).low;
    return key == 0 ? 1 : key; /* 0 marks an empty slot */
}

/* The slot of `key`, or the empty one where it belongs. At most half of the slots are taken. */
static uint64_t* slot_of(uint64_t* slots, size_t capacity, uint64_t key) {
    size_t at = (size_t)key & (capacity - 1);
    while (slots[at] != 0 && slots[at] != key) {
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

static bool grow(assay_seen* seen) {
    size_t capacity = seen->capacity == 0 ? first_capacity : 2 * seen->capacity;
    uint64_t* slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < seen->capacity; ++i) {
        if (seen->slots[i] != 0) {
            *slot_of(slots, capacity, seen->slots[i]) = seen->slots[i];
        }
    }
    free(seen->slots);
    seen->slots = slots;
    seen->capacity = capacity;
    return true;
}

bool assay_seen_holds(const assay_seen* seen, const unsigned* x, size_t variables) {
    return seen->count > 0 && *slot_of(seen->slots, seen->capacity, key_of(x, variables)) != 0;
}

void assay_seen_add(assay_seen* seen, const unsigned* x, size_t variables) {
    if (2 * (seen->count + 1) > seen->capacity && !grow(seen)) {
        return;
    }
    uint64_t key = key_of(x, variables), *slot = slot_of(seen->slots, seen->capacity, key);
    seen->count += *slot == 0;
    *slot = key;
}

/* ---- Drafting ---- */

static size_t count_groups(const assay_space* space) {
    return space->group == NULL ? space->variables : space->group[space->variables - 1] + 1;
}

bool assay_breeder_init(assay_breeder* breeder, const assay_problem* problem, uint64_t tries,
                        bool unique, assay_rng rng) {
    const assay_space* space = &problem->space;
    *breeder = (assay_breeder){.problem = problem,
                               .tries = tries,
                               .unique = unique,
                               .rng = rng,
                               .groups = count_groups(space)};
    breeder->start = calloc(breeder->groups + 1, sizeof *breeder->start);
    if (breeder->start == NULL) {
        return false;
    }
    for (size_t v = 0; v < space->variables; ++v) {
        breeder->start[(space->group == NULL ? v : space->group[v]) + 1] = v + 1;
    }
    return true;
}

void assay_breeder_free(assay_breeder* breeder) {
    free(breeder->start);
    free(breeder->seen.slots);
}

void assay_draw_variable(assay_breeder* breeder, size_t variable, unsigned* x) {
    x[variable] =
        (unsigned)assay_rng_below(&breeder->rng, breeder->problem->space.choices[variable]);
}

void assay_draw_group(assay_breeder* breeder, size_t group, unsigned* x) {
    for (size_t v = breeder->start[group]; v < breeder->start[group + 1]; ++v) {
        assay_draw_variable(breeder, v, x);
    }
}

void assay_draw_all(assay_breeder* breeder, unsigned* x) {
    for (size_t v = 0; v < breeder->problem->space.variables; ++v) {
        assay_draw_variable(breeder, v, x);
    }
}

static bool is_new(const assay_breeder* breeder, const unsigned* x) {
    return !breeder->unique ||
           !assay_seen_holds(&breeder->seen, x, breeder->problem->space.variables);
}

static bool draft_feasible(assay_breeder* breeder, assay_draft draft, void* self, unsigned* x) {
    const assay_problem* problem = breeder->problem;
    for (uint64_t i = 0; i < breeder->tries; ++i) {
        draft(self, x);
        bool feasible = problem->feasible == NULL || problem->feasible(problem->user, x);
        if (feasible && is_new(breeder, x)) {
            return true;
        }
    }
    return false;
}

static bool draft_repaired(assay_breeder* breeder, assay_draft draft, void* self, unsigned* x) {
    const assay_problem* problem = breeder->problem;
    for (int i = 0; i < repaired_tries; ++i) {
        draft(self, x);
        bool repaired = problem->repair == NULL || problem->repair(problem->user, x);
        if (repaired && is_new(breeder, x)) {
            return true;
        }
    }
    return false;
}

bool assay_breed(assay_breeder* breeder, assay_draft draft, void* self, unsigned* x) {
    const assay_problem* problem = breeder->problem;
    bool only_repair = problem->feasible == NULL && problem->repair != NULL;
    if (!(!only_repair && draft_feasible(breeder, draft, self, x)) &&
        !draft_repaired(breeder, draft, self, x)) {
        return false;
    }
    if (breeder->unique) {
        assay_seen_add(&breeder->seen, x, problem->space.variables);
    }
    return true;
}
