/* One search while it runs. */
#ifndef ASSAY_SEARCH_SESSION_H
#define ASSAY_SEARCH_SESSION_H

#include <time.h>

#include "choice.h"
#include "known.h"
#include "log.h"
#include "replay.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_PHASES_MAX = 5, /* reference, search, random, greedy, exact */
    /* So many evaluations in a row that fail end the search: something is broken for good. */
    ASSAY_FAILURES_MAX = 16
};

typedef struct assay_phase {
    const char* name;
    uint64_t evaluations, total;
    size_t best;  /* candidate within the budget of the greatest reward, the first of equals;
                     SIZE_MAX: none */
    double bound; /* NaN: not known */
    const char* stop_reason; /* "" while it runs */
} assay_phase;

typedef struct assay_session {
    const assay_search_settings* settings;
    assay_report* report;
    assay_choice choice;
    void* task; /* open */
    const assay_problem* problem;
    assay_known known;
    assay_log log;
    assay_replay replay;
    assay_phase phases[ASSAY_PHASES_MAX];
    size_t phase_count;
    uint64_t failures; /* in a row */
    struct timespec started;
} assay_session;

static inline assay_phase* assay_current_phase(assay_session* s) {
    return &s->phases[s->phase_count - 1];
}
/* NULL: there is no such phase. */
const assay_phase* assay_find_phase(const assay_session* s, const char* name);

/* Evaluates what was asked, [count][variables], as questions of the current phase: from the log of
 * an earlier run, from candidates that are known, or by the task. Repairs x in place where it is
 * over the budget. `score`: [count]. The lines are on the disk afterwards. */
assay_status assay_answer(assay_session* s, size_t count, unsigned* x, assay_score* score);

/* pareto.csv: candidates that no other beats in all objectives; without objectives, in reward and
 * what they use of the budget. */
assay_status assay_write_front(const assay_session* s);
/* summary.json. */
assay_status assay_write_summary(const assay_session* s);

#ifdef __cplusplus
}
#endif
#endif
