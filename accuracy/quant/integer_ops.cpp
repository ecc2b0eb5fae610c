#include <algorithm>

#include "contract.h"
#include "integer_net.hpp"
#include "window.hpp"

namespace assay {
namespace {

using Values = std::vector<int32_t>;
using Inputs = std::vector<const Values*>;

int32_t clipped(const IntegerLayer& integer, int64_t q) {
    return static_cast<int32_t>(std::clamp<int64_t>(q, integer.low, integer.high));
}

// Output positions o, first <= o < last, whose input position o * stride + offset is on the image.
struct Span {
    int64_t first, last;
};

Span on_image(int64_t offset, int64_t stride, int64_t in, int64_t out) {
    int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    int64_t last = offset >= in ? 0 : (in - 1 - offset) / stride + 1;
    return {std::min(first, out), std::clamp(last, std::min(first, out), out)};
}

// Adds one weight times the input plane that it meets to a plane of sums.
void add_tap(const Layer& layer, uint32_t ky, uint32_t kx, int32_t weight, const int32_t* plane,
             int32_t* sums) {
    const int64_t dy = int64_t{ky} * layer.dilation_h - layer.pad_top;
    const int64_t dx = int64_t{kx} * layer.dilation_w - layer.pad_left;
    const Span rows = on_image(dy, layer.stride_h, layer.in.h, layer.out.h);
    const Span columns = on_image(dx, layer.stride_w, layer.in.w, layer.out.w);
    for (int64_t y = rows.first; y < rows.last; ++y) {
        const int32_t* from = plane + (y * layer.stride_h + dy) * layer.in.w;
        int32_t* to = sums + y * layer.out.w;
        for (int64_t x = columns.first; x < columns.last; ++x) {
            to[x] += weight * from[x * layer.stride_w + dx];
        }
    }
}

Values without_zero(const Values& values, int32_t zero) {
    Values out = values;
    for (int32_t& v : out) {
        v -= zero;
    }
    return out;
}

// Sums of products of one output channel. Padding is real 0: the integer that is left out.
void channel_sums(const Layer& layer, const IntegerLayer& integer, const Values& input, uint32_t o,
                  Values& sums) {
    const uint32_t inputs = layer.in.c / layer.groups;
    const uint32_t first = o / (layer.out.c / layer.groups) * inputs;
    const size_t area = size_t{layer.in.h} * layer.in.w;
    const int32_t* weight =
        integer.weight.data() + size_t{o} * inputs * layer.kernel_h * layer.kernel_w;
    std::fill(sums.begin(), sums.end(), integer.bias[o]);
    for (uint32_t i = 0; i < inputs; ++i) {
        for (uint32_t ky = 0; ky < layer.kernel_h; ++ky) {
            for (uint32_t kx = 0; kx < layer.kernel_w; ++kx) {
                add_tap(layer, ky, kx, *weight++, input.data() + (first + i) * area, sums.data());
            }
        }
    }
}

Values matrix_layer(const Layer& layer, const IntegerLayer& integer, const Inputs& inputs) {
    const Values input = without_zero(*inputs[0], integer.in_zeros[0]);
    Values sums(size_t{layer.out.h} * layer.out.w), out;
    out.reserve(layer.out.size());
    for (uint32_t o = 0; o < layer.out.c; ++o) {
        channel_sums(layer, integer, input, o, sums);
        for (int32_t sum : sums) {
            out.push_back(
                clipped(integer, int64_t{rescale(sum, integer.factors[o])} + integer.zero));
        }
    }
    return out;
}

// A linear layer is a convolution whose kernel is the whole image.
Values linear_layer(const Layer& layer, const IntegerLayer& integer, const Inputs& inputs) {
    Layer flat = layer;
    flat.in = {static_cast<uint32_t>(layer.in.size()), 1, 1};
    flat.groups = flat.kernel_h = flat.kernel_w = 1;
    return matrix_layer(flat, integer, inputs);
}

Values add_layer(const IntegerLayer& integer, const Inputs& inputs) {
    Values out;
    for (size_t i = 0; i < inputs[0]->size(); ++i) {
        int64_t sum = 0;
        for (size_t k = 0; k < 2; ++k) {
            int32_t centred = (*inputs[k])[i] - integer.in_zeros[k];
            sum += rescale(centred * (1 << add_shift), integer.factors[k]);
        }
        auto total = static_cast<int32_t>(std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX));
        out.push_back(clipped(integer, int64_t{rescale(total, integer.sum_factor)} + integer.zero));
    }
    return out;
}

// n / count, halves away from zero.
int64_t rounded_mean(int64_t n, int64_t count) {
    return (n > 0 ? n + count / 2 : n - count / 2) / count;
}

Window whole_image(const Layer& layer) {
    return {0, layer.in.h, 0, layer.in.w, layer.in.h * layer.in.w};
}

int32_t pooled(const Layer& layer, const IntegerLayer& integer, const int32_t* plane,
               const Window& window) {
    const int64_t count = int64_t{window.y1 - window.y0} * (window.x1 - window.x0);
    int64_t sum = 0;
    int32_t most = INT32_MIN;
    for (uint32_t y = window.y0; y < window.y1; ++y) {
        for (uint32_t x = window.x0; x < window.x1; ++x) {
            int32_t q = plane[size_t{y} * layer.in.w + x];
            sum += q;
            most = std::max(most, q);
        }
    }
    if (layer.op == Op::maxpool) {
        return clipped(integer, most);
    }
    if (integer.same_scale) {
        return clipped(integer, rounded_mean(sum, count));
    }
    int64_t exact = sum - count * integer.in_zeros[0];
    auto centred = static_cast<int32_t>(std::clamp<int64_t>(exact, INT32_MIN, INT32_MAX));
    return clipped(integer, int64_t{rescale(centred, integer.factors[0])} + integer.zero);
}

Values pool_layer(const Layer& layer, const IntegerLayer& integer, const Inputs& inputs) {
    Values out;
    for (uint32_t c = 0; c < layer.out.c; ++c) {
        const int32_t* plane = inputs[0]->data() + size_t{c} * layer.in.h * layer.in.w;
        for (uint32_t y = 0; y < layer.out.h; ++y) {
            for (uint32_t x = 0; x < layer.out.w; ++x) {
                bool global = layer.op == Op::global_avgpool;
                out.push_back(pooled(layer, integer, plane,
                                     global ? whole_image(layer) : pool_window(layer, y, x)));
            }
        }
    }
    return out;
}

// relu alone, concat: values stay as they are but for the limits of the output.
Values joined(const IntegerLayer& integer, const Inputs& inputs) {
    Values out;
    for (const Values* input : inputs) {
        for (int32_t q : *input) {
            out.push_back(clipped(integer, q));
        }
    }
    return out;
}

} // namespace

bool has_integer_form(Op op) {
    switch (op) {
    case Op::fc:
    case Op::conv:
    case Op::add:
    case Op::maxpool:
    case Op::avgpool:
    case Op::global_avgpool:
    case Op::relu:
    case Op::concat:
        return true;
    default:
        return false;
    }
}

std::vector<int32_t> run_integer_layer(const Layer& layer, const IntegerLayer& integer,
                                       const std::vector<const std::vector<int32_t>*>& inputs) {
    ASSAY_REQUIRE(has_integer_form(layer.op) && !inputs.empty());
    switch (layer.op) {
    case Op::fc:
        return linear_layer(layer, integer, inputs);
    case Op::conv:
        return matrix_layer(layer, integer, inputs);
    case Op::add:
        return add_layer(integer, inputs);
    case Op::relu:
    case Op::concat:
        return joined(integer, inputs);
    default:
        return pool_layer(layer, integer, inputs);
    }
}

} // namespace assay
