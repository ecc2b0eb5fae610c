// EIE's random machines and layers with fusion units in their PEs: every width, every number of
// lanes.
#pragma once

#include "eie_cases.hpp"
#include "sparse_fusion.hpp"

namespace assay::sparse_fusion {

// Case number `index` of the seed; false if the machine refuses the layer.
bool make_case(uint64_t seed, uint64_t index, eie::Case& out, Widths& widths);

} // namespace assay::sparse_fusion
