#include "table_output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "npy.h"
#include "quantity.h"
#include "text_table.h"

size_t table_widths(const measured_table* table) {
    return table->high - table->low + 1;
}

const assay_measurement* table_entry(const measured_table* table, size_t layer, unsigned w_bits,
                                     unsigned a_bits) {
    size_t widths = table_widths(table);
    return &table->entries[(layer * widths + (w_bits - table->low)) * widths +
                           (a_bits - table->low)];
}

static uint64_t dram_bytes(const assay_measurement* m) {
    return (m->dram_bits + 7) / 8;
}

static const char* layer_name(const measured_table* table, size_t layer) {
    return assay_workload_layer_name(table->workload, table->layers[layer]);
}

/* The one that was measured with: entries are of whole batches, MACs of layers are per image. */
static uint64_t batch_of(const measured_table* table) {
    for (size_t i = 0; i < table->layer_count; i++) {
        uint64_t macs = assay_workload_layer_macs(table->workload, table->layers[i]);
        if (macs > 0) {
            return table_entry(table, i, table->low, table->low)->macs / macs;
        }
    }
    return assay_workload_batch(table->workload);
}

/* ---- npy ---- */

static assay_status print_npy(const measured_table* table, cli_text* out) {
    size_t widths = table_widths(table), count = table->layer_count * widths * widths;
    const uint64_t shape[] = {table->layer_count, widths, widths};
    int64_t* cycles = calloc(count + 1, sizeof *cycles);
    char* bytes = NULL;
    size_t size = 0;
    if (cycles == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        cycles[i] = (int64_t)table->entries[i].cycles;
    }
    assay_status status = assay_npy_format(cycles, shape, 3, &bytes, &size);
    if (status == ASSAY_OK) {
        cli_text_append(out, bytes, size);
    }
    free(bytes);
    free(cycles);
    return status;
}

/* ---- csv ---- */

static void add_row(const measured_table* table, size_t layer, unsigned w, unsigned a,
                    cli_text* out) {
    const assay_measurement* m = table_entry(table, layer, w, a);
    char seconds[32], energy[32];
    assay_format_real(m->seconds, seconds, sizeof seconds);
    assay_format_real(m->energy_j, energy, sizeof energy);
    cli_text_add_csv(out, layer_name(table, layer));
    cli_text_add(out, ",%u,%u,%" PRIu64 ",%s,%s,%" PRIu64 "\n", w, a, m->cycles, seconds, energy,
                 dram_bytes(m));
}

static assay_status print_csv(const measured_table* table, cli_text* out) {
    cli_text_add(out, "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n");
    for (size_t i = 0; i < table->layer_count; i++) {
        for (unsigned w = table->low; w <= table->high; w++) {
            for (unsigned a = table->low; a <= table->high; a++) {
                add_row(table, i, w, a, out);
            }
        }
    }
    return ASSAY_OK;
}

/* ---- json ---- */

static void write_cycles(assay_json_writer* w, const assay_measurement* m) {
    assay_json_write_uint(w, NULL, m->cycles);
}

static void write_seconds(assay_json_writer* w, const assay_measurement* m) {
    assay_json_write_real(w, NULL, m->seconds);
}

static void write_energy(assay_json_writer* w, const assay_measurement* m) {
    assay_json_write_real(w, NULL, m->energy_j);
}

static void write_dram(assay_json_writer* w, const assay_measurement* m) {
    assay_json_write_uint(w, NULL, dram_bytes(m));
}

static void write_matrix(assay_json_writer* json, const char* key, const measured_table* table,
                         size_t layer,
                         void (*write)(assay_json_writer*, const assay_measurement*)) {
    assay_json_begin_array(json, key);
    for (unsigned w = table->low; w <= table->high; w++) {
        assay_json_begin_array(json, NULL);
        for (unsigned a = table->low; a <= table->high; a++) {
            write(json, table_entry(table, layer, w, a));
        }
        assay_json_end_array(json);
    }
    assay_json_end_array(json);
}

static void write_layer(assay_json_writer* json, const measured_table* table, size_t layer) {
    size_t at = table->layers[layer];
    assay_json_begin_object(json, NULL);
    assay_json_write_string(json, "name", layer_name(table, layer));
    assay_json_write_string(json, "op", assay_workload_layer_op(table->workload, at));
    assay_json_write_uint(json, "macs", assay_workload_layer_macs(table->workload, at));
    assay_json_write_uint(json, "params", assay_workload_layer_params(table->workload, at));
    write_matrix(json, "cycles", table, layer, write_cycles);
    write_matrix(json, "seconds", table, layer, write_seconds);
    write_matrix(json, "energy_j", table, layer, write_energy);
    write_matrix(json, "dram_bytes", table, layer, write_dram);
    assay_json_end_object(json);
}

