// The plain float reference: loops over stored entries, no tricks beyond a contiguous inner loop.
#include <algorithm>
#include <cmath>
#include <limits>

#include "graph.hpp"
#include "host_ops.hpp"
#include "real_ops.hpp"
#include "sparse.hpp"
#include "statistical.hpp"
#include "window.hpp"

namespace assay {
namespace {

using Values = std::vector<float>;

Values start_from_bias(const Layer& layer) {
    Values out(layer.out.size(), 0.0f);
    size_t plane = size_t{layer.out.h} * layer.out.w;
    for (size_t c = 0; c < layer.weights.bias.size(); ++c) {
        std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(c * plane), plane,
                    layer.weights.bias[c]);
    }
    return out;
}

Values forward_fc(const Layer& layer, const Values& in) {
    auto matrix = resolve(layer.weights);
    Values out = start_from_bias(layer);
    for (uint32_t j = 0; j < matrix->cols; ++j) {
        float a = j < in.size() ? in[j] : 1.0f; // past the inputs: the bias column
        for (uint32_t e = matrix->col_start[j]; e < matrix->col_start[j + 1]; ++e) {
            out[matrix->row[e]] += matrix->codebook[matrix->code[e]] * a;
        }
    }
    return out;
}

// Output positions whose kernel tap `tap` falls inside an image of `size`: [first, last).
struct Span {
    int64_t first, last;
};
Span valid_span(int64_t outputs, int64_t size, int64_t tap, int64_t stride, int64_t pad) {
    int64_t first = tap >= pad ? 0 : (pad - tap + stride - 1) / stride;
    int64_t reach = size - 1 + pad - tap;
    return {first, reach < 0 ? first : std::max(first, std::min(outputs, reach / stride + 1))};
}

// out plane += weight * in plane, shifted by the kernel tap (ky, kx).
void add_tap(const Layer& layer, float weight, const float* in, uint32_t ky, uint32_t kx,
             float* out) {
    ky *= layer.dilation_h;
    kx *= layer.dilation_w;
    Span ys = valid_span(layer.out.h, layer.in.h, ky, layer.stride_h, layer.pad_top);
    Span xs = valid_span(layer.out.w, layer.in.w, kx, layer.stride_w, layer.pad_left);
    int64_t stride = layer.stride_w, count = xs.last - xs.first;
    if (count <= 0) {
        return;
    }
    for (int64_t y = ys.first; y < ys.last; ++y) {
        const float* from = in + (y * layer.stride_h + ky - layer.pad_top) * layer.in.w +
                            (xs.first * stride + kx - layer.pad_left);
        float* to = out + y * layer.out.w + xs.first;
        if (stride == 1) {
            for (int64_t x = 0; x < count; ++x) {
                to[x] += weight * from[x];
            }
        } else {
            for (int64_t x = 0; x < count; ++x) {
                to[x] += weight * from[x * stride];
            }
        }
    }
}

Values forward_conv(const Layer& layer, const Values& in) {
    auto matrix = resolve(layer.weights);
    Values out = start_from_bias(layer);
    size_t in_plane = size_t{layer.in.h} * layer.in.w,
           out_plane = size_t{layer.out.h} * layer.out.w;
    for (uint32_t j = 0; j < matrix->cols; ++j) {
        uint32_t kx = j % layer.kernel_w, ky = j / layer.kernel_w % layer.kernel_h;
        const float* from = in.data() + j / (layer.kernel_w * layer.kernel_h) * in_plane;
        for (uint32_t e = matrix->col_start[j]; e < matrix->col_start[j + 1]; ++e) {
            add_tap(layer, matrix->codebook[matrix->code[e]], from, ky, kx,
                    out.data() + matrix->row[e] * out_plane);
        }
    }
    return out;
}

Values forward_pool(const Layer& layer, const Values& in) {
    Values out;
    bool is_max = layer.op == Op::maxpool;
    for (uint32_t c = 0; c < layer.out.c; ++c) {
        const float* plane = in.data() + size_t{c} * layer.in.h * layer.in.w;
        for (uint32_t i = 0; i < layer.out.h * layer.out.w; ++i) {
            Window w = pool_window(layer, i / layer.out.w, i % layer.out.w);
            float best = -std::numeric_limits<float>::infinity(), sum = 0;
            for (uint32_t y = w.y0; y < w.y1; ++y) {
                for (uint32_t x = w.x0; x < w.x1; ++x) {
                    best = std::max(best, plane[size_t{y} * layer.in.w + x]);
                    sum += plane[size_t{y} * layer.in.w + x];
                }
            }
            out.push_back(is_max ? best : sum / static_cast<float>(w.area));
        }
    }
    return out;
}

Values forward_global_average(const Layer& layer, const Values& in) {
    Values out;
    size_t plane = size_t{layer.in.h} * layer.in.w;
    for (size_t c = 0; c < layer.in.c; ++c) {
        double sum = 0;
        for (size_t i = 0; i < plane; ++i) {
            sum += in[c * plane + i];
        }
        out.push_back(static_cast<float>(sum / static_cast<double>(plane)));
    }
    return out;
}

// Over the channels of each position, group by group (the heads of attention).
Values softmax(const Layer& layer, const Values& in) {
    Values out(in.size());
    const size_t plane = size_t{layer.in.h} * layer.in.w, each = layer.in.c / layer.groups;
    for (size_t g = 0; g < layer.groups; ++g) {
        for (size_t p = 0; p < plane; ++p) {
            const size_t first = g * each * plane + p, end = (g + 1) * each * plane;
            float most = in[first];
            for (size_t i = first; i < end; i += plane) {
                most = std::max(most, in[i]);
            }
            double sum = 0;
            for (size_t i = first; i < end; i += plane) {
                out[i] = std::exp(in[i] - most);
                sum += out[i];
            }
            for (size_t i = first; i < end; i += plane) {
                out[i] = static_cast<float>(out[i] / sum);
            }
        }
    }
    return out;
}

// Of each head rows x inner by inner x columns.
Values multiply_matrices(const Layer& layer, const Values& left, const Values& right) {
    const size_t rows = layer.in.h, inner = layer.in.c / layer.groups;
    const size_t columns = layer.out.c / layer.groups;
    Values out(layer.out.size(), 0.0f);
    for (size_t c = 0; c < layer.out.c; ++c) {
        const size_t head = c / columns, column = c % columns;
        for (size_t i = 0; i < inner; ++i) {
            const size_t k = head * inner + i;
            const float factor =
                right[layer.second_by_columns ? c * inner + i : k * columns + column];
            for (size_t r = 0; r < rows; ++r) {
                out[c * rows + r] += left[k * rows + r] * factor;
            }
        }
    }
    return out;
}

Values concatenate(const std::vector<const Values*>& inputs) {
    Values out;
    for (const Values* in : inputs) {
        out.insert(out.end(), in->begin(), in->end());
    }
    return out;
}

Values slice(const Layer& layer, const Values& in) {
    Values out;
    for (uint32_t c = 0; c < layer.out.c; ++c) {
        const size_t row = size_t{layer.from_channel + c} * layer.in.h + layer.from_row;
        const auto first = in.begin() + static_cast<std::ptrdiff_t>(row * layer.in.w);
        out.insert(out.end(), first,
                   first + static_cast<std::ptrdiff_t>(size_t{layer.out.h} * layer.in.w));
    }
    return out;
}

Values pad_channels(const Layer& layer, const Values& in) {
    Values out(size_t{layer.channels_before} * layer.in.h * layer.in.w, 0.0f);
    out.insert(out.end(), in.begin(), in.end());
    out.resize(layer.out.size(), 0.0f);
    return out;
}

Values add(const std::vector<const Values*>& inputs) {
    Values out = *inputs[0];
    for (size_t k = 1; k < inputs.size(); ++k) {
        for (size_t i = 0; i < out.size(); ++i) {
            out[i] += (*inputs[k])[i];
        }
    }
    return out;
}

Values multiply(const std::vector<const Values*>& inputs) {
    Values out = *inputs[0];
    for (size_t k = 1; k < inputs.size(); ++k) {
        for (size_t i = 0; i < out.size(); ++i) {
            out[i] *= (*inputs[k])[i];
        }
    }
    return out;
}

template <typename Function>
Values map(const Values& in, Function function) {
    Values out;
    for (float v : in) {
        out.push_back(static_cast<float>(function(static_cast<double>(v))));
    }
    return out;
}

Values forward_op(const Layer& layer, const std::vector<const Values*>& inputs) {
    switch (layer.op) {
    case Op::fc:
        return forward_fc(layer, *inputs[0]);
    case Op::conv:
        return forward_conv(layer, *inputs[0]);
    case Op::matmul:
        return inputs.size() == 2 ? multiply_matrices(layer, *inputs[0], *inputs[1])
                                  : forward_conv(layer, *inputs[0]);
    case Op::maxpool:
    case Op::avgpool:
        return forward_pool(layer, *inputs[0]);
    case Op::global_avgpool:
        return forward_global_average(layer, *inputs[0]);
    case Op::concat:
        return concatenate(inputs);
    case Op::add:
        return add(inputs);
    case Op::mul:
        return multiply(inputs);
    case Op::softmax:
        return softmax(layer, *inputs[0]);
    case Op::layer_norm:
        return normalised(*inputs[0], layer.in);
    case Op::gelu:
        return map(*inputs[0], gelu);
    case Op::sigmoid:
        return map(*inputs[0], sigmoid);
    case Op::tanh:
        return map(*inputs[0], [](double x) { return std::tanh(x); });
    case Op::slice:
        return slice(layer, *inputs[0]);
    case Op::pad_channels:
        return pad_channels(layer, *inputs[0]);
    case Op::relu:
    case Op::batch_norm: // its factors are not known
        return *inputs[0];
    }
    return {};
}

} // namespace

Values detached_input(const Layer& layer) {
    return draw_activations(layer.in.size(), 1, layer.a_signed, layer.weights.draw_seed,
                            "stands alone");
}

Values float_forward(const Layer& layer, const std::vector<const Values*>& inputs) {
    Values out = forward_op(layer, inputs);
    if (layer.relu || layer.op == Op::relu) {
        const float most = layer.relu_limit > 0 ? static_cast<float>(layer.relu_limit)
                                                : std::numeric_limits<float>::infinity();
        for (float& v : out) {
            v = std::min(std::max(v, 0.0f), most);
        }
    }
    return out;
}

std::vector<Values> float_forward_all(const assay_workload& workload) {
    std::vector<Values> results;
    for (const Layer& layer : workload.layers) {
        std::vector<const Values*> inputs;
        for (int id : layer.inputs) {
            inputs.push_back(id < 0 ? &workload.input : &results[static_cast<size_t>(id)]);
        }
        Values own = layer.detached ? detached_input(layer) : Values();
        if (layer.own_input || layer.detached) {
            inputs = {layer.detached ? &own : layer.own_input.get()};
        }
        results.push_back(float_forward(layer, inputs));
    }
    return results;
}

} // namespace assay
