#include "text_layers.h"

#include <string.h>

#include "quantity.h"
#include "text_table.h"

static const uint64_t* counter(const assay_layer_result* layer, const char* name) {
    for (size_t i = 0; i < layer->counter_count; i++) {
        if (strcmp(layer->counters[i].name, name) == 0) {
            return &layer->counters[i].value;
        }
    }
    return NULL;
}

static cli_quantity share(const uint64_t* part, uint64_t whole) {
    return part != NULL ? cli_percent((double)*part, (double)whole) : (cli_quantity){"-"};
}

/* How much of the time a perfectly even split of the work would have taken. */
static cli_quantity load_balance(const assay_layer_result* layer) {
    return share(counter(layer, "theoretical_cycles"), layer->cycles);
}

static cli_quantity padding_share(const assay_layer_result* layer) {
    const uint64_t* entries = counter(layer, "entries");
    return share(counter(layer, "padding_entries"), entries != NULL ? *entries : 0);
}

/* The largest cause below `below`, ties by order; NULL when none is left. */
static const assay_count* next_stall(const assay_layer_result* layer, const assay_count* below) {
    const assay_count* best = NULL;
    for (size_t i = 0; i < layer->stall_count; i++) {
        const assay_count* cause = &layer->stall_cycles[i];
        bool left = below == NULL || cause->value < below->value ||
                    (cause->value == below->value && cause > below);
        if (left && cause->value > 0 && (best == NULL || cause->value > best->value)) {
            best = cause;
        }
    }
    return best;
}

static double pe_cycles_of(const assay_layer_result* layer) {
    for (size_t i = 0; i < layer->counter_count; i++) {
        if (strcmp(layer->counters[i].name, "pe_cycles") == 0) {
            return (double)layer->counters[i].value;
        }
    }
    return 0;
}

/* The two largest causes, in percent of all PE-cycles of the layer. */
static void add_stalls(cli_table* table, const assay_layer_result* layer) {
    double pe_cycles = pe_cycles_of(layer);
    const assay_count* first = next_stall(layer, NULL);
    if (first == NULL) {
        cli_table_cell(table, "-");
        return;
    }
    const assay_count* second = next_stall(layer, first);
    cli_quantity a = cli_percent((double)first->value, pe_cycles);
    if (second == NULL) {
        cli_table_cell(table, "%s=%s", first->name, a.text);
        return;
    }
    cli_quantity b = cli_percent((double)second->value, pe_cycles);
    cli_table_cell(table, "%s=%s, %s=%s", first->name, a.text, second->name, b.text);
}

static void add_columns(cli_table* table) {
    cli_table_column(table, CLI_LEFT, "layer");
    cli_table_column(table, CLI_LEFT, "op");
    cli_table_column(table, CLI_RIGHT, "cycles");
    cli_table_column(table, CLI_RIGHT, "time µs");
    cli_table_column(table, CLI_RIGHT, "energy");
    cli_table_column(table, CLI_RIGHT, "MACs");
    cli_table_column(table, CLI_RIGHT, "util %%");
    cli_table_column(table, CLI_RIGHT, "bal %%");
    cli_table_column(table, CLI_RIGHT, "pad %%");
    cli_table_column(table, CLI_LEFT, "bound");
    cli_table_column(table, CLI_LEFT, "largest stalls, %% of PE-cycles");
}

/* As much as tells the rows apart. */
static void add_name(cli_table* table, const cli_runs* runs, const assay_result* result,
                     const assay_layer_result* layer) {
    if (runs->count == 1) {
        cli_table_cell(table, "%s", layer->name);
    } else if (result->layer_count == 1) {
        cli_table_cell(table, "%s", result->workload_name);
    } else {
        cli_table_cell(table, "%s/%s", result->workload_name, layer->name);
    }
}

static void add_row(cli_table* table, const cli_runs* runs, const assay_result* result,
                    const assay_layer_result* layer) {
    add_name(table, runs, result, layer);
    cli_table_cell(table, "%s%s", layer->op, layer->simulated ? "" : "*");
    cli_table_cell(table, "%s", cli_count(layer->cycles).text);
    cli_table_cell(table, "%s", cli_scaled(layer->seconds, 1e-6).text);
    cli_table_cell(table, "%s", cli_si(layer->energy_j, "J").text);
    cli_table_cell(table, "%s", cli_si((double)layer->macs, "").text);
    cli_table_cell(table, "%s", cli_percent(layer->utilisation, 1).text);
    cli_table_cell(table, "%s", load_balance(layer).text);
    cli_table_cell(table, "%s", padding_share(layer).text);
    cli_table_cell(table, "%s", layer->bound);
    add_stalls(table, layer);
}

