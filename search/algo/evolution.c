/* The genetic algorithm of APQ (Wang et al., "APQ: Joint Search for Network Architecture, Pruning
 * and Quantization Policy", CVPR 2020), as its paper and its code's intent have it: parents are the
 * best quarter, half of the children are mutants, half are crossovers, whatever is over the budget
 * is drawn again. The released code drops the crossovers and half of the first population; the
 * option original_defects does, too. */
#include <stdlib.h>
#include <string.h>

#include "algorithm.h"
#include "breeding.h"
#include "contract.h"
#include "option_rows.h"

// clang-format off: one row per option
#define OPTIONS(UINT, REAL, BOOL, CHOICE)                                                          \
    UINT(population, 100, 2, 100000, "candidates", "of a generation (APQ: 100)")                   \
    REAL(parents, 0.25, 0.001, 1, "of the population",                                             \
         "the best that are kept and bred from (APQ: a quarter)")                                  \
    REAL(mutants, 0.5, 0, 1, "of the children", "by mutation, the others by crossover (APQ: 0.5)") \
    REAL(mutation_probability, 0.1, 0, 1, "",                                                      \
         "that a mutant draws a group of variables anew (APQ: 0.1 per block)")                     \
    REAL(step_probability, 0, 0, 1, "",                                                            \
         "that an ordered variable of such a group moves to a neighbouring choice instead of any " \
         "(APQ: 0)")                                                                               \
    REAL(crossover_probability, 0.5, 0, 1, "",                                                     \
         "that a group comes from the second parent (APQ: 0.5)")                                   \
    UINT(tries, 100, 1, 1000000, "drafts",                                                         \
         "until one is within the budget and new; after them they are repaired (ours; APQ: no "    \
         "end)")                                                                                   \
    UINT(generations, 0, 0, 1000000000, "",                                                        \
         "after which the search ends, 0: never by itself (APQ: 500)")                             \
    BOOL(unique, 1, "nothing is evaluated twice (ours; APQ: no)")                                  \
    BOOL(original_defects, 0,                                                                      \
         "as released: crossovers are evaluated and dropped, and so is the second half of the "    \
         "first population")
// clang-format on

typedef struct options {
    OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL, ASSAY_FIELD_CHOICE)
} options;

