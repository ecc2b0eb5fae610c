/* The result format of docs/formats.md: one JSON object per run, the same bytes every time. */
#include <string.h>

#include "assay/options.h"
#include "assay/workload.h"
#include "format.h"

static void write_counts(assay_json_writer* w, const char* key, const assay_count* counts,
                         size_t count) {
    assay_json_begin_object(w, key);
    for (size_t i = 0; i < count; i++) {
        assay_json_write_uint(w, counts[i].name, counts[i].value);
    }
    assay_json_end_object(w);
}

static void write_amounts(assay_json_writer* w, const char* key, const assay_amount* amounts,
                          size_t count) {
    assay_json_begin_object(w, key);
    for (size_t i = 0; i < count; i++) {
        assay_json_write_real(w, amounts[i].name, amounts[i].value);
    }
    assay_json_end_object(w);
}

static void write_option(assay_json_writer* w, const assay_option* option, const void* values) {
    double value = assay_option_get(option, values);
    switch (option->type) {
    case ASSAY_OPTION_UINT:
        assay_json_write_uint(w, option->name, (uint64_t)value);
        break;
    case ASSAY_OPTION_REAL:
        assay_json_write_real(w, option->name, value);
        break;
    case ASSAY_OPTION_BOOL:
        assay_json_write_bool(w, option->name, value != 0);
        break;
    case ASSAY_OPTION_CHOICE:
        assay_json_write_string(w, option->name, option->choices[(size_t)value]);
        break;
    }
}

static void write_hw(assay_json_writer* w, const assay_hw* hw, const assay_result* result) {
    const assay_option_table* table = assay_hw_accelerator(hw)->options;
    assay_json_begin_object(w, "hw");
    assay_json_write_string(w, "name", result->hw_name);
    assay_json_write_string(w, "accelerator", result->hw_accelerator);
    assay_json_write_string(w, "hash", result->hw_hash);
    assay_json_begin_object(w, "options");
    for (size_t i = 0; i < table->count; i++) {
        write_option(w, &table->options[i], assay_hw_values(hw));
    }
    assay_json_end_object(w);
    assay_json_end_object(w);
}

static void write_workload(assay_json_writer* w, const assay_result* result) {
    assay_json_begin_object(w, "workload");
    assay_json_write_string(w, "name", result->workload_name);
    assay_json_write_string(w, "hash", result->workload_hash);
    assay_json_write_uint(w, "batch", result->batch);
    assay_json_end_object(w);
}

static void write_total(assay_json_writer* w, const assay_result* result) {
    assay_json_begin_object(w, "total");
    assay_json_write_uint(w, "cycles", result->total.cycles);
    assay_json_write_uint(w, "io_cycles", result->total.io_cycles);
    assay_json_write_real(w, "seconds", result->total.seconds);
    assay_json_write_real(w, "energy_j", result->total.energy_j);
    assay_json_write_real(w, "io_energy_j", result->total.io_energy_j);
    assay_json_write_real(w, "area_mm2", result->total.area_mm2);
    assay_json_write_real(w, "power_w", result->total.power_w);
    assay_json_write_uint(w, "macs", result->total.macs);
    assay_json_write_real(w, "utilisation", result->total.utilisation);
    assay_json_write_uint(w, "dram_bytes", result->total.dram_bytes);
    assay_json_end_object(w);
}

/* Names of the per-PE values in their stored order: counters, then stall causes. */
static const char* pe_counter_name(const assay_accelerator_info* info, size_t i) {
    const assay_counter_table* table = info->pe_counters;
    if (i >= table->count) {
        i -= table->count;
        table = info->stall_causes;
    }
    return i < table->count ? table->counters[i].name : NULL;
}

static void write_pe(assay_json_writer* w, const assay_accelerator_info* info,
                     const assay_layer_result* layer) {
    assay_json_begin_object(w, "pe");
    for (size_t i = 0; i < layer->pe_counter_count; i++) {
        const char* name = pe_counter_name(info, i);
        if (name == NULL) {
            break;
        }
        assay_json_begin_array(w, name);
        for (size_t pe = 0; pe < layer->pe_count; pe++) {
            assay_json_write_uint(w, NULL, layer->pe_counters[pe * layer->pe_counter_count + i]);
        }
        assay_json_end_array(w);
    }
    assay_json_end_object(w);
}

