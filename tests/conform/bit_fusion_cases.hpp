// Random Bit Fusion machines.
#pragma once

#include "bit_fusion_design.hpp"
#include "layer_cases.hpp"

namespace assay::bit_fusion {

Options default_options();
// Small arrays with buffers that are sometimes minimal; every option that decides times.
Options make_options(uint64_t seed, uint64_t index);

// Takes any mapping of the space instead of the best one: number `pick` of them, counted around.
std::unique_ptr<tiled::Design> any_mapping(std::unique_ptr<tiled::Design> design,
                                           const Options& options, uint64_t pick);
std::unique_ptr<tiled::Design> make_any_mapping(const Options& options, uint64_t pick);

} // namespace assay::bit_fusion
