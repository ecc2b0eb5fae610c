// What the C ABI tells of a workload beyond loading it (workload.cpp).
#include <cstdlib>
#include <cstring>

#include "content_hash.hpp"
#include "contract.h"
#include "export_json.hpp"
#include "graph.hpp"
#include "guarded.hpp"
#include "quote.h"

using namespace assay;

uint64_t assay_workload_batch(const assay_workload* workload) {
    ASSAY_REQUIRE(workload != nullptr);
    return workload->batch;
}

assay_status assay_workload_set_batch(assay_workload* workload, uint64_t batch,
                                      assay_report* report) {
    ASSAY_REQUIRE(workload != nullptr && report != nullptr);
    return guarded(report, [&] {
        if (batch < 1 || batch > max_batch) {
            assay_report_add(report, "batch: %llu, must be in 1 .. %llu",
                             static_cast<unsigned long long>(batch),
                             static_cast<unsigned long long>(max_batch));
            return ASSAY_BAD_INPUT;
        }
        if (const Layer* over = layer_over_max_macs(workload->layers, batch)) {
            assay_report_add(report, "batch: %llu images take more than 2^53 MACs by layer %s",
                             static_cast<unsigned long long>(batch),
                             assay_quote(over->name.c_str()).text);
            return ASSAY_BAD_INPUT;
        }
        workload->batch = batch;
        workload->hash = workload_hash(*workload);
        return ASSAY_OK;
    });
}

bool assay_workload_layer_is_matrix(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->layers.size());
    return is_matrix(workload->layers[i].op);
}

uint64_t assay_workload_layer_macs(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->layers.size());
    return workload->layers[i].macs();
}

uint64_t assay_workload_layer_params(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->layers.size());
    return workload->layers[i].params();
}

size_t assay_workload_note_count(const assay_workload* workload) {
    ASSAY_REQUIRE(workload != nullptr);
    return workload->notes.size();
}

const char* assay_workload_note(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->notes.size());
    return workload->notes[i].c_str();
}

assay_status assay_workload_json(const assay_workload* workload, char** out,
                                 void (*note)(void* user, const char* text), void* user,
                                 assay_report* report) {
    ASSAY_REQUIRE(workload != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        std::vector<std::string> notes;
        const std::string json = workload_json(*workload, notes);
        *out = static_cast<char*>(malloc(json.size() + 1));
        if (*out == nullptr) {
            throw std::bad_alloc();
        }
        memcpy(*out, json.c_str(), json.size() + 1);
        for (const std::string& text : notes) {
            if (note != nullptr) {
                note(user, text.c_str());
            }
        }
        return ASSAY_OK;
    });
}
