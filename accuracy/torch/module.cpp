// The module's only symbol.
#include "torch_engine.hpp"

extern "C" __attribute__((visibility("default"))) assay::Engine*
assay_engine_open(const assay::EngineInput& input, assay_report* report);

assay::Engine* assay_engine_open(const assay::EngineInput& input, assay_report* report) {
    std::unique_ptr<assay::Engine> engine;
    assay::open_torch_engine(input, {}, engine, report);
    return engine.release();
}
