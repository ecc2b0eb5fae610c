// The built-in engine: libtorch's kernels behind Engine, one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "candidate.hpp"
#include "checkpoints.hpp"
#include "divergence.hpp"
#include "engine.hpp"
#include "inputs.hpp"
#include "native.hpp"
#include "structure.hpp"

namespace assay {

// Bytes of outputs that are kept between candidates.
struct EngineLimits {
    uint64_t checkpoint_bytes = Checkpoints::default_budget;
};

// ASSAY_BAD_INPUT with a message per mistake if network and data do not fit each other.
assay_status open_torch_engine(const EngineInput& input, const EngineLimits& limits,
                               std::unique_ptr<Engine>& out, assay_report* report);

class TorchEngine final : public Engine {
  public:
    TorchEngine(const EngineInput& input, const EngineLimits& limits);
    // Of a network of integers, which is run as such as long as its parameters are those loaded.
    assay_status make_native(assay_report* report);

    assay_status evaluate(const assay_policy* policy, Split split, size_t limit, Evaluation& out,
                          assay_report* report) override;
    assay_status outputs(const assay_policy* policy, const std::vector<uint32_t>& images,
                         std::vector<float>& out, assay_report* report) override;
    assay_status train(const assay_policy* policy, const TrainSettings& settings,
                       assay_report* report) override;
    void restore() override;
    std::vector<Parameters> parameters() const override { return net_->parameters(); }
    void set_parameters(const std::vector<Parameters>& parameters) override;
    assay_status sensitivity(Sensitivity method, const CurvatureSettings& settings,
                             std::vector<LayerSensitivity>& out, assay_report* report) override;
    assay_status integers(const assay_policy* policy, uint32_t test_image,
                          std::vector<LayerIntegers>& out, assay_report* report) override;
    void constrain(const std::vector<std::vector<uint8_t>>& masks,
                   const std::vector<std::vector<uint16_t>>& codes) override;

  private:
    struct Loaded { // images of the last evaluation
        Split split = Split::search;
        size_t limit = 0;
        Inputs inputs;
        Answers wanted; // the float network's; empty until it was evaluated
    };
    struct Calibrated {
        assay_hash network = {};
        std::shared_ptr<Observations> observations;
    };
    struct Trained { // clips that PACT has found, and the policy that they are for
        InputQuantisers quantisers;
        assay_policy policy;
    };
    struct Pruned {
        assay_hash network = {}; // that it was made of
        std::vector<uint64_t> keep_channels;
        std::shared_ptr<Net> net;
    };

    bool runs_native(const assay_policy* policy) const { return !policy && native_ && untouched_; }
    const Inputs& inputs_of(Split split, size_t limit);
    const Inputs& calibration_inputs();
    std::shared_ptr<Net> pruned_net(const assay_policy* policy);
    assay_status quantisers_for(Net& net, const assay_policy* policy, InputQuantisers& out,
                                assay_report* report);
    void put_trained(const assay_policy& policy, InputQuantisers& out) const;
    assay_status candidate_for(const assay_policy* policy, Candidate& out, assay_report* report);
    std::vector<torch::Tensor> run(const Candidate& candidate, const Inputs& inputs,
                                   Evaluation& out);
    std::vector<torch::Tensor> run_native(const Inputs& inputs) const;
    bool add_scores(const torch::Tensor& logits, const uint16_t* labels, size_t count,
                    Evaluation& out) const;
    assay_status add_all_scores(const std::vector<torch::Tensor>& logits, const Inputs& inputs,
                                const Candidate* candidate, Evaluation& out, assay_report* report);
    // Of candidates against the float network's answers, which it remembers.
    void compare(const std::vector<torch::Tensor>& logits, bool of_float, Evaluation& out);
    assay_status not_finite(const Candidate* candidate, const torch::Tensor& batch,
                            assay_report* report) const;

    EngineInput input_;
    std::shared_ptr<Net> net_;
    Structure structure_;
    PreparedWeights prepared_;
    Checkpoints checkpoints_;
    std::optional<NativeNet> native_;
    bool untouched_ = true; // the parameters are those loaded
    std::optional<Loaded> loaded_;
    std::optional<Inputs> calibration_inputs_;
    std::vector<Calibrated> calibrated_;
    std::optional<Trained> trained_;
    Pruned pruned_;
    std::vector<std::vector<uint8_t>> masks_;
    std::vector<std::vector<uint16_t>> codes_;
};

} // namespace assay
