/* Simulated silicon: load a piece of hardware and a workload, run one on the other, read the
 * counters.
 *
 *     assay_report *report = assay_report_new();
 *     assay_hw *hw = NULL;
 *     assay_workload *net = NULL;
 *     assay_machine *machine = NULL;
 *     assay_result *result = NULL;
 *     assay_run_settings settings = assay_default_run_settings();
 *     if (assay_hw_load("hw_configs/eie_64pe.json", &hw, report) == ASSAY_OK &&
 *         assay_workload_load("traces/eie/alexnet_fc6.json", NULL, &net, report) == ASSAY_OK &&
 *         assay_machine_open(hw, ASSAY_MODEL_EVENT, NULL, &machine, report) == ASSAY_OK &&
 *         assay_machine_run(machine, net, &settings, &result, report) == ASSAY_OK)
 *         printf("%llu cycles\n", (unsigned long long)result->total.cycles);
 *     assay_result_free(&result); assay_machine_close(&machine);
 *     assay_workload_free(&net); assay_hw_free(&hw); assay_report_free(&report);
 *
 * Conventions: on failure every out-pointer is NULL and nothing needs freeing. Objects are not
 * thread-safe. SystemC allows one machine per process at a time; opening a second one while the
 * first is open is refused (ASSAY_BAD_INPUT). Parallel work uses processes. */
#ifndef ASSAY_SIM_H
#define ASSAY_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/options.h"
#include "assay/status.h"
#include "assay/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What there is ---- */

/* One counter or stall cause: stated once, in the accelerator's table. */
typedef struct assay_counter_info {
    const char* name; /* snake_case */
    const char* unit; /* "cycles", "reads", ... */
    const char* help;
} assay_counter_info;

typedef struct assay_counter_table {
    const assay_counter_info* counters;
    size_t count;
} assay_counter_table;

typedef struct assay_accelerator_info {
    const char* name;    /* "eie" */
    const char* summary; /* one line */
    const assay_option_table* options;
    const assay_counter_table* layer_counters; /* per layer, whole machine */
    const assay_counter_table* pe_counters;    /* per layer and PE */
    const assay_counter_table* stall_causes;   /* per layer and PE, in PE-cycles */
    bool fixed_widths; /* policies do not change the widths that a layer is computed at */
} assay_accelerator_info;

size_t assay_accelerator_count(void);
const assay_accelerator_info* assay_accelerator_at(size_t i);           /* i < count */
const assay_accelerator_info* assay_accelerator_find(const char* name); /* NULL if none */
const char* assay_version(void);

/* ---- Hardware: one JSON file ---- */

/* {"schema": 1, "name": ..., "accelerator": "eie", "description": ..., "options": {...}} */
typedef struct assay_hw assay_hw;

/* Also reads tables of measurements (.npy, .csv, .json: docs/formats.md) as machines of the
 * accelerator "table". ASSAY_BAD_INPUT: the report lists every mistake of the file. */
assay_status assay_hw_load(const char* path, assay_hw** out, assay_report* report);
/* True if assay_hw_load is the one to read this file, well-formed or not. */
bool assay_hw_recognises(const char* path);
/* The accelerator's defaults under the name "<accelerator> defaults". */
assay_status assay_hw_default(const char* accelerator, assay_hw** out, assay_report* report);
/* One option from text, as --set does. Unchanged on failure. Cross-option rules are checked by
 * assay_hw_check, so that several settings can be made one after another. */
assay_status assay_hw_set(assay_hw* hw, const char* key, const char* text, assay_report* report);
/* Rules between options (an entry must fit its SRAM word, ...). assay_machine_open calls it too. */
assay_status assay_hw_check(const assay_hw* hw, assay_report* report);
const char* assay_hw_name(const assay_hw* hw);
const assay_accelerator_info* assay_hw_accelerator(const assay_hw* hw);
const void* assay_hw_values(const assay_hw* hw); /* the option values struct */
/* 32 hex digits over accelerator and every option value (not over name and description). */
const char* assay_hw_hash(const assay_hw* hw);
void assay_hw_free(assay_hw** hw);

