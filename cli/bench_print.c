#include "bench_print.h"
#include "bench_peers.h"
#include "bench_targets.h"
#include "quantity.h"
#include "text_table.h"

static void add_sample_row(cli_table* table, const char* name, const bench_sample* sample) {
    cli_table_cell(table, "%s", name);
    cli_table_cell(table, "%zu", sample->runs);
    cli_table_cell(table, "%s", cli_scaled(sample->min_s, 1e-3).text);
    cli_table_cell(table, "%s", cli_scaled(sample->median_s, 1e-3).text);
    cli_table_cell(table, "%s", cli_percent(sample->spread, 1).text);
}

static void print_samples(const bench_figures* f, cli_text* out) {
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "alexnet_fc6 on eie_64pe");
    cli_table_column(table, CLI_RIGHT, "runs");
    cli_table_column(table, CLI_RIGHT, "min ms");
    cli_table_column(table, CLI_RIGHT, "median ms");
    cli_table_column(table, CLI_RIGHT, "spread %%");
    add_sample_row(table, "event model, timing only", &f->timing);
    add_sample_row(table, "event model, with outputs", &f->outputs);
    add_sample_row(table, "clocked model", &f->clocked);
    add_sample_row(table, "plain C reference", &f->reference);
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void add_layer_row(cli_table* table, const bench_machine* m, const bench_layer* layer) {
    cli_table_cell(table, "%s%s%s", m->hw, m->setting[0] != '\0' ? " " : "", m->setting);
    cli_table_cell(table, "%s", layer->name);
    if (layer->bits > 0) {
        cli_table_cell(table, "%u", layer->bits);
    } else {
        cli_table_cell(table, "own");
    }
    cli_table_cell(table, "%s", cli_count(layer->cycles).text);
    cli_table_cell(table, "%s", cli_scaled(layer->event.min_s, 1e-3).text);
    cli_table_cell(table, "%s", cli_percent(layer->event.spread, 1).text);
    cli_table_cell(table, "%s", cli_scaled(layer->clocked.min_s, 1e-3).text);
    cli_table_cell(table, "%.0f", layer->clocked.min_s / layer->event.min_s);
    cli_table_cell(table, "%.0f", m->geomean);
}

static void print_machines(const bench_figures* f, cli_text* out) {
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "machine");
    cli_table_column(table, CLI_LEFT, "layer");
    cli_table_column(table, CLI_RIGHT, "bits");
    cli_table_column(table, CLI_RIGHT, "cycles");
    cli_table_column(table, CLI_RIGHT, "event ms");
    cli_table_column(table, CLI_RIGHT, "spread %%");
    cli_table_column(table, CLI_RIGHT, "clocked ms");
    cli_table_column(table, CLI_RIGHT, "ratio");
    cli_table_column(table, CLI_RIGHT, "geomean");
    for (size_t i = 0; i < BENCH_MACHINES; i++) {
        for (size_t k = 0; k < f->machines[i].count; k++) {
            add_layer_row(table, &f->machines[i], &f->machines[i].layers[k]);
        }
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void print_targets(const bench_figures* f, cli_text* out) {
    bench_target targets[BENCH_TARGETS];
    const size_t count = bench_read_targets(f, targets);
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "ratio of the minima, or cost");
    cli_table_column(table, CLI_RIGHT, "value");
    cli_table_column(table, CLI_RIGHT, "target");
    cli_table_column(table, CLI_LEFT, "verdict");
    for (size_t i = 0; i < count; i++) {
        const bench_target* t = &targets[i];
        const char* space = t->unit[0] != '\0' ? " " : "";
        cli_table_cell(table, "%s", t->name);
        cli_table_cell(table, "%.2f%s%s", t->value, space, t->unit);
        cli_table_cell(table, "%s %g%s%s", t->at_least ? ">=" : "<=", t->target, space, t->unit);
        cli_table_cell(table, "%s", bench_met(t) ? "met" : "missed");
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void print_peers(const bench_query* query, cli_text* out) {
    cli_text_add(out,
                 "CPU seconds of others for MobileNet-V1, measured elsewhere, by ours here:\n");
    for (size_t i = 0; i < BENCH_PEERS; i++) {
        cli_text_add(out, "    %s: %g s, %s x\n", bench_peers[i].name, bench_peers[i].cpu_s,
                     cli_si(bench_peers[i].cpu_s / query->whole_s, "").text);
    }
}

static void print_network(const bench_network* n, cli_text* out) {
    const bench_query* q = &n->query;
    if (n->skipped) {
        return;
    }
    cli_text_add(
        out,
        "\nMobileNet-V1 on bit_fusion_16x32, CPU, fastest of %zu new processes:\n"
        "    files %.2f ms, elaborate %.2f ms, map and simulate %.2f ms (slowest %.2f ms), "
        "whole process %.2f ms\n",
        q->runs, 1e3 * q->load_s, 1e3 * q->open_s, 1e3 * q->answer_s, 1e3 * q->slowest_s,
        1e3 * q->whole_s);
    if (n->table.measured) {
        cli_text_add(out, "MobileNet-V2, widths 2..8 x 2..8: %zu entries, %zu simulated, %.2f s\n",
                     n->table.entries, n->table.simulated, n->table.seconds);
    }
    cli_text_add(out, "a stored answer of %zu: key %.1f us, look-up %.1f us\n", n->lookup.entries,
                 1e6 * n->lookup.key_s, 1e6 * n->lookup.get_s);
    print_peers(q, out);
}

static void print_accuracy(const bench_accuracy* a, cli_text* out) {
    if (a->skipped) {
        return;
    }
    cli_text_add(
        out,
        "\naccuracy of ResNet-20 on %zu images, CPU, least of %zu:\n"
        "    float %.3f s, 8 x 8 bits %.3f s (%.2f of the throughput)\n"
        "    a candidate of widths that are new %.3f s\n"
        "    a candidate that differs from its middle on %.3f s (%zu of %zu layers reused)\n"
        "    reading network and data %.3f s\n",
        a->images, a->rounds, a->float_s, a->quantised_s, a->float_s / a->quantised_s,
        a->candidate_s, a->reuse_s, a->reused, a->layers, a->open_s);
}

static void print_search(const bench_search* s, cli_text* out) {
    cli_text_add(
        out,
        "\nsearches, CPU, 50 layers of 7 x 7 widths:\n"
        "    evolution %.1f us per candidate (%zu), ddpg %.2f ms per episode (%zu)\n"
        "evolution on a table of 53 layers, log and files included: %zu candidates %.2f s\n",
        1e6 * s->evolution_s, s->candidates, 1e3 * s->ddpg_s, s->episodes, s->table.candidates,
        s->table.seconds);
    if (!s->exact.skipped) {
        cli_text_add(out, "exact on HAWQ-V3's ResNet-18, slowest of nine budgets: %.2f ms\n",
                     1e3 * s->exact.slowest_s);
    }
}

void bench_print_text(const bench_figures* f, cli_text* out) {
    print_samples(f, out);
    print_machines(f, out);
    print_targets(f, out);
    cli_text_add(out,
                 "\nfirst run of the process: generate %.1f ms, encode %.1f ms, simulate %.1f ms\n",
                 1e3 * f->first.generate_s, 1e3 * f->first.encode_s, 1e3 * f->first.simulate_s);
    print_network(&f->network, out);
    print_accuracy(&f->accuracy, out);
    print_search(&f->search, out);
    cli_text_add(out, "signature: %s\n", f->signature);
}
