// Names and lists of the C ABI.
#include <vector>

#include "assay/accuracy.h"
#include "contract.h"
#include "dataset.hpp"
#include "loader.hpp"

using namespace assay;

bool assay_accuracy_available(void) {
    return !find_engine_module().empty();
}

size_t assay_dataset_count(void) {
    return reader_count;
}

const assay_dataset_info* assay_dataset_at(size_t i) {
    static const std::vector<assay_dataset_info> all = [] {
        std::vector<assay_dataset_info> out;
        for (size_t k = 0; k < reader_count; ++k) {
            out.push_back({readers[k]->name, readers[k]->summary});
        }
        return out;
    }();
    ASSAY_REQUIRE(i < all.size());
    return &all[i];
}

const char* assay_split_name(assay_split split) {
    switch (split) {
    case ASSAY_SPLIT_SEARCH:
        return "search";
    case ASSAY_SPLIT_FINAL:
        return "final";
    case ASSAY_SPLIT_ALL:
        return "all";
    }
    return "unknown";
}

const char* assay_clip_name(assay_clip clip) {
    switch (clip) {
    case ASSAY_CLIP_MAX:
        return "max";
    case ASSAY_CLIP_KL:
        return "kl";
    case ASSAY_CLIP_MSE:
        return "mse";
    case ASSAY_CLIP_HAQ:
        return "haq";
    }
    return "unknown";
}

const char* assay_sensitivity_name(assay_sensitivity_method method) {
    switch (method) {
    case ASSAY_SENSITIVITY_TRACE:
        return "trace";
    case ASSAY_SENSITIVITY_EIGENVALUE:
        return "eigenvalue";
    case ASSAY_SENSITIVITY_FISHER:
        return "fisher";
    case ASSAY_SENSITIVITY_KL:
        return "kl";
    }
    return "unknown";
}
