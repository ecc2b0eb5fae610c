// A workload as text in our own JSON format (docs/formats.md).
#pragma once

#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

// Layers whose weights are drawn or statistical, and small ones with values, export whole: reading
// the text back gives the same workload hash. What does not fit a text file of shapes (weights and
// activations of more than 65,536 values, weights that clustering would reorder, an image as input)
// is left out, and `notes` says so of each. Throws std::bad_alloc.
std::string workload_json(const assay_workload& workload, std::vector<std::string>& notes);

} // namespace assay
