#include "ste.hpp"

namespace assay {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

Tensor dense(const Tensor& x) {
    return x.contiguous(x.suggest_memory_format());
}

Tensor quantised(const Quantiser& quantiser, const Tensor& x) {
    Tensor y = torch::empty_like(x);
    fake_quantise(quantiser, x.data_ptr<float>(), y.data_ptr<float>(),
                  static_cast<size_t>(x.numel()));
    return y;
}

float real(const Quantiser& quantiser, int32_t q) {
    return (static_cast<float>(q) - quantiser.zero) * quantiser.scale;
}

struct Quantise : torch::autograd::Function<Quantise> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Quantiser& quantiser) {
        const Tensor values = dense(x);
        context->save_for_backward({values});
        context->saved_data["low"] = double{real(quantiser, quantiser.low)};
        context->saved_data["high"] = double{real(quantiser, quantiser.high)};
        return quantised(quantiser, values);
    }
    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        return {at::hardtanh_backward(gradients[0], context->get_saved_variables()[0],
                                      context->saved_data["low"].toDouble(),
                                      context->saved_data["high"].toDouble()),
                Tensor()};
    }
};

struct Pact : torch::autograd::Function<Pact> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& clip,
                          int64_t bits) {
        const Tensor values = dense(x);
        context->save_for_backward({values, clip});
        return quantised(half_wave_quantiser(clip.item<float>(), static_cast<unsigned>(bits)),
                         values);
    }
    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &x = saved[0], &clip = saved[1];
        const Tensor above = at::where(x >= clip, gradients[0], torch::zeros({}));
        return {at::hardtanh_backward(gradients[0], x, 0, clip.item<double>()),
                above.sum().reshape(clip.sizes()), Tensor()};
    }
};

struct Replace : torch::autograd::Function<Replace> {
    static Tensor forward(AutogradContext*, const Tensor&, const Tensor& replacement) {
        return replacement.clone();
    }
    static tensor_list backward(AutogradContext*, tensor_list gradients) {
        return {gradients[0], Tensor()};
    }
};

} // namespace

Tensor quantise_through(const Tensor& x, const Quantiser& quantiser) {
    return Quantise::apply(x, quantiser);
}

Tensor pact_through(const Tensor& x, const Tensor& clip, unsigned bits) {
    return Pact::apply(x, clip, int64_t{bits});
}

Tensor replace_through(const Tensor& x, const Tensor& replacement) {
    return Replace::apply(x, replacement);
}

} // namespace assay