/* Layers that the host computes: they take a row each and would say nothing. */
static bool left_out(const assay_layer_result* layer) {
    return !layer->simulated && layer->cycles == 0 && layer->energy_j == 0;
}

static bool any(const cli_runs* runs, bool (*holds)(const assay_layer_result*)) {
    for (size_t r = 0; r < runs->count; r++) {
        for (size_t i = 0; i < runs->results[r]->layer_count; i++) {
            if (holds(&runs->results[r]->layers[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool charged_by_rule(const assay_layer_result* layer) {
    return !layer->simulated && !left_out(layer);
}

static bool has_balance(const assay_layer_result* layer) {
    return counter(layer, "theoretical_cycles") != NULL;
}

static bool has_padding(const assay_layer_result* layer) {
    return counter(layer, "padding_entries") != NULL;
}

static size_t count_left_out(const cli_runs* runs) {
    size_t count = 0;
    for (size_t r = 0; r < runs->count; r++) {
        for (size_t i = 0; i < runs->results[r]->layer_count; i++) {
            count += left_out(&runs->results[r]->layers[i]);
        }
    }
    return count;
}

static void add_legend(const cli_runs* runs, cli_text* out) {
    cli_text_add(out, "util: useful MACs of the possible");
    if (any(runs, has_balance)) {
        cli_text_add(out, "; bal: cycles of even work / cycles");
    }
    if (any(runs, has_padding)) {
        cli_text_add(out, "; pad: padding entries / entries");
    }
    cli_text_add(out, "\n");
    if (any(runs, charged_by_rule)) {
        cli_text_add(out, "* not simulated but charged by a stated rule\n");
    }
    size_t hidden = count_left_out(runs);
    if (hidden > 0) {
        cli_text_add(out, "%zu layer%s without cycles of the machine %s not shown\n", hidden,
                     hidden == 1 ? "" : "s", hidden == 1 ? "is" : "are");
    }
}

/* Layers often share a note: it is printed at its first layer, with the number of the others. */
static bool noted_before(const assay_result* result, size_t layer) {
    for (size_t i = 0; i < layer; i++) {
        if (strcmp(result->layers[i].note, result->layers[layer].note) == 0) {
            return true;
        }
    }
    return false;
}

static size_t same_note_after(const assay_result* result, size_t layer) {
    size_t n = 0;
    for (size_t i = layer + 1; i < result->layer_count; i++) {
        n += strcmp(result->layers[i].note, result->layers[layer].note) == 0;
    }
    return n;
}

static void add_notes(cli_table* table, const assay_result* result) {
    for (size_t i = 0; i < result->layer_count; i++) {
        const assay_layer_result* layer = &result->layers[i];
        if (layer->note[0] == '\0' || noted_before(result, i)) {
            continue;
        }
        size_t others = same_note_after(result, i);
        if (others > 0) {
            cli_table_cell(table, "%s/%s and %zu more", result->workload_name, layer->name, others);
        } else {
            cli_table_cell(table, "%s/%s", result->workload_name, layer->name);
        }
        cli_table_cell(table, "%s", layer->note);
    }
}

static bool has_note(const assay_layer_result* layer) {
    return layer->note[0] != '\0';
}

static void print_notes(const cli_runs* runs, cli_text* out) {
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "layer");
    cli_table_column(table, CLI_LEFT, "note");
    for (size_t r = 0; r < runs->count; r++) {
        add_notes(table, runs->results[r]);
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void add_rows(cli_table* table, const cli_runs* runs, const assay_result* result) {
    for (size_t i = 0; i < result->layer_count; i++) {
        if (!left_out(&result->layers[i])) {
            add_row(table, runs, result, &result->layers[i]);
        }
    }
}

void cli_text_layers(const cli_runs* runs, cli_text* out) {
    cli_table* table = cli_table_new();
    add_columns(table);
    for (size_t r = 0; r < runs->count; r++) {
        add_rows(table, runs, runs->results[r]);
    }
    cli_table_print(table, out);
    cli_table_free(&table);
    add_legend(runs, out);
    if (any(runs, has_note)) {
        print_notes(runs, out);
    }
}
