#include "native.hpp"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

using torch::Tensor;

constexpr int64_t exact_in_float = 1 << 24;
constexpr int64_t greatest_input = 255; // without its zero point

// The greatest magnitude that any sum of the layer, or any part of it, can have.
int64_t greatest_sum(const IntegerLayer& layer, size_t outputs) {
    const size_t size = layer.weight.size() / outputs;
    int64_t greatest = 0;
    for (size_t o = 0; o < outputs; ++o) {
        int64_t sum = std::abs(int64_t{layer.bias[o]});
        for (size_t i = 0; i < size; ++i) {
            sum += greatest_input * std::abs(int64_t{layer.weight[o * size + i]});
        }
        greatest = std::max(greatest, sum);
    }
    return greatest;
}

Tensor tensor_of(const std::vector<int32_t>& values, at::IntArrayRef shape,
                 torch::ScalarType type) {
    return torch::from_blob(const_cast<int32_t*>(values.data()), shape, torch::kInt32).to(type);
}

Tensor weight_tensor(const Layer& l, const IntegerLayer& layer, torch::ScalarType type) {
    const int64_t out = l.out.c;
    const auto in = static_cast<int64_t>(layer.weight.size()) / out;
    if (l.op == Op::fc) {
        return tensor_of(layer.weight, {out, in}, type);
    }
    const int64_t taps = int64_t{l.kernel_h} * l.kernel_w;
    return tensor_of(layer.weight, {out, in / taps, l.kernel_h, l.kernel_w}, type)
        .contiguous(torch::MemoryFormat::ChannelsLast);
}

// What the least element of the data becomes.
float least_input(const Preprocess& how, Images::Element element) {
    const double raw = element == Images::Element::i8 ? -128 : 0;
    double least = INFINITY;
    for (size_t c = 0; c < std::max<size_t>({1, how.subtract.size(), how.scale.size()}); ++c) {
        const double subtract = how.subtract.empty() ? 0 : how.subtract[c % how.subtract.size()];
        const double scale = how.scale.empty() ? 1 : how.scale[c % how.scale.size()];
        least = std::min(least, (raw - subtract) * scale);
    }
    return static_cast<float>(least);
}

} // namespace

bool is_native(const Model& model) {
    return std::any_of(model.parameters.begin(), model.parameters.end(),
                       [](const Parameters& p) { return p.integers.present(); });
}

assay_status NativeNet::make(std::shared_ptr<const Model> model, Images::Element element,
                             NativeNet& out, assay_report* report) {
    const float least = least_input(model->workload->preprocess, element);
    const assay_status status =
        IntegerNet::make(*model->workload, model->parameters, least, out.integers_, report);
    if (status != ASSAY_OK) {
        return status;
    }
    out.weights_.resize(model->size());
    out.biases_.resize(model->size());
    for (size_t i = 0; i < model->size(); ++i) {
        const Layer& l = model->layer(i);
        if (is_matrix(l.op)) {
            const IntegerLayer& layer = out.integers_.layer(i);
            const bool fits = greatest_sum(layer, l.out.c) < exact_in_float;
            const torch::ScalarType type = fits ? torch::kFloat32 : torch::kFloat64;
            out.weights_[i] = weight_tensor(l, layer, type);
            out.biases_[i] = tensor_of(layer.bias, {l.out.c}, type);
        }
    }
    out.model_ = std::move(model);
    return ASSAY_OK;
}

Tensor NativeNet::products(size_t layer, const Values& input) const {
    const Layer& l = model_->layer(layer);
    const int32_t zero = integers_.layer(layer).in_zeros[0];
    Tensor x = torch::empty({static_cast<int64_t>(input.size()), l.in.c, l.in.h, l.in.w});
    auto* to = x.data_ptr<float>();
    for (const std::vector<int32_t>& image : input) {
        to = std::transform(image.begin(), image.end(), to,
                            [zero](int32_t q) { return static_cast<float>(q - zero); });
    }
    x = x.to(weights_[layer].scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    return multiply(l, {x}, weights_[layer], biases_[layer]).to(torch::kInt32).contiguous();
}

NativeNet::Values NativeNet::matrix_layer(size_t layer, const Values& input) const {
    const Layer& l = model_->layer(layer);
    const IntegerLayer& integer = integers_.layer(layer);
    const Tensor sums = products(layer, input);
    const auto* sum = sums.data_ptr<int32_t>();
    const uint64_t area = l.out.size() / l.out.c;
    Values out(input.size(), std::vector<int32_t>(l.out.size()));
    for (std::vector<int32_t>& image : out) {
        for (uint64_t i = 0; i < image.size(); ++i) {
            const int64_t q = int64_t{rescale(*sum++, integer.factors[i / area])} + integer.zero;
            image[i] = static_cast<int32_t>(std::clamp<int64_t>(q, integer.low, integer.high));
        }
    }
    return out;
}

NativeNet::Values NativeNet::other_layer(size_t layer,
                                         const std::vector<const Values*>& inputs) const {
    Values out;
    for (size_t image = 0; image < inputs[0]->size(); ++image) {
        std::vector<const std::vector<int32_t>*> of_image;
        for (const Values* input : inputs) {
            of_image.push_back(&(*input)[image]);
        }
        out.push_back(run_integer_layer(model_->layer(layer), integers_.layer(layer), of_image));
    }
    return out;
}

Tensor NativeNet::run(const Tensor& x) const {
    const Tensor plain = x.contiguous();
    const size_t size = model_->workload->input_shape.size();
    Values first(static_cast<size_t>(x.size(0)), std::vector<int32_t>(size));
    for (size_t i = 0; i < first.size(); ++i) {
        quantise_all(integers_.input_quantiser(), plain.data_ptr<float>() + i * size,
                     first[i].data(), size);
    }
    std::vector<Values> values;
    for (size_t i = 0; i < model_->size(); ++i) {
        std::vector<const Values*> inputs;
        for (int source : model_->layer(i).inputs) {
            inputs.push_back(source < 0 ? &first : &values[static_cast<size_t>(source)]);
        }
        values.push_back(is_matrix(model_->layer(i).op) ? matrix_layer(i, *inputs[0])
                                                        : other_layer(i, inputs));
    }
    const OutputInteger& format = model_->layer(model_->size() - 1).integer;
    Tensor out = torch::empty({x.size(0), static_cast<int64_t>(values.back()[0].size())});
    auto* to = out.data_ptr<float>();
    for (const std::vector<int32_t>& image : values.back()) {
        to = std::transform(image.begin(), image.end(), to, [&format](int32_t q) {
            return static_cast<float>(q - format.zero) * format.scale;
        });
    }
    return out;
}

} // namespace assay
