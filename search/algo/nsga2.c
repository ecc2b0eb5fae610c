/* NSGA-II: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic
 * algorithm: NSGA-II", IEEE TEC 6(2), 2002, with its constraint domination, on choices: the
 * real-valued operators act on the numbers of ordered choices and are rounded. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithm.h"
#include "breeding.h"
#include "contract.h"
#include "nsga2_sort.h"
#include "option_rows.h"

// clang-format off: one row per option
#define OPTIONS(UINT, REAL, BOOL, CHOICE)                                                          \
    UINT(population, 100, 4, 4000, "candidates", "of a generation (Deb: 100)")                     \
    REAL(crossover_probability, 0.9, 0, 1, "", "that a child has two parents (Deb: 0.9)")          \
    REAL(crossover_index, 20, 0, 1000, "",                                                         \
         "distribution index of simulated binary crossover: higher stays nearer to the parents "   \
         "(Deb: 20)")                                                                              \
    REAL(mutation_probability, 0, 0, 1, "", "of a variable, 0: 1 / variables (Deb)")               \
    REAL(mutation_index, 20, 0, 1000, "",                                                          \
         "distribution index of polynomial mutation: higher makes smaller steps (Deb: 20)")        \
    UINT(tries, 100, 1, 1000000, "drafts",                                                         \
         "until one is within the budget and new; after them they are repaired (ours)")            \
    UINT(generations, 0, 0, 1000000000, "",                                                        \
         "after which the search ends, 0: never by itself (Deb: 250)")                             \
    BOOL(unique, 1, "nothing is evaluated twice (ours; Deb: no)")
// clang-format on

typedef struct options {
    OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL, ASSAY_FIELD_CHOICE)
} options;

static const assay_option rows[] = {
    OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

typedef struct nsga2 {
    options options;
    assay_breeder breeder;
    size_t variables;
    double mutation_probability;
    unsigned* rows;              /* of all members */
    assay_nsga2_member* members; /* [2 * population]: parents, then children */
    assay_nsga2_scratch scratch;
    size_t parents, children;
    size_t asked, told; /* of the children */
    uint64_t generation, births;
} nsga2;

/* ---- Variation ---- */

static double unit(nsga2* n) {
    return assay_rng_unit(&n->breeder.rng);
}

static unsigned clipped(double value, unsigned choices) {
    double high = (double)choices - 1;
    return (unsigned)(value < 0 ? 0 : value > high ? high : value);
}

static bool is_ordered(const nsga2* n, size_t v) {
    const bool* unordered = n->breeder.problem->space.unordered;
    return unordered == NULL || !unordered[v];
}

/* Simulated binary crossover (Deb and Agrawal, Complex Systems 9, 1995): the children lie as far
 * apart, relative to their parents, as those of one-point crossover on binary strings. */
static void cross_ordered(nsga2* n, size_t v, unsigned* first, unsigned* second) {
    double u = unit(n), power = 1 / (n->options.crossover_index + 1);
    double spread = u <= 0.5 ? pow(2 * u, power) : pow(1 / (2 * (1 - u)), power);
    double middle = ((double)first[v] + (double)second[v]) / 2;
    double half = spread * ((double)second[v] - (double)first[v]) / 2;
    unsigned choices = n->breeder.problem->space.choices[v];
    first[v] = clipped(floor(middle - half + 0.5), choices);
    second[v] = clipped(floor(middle + half + 0.5), choices);
}

/* Groups are exchanged whole; that is uniform crossover. */
static void cross(nsga2* n, unsigned* child, unsigned* other) {
    const size_t* start = n->breeder.start;
    for (size_t g = 0; g < n->breeder.groups; ++g) {
        bool blend = unit(n) < 0.5, exchange = unit(n) < 0.5;
        for (size_t v = start[g]; v < start[g + 1]; ++v) {
            if (blend && is_ordered(n, v)) {
                cross_ordered(n, v, child, other);
            }
            child[v] = exchange ? other[v] : child[v];
        }
    }
}

/* Polynomial mutation (Deb and Goyal, 1996) of an ordered variable, by one choice at least; where
 * there is none on that side, to the other. */
static void step(nsga2* n, size_t v, unsigned* x) {
    double u = unit(n), power = 1 / (n->options.mutation_index + 1);
    double high = (double)n->breeder.problem->space.choices[v] - 1;
    double size = high * (1 - pow(u < 0.5 ? 2 * u : 2 * (1 - u), power));
    double move = fmax(1, floor(size + 0.5)) * (u < 0.5 ? -1 : 1);
    bool beyond = x[v] + move < 0 || x[v] + move > high;
    bool room_behind = x[v] - move >= 0 && x[v] - move <= high;
    x[v] = clipped(x[v] + (beyond && room_behind ? -move : move), (unsigned)high + 1);
}

static void draw_other(nsga2* n, size_t v, unsigned* x) {
    unsigned choices = n->breeder.problem->space.choices[v];
    x[v] = (unsigned)((x[v] + 1 + assay_rng_below(&n->breeder.rng, choices - 1)) % choices);
}

