// The C ABI of workloads: finds the importer, runs it, and turns every exception into a status.
#include "workload.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>

#include "content_hash.hpp"
#include "contract.h"
#include "graph.hpp"
#include "handles.hpp"
#include "input_file.hpp"
#include "quote.h"
#include "statistical.hpp"
#include "text.hpp"

namespace assay {
namespace {

constexpr size_t head_bytes = 4096;

assay_status read_head(const char* path, std::string& head, assay_report* report) {
    InputFile file;
    assay_status status = file.open(path, report);
    if (status != ASSAY_OK) {
        return status;
    }
    std::vector<uint8_t> bytes(std::min<uint64_t>(file.size(), head_bytes));
    status = file.read(0, bytes.size(), bytes.data(), report);
    head.assign(bytes.begin(), bytes.end());
    return status;
}

const Importer* find_importer(const char* path, const std::string& head, assay_report* report) {
    const Importer* best = nullptr;
    int surest = 0;
    std::string known;
    for (size_t i = 0; i < importer_count; ++i) {
        int sure = importers[i]->probe(path, head);
        if (sure > surest) {
            surest = sure;
            best = importers[i];
        }
        known +=
            text("%s%s (%s)", i ? ", " : "", importers[i]->info.name, importers[i]->info.summary);
    }
    if (!best) {
        assay_report_add(report, "%s: %s; the importers are %s", path,
                         head.empty() ? "the file is empty" : "no importer knows this kind of file",
                         known.c_str());
    }
    return best;
}

// Batches of the largest legal layers would leave the 64-bit counters behind.
bool check_work(const char* path, const assay_workload& workload, assay_report* report) {
    const Layer* over = layer_over_max_macs(workload.layers, workload.batch);
    if (over) {
        assay_report_add(report, "%s: layer %s: %llu images take more than 2^53 MACs in all", path,
                         assay_quote(over->name.c_str()).text,
                         static_cast<unsigned long long>(workload.batch));
    }
    return !over;
}

void note_detached(assay_workload& workload) {
    constexpr size_t most = 8; // of ten thousand unrelated shapes nobody reads each name
    std::string names;
    size_t count = 0;
    for (const Layer& layer : workload.layers) {
        if (layer.detached && ++count <= most) {
            names += (count > 1 ? ", " : "") + layer.name;
        }
    }
    if (count > 0) {
        workload.notes.push_back(text("%zu of %zu layers stand alone, with a drawn input: %s%s",
                                      count, workload.layers.size(), names.c_str(),
                                      count > most ? ", ..." : ""));
    }
}

// What every importer leaves to be done: shapes without values get the means to draw some.
assay_status complete(const char* path, const Importer& importer,
                      const assay_workload_params& params, assay_workload& out,
                      assay_report* report) {
    if (!check_work(path, out, report)) {
        return ASSAY_BAD_INPUT;
    }
    for (Layer& layer : out.layers) {
        if (is_matrix(layer.op) && layer.weights.drawn() && !layer.weights.spec) {
            // A seed belongs to weights; the second factor of a matmul has none that a file states.
            const bool seeded = params.seed && layer.op != Op::matmul;
            draw_weights(layer, seeded ? params.seed : layer.weights.draw_seed);
        }
    }
    note_detached(out);
    out.importer = importer.info.name;
    out.hash = workload_hash(out);
    return ASSAY_OK;
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    std::string head;
    assay_status status = read_head(path, head, report);
    if (status != ASSAY_OK) {
        return status;
    }
    const Importer* importer = find_importer(path, head, report);
    if (!importer) {
        return ASSAY_BAD_INPUT;
    }
    bool shaped = params.input_height || params.input_width || params.input_channels;
    if (shaped && !params.input_path && !importer->takes_shape) {
        assay_report_add(
            report,
            "%s: states the shape of its input itself: --input-shape needs --input, or an "
            "ONNX model",
            path);
        return ASSAY_BAD_INPUT;
    }
    status = importer->load(path, params, out, report);
    return status == ASSAY_OK ? complete(path, *importer, params, out, report) : status;
}

assay_status load_guarded(const char* path, const assay_workload_params& params,
                          assay_workload** out, assay_report* report) {
    try {
        auto workload = std::make_unique<assay_workload>();
        assay_status status = load(path, params, *workload, report);
        *out = status == ASSAY_OK ? workload.release() : nullptr;
        return status;
    } catch (const std::bad_alloc&) {
        assay_report_add(report, "%s: out of memory", path);
        return ASSAY_NO_MEMORY;
    } catch (const std::exception& e) {
        assay_report_add(report, "%s: internal error: %s", path, e.what());
        return ASSAY_INTERNAL;
    }
}

} // namespace
} // namespace assay

size_t assay_importer_count(void) {
    return assay::importer_count;
}

const assay_importer_info* assay_importer_at(size_t i) {
    ASSAY_REQUIRE(i < assay::importer_count);
    return &assay::importers[i]->info;
}

assay_status assay_workload_load(const char* path, const assay_workload_params* params,
                                 assay_workload** out, assay_report* report) {
    ASSAY_REQUIRE(path != nullptr && out != nullptr);
    *out = nullptr;
    // Importers count messages to know whether there were mistakes, so there must be a report.
    assay::Report own(report ? nullptr : assay_report_new());
    if (!report && !own) {
        return ASSAY_NO_MEMORY;
    }
    return assay::load_guarded(path, params ? *params : assay_workload_params{}, out,
                               report ? report : own.get());
}

const char* assay_workload_name(const assay_workload* workload) {
    ASSAY_REQUIRE(workload != nullptr);
    return workload->name.c_str();
}

const char* assay_workload_importer(const assay_workload* workload) {
    ASSAY_REQUIRE(workload != nullptr);
    return workload->importer.c_str();
}

const char* assay_workload_hash(const assay_workload* workload) {
    ASSAY_REQUIRE(workload != nullptr);
    return workload->hash.c_str();
}

size_t assay_workload_layer_count(const assay_workload* workload) {
    ASSAY_REQUIRE(workload != nullptr);
    return workload->layers.size();
}

const char* assay_workload_layer_name(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->layers.size());
    return workload->layers[i].name.c_str();
}

const char* assay_workload_layer_op(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->layers.size());
    return assay::layer_op_name(workload->layers[i]);
}

void assay_workload_free(assay_workload** workload) {
    ASSAY_REQUIRE(workload != nullptr);
    delete *workload;
    *workload = nullptr;
}
