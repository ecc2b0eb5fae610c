#include "observer.h"

#include <stdio.h>

#include "interrupt.h"

void cli_observer_begin(cli_observer* observer, size_t layers, bool quiet, bool notes_wanted) {
    *observer = (cli_observer){.workload = "", .notes_wanted = notes_wanted && !quiet};
    if (!quiet) {
        uint64_t steps = (uint64_t)layers * CLI_STEPS_PER_LAYER;
        observer->bar = assay_progress_new(stderr, "simulate", steps, "steps");
    }
}

void cli_observer_next(cli_observer* observer, const assay_workload* workload) {
    observer->workload = assay_workload_name(workload);
    observer->done_before += observer->share;
    observer->share = (uint64_t)assay_workload_layer_count(workload) * CLI_STEPS_PER_LAYER;
}

static void show(cli_observer* observer, size_t layers_done, size_t layers, double fraction,
                 const char* layer) {
    char label[64];
    snprintf(label, sizeof label, "%s/%s", observer->workload, layer != NULL ? layer : "");
    double part = layers > 0 ? ((double)layers_done + fraction) / (double)layers : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    uint64_t done = observer->done_before + (uint64_t)(part * (double)observer->share);
    assay_progress_step(observer->bar, done, label);
}

static bool on_progress(void* user, size_t layers_done, size_t layers, double fraction,
                        const char* layer) {
    cli_observer* observer = user;
    if (observer->bar != NULL) {
        show(observer, layers_done, layers, fraction, layer);
    }
    return !cli_interrupted();
}

static void on_log(void* user, const char* layer, const char* text) {
    cli_observer* observer = user;
    cli_text_add(&observer->notes, "assay: note: %s/%s: %s\n", observer->workload, layer, text);
}

void cli_observer_attach(cli_observer* observer, assay_run_settings* settings) {
    settings->progress = on_progress;
    settings->log = observer->notes_wanted ? on_log : NULL;
    settings->user = observer;
}

void cli_observer_end(cli_observer* observer) {
    if (observer->bar != NULL) {
        assay_progress_end(&observer->bar);
    }
    fputs(cli_text_string(&observer->notes), stderr);
    cli_text_free(&observer->notes);
}
