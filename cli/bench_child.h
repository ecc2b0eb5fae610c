/* Work in a process of its own, which a machine that fails cannot bring down with it. */
#ifndef ASSAY_CLI_BENCH_CHILD_H
#define ASSAY_CLI_BENCH_CHILD_H

#include <stddef.h>

#include "assay/status.h"

/* `answer` has size bytes, zeroed. Called in the child. */
typedef assay_status bench_work(const void* task, void* answer, assay_report* report);

/* A new process per call: nothing that an earlier call cached is there. `task` of task_size bytes
 * may hold pointers to what the caller made before. ASSAY_INTERRUPTED when the user asks for it;
 * messages of the child are handed on, `what` names it should it die. */
assay_status bench_in_child(bench_work* work, const char* what, const void* task, size_t task_size,
                            void* answer, size_t size, assay_report* report);

#endif
