/* Worker processes: questions of one fixed size go out, answers of another come back. SystemC is
 * not thread-safe and a candidate may bring its process down, so each worker is forked, owns what
 * it works with, is watched, and is replaced when it dies.
 *
 *     assay_pool_work work = {.question_size = sizeof q[0], .answer_size = sizeof(answer), ...};
 *     assay_pool* pool = NULL;
 *     status = assay_pool_new(&work, 2, &pool);
 *     status = assay_pool_run(pool, q, count, &events, report);   (any number of times)
 *     assay_pool_free(&pool);
 *
 * Workers are started when there is something to do and live until the pool is freed. They die with
 * the process that made the pool, however that ends. */
#ifndef ASSAY_SEARCH_POOL_H
#define ASSAY_SEARCH_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_POOL_MAX_JOBS = 256
};

/* `open`, `answer` and `close` are called in the worker. Messages that they add are handed to the
 * caller's report. */
typedef struct assay_pool_work {
    size_t question_size, answer_size; /* bytes, > 0 */
    /* Before the first question; *state is handed to the others. */
    assay_status (*open)(void* context, void** state, assay_report* report);
    assay_status (*answer)(void* state, const void* question, void* answer, assay_report* report);
    void (*close)(void* state);
    void* context; /* the worker sees it as it was when the worker was forked */
    /* A question that takes longer counts as hung and its worker is killed; 0: no limit. */
    unsigned limit_s;
} assay_pool_work;

/* Called in the caller's process. */
typedef struct assay_pool_events {
    /* An answer, in whatever order they come; anything but ASSAY_OK ends the run. */
    assay_status (*answered)(void* user, size_t question, const void* answer, assay_report* report);
    /* Asked several times a second; true ends the run with ASSAY_INTERRUPTED. May be NULL. */
    bool (*stop)(void* user);
    /* What a question is about, for messages. */
    void (*describe)(void* user, size_t question, char* text, size_t size);
    /* A question has brought down two workers: with this it stays without an answer and the run
     * goes on. May be NULL: the run ends. */
    void (*abandoned)(void* user, size_t question);
    void* user;
} assay_pool_events;

typedef struct assay_pool assay_pool;

/* 1 <= jobs <= ASSAY_POOL_MAX_JOBS. `work` is copied. ASSAY_NO_MEMORY. */
assay_status assay_pool_new(const assay_pool_work* work, unsigned jobs, assay_pool** out);
/* Kills the workers. */
void assay_pool_free(assay_pool** pool);

/* All questions, each once; one whose worker died or hung is asked once more. The run ends early,
 * with the first status that is not ASSAY_OK, when a worker refuses a question, when a question
 * brings down two workers (ASSAY_INTERNAL, unless `abandoned` is set) or on request; what was
 * answered before was told. */
assay_status assay_pool_run(assay_pool* pool, const void* questions, size_t count,
                            const assay_pool_events* events, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
