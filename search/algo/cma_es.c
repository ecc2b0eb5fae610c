/* CMA-ES on the relaxed vector: a choice of variable v is the interval of length 1 / choices[v] of
 * [0, 1] that a coordinate falls into. Beyond the ends coordinates are mirrored. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithm.h"
#include "breeding.h"
#include "cma.h"
#include "contract.h"
#include "option_rows.h"

enum {
    variables_max = 500 /* the covariance grows with their square, its axes with their cube */
};

// clang-format off: one row per option
#define OPTIONS(UINT, REAL, BOOL, CHOICE)                                                          \
    UINT(population, 0, 0, 100000, "candidates",                                                   \
         "of a generation, 0: 4 + 3 ln(variables) (Hansen 2016); at least 4")                      \
    REAL(sigma, 0.3, 0.001, 1, "of the range", "first step size (Hansen 2016: 0.3)")               \
    REAL(least_deviation, 0.1, 0, 10, "choices",                                                   \
         "below which no variable's spread falls (ours: 0 to 0.1 do alike on spheres, ellipsoids " \
         "and bit widths, 0.3 is worse)")                                                          \
    BOOL(repair, 1,                                                                                \
         "what is over the budget is evaluated as the task repairs it, and learnt from as it was " \
         "drawn (ours); false: ranked behind all that is within")                                  \
    UINT(restarts, 9, 0, 30, "", "before the search ends (ours)")                                  \
    REAL(restart_growth, 2, 1, 10, "",                                                             \
         "of the population by a restart (IPOP, Auger and Hansen 2005: 2)")                        \
    UINT(stagnation, 0, 0, 1000000, "generations",                                                 \
         "without a better candidate after which it restarts, 0: 10 + 30 variables / population "  \
         "(Hansen 2009)")
// clang-format on

typedef struct options {
    OPTIONS(ASSAY_FIELD_UINT, ASSAY_FIELD_REAL, ASSAY_FIELD_BOOL, ASSAY_FIELD_CHOICE)
} options;

