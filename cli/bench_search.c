#include "bench_search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "assay/search.h"
#include "bench_files.h"
#include "bench_problem.h"
#include "interrupt.h"
#include "rng.h"
#include "text.h"

enum {
    CANDIDATES = 100000,
    QUICK_CANDIDATES = 2000,
    EPISODES = 300,
    QUICK_EPISODES = 40,
    WARM_UP = 21, /* episodes of ddpg's default, in which nothing is learnt */
    TABLE_ROWS = 53
};

static double seconds_of(clockid_t clock) {
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

static double cpu_seconds(void) {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

/* ---- The engines alone ---- */

typedef struct engine {
    const assay_algorithm* algorithm;
    void* self;
    const bench_problem* problem;
    unsigned* x; /* [ASSAY_ASK_MAX][BENCH_SEARCH_STEPS] */
} engine;

/* A candidate that is over the budget is repaired before it is told, as a search does. */
static assay_status ask_and_tell(engine* e, size_t count) {
    assay_score score[ASSAY_ASK_MAX];
    const assay_problem* problem = &e->problem->problem;
    for (size_t done = 0, asked; done < count; done += asked) {
        const size_t left = count - done;
        asked = e->algorithm->ask(e->self, left < ASSAY_ASK_MAX ? left : ASSAY_ASK_MAX, e->x);
        if (asked == 0 || cli_interrupted()) {
            return asked == 0 ? ASSAY_INTERNAL : ASSAY_INTERRUPTED;
        }
        for (size_t i = 0; i < asked; i++) {
            problem->repair(problem->user, e->x + i * BENCH_SEARCH_STEPS);
            score[i] = bench_problem_score(e->problem, e->x + i * BENCH_SEARCH_STEPS);
        }
        e->algorithm->tell(e->self, asked, e->x, score);
    }
    return ASSAY_OK;
}

/* Seconds per candidate of those after the first `before`. */
static assay_status time_engine(engine* e, size_t before, size_t count, double* seconds) {
    assay_status status = ask_and_tell(e, before);
    const double start = cpu_seconds();
    if (status == ASSAY_OK) {
        status = ask_and_tell(e, count);
    }
    *seconds = (cpu_seconds() - start) / (double)count;
    return status;
}

static assay_status measure_engine(const bench_problem* problem, const char* name, size_t before,
                                   size_t count, double* seconds, assay_report* report) {
    engine e = {.algorithm = assay_algorithm_find(name), .problem = problem};
    void* options = calloc(1, e.algorithm->options.values_size + 1);
    e.x = calloc(ASSAY_ASK_MAX, BENCH_SEARCH_STEPS * sizeof *e.x);
    assay_status status = ASSAY_NO_MEMORY;
    if (options != NULL && e.x != NULL) {
        assay_options_defaults(&e.algorithm->options, options);
        status = e.algorithm->create(&problem->problem, options, 1, &e.self, report);
    }
    if (status == ASSAY_OK) {
        status = time_engine(&e, before, count, seconds);
        e.algorithm->destroy(e.self);
    }
    free(options);
    free(e.x);
    return status;
}

static assay_status measure_engines(bool quick, bench_search* out, assay_report* report) {
    bench_problem* problem = calloc(1, sizeof *problem);
    if (problem == NULL) {
        return ASSAY_NO_MEMORY;
    }
    out->candidates = quick ? QUICK_CANDIDATES : CANDIDATES;
    out->episodes = quick ? QUICK_EPISODES : EPISODES;
    assay_status status = bench_problem_open(problem);
    if (status == ASSAY_OK) {
        status =
            measure_engine(problem, "evolution", 0, out->candidates, &out->evolution_s, report);
    }
    if (status == ASSAY_OK) {
        status = measure_engine(problem, "ddpg", WARM_UP, out->episodes, &out->ddpg_s, report);
    }
    bench_problem_close(problem);
    free(problem);
    return status;
}

/* ---- Whole searches ---- */

static bool keep_going(void* user, const assay_search_progress* progress) {
    (void)user;
    (void)progress;
    return !cli_interrupted();
}

static void remove_results(const char* folder) {
    static const char* const files[] = {"policy.json", "log.jsonl", "pareto.csv", "summary.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cli_text path = {0};
        cli_text_add(&path, "%s/%s", folder, files[i]);
        unlink(cli_text_string(&path));
        cli_text_free(&path);
    }
}

/* Leaves nothing in `folder`. */
static assay_status search(const char* folder, assay_search_settings* settings,
                           assay_report* report) {
    settings->task = "hawq";
    settings->out = folder;
    settings->baselines = false;
    settings->progress = keep_going;
    const assay_status status = assay_search_run(settings, report);
    remove_results(folder);
    return status;
}

static assay_status write_table(const char* path, assay_report* report) {
    assay_rng rng = assay_rng_seed(1, "bench.table");
    FILE* file = fopen(path, "w");
    bool good =
        file != NULL &&
        fputs("layer,avg_trace,d8_sq,d4_sq,parameters,macs,lat_int4_ms,lat_int8_ms\n", file) >= 0;
    for (int i = 0; i < TABLE_ROWS && good; i++) {
        const double trace = assay_rng_unit(&rng), ms = assay_rng_unit(&rng);
        good = fprintf(file, "%d,%g,0.01,1,%d,%d,%g,%g\n", i, trace, 1000 * (i + 1),
                       100000 * (i % 7 + 1), 0.6 * ms, ms) > 0;
    }
    if (file != NULL) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        assay_report_add(report, "%s: cannot be written", path);
    }
    return good ? ASSAY_OK : ASSAY_IO;
}

static assay_status search_table(const char* folder, const char* path, bench_searched* out,
                                 assay_report* report) {
    assay_search_settings settings = assay_default_search_settings();
    settings.algorithm = "evolution";
    settings.sensitivity = path;
    settings.budget = "latency=0.5";
    settings.evaluations = out->candidates;
    assay_status status = write_table(path, report);
    const double start = seconds_of(CLOCK_MONOTONIC);
    if (status == ASSAY_OK) {
        status = search(folder, &settings, report);
    }
    out->seconds = seconds_of(CLOCK_MONOTONIC) - start;
    return status;
}

static assay_status measure_table(const char* folder, bool quick, bench_searched* out,
                                  assay_report* report) {
    *out = (bench_searched){.candidates = quick ? QUICK_CANDIDATES : CANDIDATES, .whole = !quick};
    cli_text path = {0};
    cli_text_add(&path, "%s/table.csv", folder);
    const assay_status status =
        path.failed ? ASSAY_NO_MEMORY : search_table(folder, path.bytes, out, report);
    unlink(cli_text_string(&path));
    cli_text_free(&path);
    return status;
}

static assay_status solve_all(const char* folder, const char* table, double* slowest_s,
                              assay_report* report) {
    static const char* const budgets[] = {"size=0.25",    "size=0.5",    "size=0.75",
                                          "bops=0.25",    "bops=0.5",    "bops=0.75",
                                          "latency=0.25", "latency=0.5", "latency=0.75"};
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets && status == ASSAY_OK; i++) {
        assay_search_settings settings = assay_default_search_settings();
        settings.sensitivity = table;
        settings.ties = "resnet18";
        settings.budget = budgets[i];
        const double start = cpu_seconds();
        status = search(folder, &settings, report);
        *slowest_s = fmax(*slowest_s, cpu_seconds() - start);
    }
    return status;
}

static assay_status measure_exact(const char* folder, bench_exact* out, assay_report* report) {
    const char* data = getenv("ASSAY_DATA");
    cli_text table = {0};
    cli_text_add(&table, "%s/tables/hawq/hawq_v3_resnet18.csv", data != NULL ? data : "");
    *out = (bench_exact){.skipped = data == NULL || access(cli_text_string(&table), R_OK) != 0};
    assay_status status = table.failed ? ASSAY_NO_MEMORY : ASSAY_OK;
    if (status == ASSAY_OK && !out->skipped) {
        status = solve_all(folder, table.bytes, &out->slowest_s, report);
    }
    cli_text_free(&table);
    return status;
}

assay_status bench_measure_search(bool quick, bench_search* out, assay_report* report) {
    *out = (bench_search){0};
    cli_text folder = {0};
    assay_status status = measure_engines(quick, out, report);
    if (status == ASSAY_OK) {
        status = bench_folder_make(&folder, report);
    }
    if (status == ASSAY_OK) {
        status = measure_table(folder.bytes, quick, &out->table, report);
        status = status == ASSAY_OK ? measure_exact(folder.bytes, &out->exact, report) : status;
        rmdir(folder.bytes);
    }
    cli_text_free(&folder);
    return status;
}
