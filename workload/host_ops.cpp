#include "host_ops.hpp"

#include <algorithm>
#include <cmath>

#include "real_ops.hpp"
#include "window.hpp"

namespace assay {
namespace {

int64_t divide_rounding(int64_t value, int64_t by) {
    int64_t magnitude = (std::abs(value) * 2 + by) / (2 * by);
    return value < 0 ? -magnitude : magnitude;
}

int16_t saturate(int64_t value) {
    return static_cast<int16_t>(std::clamp<int64_t>(value, INT16_MIN, INT16_MAX));
}

int16_t max_of(const int16_t* plane, uint32_t width, const Window& w) {
    int16_t best = INT16_MIN;
    for (uint32_t y = w.y0; y < w.y1; ++y) {
        for (uint32_t x = w.x0; x < w.x1; ++x) {
            best = std::max(best, plane[size_t{y} * width + x]);
        }
    }
    return best;
}

int16_t average_of(const int16_t* plane, uint32_t width, const Window& w) {
    int64_t sum = 0;
    for (uint32_t y = w.y0; y < w.y1; ++y) {
        for (uint32_t x = w.x0; x < w.x1; ++x) {
            sum += plane[size_t{y} * width + x];
        }
    }
    return saturate(divide_rounding(sum, w.area));
}

template <typename Reduce>
void pool(const Layer& layer, const FixedTensor& in, FixedTensor& out, Reduce reduce) {
    size_t plane = size_t{layer.in.h} * layer.in.w;
    for (uint32_t c = 0; c < layer.out.c; ++c) {
        for (uint32_t y = 0; y < layer.out.h; ++y) {
            for (uint32_t x = 0; x < layer.out.w; ++x) {
                out.values.push_back(
                    reduce(in.values.data() + c * plane, layer.in.w, pool_window(layer, y, x)));
            }
        }
    }
}

void global_average(const Layer& layer, const FixedTensor& in, FixedTensor& out) {
    Window all{0, layer.in.h, 0, layer.in.w, layer.in.h * layer.in.w};
    for (uint32_t c = 0; c < layer.in.c; ++c) {
        out.values.push_back(average_of(in.values.data() + size_t{c} * all.area, layer.in.w, all));
    }
}

int smallest_frac_bits(const std::vector<const FixedTensor*>& inputs) {
    int frac_bits = inputs[0]->frac_bits;
    for (const FixedTensor* in : inputs) {
        frac_bits = std::min(frac_bits, in->frac_bits);
    }
    return frac_bits;
}

// No value grows, so nothing can leave the 16 bits here; 32 places less leave nothing of any.
int16_t align(int16_t value, int from_bits, int to_bits) {
    int places = std::min(from_bits - to_bits, 32);
    return static_cast<int16_t>(divide_rounding(value, int64_t{1} << places));
}

void concatenate(const std::vector<const FixedTensor*>& inputs, FixedTensor& out) {
    out.frac_bits = smallest_frac_bits(inputs);
    for (const FixedTensor* in : inputs) {
        for (int16_t v : in->values) {
            out.values.push_back(align(v, in->frac_bits, out.frac_bits));
        }
    }
}

void add(const std::vector<const FixedTensor*>& inputs, FixedTensor& out) {
    out.frac_bits = smallest_frac_bits(inputs);
    for (size_t i = 0; i < inputs[0]->values.size(); ++i) {
        int64_t sum = 0;
        for (const FixedTensor* in : inputs) {
            sum += align(in->values[i], in->frac_bits, out.frac_bits);
        }
        out.values.push_back(saturate(sum));
    }
}

void slice(const Layer& layer, const FixedTensor& in, FixedTensor& out) {
    for (uint32_t c = 0; c < layer.out.c; ++c) {
        const size_t row = size_t{layer.from_channel + c} * layer.in.h + layer.from_row;
        const auto first = in.values.begin() + static_cast<std::ptrdiff_t>(row * layer.in.w);
        out.values.insert(out.values.end(), first,
                          first + static_cast<std::ptrdiff_t>(size_t{layer.out.h} * layer.in.w));
    }
}

void pad_channels(const Layer& layer, const FixedTensor& in, FixedTensor& out) {
    const size_t plane = size_t{layer.in.h} * layer.in.w;
    out.values.assign(layer.channels_before * plane, 0);
    out.values.insert(out.values.end(), in.values.begin(), in.values.end());
    out.values.resize(layer.out.size(), 0);
}

// ReLU, with its limit if it has one.
void rectify(const Layer& layer, FixedTensor& out) {
    const double limit = std::ldexp(layer.relu_limit, out.frac_bits);
    const int16_t most = layer.relu_limit > 0 && limit < INT16_MAX
                             ? static_cast<int16_t>(std::llround(limit))
                             : int16_t{INT16_MAX};
    for (int16_t& v : out.values) {
        v = std::clamp<int16_t>(v, 0, most);
    }
}

// Fixed point in, fixed point out, a function of real numbers between.
template <typename Function>
void apply(const FixedTensor& in, int most_frac_bits, FixedTensor& out, Function function) {
    out.frac_bits = std::min(in.frac_bits, most_frac_bits);
    for (int16_t v : in.values) {
        const double y = function(std::ldexp(static_cast<double>(v), -in.frac_bits));
        out.values.push_back(
            saturate(static_cast<int64_t>(std::llround(std::ldexp(y, out.frac_bits)))));
    }
}

void multiply(const std::vector<const FixedTensor*>& inputs, FixedTensor& out) {
    out.values = inputs[0]->values;
    for (size_t k = 1; k < inputs.size(); ++k) {
        const int64_t one = int64_t{1} << std::min(inputs[k]->frac_bits, 32);
        for (size_t i = 0; i < out.values.size(); ++i) {
            out.values[i] =
                saturate(divide_rounding(int64_t{out.values[i]} * inputs[k]->values[i], one));
        }
    }
}

void normalise(const FixedTensor& in, FixedTensor& out) {
    const std::vector<float> values = normalised(float_from_fixed(in), in.shape);
    out.frac_bits = std::min(in.frac_bits, 12);
    for (float v : values) {
        out.values.push_back(saturate(
            static_cast<int64_t>(std::llround(std::ldexp(static_cast<double>(v), out.frac_bits)))));
    }
}

} // namespace

FixedTensor fixed_from_float(const std::vector<float>& values, const Shape& shape,
                             unsigned total_bits, bool reserve_one) {
    double most = reserve_one ? 1.0 : 0.0;
    for (float v : values) {
        most = std::max(most, std::abs(static_cast<double>(v)));
    }
    const double limit = static_cast<double>((1 << (total_bits - 1)) - 1);
    FixedTensor out{shape, static_cast<int>(total_bits) - 1, {}};
    while (out.frac_bits > 0 && std::round(std::ldexp(most, out.frac_bits)) > limit) {
        --out.frac_bits;
    }
    out.values.reserve(values.size());
    for (float v : values) {
        double scaled = std::round(std::ldexp(static_cast<double>(v), out.frac_bits));
        out.values.push_back(static_cast<int16_t>(std::clamp(scaled, -limit - 1, limit)));
    }
    return out;
}

std::vector<float> float_from_fixed(const FixedTensor& tensor) {
    std::vector<float> out;
    out.reserve(tensor.values.size());
    for (int16_t v : tensor.values) {
        out.push_back(std::ldexp(static_cast<float>(v), -tensor.frac_bits));
    }
    return out;
}

FixedTensor host_op(const Layer& layer, const std::vector<const FixedTensor*>& inputs) {
    const FixedTensor& in = *inputs[0];
    FixedTensor out{layer.out, in.frac_bits, {}};
    out.values.reserve(layer.out.size());
    switch (layer.op) {
    case Op::maxpool:
        pool(layer, in, out, max_of);
        break;
    case Op::avgpool:
        pool(layer, in, out, average_of);
        break;
    case Op::global_avgpool:
        global_average(layer, in, out);
        break;
    case Op::concat:
        concatenate(inputs, out);
        break;
    case Op::add:
        add(inputs, out);
        break;
    case Op::mul:
        multiply(inputs, out);
        break;
    case Op::layer_norm:
        normalise(in, out);
        break;
    case Op::gelu:
        apply(in, 14, out, gelu);
        break;
    case Op::sigmoid:
        apply(in, 14, out, sigmoid);
        break;
    case Op::tanh:
        apply(in, 14, out, [](double x) { return std::tanh(x); });
        break;
    case Op::slice:
        slice(layer, in, out);
        break;
    case Op::pad_channels:
        pad_channels(layer, in, out);
        break;
    default:
        out.values = in.values;
        break; // softmax, batch_norm, and relu below
    }
    if (layer.relu || layer.op == Op::relu) {
        rectify(layer, out);
    }
    return out;
}

void im2col_vector(const Layer& layer, const FixedTensor& in, uint32_t oy, uint32_t ox,
                   int16_t* column) {
    auto top = static_cast<int64_t>(oy) * layer.stride_h - layer.pad_top;
    auto left = static_cast<int64_t>(ox) * layer.stride_w - layer.pad_left;
    int64_t width = layer.in.w, kernel = layer.kernel_w, step = layer.dilation_w;
    // Kernel columns [first, last) are inside.
    int64_t first = std::clamp<int64_t>((-left + step - 1) / step, 0, kernel);
    int64_t last =
        width > left ? std::clamp<int64_t>((width - left + step - 1) / step, first, kernel) : first;
    for (uint32_t c = 0; c < layer.in.c; ++c) {
        const int16_t* plane = in.values.data() + size_t{c} * layer.in.h * layer.in.w;
        for (uint32_t ky = 0; ky < layer.kernel_h; ++ky, column += kernel) {
            int64_t y = top + int64_t{ky} * layer.dilation_h;
            bool inside = y >= 0 && y < static_cast<int64_t>(layer.in.h);
            std::fill(column, column + kernel, int16_t{0});
            if (inside && step == 1 && last > first) {
                std::copy_n(plane + y * width + left + first, last - first, column + first);
            }
            for (int64_t kx = first; inside && step > 1 && kx < last; ++kx) {
                column[kx] = plane[y * width + left + kx * step];
            }
        }
    }
}

} // namespace assay
