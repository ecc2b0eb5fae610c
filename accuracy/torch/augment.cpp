#include "augment.hpp"

#include <algorithm>
#include <vector>

namespace assay {
namespace {

int64_t draw_shift(uint32_t limit, assay_rng& rng) {
    return static_cast<int64_t>(assay_rng_below(&rng, 2 * uint64_t{limit} + 1)) - limit;
}

// Where each row (or column) of the new image comes from.
std::vector<size_t> sources(uint32_t size, int64_t shift, bool reversed) {
    std::vector<size_t> from(size);
    for (uint32_t i = 0; i < size; ++i) {
        const int64_t straight = std::clamp<int64_t>(int64_t{i} + shift, 0, int64_t{size} - 1);
        from[i] = static_cast<size_t>(reversed ? size - 1 - straight : straight);
    }
    return from;
}

} // namespace

void augment(float* image, uint32_t channels, uint32_t height, uint32_t width,
             const Augmentation& how, assay_rng& rng) {
    const int64_t dy = draw_shift(how.shift_y, rng), dx = draw_shift(how.shift_x, rng);
    const bool mirrored = how.mirror && assay_rng_below(&rng, 2) == 1;
    const std::vector<size_t> rows = sources(height, dy, false);
    const std::vector<size_t> columns = sources(width, dx, mirrored);
    std::vector<float> plane(size_t{height} * width);
    for (uint32_t c = 0; c < channels; ++c) {
        float* const out = image + c * plane.size();
        std::copy(out, out + plane.size(), plane.begin());
        for (size_t y = 0; y < height; ++y) {
            const float* const from = plane.data() + rows[y] * width;
            for (size_t x = 0; x < width; ++x) {
                out[y * width + x] = from[columns[x]];
            }
        }
    }
}

} // namespace assay
