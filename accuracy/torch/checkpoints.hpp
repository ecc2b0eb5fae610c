// Outputs of layers that are kept between candidates: what is equal is not computed again.
#pragma once

#include <vector>

#include "candidate.hpp"
#include "structure.hpp"

namespace assay {

class Checkpoints {
  public:
    static constexpr uint64_t default_budget = uint64_t{256} << 20; // bytes

    Checkpoints(const Model& model, const Structure& structure, uint64_t budget);

    // Before a run of `candidate`: the first layer that has to be computed; the output of the one
    // before (if any) is kept. Everything that does not hold for this candidate is forgotten.
    size_t begin(const Candidate& candidate, size_t batches);
    // The run came to its end: what was kept holds for its candidate.
    void commit(const Candidate& candidate);
    // Other inputs are going to run.
    void forget();

    // Layers whose outputs are to be kept.
    const std::vector<bool>& wanted() const { return wanted_; }
    void keep(size_t layer, size_t batch, const torch::Tensor& output);
    const torch::Tensor& output(size_t layer, size_t batch) const { return kept_[layer][batch]; }

  private:
    void choose(size_t batches);

    const Model& model_;
    const Structure& structure_;
    const uint64_t budget_;
    size_t batches_ = 0;
    std::vector<bool> wanted_;
    std::vector<assay_hash> identities_;           // [layers] of the last candidate; or empty
    std::vector<std::vector<torch::Tensor>> kept_; // [layers][batches]
};

} // namespace assay
