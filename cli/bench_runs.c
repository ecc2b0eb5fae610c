#include "bench_runs.h"

#include "bench_signature.h"
#include "interrupt.h"
#include "text.h"

typedef struct bench {
    const char* root;
    bool quick;
    assay_hw* hw;
    assay_workload* workload;
    assay_machine* machine;
    bench_figures* figures;
    assay_report* report;
} bench;

static bool keep_going(void* user, size_t done, size_t layers, double fraction, const char* layer) {
    (void)user;
    (void)done;
    (void)layers;
    (void)fraction;
    (void)layer;
    return !cli_interrupted();
}

static assay_run_settings settings_with(bool outputs, bool check) {
    assay_run_settings settings = assay_default_run_settings();
    settings.outputs = outputs;
    settings.check = check;
    settings.progress = keep_going;
    return settings;
}

static assay_status run_once(bench* b, bool outputs, bool check, assay_result** result) {
    *result = NULL;
    if (cli_interrupted()) {
        return ASSAY_INTERRUPTED;
    }
    assay_run_settings settings = settings_with(outputs, check);
    return assay_machine_run(b->machine, b->workload, &settings, result, b->report);
}

static assay_status first_run(bench* b) {
    assay_result* result = NULL;
    assay_status status = run_once(b, false, false, &result);
    if (status == ASSAY_OK) {
        b->figures->first.generate_s = result->wall.generate_s;
        b->figures->first.encode_s = result->wall.encode_s;
        b->figures->first.simulate_s = result->wall.simulate_s;
    }
    assay_result_free(&result);
    return status;
}

/* Keeps of a run the part that is measured. */
typedef double measured_part(const assay_result* result);

static double simulation(const assay_result* result) {
    return result->wall.simulate_s;
}

/* The plain C product is what a check run computes for comparison. */
static double reference(const assay_result* result) {
    return result->wall.check_s;
}

static assay_status measure(bench* b, bool outputs, measured_part* part, size_t runs,
                            bench_sample* out) {
    double seconds[BENCH_MOST_RUNS];
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < runs && status == ASSAY_OK; i++) {
        assay_result* result = NULL;
        status = run_once(b, outputs, part == reference, &result);
        seconds[i] = status == ASSAY_OK ? part(result) : 0;
        assay_result_free(&result);
    }
    if (status == ASSAY_OK) {
        *out = bench_summarise(seconds, runs);
    }
    return status;
}

static assay_status measure_event(bench* b) {
    size_t runs = b->quick ? 5 : BENCH_MOST_RUNS;
    assay_status status =
        assay_machine_open(b->hw, ASSAY_MODEL_EVENT, NULL, &b->machine, b->report);
    if (status == ASSAY_OK) {
        status = first_run(b);
    }
    if (status == ASSAY_OK) {
        status = measure(b, false, simulation, runs, &b->figures->timing);
    }
    if (status == ASSAY_OK) {
        status = measure(b, true, simulation, runs, &b->figures->outputs);
    }
    if (status == ASSAY_OK) {
        status = measure(b, true, reference, runs, &b->figures->reference);
    }
    if (status == ASSAY_OK) {
        assay_run_settings settings = settings_with(false, false);
        status = bench_signature(b->root, b->machine, &settings, b->figures->signature, b->report);
    }
    assay_machine_close(&b->machine);
    return status;
}

static assay_status measure_clocked(bench* b) {
    assay_status status =
        assay_machine_open(b->hw, ASSAY_MODEL_CLOCKED, NULL, &b->machine, b->report);
    if (status == ASSAY_OK) {
        status = measure(b, true, simulation, b->quick ? 2 : 7, &b->figures->clocked);
    }
    assay_machine_close(&b->machine);
    return status;
}

static assay_status load(bench* b) {
    cli_text hw = {0}, workload = {0};
    cli_text_add(&hw, "%s/hw_configs/eie_64pe.json", b->root);
    cli_text_add(&workload, "%s/traces/eie/alexnet_fc6.json", b->root);
    assay_status status = ASSAY_NO_MEMORY;
    if (!hw.failed && !workload.failed) {
        status = assay_hw_load(hw.bytes, &b->hw, b->report);
        assay_status next = assay_workload_load(workload.bytes, NULL, &b->workload, b->report);
        status = status == ASSAY_OK ? next : status;
    }
    cli_text_free(&hw);
    cli_text_free(&workload);
    return status;
}

/* A skipped machine changes the signature, as it must: less was compared. */
static assay_status join_signatures(bench_figures* f) {
    assay_hasher* hasher = assay_hasher_new();
    if (hasher == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_hasher_text(hasher, "eie", f->signature);
    for (size_t i = 0; i < BENCH_MACHINES; i++) {
        assay_hasher_text(hasher, f->machines[i].hw, f->machines[i].signature);
    }
    assay_hash_format(assay_hasher_done(hasher), f->signature);
    assay_hasher_free(&hasher);
    return ASSAY_OK;
}

/* Those in processes of their own first: their copies of this one must have no machine in it. */
static assay_status measure_all(bench* b) {
    bench_figures* f = b->figures;
    assay_status status = bench_measure_network(b->root, b->quick, &f->network, b->report);
    if (status == ASSAY_OK) {
        status = bench_measure_accuracy(b->root, b->quick, &f->accuracy, b->report);
    }
    if (status == ASSAY_OK) {
        status = bench_measure_machines(b->root, b->quick, f->machines, b->report);
    }
    if (status == ASSAY_OK) {
        status = bench_measure_search(b->quick, &f->search, b->report);
    }
    if (status == ASSAY_OK) {
        status = measure_event(b);
    }
    if (status == ASSAY_OK) {
        status = measure_clocked(b);
    }
    return status == ASSAY_OK ? join_signatures(f) : status;
}

assay_status bench_measure(const char* root, bool quick, bench_figures* out, assay_report* report) {
    bench b = {.root = root, .quick = quick, .figures = out, .report = report};
    *out = (bench_figures){0};
    assay_status status = load(&b);
    if (status == ASSAY_OK) {
        status = measure_all(&b);
    }
    assay_workload_free(&b.workload);
    assay_hw_free(&b.hw);
    return status;
}
