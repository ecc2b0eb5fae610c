// Deep Compression (Han et al., ICLR 2016) of a network through an engine: prune, retrain what
// stays, share weights, retrain the shared values, code.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compressed_file.hpp"
#include "engine.hpp"
#include "plan.hpp"

namespace assay {

struct PipelineSettings {
    std::vector<LayerPlan> plans; // [layers]
    unsigned gap_bits = 4;        // 1 .. 8, of pruned layers; others have no index
    unsigned prune_steps = 1;     // pruned and retrained in so many steps (gradual_density)
    // Of each of the two trainings (all steps of a gradual pruning together); 0: none.
    double prune_epochs = 1, share_epochs = 1;
    TrainSettings training;    // its epochs and progress are set by the pipeline
    double share_rate = 0.001; // of the training of shared values, which has no weight decay
    uint64_t images = 0;       // of each split, for the accuracies; 0: all
    // `stage` as in CompressionStage::name, of the training that runs. False stops. May be empty.
    std::function<bool(const char* stage, uint64_t done, uint64_t total, double loss)> progress;
};

struct CompressionStage {
    const char* name; // "float", "pruned", "retrained", "shared", "tuned", "coded"
    Evaluation search, final;
    uint64_t bits; // of the network as it could be stored now; "coded": the whole file
};

struct Compression {
    std::vector<CompressionStage> stages; // those that took place
    std::vector<Coding> codings;          // [layers]
    std::vector<Parameters> parameters;   // as decoded from the file
    CompressedNetwork network;
};

// `engine`: of the network as it is to be compressed; has its own parameters again afterwards.
// The accuracy of "coded" is that of the parameters that were decoded from the file.
assay_status compress(Engine& engine, const assay_workload& workload,
                      const PipelineSettings& settings, Compression& out, assay_report* report);

} // namespace assay
