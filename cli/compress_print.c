#include "compress_print.h"

#include <inttypes.h>

#include "text_table.h"

static uint64_t bytes_of(uint64_t bits) {
    return bits / 8 + (bits % 8 != 0);
}

static double per(uint64_t part, uint64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void add_stage(cli_table* table, const assay_compress_stage* stage, uint64_t original) {
    cli_table_cell(table, "%s", stage->name);
    cli_table_cell(table, "%.2f %%", 100 * stage->top1_search);
    cli_table_cell(table, "%.2f %%", 100 * stage->top1_final);
    cli_table_cell(table, "%" PRIu64, bytes_of(stage->bits));
    cli_table_cell(table, "%.2fx", per(original, stage->bits));
}

static void print_stages(const assay_compression* c, cli_text* out) {
    const uint64_t original = assay_stored_total(&assay_compression_total(c)->original);
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "stage");
    cli_table_column(table, CLI_RIGHT, "top-1 search");
    cli_table_column(table, CLI_RIGHT, "top-1 final");
    cli_table_column(table, CLI_RIGHT, "bytes");
    cli_table_column(table, CLI_RIGHT, "ratio");
    for (size_t i = 0; i < assay_compression_stage_count(c); i++) {
        add_stage(table, assay_compression_stage(c, i), original);
    }
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void add_layer(cli_table* table, const char* name, const assay_compress_layer* layer) {
    const uint64_t original = assay_stored_total(&layer->original);
    const uint64_t coded = assay_stored_total(&layer->coded);
    cli_table_cell(table, "%s", name);
    cli_table_cell(table, "%" PRIu64, layer->weights);
    cli_table_cell(table, "%.1f %%", 100 * per(layer->kept, layer->weights));
    cli_table_cell(table, "%" PRIu64, layer->entries - layer->kept);
    cli_table_cell(table, "%.2f", per(layer->coded.values, layer->entries));
    cli_table_cell(table, "%.2f", per(layer->coded.index, layer->entries));
    cli_table_cell(table, "%" PRIu64, bytes_of(assay_stored_total(&layer->pruned)));
    cli_table_cell(table, "%" PRIu64, bytes_of(assay_stored_total(&layer->shared)));
    cli_table_cell(table, "%" PRIu64, bytes_of(coded));
    cli_table_cell(table, "%.2fx", per(original, coded));
}

static void print_layers(const assay_compression* c, cli_text* out) {
    static const char* const columns[] = {"weights",      "kept",        "stored zeros",
                                          "bits/weight",  "bits/gap",    "pruned bytes",
                                          "shared bytes", "coded bytes", "ratio"};
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "layer");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        cli_table_column(table, CLI_RIGHT, "%s", columns[i]);
    }
    for (size_t i = 0; i < assay_compression_layer_count(c); i++) {
        const assay_compress_layer* layer = assay_compression_layer(c, i);
        add_layer(table, layer->name, layer);
    }
    add_layer(table, "total", assay_compression_total(c));
    cli_table_print(table, out);
    cli_table_free(&table);
}

void compress_print(const assay_compression* compression, cli_text* out) {
    print_stages(compression, out);
    cli_text_add(out, "\n");
    print_layers(compression, out);
    cli_text_add(out,
                 "\nfile: %" PRIu64 " bytes, %" PRIu64 " of them its header; machines run %s\n",
                 assay_compression_file_bits(compression) / 8,
                 assay_compression_header_bits(compression) / 8,
                 assay_compression_workload_path(compression));
}
