#include "bench_child.h"

#include <stdio.h>
#include <string.h>

#include "interrupt.h"
#include "pool.h"

typedef struct child {
    bench_work* work;
    const char* what;
    void* answer;
    size_t size;
} child;

static assay_status open_child(void* context, void** state, assay_report* report) {
    (void)report;
    *state = context;
    return ASSAY_OK;
}

static assay_status work_in_child(void* state, const void* task, void* answer,
                                  assay_report* report) {
    const child* c = state;
    memset(answer, 0, c->size);
    return c->work(task, answer, report);
}

static void close_child(void* state) {
    (void)state;
}

static assay_status keep(void* user, size_t task, const void* answer, assay_report* report) {
    (void)task;
    (void)report;
    child* c = user;
    memcpy(c->answer, answer, c->size);
    return ASSAY_OK;
}

static bool stop(void* user) {
    (void)user;
    return cli_interrupted();
}

static void describe(void* user, size_t task, char* text, size_t size) {
    (void)task;
    snprintf(text, size, "%s", ((const child*)user)->what);
}

assay_status bench_in_child(bench_work* work, const char* what, const void* task, size_t task_size,
                            void* answer, size_t size, assay_report* report) {
    child c = {.work = work, .what = what, .answer = answer, .size = size};
    const assay_pool_work pool_work = {.question_size = task_size,
                                       .answer_size = size,
                                       .open = open_child,
                                       .answer = work_in_child,
                                       .close = close_child,
                                       .context = &c};
    const assay_pool_events events = {
        .answered = keep, .stop = stop, .describe = describe, .user = &c};
    assay_pool* pool = NULL;
    assay_status status = assay_pool_new(&pool_work, 1, &pool);
    if (status == ASSAY_OK) {
        status = assay_pool_run(pool, task, 1, &events, report);
    }
    assay_pool_free(&pool);
    return status;
}