/* ---- Machine and run ---- */

typedef enum assay_model {
    ASSAY_MODEL_EVENT,   /* simulated by events and annotated calls: what searches use */
    ASSAY_MODEL_CLOCKED, /* a process per PE and block: the reference, waveforms */
} assay_model;
const char* assay_model_name(assay_model model); /* "event", "clocked" */

typedef struct assay_machine assay_machine;

/* Elaborates the machine once. `vcd_path`: waveform file (".vcd" is appended where it is missing),
 * for the clocked model only; NULL for none. */
assay_status assay_machine_open(const assay_hw* hw, assay_model model, const char* vcd_path,
                                assay_machine** out, assay_report* report);
void assay_machine_close(assay_machine** machine);
/* False: tables, and EIE's clocked model. */
bool assay_machine_has_timeline(const assay_machine* machine);

typedef struct assay_count {
    const char* name;
    uint64_t value;
} assay_count;

/* Something that took time, or a level that changed, on one row of a run's timeline. Rows and
 * names: docs/formats.md. Everything lives for the call. */
typedef struct assay_timeline_event {
    const char* layer;          /* that is running */
    const char* row;            /* "layer", "array", "channel 0", "input buffer", ... */
    const char* name;           /* of what took the time: "issue", "weight", ...; of the level */
    bool level;                 /* `value` from cycle `begin` on; else a slice of a row */
    uint64_t begin;             /* cycles since the run began, I/O mode inside layers included */
    uint64_t end;               /* of a slice, exclusive, > begin; slices of a row do not overlap */
    uint64_t value;             /* of a level */
    const assay_count* figures; /* [figure_count] what a slice moved, ...  */
    size_t figure_count;
} assay_timeline_event;

typedef struct assay_run_settings {
    bool check;   /* compare every output with the plain C reference; default false */
    bool outputs; /* compute output values (event model may skip them); default true */
    bool per_pe;  /* keep the counters of every PE; a machine may leave them out; default true */
    /* Names to run, NULL-terminated; NULL: all. Others are computed by the reference so that the
     * data stay real; they are not in the result. */
    const char* const* layers;
    const assay_policy* policy; /* NULL: the workload's widths, or the machine's defaults */
    uint64_t batch;             /* 0: the machine's, or the workload's */
    const char* cache_dir;      /* encoded matrices cached by content; NULL: no cache on disk */
    /* Called between layers and now and then inside long ones; return false to stop
     * (ASSAY_INTERRUPTED). May be NULL. */
    bool (*progress)(void* user, size_t layers_done, size_t layers, double fraction,
                     const char* layer);
    /* Called once per layer that has something to say (how it was tiled, what was changed to fit),
     * as it happens. The text lives for the call. May be NULL. */
    void (*log)(void* user, const char* layer, const char* text);
    void* user; /* handed to both callbacks */
    /* Called for everything that belongs on a timeline, each row in order of time; changes no
     * counter. Return false to stop (ASSAY_INTERRUPTED). May be NULL. ASSAY_BAD_INPUT from machines
     * without timelines: assay_machine_has_timeline. */
    bool (*timeline)(void* user, const assay_timeline_event* event);
    void* timeline_user;
    uint64_t cookie; /* set by assay_default_run_settings */
} assay_run_settings;

assay_run_settings assay_default_run_settings(void);

typedef struct assay_amount {
    const char* name;
    double value;
} assay_amount;

