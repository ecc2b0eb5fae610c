// What flows into a network's matrix layers, and the quantisers that follow from it.
#pragma once

#include <array>
#include <map>
#include <tuple>
#include <vector>

#include "engine.hpp"
#include "inputs.hpp"
#include "net.hpp"

namespace assay {

// What is done to the operands of each matrix layer, [layers][operand]; high == low: nothing.
using InputQuantisers = std::vector<std::array<Quantiser, 2>>;

inline bool quantises(const Quantiser& quantiser) {
    return quantiser.high > quantiser.low;
}

// The widths that are in force: the policy's, else the layer's own, else 0 (not quantised).
unsigned weight_bits(const Layer& layer, const assay_layer_policy& policy);
unsigned input_bits(const Layer& layer, const assay_layer_policy& policy);

// One pass of the float network over calibration images serves every width and clip.
class Observations {
  public:
    Observations(Net& net, const Inputs& inputs);

    // Of the operands of every matrix layer under a policy; second operands of a matmul have the
    // width of weights. ASSAY_BAD_INPUT with a message for each layer that is not a_signed and has
    // seen negative values (unless quantisers are asymmetric).
    assay_status quantisers(const assay_policy& policy, const QuantSettings& settings,
                            InputQuantisers& out, assay_report* report);

  private:
    bool quantiser(size_t layer, int operand, const assay_layer_policy& policy,
                   const QuantSettings& settings, Quantiser& out, assay_report* report);
    float clip(int source, bool is_signed, unsigned bits, Clip method);

    std::shared_ptr<const Model> model_;
    std::vector<Histogram> seen_; // [source + 1]; source -1: the network's input
    std::map<std::tuple<int, bool, unsigned, Clip>, float> clips_;
};

} // namespace assay
