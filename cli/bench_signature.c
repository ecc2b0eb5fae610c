#include "bench_signature.h"

#include "interrupt.h"
#include "text.h"

/* Named one by one: a new trace must not change the signature of the old ones. */
static const char* const traces[] = {
    "alexnet_fc6", "alexnet_fc7",   "alexnet_fc8",   "vgg_fc6",         "vgg_fc7",
    "vgg_fc8",     "neuraltalk_we", "neuraltalk_wd", "neuraltalk_lstm",
};

static void hash_counts(assay_hasher* hasher, const assay_count* counts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assay_hasher_uint(hasher, counts[i].name, counts[i].value);
    }
}

void bench_hash_layer(assay_hasher* hasher, const assay_layer_result* layer) {
    size_t values = layer->pe_count * layer->pe_counter_count;
    assay_hasher_text(hasher, "layer", layer->name);
    assay_hasher_uint(hasher, "cycles", layer->cycles);
    assay_hasher_uint(hasher, "io_cycles", layer->io_cycles);
    hash_counts(hasher, layer->stall_cycles, layer->stall_count);
    hash_counts(hasher, layer->counters, layer->counter_count);
    for (size_t i = 0; i < values; i++) {
        assay_hasher_uint(hasher, "pe", layer->pe_counters[i]);
    }
}

static assay_status hash_run(assay_hasher* hasher, assay_machine* machine,
                             const assay_workload* workload, const assay_run_settings* settings,
                             assay_report* report) {
    assay_result* result = NULL;
    assay_status status = assay_machine_run(machine, workload, settings, &result, report);
    if (status == ASSAY_OK) {
        assay_hasher_text(hasher, "workload", result->workload_name);
        for (size_t i = 0; i < result->layer_count; i++) {
            bench_hash_layer(hasher, &result->layers[i]);
        }
    }
    assay_result_free(&result);
    return status;
}

static assay_status hash_trace(assay_hasher* hasher, assay_machine* machine, const char* root,
                               const char* trace, const assay_run_settings* settings,
                               assay_report* report) {
    cli_text path = {0};
    cli_text_add(&path, "%s/traces/eie/%s.json", root, trace);
    assay_workload* workload = NULL;
    assay_status status = ASSAY_NO_MEMORY;
    if (!path.failed) {
        status = assay_workload_load(path.bytes, NULL, &workload, report);
    }
    if (status == ASSAY_OK) {
        status = hash_run(hasher, machine, workload, settings, report);
    }
    assay_workload_free(&workload);
    cli_text_free(&path);
    return status;
}

assay_status bench_signature(const char* root, assay_machine* machine,
                             const assay_run_settings* settings, char signature[ASSAY_HASH_TEXT],
                             assay_report* report) {
    assay_hasher* hasher = assay_hasher_new();
    assay_status status = hasher != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < sizeof traces / sizeof *traces && status == ASSAY_OK; i++) {
        status = cli_interrupted() ? ASSAY_INTERRUPTED
                                   : hash_trace(hasher, machine, root, traces[i], settings, report);
    }
    if (status == ASSAY_OK) {
        assay_hash_format(assay_hasher_done(hasher), signature);
    }
    assay_hasher_free(&hasher);
    return status;
}
