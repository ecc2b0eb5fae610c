#include "design.hpp"

namespace assay::tiled {
namespace {

uint32_t output(const Operands& o, uint64_t b, uint64_t channel, uint64_t y, uint64_t x) {
    const Nest& n = *o.nest;
    const uint64_t first = channel / n.out_c * n.in_c; // of the group's input channels
    uint32_t sum = 0;
    for (uint64_t ic = 0; ic < n.in_c; ++ic) {
        for (uint64_t ky = 0; ky < n.kernel_h; ++ky) {
            const auto iy = static_cast<int64_t>(y * n.stride_h + ky * n.dilation_h) -
                            static_cast<int64_t>(n.pad_top);
            for (uint64_t kx = 0; kx < n.kernel_w; ++kx) {
                const auto ix = static_cast<int64_t>(x * n.stride_w + kx * n.dilation_w) -
                                static_cast<int64_t>(n.pad_left);
                sum += static_cast<uint32_t>(o.input_at(b, first + ic, iy, ix)) *
                       static_cast<uint32_t>(o.weight_at(channel, ic, ky, kx));
            }
        }
    }
    return sum;
}

} // namespace

void reference(const Operands& o) {
    const Nest& n = *o.nest;
    for (uint64_t b = 0; b < n.batch; ++b) {
        for (uint64_t channel = 0; channel < n.groups * n.out_c; ++channel) {
            for (uint64_t y = 0; y < n.out_h; ++y) {
                for (uint64_t x = 0; x < n.out_w; ++x) {
                    o.sum_at(b, channel, y, x) = output(o, b, channel, y, x);
                }
            }
        }
    }
}

} // namespace assay::tiled
