// Random dense arrays.
#pragma once

#include "layer_cases.hpp"
#include "systolic_design.hpp"

namespace assay::systolic {

Options default_options();
// Small arrays of every dataflow with buffers that are sometimes minimal; every option that decides
// times.
Options make_options(uint64_t seed, uint64_t index);

// Takes any mapping of the space instead of the best one: number `pick` of them, counted around.
std::unique_ptr<tiled::Design> make_any_mapping(const Options& options, uint64_t pick);
// Of the best mapping of the layer; UINT64_MAX if nothing fits.
uint64_t predicted_cycles(const Options& options, const Nest& nest);

} // namespace assay::systolic
