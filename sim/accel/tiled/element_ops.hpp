// Layers that are no matrix product: what they cost on the vector unit beside an array.
//
// The rule (docs/contracts/tiled.md): every input element is read once, every output element
// written once, and each output takes so many scalar operations; `lanes` of them are done in a
// cycle. A concatenation costs nothing, its inputs were written side by side; neither do slices and
// padding with zero channels: the reader takes what it needs from where it lies.
#pragma once

#include <cstdint>

#include "workload.hpp"

namespace assay::tiled {

struct ElementWork {
    uint64_t inputs = 0, outputs = 0; // elements, one image
    uint64_t operations = 0;
};
// Comparisons and additions count 1, a multiplication or division 1, an exponential 4.
ElementWork element_work(const Layer& layer);
// Why a concat, slice or pad_channels costs nothing.
const char* movement_note(const Layer& layer);

} // namespace assay::tiled
