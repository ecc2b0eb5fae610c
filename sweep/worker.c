#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct worker {
    const sweep_work* work;
    assay_machine* machine;
    unsigned setting; /* that the machine was opened with */
    assay_report* scratch;
} worker;

static assay_status open_worker(void* context, void** state, assay_report* report) {
    (void)report; /* only memory may be missing */
    worker* w = calloc(1, sizeof *w);
    if (w == NULL) {
        return ASSAY_NO_MEMORY;
    }
    w->work = context;
    w->scratch = assay_report_new();
    *state = w;
    return w->scratch != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

static void close_worker(void* state) {
    worker* w = state;
    assay_machine_close(&w->machine);
    assay_report_free(&w->scratch);
    free(w);
}

/* For the time that others will take; results do not depend on it. */
static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static assay_status open_machine(worker* w, size_t point) {
    assay_sweep* s = w->work->sweep;
    const unsigned setting = s->points[point].setting;
    if (w->machine != NULL && w->setting == setting) {
        return ASSAY_OK;
    }
    assay_machine_close(&w->machine);
    w->setting = setting;
    return assay_machine_open(sweep_set_machine(s, point), ASSAY_MODEL_EVENT, NULL, &w->machine,
                              w->scratch);
}

static void copy_totals(const assay_result* result, assay_run_totals* out) {
    *out = (assay_run_totals){.cycles = result->total.cycles,
                              .io_cycles = result->total.io_cycles,
                              .macs = result->total.macs,
                              .dram_bytes = result->total.dram_bytes,
                              .seconds = result->total.seconds,
                              .energy_j = result->total.energy_j,
                              .io_energy_j = result->total.io_energy_j,
                              .area_mm2 = result->total.area_mm2,
                              .utilisation = result->total.utilisation};
}

/* As `assay run --no-outputs`. */
static assay_status run_point(worker* w, size_t point, assay_run_totals* out) {
    const assay_sweep* s = w->work->sweep;
    const sweep_point* p = &s->points[point];
    const sweep_policy* policy = &s->spec.policies[p->policy];
    assay_run_settings settings = assay_default_run_settings();
    assay_result* result = NULL;
    settings.outputs = false;
    settings.per_pe = false;
    settings.policy = policy->of[p->workload];
    settings.cache_dir = w->work->cache_dir;
    assay_status status = open_machine(w, point);
    if (status == ASSAY_OK) {
        status = assay_machine_run(w->machine, s->spec.workloads[p->workload].net, &settings,
                                   &result, w->scratch);
    }
    if (status == ASSAY_OK) {
        copy_totals(result, out);
    }
    assay_result_free(&result);
    return status;
}

/* What went wrong with the point is its answer; what went wrong around it ends the sweep. */
static assay_status answer_one(void* state, const void* question, void* bytes,
                               assay_report* report) {
    worker* w = state;
    sweep_answer* out = bytes;
    size_t point;
    memcpy(&point, question, sizeof point);
    assay_report_clear(w->scratch);
    double begin = now_s();
    assay_status status = run_point(w, point, &out->totals);
    out->wall_s = now_s() - begin;
    if (status == ASSAY_OK) {
        out->status = ASSAY_POINT_OK;
        return status;
    }
    if (status != ASSAY_BAD_INPUT && status != ASSAY_INTERNAL) {
        for (size_t i = 0; i < assay_report_kept(w->scratch); i++) {
            assay_report_add(report, "%s", assay_report_text(w->scratch, i));
        }
        return status;
    }
    out->status = status == ASSAY_BAD_INPUT ? ASSAY_POINT_FAILED : ASSAY_POINT_CRASHED;
    sweep_join_messages(w->scratch, out->error, sizeof out->error);
    return ASSAY_OK;
}

assay_pool_work sweep_pool_work(sweep_work* work, unsigned limit_s) {
    return (assay_pool_work){.question_size = sizeof(size_t),
                             .answer_size = sizeof(sweep_answer),
                             .open = open_worker,
                             .answer = answer_one,
                             .close = close_worker,
                             .context = work,
                             .limit_s = limit_s};
}
