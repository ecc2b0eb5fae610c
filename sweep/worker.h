/* One point, run in a worker process. */
#ifndef ASSAY_SWEEP_WORKER_H
#define ASSAY_SWEEP_WORKER_H

#include "inside.h"
#include "pool.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SWEEP_ERROR_BYTES = 1024
};

typedef struct sweep_answer {
    assay_point_status status; /* ok, failed, or crashed: a bug of ours was caught */
    assay_run_totals totals;
    double wall_s;
    char error[SWEEP_ERROR_BYTES];
} sweep_answer;

typedef struct sweep_work {
    assay_sweep* sweep;
    const char* cache_dir; /* NULL: none */
} sweep_work;

/* Questions are indices of points (size_t), answers are sweep_answer. `work` must outlive the pool.
 */
assay_pool_work sweep_pool_work(sweep_work* work, unsigned limit_s);

#ifdef __cplusplus
}
#endif
#endif
