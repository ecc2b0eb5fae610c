// What evaluates and trains networks. Implemented by accuracy/torch (libtorch), in a module of its
// own that is loaded when it is first asked for: programs that never ask do not wait for it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "calibration.hpp"
#include "dataset.hpp"
#include "model.hpp"

namespace assay {

struct QuantSettings {
    Clip weight_clip = Clip::mse, activation_clip = Clip::mse;
    bool per_channel = true; // weights; activations are always per tensor
    bool asymmetric = false; // ZeroQ: weights and activations min .. max with a zero point
    unsigned calibration_images = 256;
};

struct Evaluation {
    uint64_t images = 0, correct = 0;
    double loss = 0;          // mean cross entropy, nats
    uint64_t size_bits = 0;   // of the weights under the policy; biases at 32 bits
    size_t reused_layers = 0; // outputs taken from the candidate before
    // From the float network's answers, if the float network was evaluated on the same images and
    // nothing on others since; else NaN. Nats (divergence.hpp).
    double divergence = std::numeric_limits<double>::quiet_NaN();
    double top1() const {
        return images ? static_cast<double>(correct) / static_cast<double>(images) : 0;
    }
};

// What a training that was cut off needs besides the parameters of that moment. A training that
// goes on from an epoch's end gives the same bytes as one that was never cut off.
struct TrainState {
    uint64_t steps = 0;               // done
    std::vector<Parameters> momentum; // shaped as the parameters (norms: of scale and shift), so
                                      // that save_parameters and load_parameters do for it, too
    std::vector<float> clips;         // of PACT, in the engine's order; else empty
};

struct TrainSettings {
    double epochs = 1;
    double rate = 0.01; // of the first step
    bool cosine = true; // down to 0 over all steps; else constant
    double warmup_epochs = 0;
    double momentum = 0.9, weight_decay = 5e-4;
    bool nesterov = false;
    double label_smoothing = 0;
    // Distillation: alpha * CE(labels) + (1 - alpha) * T^2 * CE(teacher at T); alpha 1: none.
    double distill_alpha = 1, distill_temperature = 4;
    std::shared_ptr<const Model> teacher; // null: the network as it was loaded
    bool augment = true; // random shift by 1/8 of the side, and mirrored where the data allow it
    bool mirror = true;
    unsigned batch = 64;
    uint64_t images = 0; // of the training set; 0: all
    uint64_t seed = 1;
    // PACT: activation clips are trained, too. Only with a policy.
    bool pact = false;
    // Called after steps; false stops (ASSAY_INTERRUPTED). May be empty.
    std::function<bool(uint64_t step, uint64_t steps, double loss)> progress;
    // Called at the end of every epoch but the last one with all that `resume` needs. May be empty.
    std::function<void(const TrainState& state, const std::vector<Parameters>& parameters)>
        checkpoint;
    // Of a checkpoint whose parameters are in the network already (set_parameters); the other
    // settings must be the same as then. Null: from the start.
    const TrainState* resume = nullptr;
};

enum class Sensitivity {
    trace,      // of the Hessian: summed up, or Hutchinson
    eigenvalue, // greatest, power iteration
    fisher,     // mean squared gradient per image, summed
    kl          // ZeroQ: divergence of the outputs when one layer is quantised
};

struct CurvatureSettings {
    unsigned images = 128;
    unsigned max_iterations = 100; // samples of Hutchinson, steps of power iteration
    bool sampled = false;          // traces by Hutchinson even where they can be summed up
    double tolerance = 1e-3;       // relative change at which iteration ends
    uint64_t seed = 1;
    std::function<bool(size_t done, size_t total, const char* label)> progress;
};

// One layer of a sensitivity table.
struct LayerSensitivity {
    size_t layer = 0;
    double value = 0;        // trace / parameters (avg_trace), eigenvalue, ...
    unsigned iterations = 0; // that were needed
    bool converged = true;
    std::vector<double> by_bits; // kl: [17], divergence at 1 .. 16 bits; else empty
};

// The integers of one matrix layer as the network multiplies them.
struct LayerIntegers {
    size_t layer = 0;
    unsigned w_bits = 0, a_bits = 0;
    bool a_signed = false;
    std::vector<int32_t> weights; // [out][in / groups][kh][kw]
    std::vector<int32_t> inputs;  // of one image, CHW
    std::vector<int64_t> sums; // outputs of the network's own products, CHW, before scale and bias
};

class Engine {
  public:
    virtual ~Engine() = default;