static const assay_option rows[] = {
    OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

typedef struct ranked {
    assay_score score;
    size_t sample;
} ranked;

typedef struct cma_es {
    options options;
    const assay_problem* problem;
    assay_rng rng;
    assay_cma cma;
    double* floor;      /* [variables] least deviation of each */
    ranked* ranking;    /* [samples] */
    size_t* order;      /* [parents] */
    size_t asked, told; /* of the samples */
    assay_score best;   /* since the last restart */
    size_t stagnant;    /* generations */
    uint64_t restarts;
    bool over;
} cma_es;

/* ---- From coordinates to choices ---- */

static double mirrored(double u) {
    double t = fmod(fabs(u), 2);
    return t > 1 ? 2 - t : t;
}

static unsigned choice_at(double u, unsigned choices) {
    double choice = floor(mirrored(u) * choices);
    return choice >= choices ? choices - 1 : (unsigned)choice;
}

static void write_sample(const cma_es* c, size_t sample, unsigned* x) {
    const double* steps = c->cma.steps + sample * c->cma.n;
    for (size_t v = 0; v < c->cma.n; ++v) {
        x[v] = choice_at(c->cma.mean[v] + c->cma.sigma * steps[v], c->problem->space.choices[v]);
    }
}

/* A repair that fails may leave half of its work behind; the sample is asked as it was then. */
static void write_candidate(const cma_es* c, size_t sample, unsigned* x) {
    const assay_problem* problem = c->problem;
    write_sample(c, sample, x);
    bool repairs = c->options.repair && problem->repair != NULL;
    bool within = problem->feasible != NULL && problem->feasible(problem->user, x);
    if (repairs && !within && !problem->repair(problem->user, x)) {
        write_sample(c, sample, x);
    }
}

/* ---- Generations ---- */

static int by_worth(const void* a, const void* b) {
    const ranked *first = a, *second = b;
    int order = assay_score_compare(&first->score, &second->score);
    return order != 0                       ? order
           : first->sample < second->sample ? -1
                                            : first->sample > second->sample;
}

static uint64_t patience(const cma_es* c) {
    return c->options.stagnation > 0 ? c->options.stagnation : 10 + 30 * c->cma.n / c->cma.samples;
}

static bool set_population(cma_es* c, size_t variables, size_t samples) {
    assay_cma_free(&c->cma);
    free(c->ranking);
    free(c->order);
    bool cma = assay_cma_init(&c->cma, variables, samples);
    c->ranking = calloc(samples, sizeof *c->ranking);
    c->order = calloc(samples, sizeof *c->order);
    return cma && c->ranking != NULL && c->order != NULL;
}

/* The first start is in the middle, the others are anywhere. */
static void start(cma_es* c) {
    assay_cma_start(&c->cma, c->options.sigma);
    for (size_t v = 0; v < c->cma.n; ++v) {
        c->cma.mean[v] = c->restarts == 0 ? 0.5 : assay_rng_unit(&c->rng);
    }
    c->best = (assay_score){.reward = NAN};
    c->stagnant = c->asked = c->told = 0;
    assay_cma_sample(&c->cma, &c->rng);
}

static void restart(cma_es* c) {
    double samples = floor((double)c->cma.samples * c->options.restart_growth + 0.5);
    ++c->restarts;
    c->over = c->restarts > c->options.restarts || samples > 1e6 ||
              !set_population(c, c->cma.n, (size_t)samples);
    if (!c->over) {
        start(c);
    }
}

static void end_generation(cma_es* c) {
    size_t samples = c->cma.samples;
    qsort(c->ranking, samples, sizeof *c->ranking, by_worth);
    for (size_t i = 0; i < c->cma.parents; ++i) {
        c->order[i] = c->ranking[i].sample;
    }
    const assay_score* first = &c->ranking[0].score;
    bool better = assay_score_compare(first, &c->best) < 0;
    bool flat = assay_score_compare(first, &c->ranking[samples * 7 / 10].score) == 0;
    c->stagnant = better ? 0 : c->stagnant + 1;
    c->best = better ? *first : c->best;
    assay_cma_update(&c->cma, c->order, flat, c->floor);
    if (c->stagnant > patience(c)) {
        restart(c);
        return;
    }
    c->asked = c->told = 0;
    assay_cma_sample(&c->cma, &c->rng);
}

/* ---- Protocol ---- */

static void destroy(void* self) {
    cma_es* c = self;
    if (c != NULL) {
        assay_cma_free(&c->cma);
        free(c->floor);
        free(c->ranking);
        free(c->order);
        free(c);
    }
}

/* Of two choices either order is as good. */
static assay_status check(const assay_space* space, assay_report* report) {
    assay_status status = ASSAY_OK;
    if (space->variables > variables_max) {
        assay_report_add(report, "cma_es: %zu variables, at most %d", space->variables,
                         variables_max);
        status = ASSAY_BAD_INPUT;
    }
    for (size_t v = 0; v < space->variables && space->unordered != NULL; ++v) {
        if (space->unordered[v] && space->choices[v] > 2) {
            assay_report_add(report,
                             "cma_es: the %u choices of %s have no order, which this algorithm "
                             "needs: evolution and nsga2 do without",
                             space->choices[v], space->names[v]);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

static bool initialise(cma_es* c) {
    const assay_space* space = &c->problem->space;
    size_t population = c->options.population > 0 ? c->options.population
                                                  : 4 + (size_t)(3 * log((double)space->variables));
    c->floor = calloc(space->variables, sizeof *c->floor);
    if (c->floor == NULL || !set_population(c, space->variables, population < 4 ? 4 : population)) {
        return false;
    }
    for (size_t v = 0; v < space->variables; ++v) {
        c->floor[v] = c->options.least_deviation / space->choices[v];
    }
    start(c);
    return true;
}

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    assay_status status = check(&problem->space, report);
    if (status != ASSAY_OK) {
        return status;
    }
    cma_es* c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ASSAY_NO_MEMORY;
    }
    c->options = *(const options*)values;
    c->problem = problem;
    c->rng = assay_rng_seed(seed, "cma_es");
    if (!initialise(c)) {
        destroy(c);
        return ASSAY_NO_MEMORY;
    }
    *self = c;
    return ASSAY_OK;
}

static size_t ask(void* self, size_t max, unsigned* x) {
    cma_es* c = self;
    ASSAY_REQUIRE(c->asked == c->told);
    if (c->over) {
        return 0;
    }
    size_t left = c->cma.samples - c->asked, count = left < max ? left : max;
    for (size_t i = 0; i < count; ++i) {
        write_candidate(c, c->asked + i, x + i * c->cma.n);
    }
    c->asked += count;
    return count;
}

static void tell(void* self, size_t count, const unsigned* x, const assay_score* score) {
    cma_es* c = self;
    (void)x; /* learns where it drew, not where a repair went: that would shrink the spread */
    ASSAY_REQUIRE(count == c->asked - c->told);
    for (size_t i = 0; i < count; ++i) {
        c->ranking[c->told] = (ranked){score[i], c->told};
        ++c->told;
    }
    if (c->told == c->cma.samples) {
        end_generation(c);
    }
}

const assay_algorithm algorithm_cma_es = {
    .name = "cma_es",
    .summary = "CMA-ES with restarts, on choices relaxed to real numbers",
    .options = ASSAY_OPTION_ROWS("cma_es", rows),
    .create = create,
    .ask = ask,
    .tell = tell,
    .destroy = destroy,
};
