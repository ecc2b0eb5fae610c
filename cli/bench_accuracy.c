#include "bench_accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assay/accuracy.h"
#include "bench_child.h"
#include "bench_files.h"
#include "text.h"

enum {
    IMAGES = 500,
    ROUNDS = 5,
    QUICK_ROUNDS = 2,
    BITS = 8
};

typedef struct accuracy_task {
    const char* root;
    size_t images, rounds;
} accuracy_task;

typedef struct bench {
    assay_accuracy* env;
    assay_policy *quantised, *late; /* late: differs from `quantised` in its middle layer */
    bench_accuracy* out;
    assay_report* report;
} bench;

static double cpu_seconds(void) {
    struct timespec t;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0
               ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec
               : 0;
}

/* The least time so far goes to *seconds. */
static assay_status evaluate(bench* b, const assay_policy* policy, double* seconds,
                             size_t* reused) {
    assay_accuracy_result result;
    double start = cpu_seconds();
    assay_status status = assay_accuracy_evaluate(b->env, policy, &result, b->report);
    *seconds = fmin(*seconds, cpu_seconds() - start);
    if (status == ASSAY_OK) {
        *reused = result.reused_layers;
    }
    return status;
}

/* The layer in the middle of those that a policy is about. */
static const char* middle_layer(const assay_workload* workload) {
    size_t matrices = 0, at = 0;
    for (size_t i = 0; i < assay_workload_layer_count(workload); i++) {
        matrices += assay_workload_layer_is_matrix(workload, i);
    }
    for (size_t i = 0; i < assay_workload_layer_count(workload); i++) {
        if (assay_workload_layer_is_matrix(workload, i) && at++ == matrices / 2) {
            return assay_workload_layer_name(workload, i);
        }
    }
    return "";
}

static assay_status make_policies(bench* b) {
    const assay_workload* workload = assay_accuracy_workload(b->env);
    cli_text text = {0};
    cli_text_add(&text,
                 "{\"schema\": 1, \"default\": {\"w_bits\": %d, \"a_bits\": %d}, "
                 "\"layers\": {\"%s\": {\"w_bits\": %d}}}",
                 BITS, BITS, middle_layer(workload), BITS / 2);
    assay_status status =
        text.failed ? ASSAY_NO_MEMORY
                    : assay_policy_uniform(workload, BITS, BITS, &b->quantised, b->report);
    if (status == ASSAY_OK) {
        status = assay_policy_parse(text.bytes, strlen(text.bytes), "policy", workload, &b->late,
                                    b->report);
    }
    cli_text_free(&text);
    return status;
}

/* No width of the earlier ones again, so that no weights are at hand. */
static assay_status evaluate_new(bench* b, size_t round) {
    assay_policy* policy = NULL;
    size_t reused = 0;
    const unsigned bits = (unsigned)(BITS - 1 - round);
    assay_status status =
        assay_policy_uniform(assay_accuracy_workload(b->env), bits, bits, &policy, b->report);
    if (status == ASSAY_OK) {
        status = evaluate(b, policy, &b->out->candidate_s, &reused);
    }
    assay_policy_free(&policy);
    return status;
}

static assay_status measure_round(bench* b, size_t round) {
    bench_accuracy* out = b->out;
    size_t reused = 0;
    assay_status status = evaluate(b, NULL, &out->float_s, &reused);
    if (status == ASSAY_OK) {
        status = evaluate_new(b, round);
    }
    if (status == ASSAY_OK) {
        status = evaluate(b, b->quantised, &out->quantised_s, &reused);
    }
    if (status == ASSAY_OK) {
        status = evaluate(b, b->late, &out->reuse_s, &out->reused);
    }
    return status;
}

/* What the first evaluations find out for all later ones: clips, weights, the kernels' plans. */
static assay_status warm_up(bench* b) {
    double ignored = INFINITY;
    size_t reused = 0;
    assay_status status = make_policies(b);
    if (status == ASSAY_OK) {
        status = evaluate(b, b->quantised, &ignored, &reused);
    }
    if (status == ASSAY_OK) {
        status = evaluate(b, b->late, &ignored, &reused);
    }
    return status;
}

static assay_status measure_env(bench* b, size_t rounds) {
    b->out->layers = assay_workload_layer_count(assay_accuracy_workload(b->env));
    assay_status status = warm_up(b);
    for (size_t i = 0; i < rounds && status == ASSAY_OK; i++) {
        status = measure_round(b, i);
    }
    assay_policy_free(&b->quantised);
    assay_policy_free(&b->late);
    return status;
}

static assay_status measure(const void* task, void* answer, assay_report* report) {
    const accuracy_task* t = task;
    bench_accuracy* out = answer;
    *out = (bench_accuracy){.whole = t->images == IMAGES,
                            .rounds = t->rounds,
                            .images = t->images,
                            .float_s = INFINITY,
                            .quantised_s = INFINITY,
                            .candidate_s = INFINITY,
                            .reuse_s = INFINITY};
    bench b = {.out = out, .report = report};
    cli_text path = {0};
    cli_text_add(&path, "%s/traces/nets/resnet20.json", t->root);
    assay_accuracy_settings settings = assay_default_accuracy_settings();
    settings.network = cli_text_string(&path);
    settings.images = t->images;
    double start = cpu_seconds();
    assay_status status = assay_accuracy_open(&settings, &b.env, report);
    out->open_s = cpu_seconds() - start;
    if (status == ASSAY_OK) {
        status = measure_env(&b, t->rounds);
    }
    assay_accuracy_close(&b.env);
    cli_text_free(&path);
    return status;
}

static bool data_there(void) {
    const char* data = getenv("ASSAY_DATA");
    cli_text weights = {0}, images = {0};
    cli_text_add(&weights, "%s/models/resnet20_cifar10.safetensors", data != NULL ? data : "");
    cli_text_add(&images, "%s/cifar10", data != NULL ? data : "");
    bool there = data != NULL && !weights.failed && !images.failed &&
                 access(weights.bytes, R_OK) == 0 && access(images.bytes, R_OK) == 0;
    cli_text_free(&weights);
    cli_text_free(&images);
    return there;
}

assay_status bench_measure_accuracy(const char* root, bool quick, bench_accuracy* out,
                                    assay_report* report) {
    *out = (bench_accuracy){.skipped = !assay_accuracy_available() || !data_there() ||
                                       !bench_file_there(root, "traces/nets", "resnet20")};
    if (out->skipped) {
        return ASSAY_OK;
    }
    const accuracy_task task = {root, quick ? IMAGES / 10 : IMAGES, quick ? QUICK_ROUNDS : ROUNDS};
    return bench_in_child(measure, "resnet20", &task, sizeof task, out, sizeof *out, report);
}
