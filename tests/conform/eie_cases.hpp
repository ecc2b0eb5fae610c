// Random EIE machines and layers: every corner that the options allow, from one seed.
#pragma once

#include <string>

#include "eie_model.hpp"
#include "rng.h"

namespace assay::eie {

// One layer on one machine, ready to be given to a model. Not copyable: job points into it.
struct Case {
    Options options{};
    SparseCodes codes;
    EncodedMatrix matrix;
    LayerShape shape;
    Plan plan;
    std::vector<BlockTargets> targets;
    Job job;
    std::vector<std::vector<int16_t>> inputs; // [vector][cols]
    std::vector<int32_t> bias, result;
    std::string text; // for messages: how to see this case again

    Case() = default;
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;
};

// Makes case number `index` of the seed. Returns false if the machine refuses the layer (a legal
// outcome: too small a chip without DRAM).
bool make_case(uint64_t seed, uint64_t index, Case& out);

// Runs a model on a case in a SystemC context of its own. The case's result holds the outputs.
using MakeModel = std::unique_ptr<Model> (*)(const Options&);
Counters run_case(Case& c, MakeModel make);
std::unique_ptr<Model> make_clocked(const Options& options);

// The first counter that differs, or "" if all agree: totals, every PE's counters and stalls,
// cycles.
std::string first_difference(const Counters& a, const Counters& b);

} // namespace assay::eie
