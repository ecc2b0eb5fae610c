/* Tables for people: layers, totals, where the energy went, what the silicon is made of. */
#include <string.h>

#include "format.h"
#include "quantity.h"
#include "text_layers.h"
#include "text_table.h"

static void print_head(const cli_runs* runs, cli_text* out) {
    const assay_result* first = runs->results[0];
    cli_text_add(out, "assay %s, %s model, on %s (%s, %s)\n\n", first->version, first->model,
                 first->hw_name, first->hw_accelerator, first->hw_hash);
}

static bool any_io(const cli_runs* runs) {
    uint64_t cycles = 0;
    for (size_t r = 0; r < runs->count; r++) {
        cycles |= runs->results[r]->total.io_cycles;
    }
    return cycles != 0;
}

static void add_total_columns(cli_table* table, bool io) {
    cli_table_column(table, CLI_LEFT, "total");
    cli_table_column(table, CLI_RIGHT, "batch");
    cli_table_column(table, CLI_RIGHT, "cycles");
    if (io) {
        cli_table_column(table, CLI_RIGHT, "I/O cycles");
    }
    cli_table_column(table, CLI_RIGHT, "time");
    cli_table_column(table, CLI_RIGHT, "energy");
    if (io) {
        cli_table_column(table, CLI_RIGHT, "I/O energy");
    }
    cli_table_column(table, CLI_RIGHT, "power");
    cli_table_column(table, CLI_RIGHT, "MACs");
    cli_table_column(table, CLI_RIGHT, "util %%");
    cli_table_column(table, CLI_RIGHT, "DRAM bytes");
}

static void add_total(cli_table* table, const assay_result* result, bool io) {
    cli_table_cell(table, "%s", result->workload_name);
    cli_table_cell(table, "%s", cli_count(result->batch).text);
    cli_table_cell(table, "%s", cli_count(result->total.cycles).text);
    if (io) {
        cli_table_cell(table, "%s", cli_count(result->total.io_cycles).text);
    }
    cli_table_cell(table, "%s", cli_si(result->total.seconds, "s").text);
    cli_table_cell(table, "%s", cli_si(result->total.energy_j, "J").text);
    if (io) {
        cli_table_cell(table, "%s", cli_si(result->total.io_energy_j, "J").text);
    }
    cli_table_cell(table, "%s", cli_si(result->total.power_w, "W").text);
    cli_table_cell(table, "%s", cli_si((double)result->total.macs, "").text);
    cli_table_cell(table, "%s", cli_percent(result->total.utilisation, 1).text);
    cli_table_cell(table, "%s", cli_count(result->total.dram_bytes).text);
}

static void print_totals(const cli_runs* runs, cli_text* out) {
    bool io = any_io(runs);
    cli_table* table = cli_table_new();
    add_total_columns(table, io);
    for (size_t r = 0; r < runs->count; r++) {
        add_total(table, runs->results[r], io);
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
    if (io) {
        cli_text_add(out, "I/O cycles and energy (loading between batches) are not part of time, "
                          "energy and power\n");
    }
}

static double amount_of(const assay_result* result, const char* name) {
    for (size_t i = 0; i < result->energy_count; i++) {
        if (strcmp(result->energy[i].name, name) == 0) {
            return result->energy[i].value;
        }
    }
    return 0;
}

/* All results come from one machine, so the first one names every component. */
static void print_energy(const cli_runs* runs, cli_text* out) {
    double total = 0;
    for (size_t r = 0; r < runs->count; r++) {
        total += runs->results[r]->total.energy_j;
    }
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "energy by component");
    cli_table_column(table, CLI_RIGHT, "all runs");
    cli_table_column(table, CLI_RIGHT, "share %%");
    for (size_t i = 0; i < runs->results[0]->energy_count; i++) {
        const char* name = runs->results[0]->energy[i].name;
        double sum = 0;
        for (size_t r = 0; r < runs->count; r++) {
            sum += amount_of(runs->results[r], name);
        }
        cli_table_cell(table, "%s", name);
        cli_table_cell(table, "%s", cli_si(sum, "J").text);
        cli_table_cell(table, "%s", cli_percent(sum, total).text);
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void add_area(cli_table* table, const char* name, double area, double total) {
    cli_table_cell(table, "%s", name);
    cli_table_cell(table, "%s", cli_scaled(area, 1).text);
    cli_table_cell(table, "%s", cli_percent(area, total).text);
}

static void print_area(const assay_result* result, cli_text* out) {
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "area by structure");
    cli_table_column(table, CLI_RIGHT, "mm²");
    cli_table_column(table, CLI_RIGHT, "share %%");
    for (size_t i = 0; i < result->area_count; i++) {
        add_area(table, result->area[i].name, result->area[i].value, result->total.area_mm2);
    }
    add_area(table, "whole machine", result->total.area_mm2, result->total.area_mm2);
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void print_checks(const cli_runs* runs, cli_text* out) {
    uint64_t compared = 0, mismatches = 0;
    for (size_t r = 0; r < runs->count; r++) {
        compared += runs->results[r]->check.compared;
        mismatches += runs->results[r]->check.mismatches;
    }
    if (runs->results[0]->check.enabled) {
        cli_text_add(out, "\ncheck: %s outputs compared with the plain reference, %s differ\n",
                     cli_count(compared).text, cli_count(mismatches).text);
    }
}

static void print_text(const cli_runs* runs, cli_text* out) {
    print_head(runs, out);
    cli_text_layers(runs, out);
    print_totals(runs, out);
    print_energy(runs, out);
    print_area(runs->results[0], out);
    print_checks(runs, out);
}

const cli_format cli_format_text = {"text", print_text};
