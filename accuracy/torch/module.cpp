// The module's only symbols.
#include "torch_engine.hpp"

extern "C" __attribute__((visibility("default"))) assay::Engine*
assay_engine_open(const assay::EngineInput& input, assay_report* report);

assay::Engine* assay_engine_open(const assay::EngineInput& input, assay_report* report) {
    std::unique_ptr<assay::Engine> engine;
    assay::open_torch_engine(input, {}, engine, report);
    return engine.release();
}

extern "C" __attribute__((visibility("default"))) uint64_t assay_engine_abi();

uint64_t assay_engine_abi() {
    return assay::engine_abi;
}
