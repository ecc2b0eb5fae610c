// Inference of a candidate: a ReLU and the quantiser of its only reader are one pass in place.
#pragma once

#include <functional>
#include <vector>

#include "candidate.hpp"
#include "structure.hpp"

namespace assay {

// Who looks on; each may be empty.
struct Observer {
    // Operands of matrix layers as they are multiplied.
    std::function<void(size_t layer, int operand, const torch::Tensor& x)> operand;
    // Outputs of layers as they are computed, before their ReLU.
    std::function<void(size_t layer, const torch::Tensor& y)> output;
    // Outputs of the layers that are to stay whole.
    std::function<void(size_t layer, const torch::Tensor& y)> whole;
};

// One batch's way through the network. Lives within an InferenceMode.
class Pass {
  public:
    // `whole[i]`: layer i's output may not be quantised in place for its reader. All borrowed.
    Pass(const Candidate& candidate, const Structure& structure, const std::vector<bool>& whole,
         const torch::Tensor& x);

    // The output of a layer that another pass of the same batch has computed.
    void give(size_t layer, const torch::Tensor& output) { values_[layer] = output; }
    // Layers first .. last - 1; returns the output of the last of them.
    torch::Tensor run(size_t first, size_t last, const Observer& observer);

  private:
    struct Copy { // of an output, quantised for readers
        torch::Tensor values;
        Quantiser by;
    };

    torch::Tensor value(int source) const;
    torch::Tensor operand(size_t layer, size_t operand);
    torch::Tensor compute(size_t layer, const Observer& observer);
    // Of the only reader, if there is one that quantises.
    const Quantiser* only_reader(size_t layer) const;
    torch::Tensor finish(size_t layer, torch::Tensor y);
    void release_after(size_t layer);

    const Candidate& candidate_;
    const Structure& structure_;
    const std::vector<bool>& whole_;
    torch::Tensor x_;
    std::vector<torch::Tensor> values_;
    std::vector<bool> quantised_; // in place, for the only reader
    std::vector<Copy> copies_;    // [source + 1]
};

} // namespace assay
