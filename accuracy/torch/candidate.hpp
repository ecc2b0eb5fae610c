// A network under a policy, ready to run: what each layer multiplies.
#pragma once

#include <memory>
#include <vector>

#include "observe.hpp"
#include "prepared.hpp"

namespace assay {

struct CandidateLayer {
    torch::Tensor weight;                // undefined: the layer has none
    std::array<Quantiser, 2> input = {}; // of its operands
    assay_hash identity = {};            // of everything but its inputs that its output depends on
};

struct Candidate {
    std::shared_ptr<Net> net; // biases, norms and operations
    std::vector<CandidateLayer> layers;
};

// `quantisers` empty: operands stay as they are. `policy` null: weights do, too.
Candidate make_candidate(std::shared_ptr<Net> net, const assay_policy* policy,
                         const InputQuantisers& quantisers, PreparedWeights& prepared);

} // namespace assay
