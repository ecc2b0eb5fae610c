// What a fusion unit makes of two operands, looked up: the table is filled by the bricks, once for
// each pair of widths and signs. Only the event model, which multiplies one pair after another,
// uses it.
#pragma once

#include <vector>

#include "bricks.hpp"
#include "nest.hpp"

namespace assay::bit_fusion {

class Products {
  public:
    // Before products of a layer of such operands.
    void prepare(const Nest& nest);
    // Both operands fit their widths and signs.
    uint32_t of(int32_t w, int32_t a) const {
        return table_.empty() ? static_cast<uint32_t>(
                                    fused_product(w, a, w_width_, a_width_, w_signed_, a_signed_))
                              : table_[(static_cast<uint32_t>(w) & w_mask_) << a_width_ |
                                       (static_cast<uint32_t>(a) & a_mask_)];
    }

  private:
    void fill();
    unsigned w_width_ = 0, a_width_ = 0;
    bool w_signed_ = false, a_signed_ = false;
    uint32_t w_mask_ = 0, a_mask_ = 0;
    std::vector<uint32_t> table_; // empty beyond 8 bits
};

} // namespace assay::bit_fusion
