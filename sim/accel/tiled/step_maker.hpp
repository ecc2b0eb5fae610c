// The steps of a layer: a mapping's tiles as the design fills them in, with what does not depend on
// the machine: addresses, and the channel of tensors on chip.
#pragma once

#include "design.hpp"

namespace assay::tiled {

class StepMaker {
  public:
    StepMaker(const Design& design, const Nest& nest, const Mapping& mapping)
        : design_(design), nest_(nest), mapping_(mapping), walk_(nest, mapping) {}
    bool next(Step& step); // false: no more

  private:
    const Design& design_;
    const Nest& nest_;
    const Mapping& mapping_;
    TileWalk walk_;
    std::array<uint64_t, operand_count> tile_bytes_{};
};

} // namespace assay::tiled
