// Prints, for each fc and conv layer of the workloads named, the figures that the statistical model
// (statistical.cpp) rests on: density, spread of row and column counts beyond binomial noise, and,
// where the layer has captured activations, their correlation with the columns' counts.
#include <cmath>
#include <cstdio>

#include "graph.hpp"
#include "handles.hpp"
#include "sparse.hpp"
#include "statistical.hpp"

namespace {

using namespace assay;
using Counts = std::vector<uint64_t>;

double correlation(const Counts& counts, const std::vector<float>& activations) {
    double n = static_cast<double>(activations.size()), sc = 0, sa = 0, scc = 0, sca = 0;
    for (size_t j = 0; j < activations.size(); ++j) {
        auto c = static_cast<double>(counts[j]);
        double active = activations[j] != 0;
        sc += c;
        sa += active;
        scc += c * c;
        sca += c * active;
    }
    double spread = (n * scc - sc * sc) * (n * sa - sa * sa);
    return spread > 0 ? (n * sca - sc * sa) / std::sqrt(spread) : 0;
}

// The bias column is left out: it is far denser than the others.
void print_layer(const Layer& layer) {
    auto matrix = resolve(layer.weights);
    uint32_t cols = matrix_cols(layer);
    Counts row_counts(matrix->rows), col_counts(cols);
    for (uint32_t j = 0; j < cols; ++j) {
        col_counts[j] = matrix->col_start[j + 1] - matrix->col_start[j];
        for (uint32_t e = matrix->col_start[j]; e < matrix->col_start[j + 1]; ++e) {
            ++row_counts[matrix->row[e]];
        }
    }
    double density = static_cast<double>(matrix->col_start[cols]) /
                     static_cast<double>(stored_weight_count(layer));
    printf("%-20s %6u x %-6u %8.4f %8.3f %8.3f", layer.name.c_str(), matrix->rows, cols, density,
           excess_spread(row_counts, cols / layer.groups),
           excess_spread(col_counts, matrix->rows / layer.groups));
    if (layer.own_input) {
        printf(" %8.3f", correlation(col_counts, *layer.own_input));
    }
    printf("\n");
}

int measure(const char* path) {
    Report report(assay_report_new());
    assay_workload* workload = nullptr;
    assay_status status = assay_workload_load(path, nullptr, &workload, report.get());
    for (size_t i = 0; i < assay_report_kept(report.get()); ++i) {
        fprintf(stderr, "%s\n", assay_report_text(report.get(), i));
    }
    if (status != ASSAY_OK) {
        return status;
    }
    printf("%s\n%-20s %15s %8s %8s %8s %8s\n", path, "layer", "matrix", "density", "rows",
           "columns", "active");
    for (const Layer& layer : workload->layers) {
        if (layer.op == Op::fc || layer.op == Op::conv) {
            print_layer(layer);
        }
    }
    assay_workload_free(&workload);
    return ASSAY_OK;
}

} // namespace

int main(int argc, char** argv) {
    int status = argc > 1 ? ASSAY_OK : ASSAY_BAD_INPUT;
    if (argc < 2) {
        fprintf(stderr, "usage: measure_spread WORKLOAD...\n");
    }
    for (int i = 1; i < argc && status == ASSAY_OK; ++i) {
        status = measure(argv[i]);
    }
    return status;
}
