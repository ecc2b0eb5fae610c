/* Search tasks: what is searched, what a candidate is worth, and how it is written down. A task
 * turns an algorithm's choices into a policy, a machine or both, and has them evaluated; it knows
 * no algorithm. */
#ifndef ASSAY_SEARCH_TASK_H
#define ASSAY_SEARCH_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "assay/options.h"
#include "assay/search.h"
#include "problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What one candidate was found to be; NaN: not measured by this task. The order and names of these
 * numbers are those of the log. */
typedef struct assay_record {
    assay_score score;
    double accuracy; /* top-1, 0 .. 1 */
    double loss;     /* mean cross entropy, nats */
    double seconds;  /* of one inference (the machine's batch) */
    double energy_j;
    double size_bytes; /* of the weights */
    double area_mm2;
    double bops; /* sum of MACs x w_bits x a_bits */
} assay_record;

typedef struct assay_named_candidate {
    const char* name;  /* "8 bits" */
    const unsigned* x; /* [variables], owned by the task */
} assay_named_candidate;

typedef struct assay_task {
    const char* name;    /* "haq" */
    const char* summary; /* one line for `assay list tasks` */
    assay_option_table options;
    const char* algorithm; /* taken where the user names none: one of the registry */
    uint64_t evaluations;  /* likewise, >= 1 */
    /* Reads and checks everything, measures what the problem needs (costs of all choices).
     * `settings` and what it points to must outlive the task. ASSAY_BAD_INPUT: every mistake has
     * its message: budgets that cannot be met (with the least that can), networks without layers to
     * choose for, tables that lack a layer. */
    assay_status (*open)(const assay_search_settings* settings, const void* options, void** self,
                         assay_report* report);
    /* Lives as long as the task. */
    const assay_problem* (*problem)(const void* self);
    /* All candidates side by side, records in their order, whoever finished first. A candidate
     * whose evaluation failed twice has a NaN reward and a message; the others are evaluated.
     * ASSAY_INTERRUPTED: settings->progress said so. */
    assay_status (*evaluate)(void* self, size_t count, const unsigned* x, assay_record* out,
                             assay_report* report);
    /* Candidates that any search is compared with: fixed widths. They are evaluated as they are,
     * over the budget or not; a task that wants them within repairs them itself. */
    size_t (*references)(const void* self, const assay_named_candidate** out);
    /* The candidate as a policy file, policy.json; NULL: it is no policy. malloc'd text. */
    char* (*describe)(const void* self, const unsigned* x);
    /* The candidate as a hardware file, hw.json; NULL: it is no machine. malloc'd text. */
    char* (*machine)(const void* self, const unsigned* x);
    /* Of the candidate's policy (and machine): 32 hex digits and a zero. */
    void (*hash)(const void* self, const unsigned* x, char out[33]);
    /* The budget, in its metric's unit: what it was resolved to, and what a candidate uses. */
    void (*budget)(const void* self, const unsigned* x, assay_search_budget* out);
    /* What it uses, of tasks that must measure it first; NULL: `budget` knows. */
    double (*used)(const void* self, const assay_record* record);
    void (*close)(void* self);
} assay_task;

/* Generated from the list in search/task/meson.build. */
extern const assay_task* const assay_tasks[];
extern const size_t assay_task_total;
const assay_task* assay_task_find(const char* name); /* NULL: there is none */

#ifdef __cplusplus
}
#endif
#endif
