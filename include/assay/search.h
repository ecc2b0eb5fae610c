/* Searches: an algorithm looks for the best policy, machine or both, under a budget, and is
 * compared with plain baselines at the same number of evaluations.
 *
 *     assay_search_settings settings = assay_default_search_settings();
 *     settings.task = "haq"; settings.algorithm = "ddpg"; settings.network = "glyphs_mobile";
 *     settings.hw = "hw_configs/bit_fusion_16x32.json"; settings.budget = "latency=0.6";
 *     settings.out = "results/haq";
 *     status = assay_search_run(&settings, report);
 *
 * Writes out/policy.json (the best policy), out/hw.json (the best machine), whichever was searched,
 * out/log.jsonl (a line per evaluated candidate), out/pareto.csv and out/summary.json
 * (docs/search.md). Deterministic: same settings, same bytes
 * (but for "wall_s", the last field of a line), for any number of jobs, and when it was killed and
 * resumed. Conventions as in sim.h. */
#ifndef ASSAY_SEARCH_H
#define ASSAY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/options.h"
#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_search_info {
    const char* name;
    const char* summary;
    const assay_option_table* options;
} assay_search_info;
size_t assay_search_task_count(void);
assay_search_info assay_search_task_at(size_t i); /* i < count */
size_t assay_search_algorithm_count(void);
assay_search_info assay_search_algorithm_at(size_t i); /* i < count */

typedef struct assay_search_budget {
    char metric[16]; /* "latency", "energy", "size", "bops", "area", "power"; "" for none */
    double limit;    /* in seconds, joules, bytes, operations, mm2, watts */
    double used;     /* by the candidate asked about */
} assay_search_budget;

typedef struct assay_search_progress {
    const char* phase;    /* "measuring", "sensitivity", "search", "random", ... */
    uint64_t done, total; /* total 0: nothing to show, only whether to go on is asked */
    double best_reward;   /* NaN: none yet */
} assay_search_progress;

typedef struct assay_search_settings {
    const char* task;      /* required */
    const char* algorithm; /* NULL: the task's own choice */
    /* "name=value" of the task's or the algorithm's option tables; [set_count]. */
    const char* const* set;
    size_t set_count;
    uint64_t seed;        /* default 1 */
    uint64_t evaluations; /* candidates that are evaluated; 0: the task's default */
    const char* budget;   /* "latency=0.6": of the reference; "latency=3ms": absolute. NULL: none */
    /* Which of these a task needs, its summary tells; the others must be NULL. */
    const char* network; /* name or workload file; of some tasks several, with commas */
    const char* hw;      /* machine or table file */
    /* Options of the machine that may change: "rows=8,16,32", "cols=8..64:8", "batch=1..16:x2",
     * "dataflow" (of a choice: all); [vary_count]. */
    const char* const* vary;
    size_t vary_count;
    const char* table;       /* published table in place of a machine */
    const char* sensitivity; /* CSV of assay_accuracy_sensitivity's columns */
    const char* ties;        /* "resnet18", "resnet50" or a file */
    const char* data;        /* folder of the data set */
    const char* external;    /* command of an external evaluator of accuracy */
    const char* store;       /* measurement store; NULL: the default one */
    unsigned jobs;           /* worker processes; 0: one per processor (default) */
    const char* out;         /* folder; made where it is missing. Required. */
    bool resume;             /* go on after what out/log.jsonl holds */
    bool baselines;          /* also run random, greedy and exact; default true */
    bool (*progress)(void* user,
                     const assay_search_progress* progress); /* false stops; may be NULL */
    void* user;
    uint64_t cookie; /* set by assay_default_search_settings */
} assay_search_settings;
assay_search_settings assay_default_search_settings(void);

/* ASSAY_INTERRUPTED: progress said so; what was evaluated is in the log, and the same settings with
 * `resume` go on. ASSAY_BAD_INPUT: every mistake has its message and nothing was written. */
assay_status assay_search_run(const assay_search_settings* settings, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
