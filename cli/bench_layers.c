#include "bench_layers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench_child.h"
#include "bench_files.h"
#include "bench_signature.h"
#include "text.h"

typedef struct layer_case {
    const char* workload; /* below traces */
    const char* layer;
    unsigned bits;
} layer_case;

typedef struct machine_case {
    const char* hw;
    const char* sets[2][2]; /* key and value */
    layer_case layers[BENCH_LAYERS];
} machine_case;

#define CONVOLUTIONS                                                                               \
    {                                                                                              \
        {"nets/resnet20", "linear", 8}, {"nets/resnet20", "layer3.1.conv1", 8}, {                  \
            "nets/resnet20", "layer2.1.conv1", 4                                                   \
        }                                                                                          \
    }
#define SPARSE_LAYERS                                                                              \
    {                                                                                              \
        {"eie/neuraltalk_we", "we", 0}, {"eie/neuraltalk_wd", "wd", 0}, {                          \
            "eie/neuraltalk_lstm", "lstm", 0                                                       \
        }                                                                                          \
    }

/* Named one by one: a new file in hw_configs must not change the signature. */
static const machine_case cases[BENCH_MACHINES] = {
    {"bit_fusion_16x32", {{NULL, NULL}}, CONVOLUTIONS},
    {"bismo_edge", {{NULL, NULL}}, CONVOLUTIONS},
    /* A process for each of 65,536 PEs takes minutes per layer. */
    {"tpu_v1", {{"rows", "32"}, {"cols", "32"}}, CONVOLUTIONS},
    {"sparse_fusion", {{NULL, NULL}}, SPARSE_LAYERS},
    {"eie_64pe", {{NULL, NULL}}, SPARSE_LAYERS},
};

typedef struct machine_task {
    const char* root;
    size_t index; /* of `cases` */
    bool quick;
} machine_task;

/* ---- In the child ---- */

typedef struct bench_session {
    const machine_task* task;
    assay_hw* hw;
    assay_machine* machine;
    assay_hasher* hasher;
    bench_machine* out;
    assay_report* report;
} bench_session;

static assay_status load_hw(bench_session* s) {
    const machine_case* c = &cases[s->task->index];
    cli_text path = {0};
    cli_text_add(&path, "%s/hw_configs/%s.json", s->task->root, c->hw);
    assay_status status =
        path.failed ? ASSAY_NO_MEMORY : assay_hw_load(path.bytes, &s->hw, s->report);
    for (size_t i = 0; i < 2 && c->sets[i][0] != NULL && status == ASSAY_OK; i++) {
        status = assay_hw_set(s->hw, c->sets[i][0], c->sets[i][1], s->report);
    }
    cli_text_free(&path);
    return status;
}

static assay_status find_layer(const assay_result* result, const char* name,
                               const assay_layer_result** out, assay_report* report) {
    for (size_t i = 0; i < result->layer_count; i++) {
        if (strcmp(result->layers[i].name, name) == 0) {
            *out = &result->layers[i];
            return ASSAY_OK;
        }
    }
    assay_report_add(report, "%s: the machine ran no layer %s", result->workload_name, name);
    return ASSAY_BAD_INPUT;
}

static assay_status agree(const assay_result* result, const assay_layer_result* layer,
                          uint64_t cycles, assay_report* report) {
    if (cycles == 0 || cycles == layer->cycles) {
        return ASSAY_OK;
    }
    assay_report_add(report, "%s: layer %s takes %llu cycles in model %s, %llu in another run",
                     result->hw_name, layer->name, (unsigned long long)layer->cycles, result->model,
                     (unsigned long long)cycles);
    return ASSAY_MISMATCH;
}

/* One run and its seconds. */
static assay_status run_layer(bench_session* s, const assay_workload* workload,
                              const assay_run_settings* settings, bench_layer* layer, bool hash,
                              double* seconds) {
    assay_result* result = NULL;
    const assay_layer_result* found = NULL;
    assay_status status = assay_machine_run(s->machine, workload, settings, &result, s->report);
    if (status == ASSAY_OK) {
        status = find_layer(result, layer->name, &found, s->report);
    }
    if (status == ASSAY_OK) {
        status = agree(result, found, layer->cycles, s->report);
        layer->cycles = found->cycles;
        *seconds = result->wall.simulate_s;
    }
    if (status == ASSAY_OK && hash) {
        bench_hash_layer(s->hasher, found);
    }
    assay_result_free(&result);
    return status;
}

static assay_status load_workload(const bench_session* s, const layer_case* c,
                                  assay_workload** out) {
    cli_text path = {0};
    cli_text_add(&path, "%s/traces/%s.json", s->task->root, c->workload);
    assay_status status =
        path.failed ? ASSAY_NO_MEMORY : assay_workload_load(path.bytes, NULL, out, s->report);
    cli_text_free(&path);
    return status;
}

