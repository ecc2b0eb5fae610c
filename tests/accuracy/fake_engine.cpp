// An engine without libtorch, as a module: answers that follow from the parameters and the policy
// by formulas, so that everything around an engine can be tested without waiting for one.
#include <cmath>

#include "engine.hpp"

using namespace assay;

namespace {

// Accuracies are about widths: all layers at 16 bits or more give 1.
class FakeEngine : public Engine {
  public:
    explicit FakeEngine(const EngineInput& input)
        : input_(input), parameters_(input.model->parameters) {}

    assay_status evaluate(const assay_policy* policy, Split split, size_t limit, Evaluation& out,
                          assay_report*) override {
        out.images = split_indices(*input_.data, split, limit).size();
        out.correct =
            static_cast<uint64_t>(std::llround(share(policy) * static_cast<double>(out.images)));
        out.loss = first() + (split == Split::final ? 1 : 0);
        return ASSAY_OK;
    }
    assay_status outputs(const assay_policy*, const std::vector<uint32_t>&, std::vector<float>&,
                         assay_report*) override {
        return ASSAY_INTERNAL;
    }
    // Moves the first weight, with momentum; how far depends on every setting that a training must
    // keep. An epoch has one step.
    assay_status train(const assay_policy* policy, const TrainSettings& s, assay_report*) override {
        TrainState state;
        state.momentum = parameters_;
        state.momentum[0].weight[0] = 0;
        state = s.resume != nullptr ? *s.resume : state;
        const auto steps = static_cast<uint64_t>(s.epochs);
        for (; state.steps < steps; ++state.steps) {
            if (s.progress && !s.progress(state.steps, steps, 0.5)) {
                return ASSAY_INTERRUPTED;
            }
            step(policy, s, state);
            if (s.checkpoint && state.steps + 1 < steps) {
                TrainState done = state;
                ++done.steps;
                s.checkpoint(done, parameters_);
            }
        }
        return ASSAY_OK;
    }
    void restore() override { parameters_ = input_.model->parameters; }
    std::vector<Parameters> parameters() const override { return parameters_; }
    void set_parameters(const std::vector<Parameters>& p) override { parameters_ = p; }

    assay_status sensitivity(Sensitivity method, const CurvatureSettings& s,
                             std::vector<LayerSensitivity>& out, assay_report*) override {
        if (s.progress && !s.progress(0, 1, "layer")) {
            return ASSAY_INTERRUPTED;
        }
        for (size_t i = 0; i < input_.model->size(); ++i) {
            if (!parameters_[i].weight.empty()) {
                LayerSensitivity row;
                row.layer = i;
                row.value = static_cast<double>(i) + s.images / 1000.0;
                row.iterations = s.max_iterations;
                if (method == Sensitivity::kl) {
                    row.by_bits.assign(17, 0.25);
                }
                out.push_back(row);
            }
        }
        return ASSAY_OK;
    }
    // Of a first layer that is a convolution of one input pixel each.
    assay_status integers(const assay_policy* policy, uint32_t image,
                          std::vector<LayerIntegers>& out, assay_report*) override {
        const Layer& layer = input_.model->layer(0);
        LayerIntegers found;
        found.w_bits = policy->layers[0].w_bits;
        found.a_bits = policy->layers[0].a_bits;
        const size_t pixels = size_t{layer.in.h} * layer.in.w;
        for (size_t i = 0; i < size_t{layer.out.c} * layer.in.c; ++i) {
            found.weights.push_back(static_cast<int32_t>(i % 3) - 1);
        }
        for (size_t i = 0; i < layer.in.size(); ++i) {
            found.inputs.push_back(static_cast<int32_t>((i + image) % 4));
        }
        for (size_t o = 0; o < layer.out.c; ++o) {
            for (size_t at = 0; at < pixels; ++at) {
                int64_t sum = 0;
                for (size_t c = 0; c < layer.in.c; ++c) {
                    sum +=
                        int64_t{found.weights[o * layer.in.c + c]} * found.inputs[c * pixels + at];
                }
                found.sums.push_back(sum);
            }
        }
        out.push_back(found);
        return ASSAY_OK;
    }
    void constrain(const std::vector<std::vector<uint8_t>>&,
                   const std::vector<std::vector<uint16_t>>&) override {}

  private:
    void step(const assay_policy* policy, const TrainSettings& s, TrainState& state) {
        float &w = parameters_[0].weight[0], &v = state.momentum[0].weight[0];
        v = static_cast<float>(s.momentum * v + s.rate * static_cast<double>(state.steps + 1) +
                               share(policy) / 8 + static_cast<double>(s.seed % 1000) / 1000);
        w += v;
    }
    double first() const { return std::fabs(static_cast<double>(parameters_[0].weight[0])); }
    double share(const assay_policy* policy) const {
        double sum = 0;
        size_t count = 0;
        for (size_t i = 0; i < input_.model->size() && policy != nullptr; ++i) {
            if (is_matrix(input_.model->layer(i).op)) {
                sum += std::min(16u, policy->layers[i].w_bits + policy->layers[i].a_bits);
                ++count;
            }
        }
        return count > 0 ? sum / 16 / static_cast<double>(count) : 1;
    }

    EngineInput input_;
    std::vector<Parameters> parameters_;
};

} // namespace

extern "C" __attribute__((visibility("default"))) Engine*
assay_engine_open(const EngineInput& input, assay_report* report) {
    if (input.seed == 666) {
        assay_report_add(report, "the fake engine does not like the seed");
        return nullptr;
    }
    return new FakeEngine(input);
}

extern "C" __attribute__((visibility("default"))) uint64_t assay_engine_abi() {
    return engine_abi;
}