static void mutate(nsga2* n, unsigned* x) {
    for (size_t v = 0; v < n->variables; ++v) {
        if (unit(n) >= n->mutation_probability || n->breeder.problem->space.choices[v] == 1) {
            continue;
        }
        if (is_ordered(n, v)) {
            step(n, v, x);
        } else {
            draw_other(n, v, x);
        }
    }
}

/* Binary tournament by rank, then by crowding. */
static const assay_nsga2_member* tournament(nsga2* n) {
    const assay_nsga2_member* a = &n->members[assay_rng_below(&n->breeder.rng, n->parents)];
    const assay_nsga2_member* b = &n->members[assay_rng_below(&n->breeder.rng, n->parents)];
    return assay_nsga2_compare(a, b) <= 0 ? a : b;
}

static void draft_random(void* self, unsigned* x) {
    assay_draw_all(&((nsga2*)self)->breeder, x);
}

/* Of the two children of a mating one is taken: which, is a coin flip for each group. */
static void draft_child(void* self, unsigned* x) {
    nsga2* n = self;
    unsigned* other = n->rows; /* the first row belongs to no member */
    memcpy(x, tournament(n)->x, n->variables * sizeof *x);
    memcpy(other, tournament(n)->x, n->variables * sizeof *x);
    if (unit(n) < n->options.crossover_probability) {
        cross(n, x, other);
    }
    mutate(n, x);
}

static void breed_generation(nsga2* n) {
    assay_draft draft = n->parents == 0 ? draft_random : draft_child;
    n->children = n->asked = n->told = 0;
    while (n->children < n->options.population) {
        assay_nsga2_member* child = &n->members[n->parents + n->children];
        if (!assay_breed(&n->breeder, draft, n, child->x) &&
            !assay_breed(&n->breeder, draft_random, n, child->x)) {
            return; /* nothing new was found: the generation is as large as it is */
        }
        child->birth = n->births++;
        ++n->children;
    }
}

static void end_generation(nsga2* n) {
    size_t pool = n->parents + n->children;
    assay_nsga2_sort(n->members, pool, &n->scratch);
    n->parents = pool < n->options.population ? pool : n->options.population;
    ++n->generation;
}

/* ---- Protocol ---- */

static void destroy(void* self) {
    nsga2* n = self;
    if (n != NULL) {
        assay_breeder_free(&n->breeder);
        assay_nsga2_scratch_free(&n->scratch);
        free(n->rows);
        free(n->members);
        free(n);
    }
}

static bool allocate_members(nsga2* n) {
    size_t count = 2 * n->options.population;
    n->members = calloc(count, sizeof *n->members);
    n->rows = calloc((count + 1) * n->variables, sizeof *n->rows);
    if (n->members == NULL || n->rows == NULL || !assay_nsga2_scratch_init(&n->scratch, count)) {
        return false;
    }
    for (size_t i = 0; i < count; ++i) {
        n->members[i].x = n->rows + (i + 1) * n->variables;
    }
    return true;
}

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    (void)report; /* what it needs is stated in `needs` */
    nsga2* n = calloc(1, sizeof *n);
    if (n == NULL) {
        return ASSAY_NO_MEMORY;
    }
    n->options = *(const options*)values;
    n->variables = problem->space.variables;
    n->mutation_probability = n->options.mutation_probability > 0 ? n->options.mutation_probability
                                                                  : 1 / (double)n->variables;
    if (!assay_breeder_init(&n->breeder, problem, n->options.tries, n->options.unique != 0,
                            assay_rng_seed(seed, "nsga2")) ||
        !allocate_members(n)) {
        destroy(n);
        return ASSAY_NO_MEMORY;
    }
    *self = n;
    return ASSAY_OK;
}

static size_t ask(void* self, size_t max, unsigned* x) {
    nsga2* n = self;
    ASSAY_REQUIRE(n->asked == n->told);
    if (n->told == n->children) {
        if (n->options.generations > 0 && n->generation >= n->options.generations) {
            return 0;
        }
        breed_generation(n);
    }
    size_t left = n->children - n->asked, count = left < max ? left : max;
    for (size_t i = 0; i < count; ++i) {
        memcpy(x + i * n->variables, n->members[n->parents + n->asked + i].x,
               n->variables * sizeof *x);
    }
    n->asked += count;
    return count;
}

static void tell(void* self, size_t count, const unsigned* x, const assay_score* score) {
    nsga2* n = self;
    ASSAY_REQUIRE(count == n->asked - n->told);
    for (size_t i = 0; i < count; ++i) {
        assay_nsga2_member* child = &n->members[n->parents + n->told++];
        memcpy(child->x, x + i * n->variables, n->variables * sizeof *x);
        child->score = score[i];
        if (n->breeder.unique) {
            assay_seen_add(&n->breeder.seen, child->x, n->variables);
        }
    }
    if (n->told == n->children) {
        end_generation(n);
    }
}

const assay_algorithm algorithm_nsga2 = {
    .name = "nsga2",
    .summary = "NSGA-II: fronts of several objectives, by non-dominated sorting and crowding",
    .options = ASSAY_OPTION_ROWS("nsga2", rows),
    .needs = ASSAY_NEEDS_OBJECTIVES,
    .create = create,
    .ask = ask,
    .tell = tell,
    .destroy = destroy,
};
