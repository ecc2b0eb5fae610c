// What a compression was, behind the C ABI.
#pragma once

#include <string>
#include <vector>

#include "assay/accuracy.h"
#include "pipeline.hpp"

// The opaque type of the C ABI.
struct assay_compression {
    std::vector<std::string> names; // of `layers`
    std::vector<assay_compress_stage> stages;
    std::vector<assay_compress_layer> layers;
    assay_compress_layer total{};
    uint64_t file_bits = 0, header_bits = 0;
    std::string json, workload_path;
};

namespace assay {

// All but `workload_path`. `data`: name of the dataset that accuracies are of.
void summarise(const assay_workload& workload, const std::string& data,
               const Compression& compression, assay_compression& out);

} // namespace assay
