/* What the settings name: a task, an algorithm, and the values of their options. */
#ifndef ASSAY_SEARCH_CHOICE_H
#define ASSAY_SEARCH_CHOICE_H

#include "algorithm.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_choice {
    const assay_task* task;
    const assay_algorithm* algorithm;
    void *task_options, *algorithm_options; /* values of the tables */
    uint64_t evaluations;                   /* resolved, >= 1 */
} assay_choice;

/* Every mistake has its message: ASSAY_BAD_INPUT. Free with assay_choice_free in every case. */
assay_status assay_choice_make(const assay_search_settings* settings, assay_choice* out,
                               assay_report* report);
void assay_choice_free(assay_choice* choice);
/* False, and a message that says what is missing: the algorithm cannot solve the problem. `report`
 * may be NULL. */
bool assay_choice_fits(const assay_algorithm* algorithm, const assay_problem* problem,
                       const char* task, assay_report* report);

/* The first line of the log: everything that decides what the search finds, in one line of JSON.
 * malloc'd; NULL: out of memory. */
char* assay_choice_header(const assay_choice* choice, const assay_search_settings* settings,
                          const assay_problem* problem);

#ifdef __cplusplus
}
#endif
#endif