    // `policy`: null for the float network. The network's weights are what they were before, after
    // it too. Deterministic.
    virtual assay_status evaluate(const assay_policy* policy, Split split, size_t limit,
                                  Evaluation& out, assay_report* report) = 0;
    // Outputs (logits) of chosen test images, [count][classes].
    virtual assay_status outputs(const assay_policy* policy, const std::vector<uint32_t>& images,
                                 std::vector<float>& out, assay_report* report) = 0;
    // Fine-tunes (or trains) the network in place under a policy: straight-through quantisers,
    // masks that hold, centroids. evaluate() sees the new weights. `restore` goes back to those
    // loaded.
    virtual assay_status train(const assay_policy* policy, const TrainSettings& settings,
                               assay_report* report) = 0;
    virtual void restore() = 0;
    // The parameters as they are now (latent, not quantised); with batch norms if they were loaded.
    virtual std::vector<Parameters> parameters() const = 0;
    // Replaces them, e.g. by pruned or shared ones. Sizes must match.
    virtual void set_parameters(const std::vector<Parameters>& parameters) = 0;
    virtual assay_status sensitivity(Sensitivity method, const CurvatureSettings& settings,
                                     std::vector<LayerSensitivity>& out, assay_report* report) = 0;
    virtual assay_status integers(const assay_policy* policy, uint32_t test_image,
                                  std::vector<LayerIntegers>& out, assay_report* report) = 0;
    // Hard constraints of the following trainings: a mask (0 or 1) per weight, and codebooks whose
    // centroids are trained; empty vectors (or empty elements) for none.
    virtual void constrain(const std::vector<std::vector<uint8_t>>& masks,
                           const std::vector<std::vector<uint16_t>>& codes) = 0;
};

struct EngineInput {
    std::shared_ptr<const Model> model;
    std::shared_ptr<const Dataset> data;
    QuantSettings quant;
    uint64_t seed = 1;
};

// Of the module; `open_engine` finds it and calls it. Null with messages on failure.
using OpenEngine = Engine* (*)(const EngineInput& input, assay_report* report);
constexpr const char* open_engine_symbol = "assay_engine_open";

// What program and module have in common: a number to be raised with every change of Engine or of a
// type here that no size shows, and the sizes of all that passes between them. The module says its
// own; with a module of another build the program would read what is not there.
constexpr uint64_t engine_abi_of(std::initializer_list<size_t> sizes) {
    uint64_t abi = 1;
    for (size_t size : sizes) {
        abi = abi * 1099511628211U + size; // FNV's prime
    }
    return abi;
}
constexpr uint64_t engine_abi = engine_abi_of(
    {sizeof(EngineInput), sizeof(QuantSettings), sizeof(Evaluation), sizeof(TrainSettings),
     sizeof(TrainState), sizeof(CurvatureSettings), sizeof(LayerSensitivity), sizeof(LayerIntegers),
     sizeof(Model), sizeof(Parameters), sizeof(Dataset), sizeof(assay_workload), sizeof(Layer),
     sizeof(assay_policy), sizeof(assay_layer_policy)});
using EngineAbi = uint64_t (*)();
constexpr const char* engine_abi_symbol = "assay_engine_abi";

// ASSAY_BAD_INPUT with a message if this build has no engine.
assay_status open_engine(const EngineInput& input, std::unique_ptr<Engine>& out,
                         assay_report* report);

} // namespace assay