static assay_status time_runs(bench_session* s, const assay_workload* workload,
                              const assay_run_settings* settings, bool event, bench_layer* layer) {
    const size_t runs = event ? (s->task->quick ? 5 : BENCH_MOST_RUNS) : (s->task->quick ? 1 : 3);
    double seconds[BENCH_MOST_RUNS];
    assay_status status = run_layer(s, workload, settings, layer, event, &seconds[0]);
    for (size_t i = 0; i < runs && status == ASSAY_OK; i++) {
        status = run_layer(s, workload, settings, layer, false, &seconds[i]);
    }
    if (status == ASSAY_OK) {
        *(event ? &layer->event : &layer->clocked) = bench_summarise(seconds, runs);
    }
    return status;
}

static assay_status measure_layer(bench_session* s, const layer_case* c, assay_model model,
                                  bench_layer* layer) {
    const char* const layers[] = {c->layer, NULL};
    assay_workload* workload = NULL;
    assay_policy* policy = NULL;
    assay_status status = load_workload(s, c, &workload);
    if (status == ASSAY_OK && c->bits > 0) {
        status = assay_policy_uniform(workload, c->bits, c->bits, &policy, s->report);
    }
    if (status == ASSAY_OK) {
        assay_run_settings settings = assay_default_run_settings();
        settings.outputs = false;
        settings.layers = layers;
        settings.policy = policy;
        status = time_runs(s, workload, &settings, model == ASSAY_MODEL_EVENT, layer);
    }
    assay_policy_free(&policy);
    assay_workload_free(&workload);
    return status;
}

static assay_status measure_model(bench_session* s, assay_model model) {
    const machine_case* c = &cases[s->task->index];
    assay_status status = assay_machine_open(s->hw, model, NULL, &s->machine, s->report);
    for (size_t i = 0; i < s->out->count && status == ASSAY_OK; i++) {
        status = measure_layer(s, &c->layers[i], model, &s->out->layers[i]);
    }
    assay_machine_close(&s->machine);
    return status;
}

static void name_layers(const machine_case* c, bench_machine* out) {
    for (out->count = 0; out->count < BENCH_LAYERS; out->count++) {
        bench_layer* layer = &out->layers[out->count];
        snprintf(layer->name, sizeof layer->name, "%s", c->layers[out->count].layer);
        layer->bits = c->layers[out->count].bits;
    }
}

static assay_status measure_machine(const void* task, void* answer, assay_report* report) {
    bench_session s = {.task = task, .out = answer, .report = report};
    name_layers(&cases[s.task->index], s.out);
    s.hasher = assay_hasher_new();
    assay_status status = s.hasher != NULL ? load_hw(&s) : ASSAY_NO_MEMORY;
    if (status == ASSAY_OK) {
        status = measure_model(&s, ASSAY_MODEL_EVENT);
    }
    if (status == ASSAY_OK) {
        assay_hash_format(assay_hasher_done(s.hasher), s.out->signature);
        status = measure_model(&s, ASSAY_MODEL_CLOCKED);
    }
    assay_hasher_free(&s.hasher);
    assay_hw_free(&s.hw);
    return status;
}

/* ---- In the program ---- */

static bool all_there(const char* root, const machine_case* c) {
    bool all = bench_file_there(root, "hw_configs", c->hw);
    for (size_t i = 0; i < BENCH_LAYERS; i++) {
        all = all && bench_file_there(root, "traces", c->layers[i].workload);
    }
    return all;
}

static void summarise(bench_machine* machine) {
    double logs = 0, minimum = INFINITY;
    for (size_t i = 0; i < machine->count; i++) {
        double ratio = machine->layers[i].clocked.min_s / machine->layers[i].event.min_s;
        logs += log(ratio);
        minimum = fmin(minimum, ratio);
    }
    machine->geomean = exp(logs / (double)machine->count);
    machine->minimum = minimum;
}

assay_status bench_measure_machines(const char* root, bool quick, bench_machine out[BENCH_MACHINES],
                                    assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < BENCH_MACHINES && status == ASSAY_OK; i++) {
        const machine_task task = {.root = root, .index = i, .quick = quick};
        out[i] = (bench_machine){.skipped = !all_there(root, &cases[i])};
        if (!out[i].skipped) {
            status = bench_in_child(measure_machine, cases[i].hw, &task, sizeof task, &out[i],
                                    sizeof out[i], report);
            if (status == ASSAY_OK) {
                summarise(&out[i]);
            }
        }
        out[i].hw = cases[i].hw; /* pointers of the child mean nothing here */
        out[i].setting = cases[i].sets[0][0] != NULL ? "32 x 32" : "";
    }
    return status;
}
