/* The networks of a folder: workload files, by what they take of a machine. */
#include "assay/sim.h"
#include "json_files.h"
#include "list_tables.h"

enum {
    NETWORK_COLUMNS = 6,
    LAYER_COLUMNS = 4
};
static const char* const network_columns[NETWORK_COLUMNS] = {"name",         "file", "layers",
                                                             "array_layers", "macs", "params"};
static const char* const layer_columns[LAYER_COLUMNS] = {"name", "op", "macs", "params"};

typedef struct sums {
    uint64_t array_layers, macs, params; /* the file format keeps them below 2^53 */
} sums;

static sums sum_layers(const assay_workload* net) {
    sums out = {0};
    for (size_t i = 0; i < assay_workload_layer_count(net); i++) {
        out.array_layers += assay_workload_layer_is_matrix(net, i);
        out.macs += assay_workload_layer_macs(net, i);
        out.params += assay_workload_layer_params(net, i);
    }
    return out;
}

static void add_network(sheet* out, const char* path, const assay_workload* net) {
    const sums all = sum_layers(net);
    sheet_string(out, assay_workload_name(net));
    sheet_string(out, path);
    sheet_real(out, (double)assay_workload_layer_count(net));
    sheet_real(out, (double)all.array_layers);
    sheet_real(out, (double)all.macs);
    sheet_real(out, (double)all.params);
}

static void add_invalid(sheet* out, const char* path) {
    sheet_string(out, "not valid");
    sheet_string(out, path);
    for (size_t i = 2; i < NETWORK_COLUMNS; i++) {
        sheet_string(out, "");
    }
}

static assay_status add_file(sheet* out, const char* path, assay_report* report) {
    assay_workload* net = NULL;
    assay_status status = assay_workload_load(path, NULL, &net, report);
    if (net != NULL) {
        add_network(out, path, net);
    } else {
        add_invalid(out, path);
    }
    assay_workload_free(&net);
    return status;
}

assay_status list_networks(sheet* out, const char* directory, assay_report* report) {
    json_files files;
    assay_status status = json_files_read(directory, &files, report);
    if (status == ASSAY_OK) {
        sheet_begin(out, "networks", network_columns, NETWORK_COLUMNS);
        for (size_t i = 0; i < files.count; i++) {
            assay_status next = add_file(out, files.paths[i], report);
            status = status == ASSAY_OK ? next : status;
        }
        sheet_end(out);
    }
    json_files_free(&files);
    return status;
}

static void add_layers(sheet* out, const assay_workload* net) {
    sheet_begin(out, "layers", layer_columns, LAYER_COLUMNS);
    for (size_t i = 0; i < assay_workload_layer_count(net); i++) {
        sheet_string(out, assay_workload_layer_name(net, i));
        sheet_string(out, assay_workload_layer_op(net, i));
        sheet_real(out, (double)assay_workload_layer_macs(net, i));
        sheet_real(out, (double)assay_workload_layer_params(net, i));
    }
    sheet_end(out);
}

static assay_status list_file(void* user, const char* path, assay_report* report) {
    sheet* out = user;
    assay_workload* net = NULL;
    assay_status status = assay_workload_load(path, NULL, &net, report);
    if (status == ASSAY_OK) {
        sheet_begin(out, "network", network_columns, NETWORK_COLUMNS);
        add_network(out, path, net);
        sheet_end(out);
        add_layers(out, net);
    }
    assay_workload_free(&net);
    return status;
}

assay_status list_network(sheet* out, const char* name, const char* directory,
                          assay_report* report) {
    return json_files_find(directory, "network", name, list_file, out, report);
}
