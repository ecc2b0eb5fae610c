#include "integers.hpp"

#include "runner.hpp"

namespace assay {
namespace {

using torch::Tensor;

constexpr unsigned default_bits = 8;

std::vector<float> values_of(const Tensor& tensor) {
    const Tensor plain = tensor.contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

std::vector<int32_t> quantise_operand(const Tensor& x, const Quantiser& quantiser) {
    const std::vector<float> real = values_of(x.narrow(0, 0, 1));
    std::vector<int32_t> q(real.size());
    quantise_all(quantiser, real.data(), q.data(), q.size());
    return q;
}

Tensor exact(const std::vector<int32_t>& values, at::IntArrayRef shape) {
    return torch::from_blob(const_cast<int32_t*>(values.data()), shape, torch::kInt32)
        .to(torch::kFloat64);
}

// Doubles hold sums of products of 16 bits exactly.
std::vector<int64_t> sums_of(const Layer& l, const LayerIntegers& layer,
                             const std::vector<std::vector<int64_t>>& shapes,
                             const Tensor& weight) {
    std::vector<Tensor> operands = {exact(layer.inputs, shapes[0])};
    if (l.op == Op::matmul) {
        operands.push_back(exact(layer.weights, shapes.back()));
    }
    const Tensor weights = weight.defined() ? exact(layer.weights, weight.sizes()) : weight;
    const Tensor sums = multiply(l, operands, weights, {}).to(torch::kInt64).contiguous();
    return {sums.data_ptr<int64_t>(), sums.data_ptr<int64_t>() + sums.numel()};
}

// Collects the integers of one layer after another as the network runs.
class Collector {
  public:
    Collector(const Candidate& candidate, const assay_policy& widths, const QuantSettings& settings)
        : candidate_(candidate), widths_(widths), settings_(settings) {}

    void operand(size_t layer, int operand, const Tensor& x) {
        if (widths_.layers[layer].codebook_bits > 0) {
            return;
        }
        const Quantiser& quantiser = candidate_.layers[layer].input[static_cast<size_t>(operand)];
        std::vector<int32_t> q = quantise_operand(x, quantiser);
        std::vector<int64_t> shape = x.sizes().vec();
        shape[0] = 1;
        if (operand == 0) {
            begin(layer, std::move(q), std::move(shape));
        } else {
            found_.back().weights = std::move(q);
            shapes_.push_back(std::move(shape));
        }
        if (operand + 1 == static_cast<int>(model_layer(layer).inputs.size())) {
            found_.back().sums = sums_of(model_layer(layer), found_.back(), shapes_,
                                         candidate_.layers[layer].weight);
        }
    }
    std::vector<LayerIntegers> take() { return std::move(found_); }

  private:
    const Layer& model_layer(size_t layer) const { return candidate_.net->model().layer(layer); }

    void begin(size_t layer, std::vector<int32_t> inputs, std::vector<int64_t> shape) {
        const Layer& l = model_layer(layer);
        LayerIntegers out;
        out.layer = layer;
        out.w_bits = weight_bits(l, widths_.layers[layer]);
        out.a_bits = input_bits(l, widths_.layers[layer]);
        out.a_signed = candidate_.layers[layer].input[0].low < 0;
        out.inputs = std::move(inputs);
        const Tensor& weight = candidate_.net->tensors()[layer].weight;
        if (weight.defined()) {
            out.weights = quantised_weights(values_of(weight), l.out.c,
                                            weight_treatment(l, widths_.layers[layer]), settings_)
                              .q;
        }
        shapes_ = {std::move(shape)};
        found_.push_back(std::move(out));
    }

    const Candidate& candidate_;
    const assay_policy& widths_;
    const QuantSettings& settings_;
    std::vector<LayerIntegers> found_;
    std::vector<std::vector<int64_t>> shapes_; // of the last layer's operands
};

} // namespace

assay_policy with_all_widths(const Model& model, const assay_policy* policy) {
    assay_policy out;
    for (size_t i = 0; i < model.size(); ++i) {
        const Layer& l = model.layer(i);
        assay_layer_policy p = policy ? policy->layers[i] : assay_layer_policy{};
        if (is_matrix(l.op)) {
            p.w_bits = weight_bits(l, p) ? weight_bits(l, p) : default_bits;
            p.a_bits = input_bits(l, p) ? input_bits(l, p) : default_bits;
        }
        out.layers.push_back(p);
    }
    return out;
}

std::vector<LayerIntegers> find_integers(const Candidate& candidate, const assay_policy& widths,
                                         const QuantSettings& settings, const Tensor& x) {
    Collector collector(candidate, widths, settings);
    Observer observer;
    observer.operand = [&](size_t layer, int operand, const Tensor& values) {
        collector.operand(layer, operand, values);
    };
    const std::vector<bool> whole(candidate.layers.size(), false);
    const Structure structure(candidate.net->model());
    Pass(candidate, structure, whole, x).run(0, candidate.layers.size(), observer);
    return collector.take();
}

} // namespace assay
