// Small changes to training images that do not change what they show.
#pragma once

#include <cstdint>

#include "rng.h"

namespace assay {

struct Augmentation {
    uint32_t shift_y = 0, shift_x = 0; // greatest shift to either side; edges are repeated
    bool mirror = false;               // left and right swapped in every other image
};

// One image [channels][height][width] in place; draws its shift and side from `rng`.
void augment(float* image, uint32_t channels, uint32_t height, uint32_t width,
             const Augmentation& how, assay_rng& rng);

} // namespace assay