static const assay_option rows[] = {
    OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

typedef struct member {
    unsigned* x;
    assay_score score;
    uint64_t birth; /* earlier ones win ties */
} member;

typedef struct evolution {
    options options;
    assay_breeder breeder;
    size_t variables;
    size_t parents_max;
    unsigned* rows;  /* of all members */
    member* members; /* [parents_max + population]: parents, then children */
    size_t parents;
    size_t children, mutants; /* of this generation; the mutants stand first */
    size_t asked, told;       /* of them */
    uint64_t generation, births;
} evolution;

/* ---- Breeding ---- */

static void draft_random(void* self, unsigned* x) {
    assay_draw_all(&((evolution*)self)->breeder, x);
}

static const unsigned* any_parent(evolution* e) {
    return e->members[assay_rng_below(&e->breeder.rng, e->parents)].x;
}

static void mutate(evolution* e, size_t v, unsigned* x) {
    const assay_space* space = &e->breeder.problem->space;
    bool ordered = space->unordered == NULL || !space->unordered[v];
    if (e->options.step_probability > 0 && ordered && space->choices[v] > 1 &&
        assay_rng_unit(&e->breeder.rng) < e->options.step_probability) {
        bool down =
            x[v] > 0 && (x[v] + 1 == space->choices[v] || assay_rng_below(&e->breeder.rng, 2) == 0);
        x[v] = down ? x[v] - 1 : x[v] + 1;
        return;
    }
    assay_draw_variable(&e->breeder, v, x);
}

static void draft_mutant(void* self, unsigned* x) {
    evolution* e = self;
    const size_t* start = e->breeder.start;
    memcpy(x, any_parent(e), e->variables * sizeof *x);
    for (size_t g = 0; g < e->breeder.groups; ++g) {
        if (assay_rng_unit(&e->breeder.rng) >= e->options.mutation_probability) {
            continue;
        }
        for (size_t v = start[g]; v < start[g + 1]; ++v) {
            mutate(e, v, x);
        }
    }
}

static void draft_crossover(void* self, unsigned* x) {
    evolution* e = self;
    const size_t* start = e->breeder.start;
    const unsigned *first = any_parent(e), *second = any_parent(e);
    for (size_t g = 0; g < e->breeder.groups; ++g) {
        bool other = assay_rng_unit(&e->breeder.rng) < e->options.crossover_probability;
        memcpy(x + start[g], (other ? second : first) + start[g],
               (start[g + 1] - start[g]) * sizeof *x);
    }
}

/* A draft that leads nowhere new is replaced by a random one; false if that fails, too. */
static bool add_child(evolution* e, assay_draft draft) {
    member* child = &e->members[e->parents + e->children];
    if (!assay_breed(&e->breeder, draft, e, child->x) &&
        (draft == draft_random || !assay_breed(&e->breeder, draft_random, e, child->x))) {
        return false;
    }
    child->birth = e->births++;
    ++e->children;
    return true;
}

static void add_children(evolution* e, assay_draft draft, size_t count) {
    for (size_t i = 0; i < count && add_child(e, draft); ++i) {}
}

static void breed_generation(evolution* e) {
    size_t population = e->options.population;
    e->children = e->mutants = e->asked = e->told = 0;
    if (e->parents == 0) {
        add_children(e, draft_random, population);
        return;
    }
    size_t mutants = (size_t)((double)population * e->options.mutants + 0.5);
    add_children(e, draft_mutant, mutants);
    e->mutants = e->children;
    add_children(e, draft_crossover, population - mutants);
}

/* ---- Selection ---- */

static int by_worth(const void* a, const void* b) {
    const member *first = a, *second = b;
    int order = assay_score_compare(&first->score, &second->score);
    return order != 0 ? order : first->birth < second->birth ? -1 : first->birth > second->birth;
}

static size_t children_that_count(const evolution* e) {
    if (!e->options.original_defects) {
        return e->children;
    }
    return e->generation == 0 ? (e->children + 1) / 2 : e->mutants;
}

static void end_generation(evolution* e) {
    size_t pool = e->parents + children_that_count(e);
    qsort(e->members, pool, sizeof *e->members, by_worth);
    e->parents = pool < e->parents_max ? pool : e->parents_max;
    ++e->generation;
}

/* ---- Protocol ---- */

static void destroy(void* self) {
    evolution* e = self;
    if (e != NULL) {
        assay_breeder_free(&e->breeder);
        free(e->rows);
        free(e->members);
        free(e);
    }
}

static bool allocate_members(evolution* e) {
    size_t count = e->parents_max + e->options.population;
    e->members = calloc(count, sizeof *e->members);
    e->rows = calloc(count * e->variables, sizeof *e->rows);
    if (e->members == NULL || e->rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; ++i) {
        e->members[i].x = e->rows + i * e->variables;
    }
    return true;
}

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    (void)report;
    evolution* e = calloc(1, sizeof *e);
    if (e == NULL) {
        return ASSAY_NO_MEMORY;
    }
    e->options = *(const options*)values;
    e->variables = problem->space.variables;
    e->parents_max = (size_t)((double)e->options.population * e->options.parents);
    e->parents_max += e->parents_max == 0;
    if (!assay_breeder_init(&e->breeder, problem, e->options.tries, e->options.unique != 0,
                            assay_rng_seed(seed, "evolution")) ||
        !allocate_members(e)) {
        destroy(e);
        return ASSAY_NO_MEMORY;
    }
    *self = e;
    return ASSAY_OK;
}

static bool ended(const evolution* e) {
    return e->options.generations > 0 && e->generation >= e->options.generations;
}

static size_t ask(void* self, size_t max, unsigned* x) {
    evolution* e = self;
    ASSAY_REQUIRE(e->asked == e->told);
    if (e->told == e->children) {
        if (ended(e)) {
            return 0;
        }
        breed_generation(e);
    }
    size_t left = e->children - e->asked, count = left < max ? left : max;
    for (size_t i = 0; i < count; ++i) {
        memcpy(x + i * e->variables, e->members[e->parents + e->asked + i].x,
               e->variables * sizeof *x);
    }
    e->asked += count;
    return count;
}

static void tell(void* self, size_t count, const unsigned* x, const assay_score* score) {
    evolution* e = self;
    ASSAY_REQUIRE(count == e->asked - e->told);
    for (size_t i = 0; i < count; ++i) {
        member* child = &e->members[e->parents + e->told++];
        memcpy(child->x, x + i * e->variables, e->variables * sizeof *x);
        child->score = score[i];
        if (e->breeder.unique) {
            assay_seen_add(&e->breeder.seen, child->x, e->variables);
        }
    }
    if (e->told == e->children) {
        end_generation(e);
    }
}

const assay_algorithm algorithm_evolution = {
    .name = "evolution",
    .summary = "genetic algorithm of APQ: mutation and crossover of the best quarter",
    .options = ASSAY_OPTION_ROWS("evolution", rows),
    .create = create,
    .ask = ask,
    .tell = tell,
    .destroy = destroy,
};
