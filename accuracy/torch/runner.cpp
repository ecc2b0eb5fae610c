#include "runner.hpp"

namespace assay {
namespace {

using torch::Tensor;

bool same(const Quantiser& a, const Quantiser& b) {
    return a.scale == b.scale && a.zero == b.zero && a.low == b.low && a.high == b.high;
}

// Without gaps in memory, so that one loop over all of it does.
Tensor dense(const Tensor& x) {
    return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

Tensor quantised(const Tensor& x, const Quantiser& quantiser) {
    const Tensor from = dense(x);
    Tensor out = at::empty_like(from);
    fake_quantise(quantiser, from.data_ptr<float>(), out.data_ptr<float>(),
                  static_cast<size_t>(from.numel()));
    return out;
}

// Nobody else sees what is written here: slices and reshaped tensors share their memory, and an
// operation that does nothing (a normalisation that is folded, an addition of one input) returns
// the very tensor that it reads.
bool is_own(const Tensor& y) {
    return y.use_count() == 1 && y.storage().use_count() == 1 && y.is_non_overlapping_and_dense();
}

Tensor rectify(const Layer& l, Tensor y) {
    const Tensor own = is_own(y) ? y : y.clone();
    return l.relu_limit > 0 ? own.clamp_(0, l.relu_limit) : own.relu_();
}

void quantise_in_place(const Layer& l, const Quantiser& quantiser, Tensor& y) {
    auto* values = y.data_ptr<float>();
    const auto count = static_cast<size_t>(y.numel());
    if (l.relu) {
        relu_fake_quantise(quantiser, static_cast<float>(l.relu_limit), values, values, count);
    } else {
        fake_quantise(quantiser, values, values, count);
    }
}

} // namespace

Pass::Pass(const Candidate& candidate, const Structure& structure, const std::vector<bool>& whole,
           const Tensor& x)
    : candidate_(candidate), structure_(structure), whole_(whole), x_(x),
      values_(candidate.layers.size()), quantised_(values_.size(), false),
      copies_(values_.size() + 1) {}

Tensor Pass::value(int source) const {
    return source < 0 ? x_ : values_[static_cast<size_t>(source)];
}

Tensor Pass::operand(size_t layer, size_t operand) {
    const int source = candidate_.net->model().layer(layer).inputs[operand];
    const Quantiser& quantiser = candidate_.layers[layer].input[operand];
    if (!quantises(quantiser) || (source >= 0 && quantised_[static_cast<size_t>(source)])) {
        return value(source);
    }
    Copy& copy = copies_[static_cast<size_t>(source + 1)];
    if (!copy.values.defined() || !same(copy.by, quantiser)) {
        copy = {quantised(value(source), quantiser), quantiser};
    }
    return copy.values;
}

Tensor Pass::compute(size_t layer, const Observer& observer) {
    const Layer& l = candidate_.net->model().layer(layer);
    std::vector<Tensor> inputs;
    for (size_t k = 0; k < l.inputs.size(); ++k) {
        inputs.push_back(is_matrix(l.op) ? operand(layer, k) : value(l.inputs[k]));
        if (observer.operand && is_matrix(l.op)) {
            observer.operand(layer, static_cast<int>(k), inputs.back());
        }
    }
    Hooks hooks;
    hooks.weight = [this](size_t i, const Tensor&) { return candidate_.layers[i].weight; };
    return candidate_.net->before_relu(layer, inputs, hooks, false);
}

const Quantiser* Pass::only_reader(size_t layer) const {
    const Structure::Output& output = structure_.outputs[layer];
    if (output.readers != 1 || whole_[layer]) {
        return nullptr;
    }
    const auto& operands = candidate_.layers[output.reader].input;
    const auto operand = static_cast<size_t>(output.operand);
    if (operand >= operands.size()) { // of a concatenation: only matrix layers quantise
        return nullptr;
    }
    return quantises(operands[operand]) ? &operands[operand] : nullptr;
}

Tensor Pass::finish(size_t layer, Tensor y) {
    const Layer& l = candidate_.net->model().layer(layer);
    const Quantiser* quantiser = only_reader(layer);
    if (quantiser && is_own(y)) {
        quantise_in_place(l, *quantiser, y);
        quantised_[layer] = true;
        return y;
    }
    return l.relu ? rectify(l, std::move(y)) : y;
}

void Pass::release_after(size_t layer) {
    for (int source : candidate_.net->model().layer(layer).inputs) {
        if (source >= 0 && structure_.outputs[static_cast<size_t>(source)].reader == layer) {
            values_[static_cast<size_t>(source)] = Tensor();
            copies_[static_cast<size_t>(source + 1)] = Copy{};
        }
    }
}

Tensor Pass::run(size_t first, size_t last, const Observer& observer) {
    for (size_t i = first; i < last; ++i) {
        Tensor y = compute(i, observer);
        if (observer.output) {
            observer.output(i, y);
        }
        values_[i] = finish(i, std::move(y));
        if (whole_[i] && observer.whole) {
            observer.whole(i, values_[i]);
        }
        release_after(i);
    }
    return values_[last - 1];
}

} // namespace assay
