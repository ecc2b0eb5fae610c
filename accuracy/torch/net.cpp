#include "net.hpp"

#include <algorithm>

namespace assay {
namespace {

using torch::Tensor;

Tensor from_values(const std::vector<float>& values, at::IntArrayRef shape) {
    if (values.empty()) {
        return {};
    }
    return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone();
}

std::vector<float> to_values(const Tensor& tensor) {
    if (!tensor.defined()) {
        return {};
    }
    const Tensor plain = tensor.detach().to(torch::kFloat32).contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

Tensor weight_tensor(const Layer& layer, const std::vector<float>& values) {
    const int64_t out = layer.out.c;
    if (layer.op == Op::conv && !layer.linear_rows) {
        const int64_t in = layer.in.c / layer.groups;
        Tensor weight = from_values(values, {out, in, layer.kernel_h, layer.kernel_w});
        return weight.defined() ? weight.contiguous(torch::MemoryFormat::ChannelsLast) : weight;
    }
    if (is_matrix(layer.op)) {
        return from_values(values, {out, static_cast<int64_t>(values.size()) / out});
    }
    return from_values(values, {static_cast<int64_t>(values.size())});
}

LayerTensors make_tensors(const Layer& layer, const Parameters& p) {
    LayerTensors t;
    t.weight = weight_tensor(layer, p.weight);
    t.bias = from_values(p.bias, {static_cast<int64_t>(p.bias.size())});
    if (p.norm.present()) {
        const auto n = static_cast<int64_t>(p.norm.mean.size());
        t.norm_scale = from_values(p.norm.scale, {n});
        t.norm_shift = from_values(p.norm.shift, {n});
        t.norm_mean = from_values(p.norm.mean, {n});
        t.norm_variance = from_values(p.norm.variance, {n});
        t.epsilon = p.norm.epsilon;
    } else {
        t.epsilon = layer.tensors.epsilon;
    }
    return t;
}

// Padding that differs between the sides is put there first; the rest is the kernel's business.
bool is_even(const Layer& l) {
    return l.pad_top == l.pad_bottom && l.pad_left == l.pad_right;
}

Tensor pad(const Layer& l, const Tensor& x, double value) {
    return at::constant_pad_nd(x, {l.pad_left, l.pad_right, l.pad_top, l.pad_bottom}, value);
}

Tensor convolve(const Layer& l, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    const bool even = is_even(l);
    const std::vector<int64_t> padding = {even ? l.pad_top : 0, even ? l.pad_left : 0};
    return at::conv2d(even ? x : pad(l, x, 0), weight, bias, {l.stride_h, l.stride_w}, padding,
                      {l.dilation_h, l.dilation_w}, l.groups);
}

// [N][features][rows][1] or any image of as many values: rows are positions.
Tensor linear_rows(const Layer& l, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    const Tensor rows = x.reshape({x.size(0), l.in.c, -1}).transpose(1, 2);
    return at::linear(rows, weight, bias).transpose(1, 2).unsqueeze(3);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
    return at::linear(x.reshape({x.size(0), -1}), weight, bias).unsqueeze(2).unsqueeze(3);
}

// Heads of rows x inner by inner x columns; formats.md says how they lie in memory.
Tensor matmul(const Layer& l, const Tensor& x, const Tensor& second) {
    const int64_t n = x.size(0), heads = l.groups, rows = l.in.h;
    const int64_t inner = l.in.c / heads, columns = l.out.c / heads;
    const Tensor left = x.reshape({n, heads, inner, rows}).transpose(2, 3);
    const Tensor right = l.second_by_columns
                             ? second.reshape({n, heads, columns, inner}).transpose(2, 3)
                             : second.reshape({n, heads, inner, columns});
    return at::matmul(left, right).transpose(2, 3).reshape({n, heads * columns, rows, 1});
}

Tensor max_pool(const Layer& l, const Tensor& x) {
    const bool even = is_even(l);
    const Tensor padded = even ? x : pad(l, x, -std::numeric_limits<double>::infinity());
    return at::max_pool2d(padded, {l.kernel_h, l.kernel_w}, {l.stride_h, l.stride_w},
                          {even ? l.pad_top : 0, even ? l.pad_left : 0}, 1, l.ceil_mode);
}

Tensor average_pool(const Layer& l, const Tensor& x) {
    const bool even = is_even(l);
    return at::avg_pool2d(even ? x : pad(l, x, 0), {l.kernel_h, l.kernel_w},
                          {l.stride_h, l.stride_w}, {even ? l.pad_top : 0, even ? l.pad_left : 0},
                          l.ceil_mode);
}

Tensor softmax(const Layer& l, const Tensor& x) {
    const auto groups = static_cast<int64_t>(l.groups);
    return x.reshape({x.size(0), groups, -1, x.size(2), x.size(3)}).softmax(2).reshape(x.sizes());
}

Tensor layer_norm(const LayerTensors& t, const Tensor& x) {
    return at::layer_norm(x.permute({0, 2, 3, 1}), {x.size(1)}, t.weight, t.bias, t.epsilon)
        .permute({0, 3, 1, 2});
}

Tensor batch_norm(const LayerTensors& t, const Tensor& x) {
    if (!t.weight.defined()) {
        return x;
    }
    const Tensor scaled = x * t.weight.view({1, -1, 1, 1});
    return t.bias.defined() ? scaled + t.bias.view({1, -1, 1, 1}) : scaled;
}

Tensor slice(const Layer& l, const Tensor& x) {
    return x.narrow(1, l.from_channel, l.out.c).narrow(2, l.from_row, l.out.h);
}

Tensor sum(const std::vector<Tensor>& inputs) {
    Tensor y = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) {
        y = y + inputs[i];
    }
    return y;
}

Tensor product(const std::vector<Tensor>& inputs) {
    Tensor y = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) {
        y = y * inputs[i];
    }
    return y;
}

Tensor elementwise(const Layer& l, const LayerTensors& t, const std::vector<Tensor>& inputs) {
    const Tensor& x = inputs[0];
    switch (l.op) {
    case Op::maxpool:
        return max_pool(l, x);
    case Op::avgpool:
        return average_pool(l, x);
    case Op::global_avgpool:
        return x.mean({2, 3}, true);
    case Op::concat:
        return at::cat(inputs, 1);
    case Op::relu:
        return x.relu();
    case Op::add:
        return sum(inputs);
    case Op::mul:
        return product(inputs);
    case Op::batch_norm:
        return batch_norm(t, x);
    case Op::layer_norm:
        return layer_norm(t, x);
    case Op::gelu:
        return at::gelu(x);
    case Op::sigmoid:
        return x.sigmoid();
    case Op::tanh:
        return x.tanh();
    case Op::softmax:
        return softmax(l, x);
    case Op::slice:
        return slice(l, x);
    case Op::pad_channels:
        return at::constant_pad_nd(x, {0, 0, 0, 0, l.channels_before, l.channels_after}, 0);
    case Op::fc:
    case Op::conv:
    case Op::matmul:
        break;
    }
    TORCH_CHECK(false, "no elementwise operation: ", op_name(l.op));
}

Tensor normalise(const LayerTensors& t, const Tensor& x, bool training) {
    constexpr double momentum = 0.1; // of the running statistics
    return at::batch_norm(x, t.norm_scale, t.norm_shift, t.norm_mean, t.norm_variance, training,
                          momentum, t.epsilon, false);
}

Tensor rectify(const Layer& l, const Tensor& x) {
    return l.relu_limit > 0 ? x.clamp(0, l.relu_limit) : x.relu();
}

} // namespace

