/* One row per layer: fixed columns, then every stall cause, counter and energy component that
 * occurs in any layer. Fields are quoted as RFC 4180 says; lines end in a bare line feed, as text
 * tools and diffs expect. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"

/* Names in order of their first occurrence. */
typedef struct name_list {
    const char** names;
    size_t count, capacity;
} name_list;

typedef struct columns {
    name_list stalls, counters, energy;
} columns;

static bool contains(const name_list* list, const char* name) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_name(name_list* list, const char* name) {
    if (contains(list, name)) {
        return true;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 16;
        const char** names = realloc(list->names, capacity * sizeof *names);
        if (names == NULL) {
            return false;
        }
        list->names = names;
        list->capacity = capacity;
    }
    list->names[list->count++] = name;
    return true;
}

static bool add_layer_names(columns* all, const assay_layer_result* layer) {
    bool ok = true;
    for (size_t i = 0; i < layer->stall_count; i++) {
        ok = ok && add_name(&all->stalls, layer->stall_cycles[i].name);
    }
    for (size_t i = 0; i < layer->counter_count; i++) {
        ok = ok && add_name(&all->counters, layer->counters[i].name);
    }
    for (size_t i = 0; i < layer->energy_count; i++) {
        ok = ok && add_name(&all->energy, layer->energy[i].name);
    }
    return ok;
}

static bool collect(const cli_runs* runs, columns* all) {
    bool ok = true;
    for (size_t r = 0; r < runs->count; r++) {
        for (size_t i = 0; i < runs->results[r]->layer_count; i++) {
            ok = ok && add_layer_names(all, &runs->results[r]->layers[i]);
        }
    }
    return ok;
}

static void add_field(cli_text* out, const char* text) {
    cli_text_add_csv(out, text);
    cli_text_add(out, ",");
}

static void add_uint(cli_text* out, uint64_t value) {
    cli_text_add(out, "%" PRIu64 ",", value);
}

static void add_real(cli_text* out, double value) {
    char text[32];
    assay_format_real(value, text, sizeof text);
    cli_text_add(out, "%s,", text);
}

/* Every field ends in a comma; the last one becomes the end of the line. */
static void end_row(cli_text* out) {
    if (out->size > 0) {
        out->bytes[out->size - 1] = '\n';
    }
}

static void add_prefixed(cli_text* out, const char* prefix, const name_list* list) {
    for (size_t i = 0; i < list->count; i++) {
        cli_text_add(out, "%s", prefix);
        add_field(out, list->names[i]);
    }
}

static void add_header(cli_text* out, const columns* all) {
    cli_text_add(out, "workload,workload_hash,hw,hw_hash,model,layer,op,simulated,cycles,io_cycles,"
                      "seconds,energy_j,io_energy_j,macs,w_bits,a_bits,utilisation,bound,note,");
    add_prefixed(out, "stall_", &all->stalls);
    add_prefixed(out, "", &all->counters);
    add_prefixed(out, "energy_j_", &all->energy);
    end_row(out);
}

static void add_counts(cli_text* out, const name_list* list, const assay_count* counts,
                       size_t count) {
    for (size_t i = 0; i < list->count; i++) {
        size_t k = 0;
        while (k < count && strcmp(counts[k].name, list->names[i]) != 0) {
            k++;
        }
        if (k < count) {
            add_uint(out, counts[k].value);
        } else {
            add_field(out, "");
        }
    }
}

static void add_amounts(cli_text* out, const name_list* list, const assay_amount* amounts,
                        size_t count) {
    for (size_t i = 0; i < list->count; i++) {
        size_t k = 0;
        while (k < count && strcmp(amounts[k].name, list->names[i]) != 0) {
            k++;
        }
        if (k < count) {
            add_real(out, amounts[k].value);
        } else {
            add_field(out, "");
        }
    }
}

static void add_row(cli_text* out, const columns* all, const assay_result* result,
                    const assay_layer_result* layer) {
    add_field(out, result->workload_name);
    add_field(out, result->workload_hash);
    add_field(out, result->hw_name);
    add_field(out, result->hw_hash);
    add_field(out, result->model);
    add_field(out, layer->name);
    add_field(out, layer->op);
    add_uint(out, layer->simulated);
    add_uint(out, layer->cycles);
    add_uint(out, layer->io_cycles);
    add_real(out, layer->seconds);
    add_real(out, layer->energy_j);
    add_real(out, layer->io_energy_j);
    add_uint(out, layer->macs);
    add_uint(out, layer->w_bits);
    add_uint(out, layer->a_bits);
    add_real(out, layer->utilisation);
    add_field(out, layer->bound);
    add_field(out, layer->note);
    add_counts(out, &all->stalls, layer->stall_cycles, layer->stall_count);
    add_counts(out, &all->counters, layer->counters, layer->counter_count);
    add_amounts(out, &all->energy, layer->energy, layer->energy_count);
    end_row(out);
}

static void print_csv(const cli_runs* runs, cli_text* out) {
    columns all = {0};
    out->failed = out->failed || !collect(runs, &all);
    add_header(out, &all);
    for (size_t r = 0; r < runs->count; r++) {
        for (size_t i = 0; i < runs->results[r]->layer_count; i++) {
            add_row(out, &all, runs->results[r], &runs->results[r]->layers[i]);
        }
    }
    free(all.stalls.names);
    free(all.counters.names);
    free(all.energy.names);
}

const cli_format cli_format_csv = {"csv", print_csv};