static void write_identity(assay_json_writer* json, const measured_table* table) {
    assay_json_write_uint(json, "schema", 1);
    assay_json_write_string(json, "kind", "table");
    assay_json_write_string(json, "assay", assay_version());
    assay_json_write_string(json, "model", assay_model_name(table->model));
    assay_json_begin_object(json, "hw");
    assay_json_write_string(json, "name", assay_hw_name(table->hw));
    assay_json_write_string(json, "accelerator", assay_hw_accelerator(table->hw)->name);
    assay_json_write_string(json, "hash", assay_hw_hash(table->hw));
    assay_json_end_object(json);
    assay_json_begin_object(json, "workload");
    assay_json_write_string(json, "name", assay_workload_name(table->workload));
    assay_json_write_string(json, "hash", assay_workload_hash(table->workload));
    assay_json_write_uint(json, "batch", batch_of(table));
    assay_json_end_object(json);
    assay_json_begin_array(json, "bits");
    assay_json_write_uint(json, NULL, table->low);
    assay_json_write_uint(json, NULL, table->high);
    assay_json_end_array(json);
}

static assay_status print_json(const measured_table* table, cli_text* out) {
    assay_json_writer* json = assay_json_writer_new(0);
    if (json == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_json_begin_object(json, NULL);
    write_identity(json, table);
    assay_json_begin_array(json, "layers");
    for (size_t i = 0; i < table->layer_count; i++) {
        write_layer(json, table, i);
    }
    assay_json_end_array(json);
    assay_json_end_object(json);
    cli_json_finish(&json, out);
    return ASSAY_OK;
}

/* ---- Which one ---- */

static const table_format formats[] = {
    {".npy", print_npy}, {".csv", print_csv}, {".json", print_json}};

const table_format* table_format_of(const char* path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t ending = strlen(formats[i].ending);
        if (length > ending && strcmp(path + length - ending, formats[i].ending) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

/* ---- For people ---- */

static void add_layer_line(const measured_table* table, size_t layer, cli_table* lines) {
    size_t at = table->layers[layer];
    cli_table_cell(lines, "%s", layer_name(table, layer));
    cli_table_cell(lines, "%s", assay_workload_layer_op(table->workload, at));
    cli_table_cell(lines, "%s",
                   cli_si((double)assay_workload_layer_macs(table->workload, at), "").text);
    for (unsigned b = table->low; b <= table->high; b++) {
        cli_table_cell(lines, "%s", cli_count(table_entry(table, layer, b, b)->cycles).text);
    }
}

static void add_total_line(const measured_table* table, cli_table* lines) {
    cli_table_cell(lines, "all");
    cli_table_cell(lines, " ");
    cli_table_cell(lines, " ");
    for (unsigned b = table->low; b <= table->high; b++) {
        uint64_t cycles = 0;
        for (size_t i = 0; i < table->layer_count; i++) {
            cycles += table_entry(table, i, b, b)->cycles;
        }
        cli_table_cell(lines, "%s", cli_count(cycles).text);
    }
}

void table_print_summary(const measured_table* table, cli_text* out) {
    cli_text_add(out,
                 "%s on %s, %s model, batch %" PRIu64 "\n"
                 "cycles where weights and activations have the same width (--out for all "
                 "pairs, seconds, energy and traffic)\n\n",
                 assay_workload_name(table->workload), assay_hw_name(table->hw),
                 assay_model_name(table->model), batch_of(table));
    cli_table* lines = cli_table_new();
    cli_table_column(lines, CLI_LEFT, "layer");
    cli_table_column(lines, CLI_LEFT, "op");
    cli_table_column(lines, CLI_RIGHT, "MACs");
    for (unsigned b = table->low; b <= table->high; b++) {
        cli_table_column(lines, CLI_RIGHT, "%u bits", b);
    }
    for (size_t i = 0; i < table->layer_count; i++) {
        add_layer_line(table, i, lines);
    }
    add_total_line(table, lines);
    cli_table_print(lines, out);
    cli_table_free(&lines);
}