typedef struct assay_layer_result {
    const char* name;
    const char* op;     /* "linear", "conv2d", "maxpool", ... */
    const char* bound;  /* what limits it: "compute", "imbalance", "broadcast", "memory", ... */
    const char* note;   /* e.g. how it was tiled, or that codes were clustered again; may be "" */
    bool simulated;     /* false: computed by the host, outside the machine (pooling, ...) */
    uint64_t cycles;    /* computing mode, streaming stalls included */
    uint64_t io_cycles; /* I/O mode between batches, counted apart, not in `cycles` */
    double seconds;     /* cycles / clock */
    double energy_j;    /* of computing mode */
    double io_energy_j; /* of I/O mode, counted apart like io_cycles */
    double utilisation; /* executed non-padding MACs / (cycles * PEs) */
    uint64_t macs;      /* of the dense layer */
    unsigned w_bits, a_bits; /* stored bits of a weight (EIE: codebook index) and an activation */
    const assay_count* stall_cycles; /* [stall_count] PE-cycles by cause, summed over PEs */
    size_t stall_count;
    const assay_count* counters; /* [counter_count] whole machine */
    size_t counter_count;
    const assay_amount* energy; /* [energy_count] joules by component, computing mode */
    size_t energy_count;
    /* [pe_count][pe_counter_count], columns as in the accelerator's tables: first pe_counters, then
     * stall_causes */
    const uint64_t* pe_counters;
    size_t pe_count, pe_counter_count;
} assay_layer_result;

typedef struct assay_result {
    const char* version;
    const char* model; /* "event" or "clocked": which model produced every number below */
    const char *hw_name, *hw_accelerator, *hw_hash;
    const char *workload_name, *workload_hash;
    uint64_t batch;
    struct {
        uint64_t cycles, io_cycles, macs, dram_bytes;
        double seconds, energy_j, io_energy_j, area_mm2, power_w, utilisation;
    } total;
    const assay_amount* energy; /* [energy_count] joules by component, summed over layers */
    size_t energy_count;
    const assay_amount* area; /* [area_count] mm2 by structure, whole machine */
    size_t area_count;
    const assay_layer_result* layers; /* [layer_count] in order of the workload */
    size_t layer_count;
    struct {
        uint64_t compared, mismatches; /* outputs of simulated layers */
        bool enabled;
    } check;
    /* Where the process spent its time. For people; never part of a result file. */
    struct {
        double generate_s, encode_s, simulate_s, check_s;
    } wall;
} assay_result;

/* Feeds the workload's layers to the machine. May be called again with other workloads: the machine
 * is not elaborated again. ASSAY_BAD_INPUT: a layer does not fit (the report says how much is
 * needed and how much there is). ASSAY_MISMATCH: --check found differences; *out is set in this
 * case. */
assay_status assay_machine_run(assay_machine* machine, const assay_workload* workload,
                               const assay_run_settings* settings, assay_result** out,
                               assay_report* report);
void assay_result_free(assay_result** result);

/* One layer alone on a machine: what tables and searches ask for. */
typedef struct assay_measurement {
    uint64_t cycles, dram_bits, macs; /* of the whole batch */
    double seconds, energy_j;
} assay_measurement;

/* Timing only: no values are computed. Inputs and outputs are in DRAM. w_bits and a_bits are
 * 1 .. 16; batch 0: the machine's, or the workload's. ASSAY_BAD_INPUT: the layer does not fit. */
assay_status assay_machine_measure(assay_machine* machine, const assay_workload* workload,
                                   size_t layer, unsigned w_bits, unsigned a_bits, uint64_t batch,
                                   assay_measurement* out, assay_report* report);
/* What a measurement depends on, as 32 hex digits: version and sources of the simulator, model,
 * hardware, the layer's content, widths, batch. Equal keys mean equal measurements; needs no
 * machine. */
#define ASSAY_KEY_TEXT 33
assay_status assay_measurement_key(const assay_hw* hw, assay_model model,
                                   const assay_workload* workload, size_t layer, unsigned w_bits,
                                   unsigned a_bits, uint64_t batch, char out[ASSAY_KEY_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
