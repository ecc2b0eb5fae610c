// The part of a pooling window that lies on the image, and the divisor of its average.
#pragma once

#include <algorithm>
#include <cstdint>

#include "workload.hpp"

namespace assay {

struct Window {
    uint32_t y0, y1, x0, x1; // [y0, y1) x [x0, x1) of the input
    uint32_t area;           // clipped to the padded image, not to the image (Caffe)
};

inline Window pool_window(const Layer& layer, uint32_t oy, uint32_t ox) {
    auto top = static_cast<int64_t>(oy) * layer.stride_h - layer.pad_top;
    auto left = static_cast<int64_t>(ox) * layer.stride_w - layer.pad_left;
    int64_t height = layer.in.h, width = layer.in.w, zero = 0;
    int64_t bottom = std::min(top + layer.kernel_h, height + layer.pad_bottom);
    int64_t right = std::min(left + layer.kernel_w, width + layer.pad_right);
    return {
        static_cast<uint32_t>(std::max(top, zero)), static_cast<uint32_t>(std::min(bottom, height)),
        static_cast<uint32_t>(std::max(left, zero)), static_cast<uint32_t>(std::min(right, width)),
        static_cast<uint32_t>((bottom - top) * (right - left))};
}

} // namespace assay
