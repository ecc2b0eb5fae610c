// When the halves of an operand's buffer are free: docs/contracts/tiled.md §1.
#pragma once

#include <array>
#include <cstdint>

namespace assay::tiled {

constexpr uint64_t never = UINT64_MAX;

// From which cycle on the half of a buffer is free that tile number i will use.
class Halves {
  public:
    void restart(uint64_t halves) {
        halves_ = halves;
        released_ = 0;
    }
    // The oldest tile's half is free from `cycle` on.
    void release(uint64_t cycle) { free_[released_++ % free_.size()] = cycle; }
    uint64_t free_from(uint64_t tile) const {
        if (tile < halves_) {
            return 0;
        }
        return tile - halves_ < released_ ? free_[(tile - halves_) % free_.size()] : never;
    }

  private:
    std::array<uint64_t, 4> free_{}; // nobody asks for a half before the last two
    uint64_t halves_ = 2, released_ = 0;
};

} // namespace assay::tiled