Tensor multiply(const Layer& l, const std::vector<Tensor>& inputs, const Tensor& weight,
                const Tensor& bias) {
    if (l.op == Op::matmul) {
        return matmul(l, inputs[0], inputs.back());
    }
    if (l.linear_rows) {
        return linear_rows(l, inputs[0], weight, bias);
    }
    return l.op == Op::fc ? linear(inputs[0], weight, bias) : convolve(l, inputs[0], weight, bias);
}

Net::Net(std::shared_ptr<const Model> model) : model_(std::move(model)), last_use_(size()) {
    for (size_t i = 0; i < size(); ++i) {
        tensors_.push_back(make_tensors(model_->layer(i), model_->parameters[i]));
        last_use_[i] = i;
        for (int input : model_->layer(i).inputs) {
            if (input >= 0) {
                last_use_[static_cast<size_t>(input)] = i;
            }
        }
    }
    last_use_[size() - 1] = size();
}

Tensor Net::before_relu(size_t i, const std::vector<Tensor>& inputs, const Hooks& hooks,
                        bool training) {
    const Layer& l = model_->layer(i);
    const LayerTensors& t = tensors_[i];
    if (!is_matrix(l.op)) {
        return elementwise(l, t, inputs);
    }
    std::vector<Tensor> operands = inputs;
    for (size_t k = 0; hooks.input && k < operands.size(); ++k) {
        operands[k] = hooks.input(i, static_cast<int>(k), operands[k]);
    }
    const bool replaced = hooks.weight && t.weight.defined();
    const Tensor y = multiply(l, operands, replaced ? hooks.weight(i, t.weight) : t.weight, t.bias);
    return t.has_norm() ? normalise(t, y, training) : y;
}

