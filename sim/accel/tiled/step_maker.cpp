#include "step_maker.hpp"

#include <algorithm>

namespace assay::tiled {
namespace {

// Operands lie in DRAM tile by tile, in the order of their tiles' numbers; a tensor starts at a
// multiple of 16 TB, which no tensor reaches.
constexpr uint64_t tensor_bytes = uint64_t{1} << 44;

} // namespace

bool StepMaker::next(Step& step) {
    step = Step();
    if (!walk_.next(step.visit)) {
        return false;
    }
    design_.fill(nest_, mapping_, step);
    for (size_t i = 0; i < operand_count; ++i) {
        uint64_t& size = tile_bytes_[i]; // the first tile is a whole one
        const uint64_t bits =
            i == operand_output ? std::max(step.load_bits[i], step.store_bits) : step.load_bits[i];
        size = size == 0 ? (bits + 7) / 8 : size;
        step.load_address[i] = (i + 1) * tensor_bytes + step.visit.id[i] * size;
    }
    step.store_address = step.load_address[operand_output];
    if (nest_.input_on_chip) {
        step.load_channel[operand_input] = design_.handover_channel();
    }
    if (nest_.output_on_chip && step.visit.tile.last_in_c) {
        step.store_channel = design_.handover_channel();
    }
    return true;
}

} // namespace assay::tiled