static void write_shape(assay_json_writer* w, const assay_layer_shape* s) {
    assay_json_begin_object(w, "shape");
    assay_json_write_uint(w, "in_channels", s->in_channels);
    assay_json_write_uint(w, "in_height", s->in_height);
    assay_json_write_uint(w, "in_width", s->in_width);
    assay_json_write_uint(w, "out_channels", s->out_channels);
    assay_json_write_uint(w, "out_height", s->out_height);
    assay_json_write_uint(w, "out_width", s->out_width);
    assay_json_write_uint(w, "kernel_height", s->kernel_height);
    assay_json_write_uint(w, "kernel_width", s->kernel_width);
    assay_json_write_uint(w, "stride", s->stride);
    assay_json_write_uint(w, "groups", s->groups);
    assay_json_end_object(w);
}

/* Results name layers, the workload knows what they look like. */
static void write_shape_of(assay_json_writer* w, const assay_workload* workload, const char* name) {
    for (size_t i = 0; i < assay_workload_layer_count(workload); i++) {
        if (strcmp(assay_workload_layer_name(workload, i), name) == 0) {
            if (assay_workload_layer_is_matrix(workload, i)) {
                assay_layer_shape shape = assay_workload_layer_shape(workload, i);
                write_shape(w, &shape);
            }
            return;
        }
    }
}

static void write_layer(assay_json_writer* w, const cli_runs* runs, const assay_workload* workload,
                        const assay_layer_result* layer) {
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "name", layer->name);
    assay_json_write_string(w, "op", layer->op);
    write_shape_of(w, workload, layer->name);
    assay_json_write_bool(w, "simulated", layer->simulated);
    assay_json_write_uint(w, "cycles", layer->cycles);
    assay_json_write_uint(w, "io_cycles", layer->io_cycles);
    assay_json_write_real(w, "seconds", layer->seconds);
    assay_json_write_real(w, "energy_j", layer->energy_j);
    assay_json_write_real(w, "io_energy_j", layer->io_energy_j);
    assay_json_write_uint(w, "macs", layer->macs);
    assay_json_write_uint(w, "w_bits", layer->w_bits);
    assay_json_write_uint(w, "a_bits", layer->a_bits);
    assay_json_write_real(w, "utilisation", layer->utilisation);
    assay_json_write_string(w, "bound", layer->bound);
    assay_json_write_string(w, "note", layer->note);
    write_counts(w, "stall_cycles", layer->stall_cycles, layer->stall_count);
    write_counts(w, "counters", layer->counters, layer->counter_count);
    write_amounts(w, "energy", layer->energy, layer->energy_count);
    if (runs->per_pe) {
        write_pe(w, assay_hw_accelerator(runs->hw), layer);
    }
    assay_json_end_object(w);
}

static void write_check(assay_json_writer* w, const assay_result* result) {
    if (result->check.enabled) {
        assay_json_begin_object(w, "check");
        assay_json_write_uint(w, "compared", result->check.compared);
        assay_json_write_uint(w, "mismatches", result->check.mismatches);
        assay_json_end_object(w);
    }
}

static void write_run(assay_json_writer* w, const cli_runs* runs, size_t run) {
    const assay_result* result = runs->results[run];
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "assay", result->version);
    assay_json_write_string(w, "model", result->model);
    write_hw(w, runs->hw, result);
    write_workload(w, result);
    write_total(w, result);
    write_amounts(w, "energy_j", result->energy, result->energy_count);
    write_amounts(w, "area_mm2", result->area, result->area_count);
    assay_json_begin_array(w, "layers");
    for (size_t i = 0; i < result->layer_count; i++) {
        write_layer(w, runs, runs->workloads[run], &result->layers[i]);
    }
    assay_json_end_array(w);
    write_check(w, result);
    assay_json_end_object(w);
}

static void write_runs(assay_json_writer* w, const cli_runs* runs) {
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "assay", assay_version());
    assay_json_begin_array(w, "runs");
    for (size_t i = 0; i < runs->count; i++) {
        write_run(w, runs, i);
    }
    assay_json_end_array(w);
    assay_json_end_object(w);
}

void cli_json_finish(assay_json_writer** writer, cli_text* out) {
    size_t size = 0;
    const char* bytes = assay_json_writer_text(*writer, &size);
    if (bytes != NULL) {
        cli_text_append(out, bytes, size);
        cli_text_append(out, "\n", 1);
    } else {
        out->failed = true;
    }
    assay_json_writer_free(writer);
}

static void print_json(const cli_runs* runs, cli_text* out) {
    assay_json_writer* w = assay_json_writer_new(2);
    if (w == NULL) {
        out->failed = true;
        return;
    }
    if (runs->count == 1) {
        write_run(w, runs, 0);
    } else {
        write_runs(w, runs);
    }
    cli_json_finish(&w, out);
}

const cli_format cli_format_json = {"json", print_json};