Tensor Net::layer(size_t i, const std::vector<Tensor>& inputs, const Hooks& hooks, bool training) {
    const Tensor y = before_relu(i, inputs, hooks, training);
    return model_->layer(i).relu ? rectify(model_->layer(i), y) : y;
}

Tensor Net::run(const Tensor& x, std::vector<Tensor> values, size_t first, size_t last,
                const Hooks& hooks, bool training) {
    values.resize(size());
    for (size_t i = first; i < last; ++i) {
        std::vector<Tensor> inputs;
        for (int input : model_->layer(i).inputs) {
            inputs.push_back(input < 0 ? x : values[static_cast<size_t>(input)]);
        }
        values[i] = layer(i, inputs, hooks, training);
        if (hooks.output) {
            hooks.output(i, values[i]);
        }
        for (int input : model_->layer(i).inputs) {
            if (input >= 0 && last_use_[static_cast<size_t>(input)] == i) {
                values[static_cast<size_t>(input)] = Tensor();
            }
        }
    }
    return values[last - 1];
}

Tensor Net::forward(const Tensor& x, const Hooks& hooks, bool training) {
    return run(x, {}, 0, size(), hooks, training).reshape({x.size(0), -1});
}

std::vector<Tensor> Net::trainable() const {
    std::vector<Tensor> all;
    for (const LayerTensors& t : tensors_) {
        for (const Tensor& p : {t.weight, t.bias, t.norm_scale, t.norm_shift}) {
            if (p.defined()) {
                all.push_back(p);
            }
        }
    }
    return all;
}

std::vector<Parameters> Net::parameters() const {
    std::vector<Parameters> all(model_->parameters);
    for (size_t i = 0; i < size(); ++i) {
        const LayerTensors& t = tensors_[i];
        all[i].weight = to_values(t.weight);
        all[i].bias = to_values(t.bias);
        all[i].norm.scale = to_values(t.norm_scale);
        all[i].norm.shift = to_values(t.norm_shift);
        all[i].norm.mean = to_values(t.norm_mean);
        all[i].norm.variance = to_values(t.norm_variance);
    }
    return all;
}

void Net::set_parameters(const std::vector<Parameters>& parameters) {
    for (size_t i = 0; i < size(); ++i) {
        tensors_[i] = make_tensors(model_->layer(i), parameters[i]);
    }
}

} // namespace assay
