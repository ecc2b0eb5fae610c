// Training of a network under a policy: stochastic gradient descent through straight-through
// quantisers, with masks that hold and codebooks whose centroids are trained.
#pragma once

#include "engine.hpp"
#include "net.hpp"
#include "observe.hpp"

namespace assay {

struct TrainInput {
    const Dataset* data = nullptr;
    const assay_policy* policy = nullptr; // null: the float network
    QuantSettings quant;
    // Quantisers of the operands for the network as it is now; called at the start of every epoch
    // (half-waves of PACT are trained from what it says first). Empty: nothing is quantised.
    std::function<assay_status(InputQuantisers& out, assay_report* report)> calibrate;
    // Engine::constrain's; null, empty or with empty elements where there are none. What the policy
    // asks for beyond them (w_density, codebook_bits) is derived from the weights at the start;
    // with keep_channels, input channels without any weight but 0 are masked.
    const std::vector<std::vector<uint8_t>>* masks = nullptr;
    const std::vector<std::vector<uint16_t>>* codes = nullptr;
    Net* teacher = nullptr; // of distillation; null: none
    // With PACT: where the quantisers with the trained clips go. May be null.
    InputQuantisers* trained = nullptr;
};

// Trains `net` in place. Norms that are not folded use the batch's statistics and move the running
// ones. On any status but ASSAY_OK the net is what it was before: ASSAY_INTERRUPTED if
// settings.progress said so, ASSAY_BAD_INPUT for settings out of range and for a loss that is not
// finite any more. Exceptions of libtorch pass through (the net is restored then, too). The same
// input, settings and seed give the same bytes.
assay_status train_net(Net& net, const TrainInput& input, const TrainSettings& settings,
                       assay_report* report);

// Of `logits` [n][classes] against `labels` [n] (int64) and a teacher's logits (undefined: none).
torch::Tensor training_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                            const torch::Tensor& teacher, const TrainSettings& settings);

} // namespace assay
