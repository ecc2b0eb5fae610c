#include "bench_network.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench_child.h"
#include "bench_files.h"
#include "evaluator.h"
#include "interrupt.h"
#include "text.h"

enum {
    LOW_BITS = 2,
    HIGH_BITS = 8,
    WIDTHS = HIGH_BITS - LOW_BITS + 1,
    TABLE_JOBS = 2, /* the target is stated for two cores */
    ROUNDS = 5
};

static double seconds_of(clockid_t clock) {
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

static double cpu_seconds(void) {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

typedef struct inputs {
    assay_hw* hw;
    assay_workload* workload;
} inputs;

static assay_status load(const char* root, const char* network, inputs* in, assay_report* report) {
    cli_text hw = {0}, workload = {0};
    cli_text_add(&hw, "%s/hw_configs/bit_fusion_16x32.json", root);
    cli_text_add(&workload, "%s/traces/nets/%s.json", root, network);
    assay_status status = ASSAY_NO_MEMORY;
    if (!hw.failed && !workload.failed) {
        status = assay_hw_load(hw.bytes, &in->hw, report);
    }
    if (status == ASSAY_OK) {
        status = assay_workload_load(workload.bytes, NULL, &in->workload, report);
    }
    cli_text_free(&hw);
    cli_text_free(&workload);
    return status;
}

static void unload(inputs* in) {
    assay_workload_free(&in->workload);
    assay_hw_free(&in->hw);
}

/* ---- The first query ---- */

typedef struct root_task {
    const char* root;
} root_task;

static assay_status ask(const inputs* in, bench_query* out, assay_report* report) {
    assay_machine* machine = NULL;
    assay_result* result = NULL;
    assay_run_settings settings = assay_default_run_settings();
    settings.outputs = false;
    settings.per_pe = false;
    settings.batch = 1;
    double start = cpu_seconds();
    assay_status status = assay_machine_open(in->hw, ASSAY_MODEL_EVENT, NULL, &machine, report);
    double opened = cpu_seconds();
    if (status == ASSAY_OK) {
        status = assay_machine_run(machine, in->workload, &settings, &result, report);
    }
    out->open_s = opened - start;
    out->answer_s = cpu_seconds() - opened;
    assay_result_free(&result);
    assay_machine_close(&machine);
    return status;
}

static assay_status first_query(const void* task, void* answer, assay_report* report) {
    bench_query* out = answer;
    inputs in = {0};
    double start = cpu_seconds();
    assay_status status = load(((const root_task*)task)->root, "mobilenet_v1", &in, report);
    out->load_s = cpu_seconds() - start;
    if (status == ASSAY_OK) {
        status = ask(&in, out, report);
    }
    unload(&in);
    out->whole_s = cpu_seconds(); /* the clock of a process begins with it */
    return status;
}

static assay_status measure_query(const char* root, bool quick, bench_query* out,
                                  assay_report* report) {
    const root_task task = {root};
    const size_t runs = quick ? 5 : 15;
    double slowest = 0;
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < runs && status == ASSAY_OK; i++) {
        bench_query one;
        status = bench_in_child(first_query, "mobilenet_v1", &task, sizeof task, &one, sizeof one,
                                report);
        if (status == ASSAY_OK) {
            slowest = fmax(slowest, one.answer_s);
            *out = i == 0 || one.answer_s < out->answer_s ? one : *out;
        }
    }
    out->runs = runs;
    out->slowest_s = slowest;
    return status;
}

/* ---- The table ---- */

static size_t ask_all_widths(const assay_workload* workload, assay_question* questions) {
    size_t count = 0;
    for (size_t i = 0; i < assay_workload_layer_count(workload); i++) {
        if (!assay_workload_layer_is_matrix(workload, i)) {
            continue;
        }
        for (unsigned k = 0; k < WIDTHS * WIDTHS; k++) {
            questions[count++] = (assay_question){i, LOW_BITS + k / WIDTHS, LOW_BITS + k % WIDTHS};
        }
    }
    return count;
}

static bool keep_going(void* user, size_t done, size_t total, const char* label) {
    (void)user;
    (void)done;
    (void)total;
    (void)label;
    return !cli_interrupted();
}

static assay_status evaluate(const inputs* in, const assay_question* questions, size_t count,
                             assay_measurement* answers, bench_table* out, assay_report* report) {
    const assay_evaluator_settings settings = {.hw = in->hw,
                                               .model = ASSAY_MODEL_EVENT,
                                               .workload = in->workload,
                                               .jobs = TABLE_JOBS,
                                               .progress = keep_going};
    assay_evaluator* evaluator = NULL;
    assay_evaluation_counts counts = {0};
    double start = seconds_of(CLOCK_MONOTONIC);
    assay_status status = assay_evaluator_new(&settings, &evaluator);
    if (status == ASSAY_OK) {
        status = assay_evaluate(evaluator, questions, count, answers, &counts, report);
    }
    assay_evaluator_free(&evaluator);
    *out = (bench_table){.measured = true,
                         .jobs = TABLE_JOBS,
                         .entries = count,
                         .simulated = counts.simulated,
                         .seconds = seconds_of(CLOCK_MONOTONIC) - start};
    return status;
}

static assay_status measure_table(const inputs* in, bench_table* out, assay_report* report) {
    const size_t most = assay_workload_layer_count(in->workload) * WIDTHS * WIDTHS;
    assay_question* questions = calloc(most + 1, sizeof *questions);
    assay_measurement* answers = calloc(most + 1, sizeof *answers);
    assay_status status = ASSAY_NO_MEMORY;
    if (questions != NULL && answers != NULL) {
        size_t count = ask_all_widths(in->workload, questions);
        status = evaluate(in, questions, count, answers, out, report);
    }
    free(questions);
    free(answers);
    return status;
}

/* ---- The store ---- */

static assay_status key_of(const inputs* in, unsigned bits, char key[ASSAY_KEY_TEXT]) {
    return assay_measurement_key(in->hw, ASSAY_MODEL_EVENT, in->workload, 0, 1 + bits / 16,
                                 1 + bits % 16, 0, key);
}

enum {
    ENTRIES = 256 /* pairs of widths 1 .. 16 of one layer */
};

static assay_status fill(const inputs* in, assay_store* store, assay_report* report) {
    const assay_measurement any = {.cycles = 1, .seconds = 1, .energy_j = 1};
    const assay_origin origin = {.model = assay_model_name(ASSAY_MODEL_EVENT),
                                 .hw_name = assay_hw_name(in->hw),
                                 .hw_hash = assay_hw_hash(in->hw),
                                 .workload = assay_workload_name(in->workload),
                                 .layer = assay_workload_layer_name(in->workload, 0),
                                 .batch = 1};
    assay_status status = ASSAY_OK;
    for (unsigned i = 0; i < ENTRIES && status == ASSAY_OK; i++) {
        char key[ASSAY_KEY_TEXT];
        status = key_of(in, i, key);
        if (status == ASSAY_OK) {
            status = assay_store_put(store, key, &any, &origin, report);
        }
    }
    return status;
}

static assay_status look_up_all(const inputs* in, assay_store* store, bench_lookup* out,
                                assay_report* report) {
    char keys[ENTRIES][ASSAY_KEY_TEXT];
    assay_status status = ASSAY_OK;
    double start = cpu_seconds();
    for (unsigned i = 0; i < ENTRIES && status == ASSAY_OK; i++) {
        status = key_of(in, i, keys[i]);
    }
    double made = cpu_seconds();
    bool found = true;
    for (unsigned i = 0; i < ENTRIES && found && status == ASSAY_OK; i++) {
        assay_measurement value;
        status = assay_store_get(store, keys[i], &value, &found, report);
    }
    if (status == ASSAY_OK && !found) {
        assay_report_add(report, "the measurement store lost an entry");
        return ASSAY_INTERNAL;
    }
    out->get_s = fmin(out->get_s, (cpu_seconds() - made) / ENTRIES);
    out->key_s = fmin(out->key_s, (made - start) / ENTRIES);
    return status;
}

static assay_status measure_store(const inputs* in, const char* path, bench_lookup* out,
                                  assay_report* report) {
    *out = (bench_lookup){.entries = ENTRIES, .get_s = INFINITY, .key_s = INFINITY};
    assay_store* store = NULL;
    assay_status status = assay_store_open(path, &store, report);
    if (status == ASSAY_OK) {
        status = fill(in, store, report);
    }
    for (size_t i = 0; i < ROUNDS && status == ASSAY_OK; i++) {
        status = look_up_all(in, store, out, report);
    }
    assay_store_close(&store);
    return status;
}

/* In a folder of its own, which is removed again. */
static assay_status measure_lookup(const inputs* in, bench_lookup* out, assay_report* report) {
    cli_text folder = {0}, path = {0};
    assay_status status = bench_folder_make(&folder, report);
    if (status == ASSAY_OK) {
        cli_text_add(&path, "%s/store.sqlite", folder.bytes);
        status = path.failed ? ASSAY_NO_MEMORY : measure_store(in, path.bytes, out, report);
        unlink(cli_text_string(&path));
        rmdir(folder.bytes);
    }
    cli_text_free(&path);
    cli_text_free(&folder);
    return status;
}

/* ---- All ---- */

assay_status bench_measure_network(const char* root, bool quick, bench_network* out,
                                   assay_report* report) {
    *out = (bench_network){.skipped = !bench_file_there(root, "hw_configs", "bit_fusion_16x32") ||
                                      !bench_file_there(root, "traces/nets", "mobilenet_v1") ||
                                      !bench_file_there(root, "traces/nets", "mobilenet_v2")};
    if (out->skipped) {
        return ASSAY_OK;
    }
    inputs in = {0};
    assay_status status = measure_query(root, quick, &out->query, report);
    if (status == ASSAY_OK) {
        status = load(root, "mobilenet_v2", &in, report);
    }
    if (status == ASSAY_OK && !quick) {
        status = measure_table(&in, &out->table, report);
    }
    if (status == ASSAY_OK) {
        status = measure_lookup(&in, &out->lookup, report);
    }
    unload(&in);
    return status;
}
