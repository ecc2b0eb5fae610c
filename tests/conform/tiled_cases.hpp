// Random pipelines and lists of steps: every corner that the contract has, from one seed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline.hpp"

namespace assay::tiled {

struct PipelineCase {
    PipelineOptions options;
    std::vector<Step> steps;
    std::string text; // for messages: how to see this case again
};

PipelineCase make_pipeline_case(uint64_t seed, uint64_t index);
// Like a layer of a network: equal tiles, one channel, double buffers, long steps.
PipelineCase make_regular_case(uint64_t seed, uint64_t index);

using MakePipeline = std::unique_ptr<Pipeline> (*)(const PipelineOptions&);
std::unique_ptr<Pipeline> make_clocked(const PipelineOptions& options);

// In a SystemC context of its own, twice; the second run must not remember the first.
PipelineCounters run_case(const PipelineCase& c, MakePipeline make);

// The first counter that differs, or "" if all agree.
std::string first_difference(const PipelineCounters& a, const PipelineCounters& b);

} // namespace assay::tiled
