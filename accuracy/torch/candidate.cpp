#include "candidate.hpp"

namespace assay {
namespace {

// Plain numbers without padding, to be hashed as they stand.
struct Identity {
    assay_hash tensors[6];
    float quantisers[2][4];
    uint64_t treatment[3];
    double density;
};

assay_hash identity_of(const LayerTensors& t, assay_hash weight, const CandidateLayer& layer,
                       const WeightTreatment& treatment) {
    Identity id = {};
    const torch::Tensor* rest[] = {&t.bias, &t.norm_scale, &t.norm_shift, &t.norm_mean,
                                   &t.norm_variance};
    id.tensors[0] = weight;
    for (size_t i = 0; i < std::size(rest); ++i) {
        id.tensors[i + 1] = hash_of(*rest[i]);
    }
    for (size_t k = 0; k < 2; ++k) {
        const Quantiser& q = layer.input[k];
        const float numbers[] = {q.scale, q.zero, static_cast<float>(q.low),
                                 static_cast<float>(q.high)};
        std::copy(std::begin(numbers), std::end(numbers), id.quantisers[k]);
    }
    id.treatment[0] = treatment.bits;
    id.treatment[1] = treatment.codebook_bits;
    id.treatment[2] = treatment.keep_zeros;
    id.density = treatment.density;
    return assay_hash_bytes(&id, sizeof id);
}

} // namespace

Candidate make_candidate(std::shared_ptr<Net> net, const assay_policy* policy,
                         const InputQuantisers& quantisers, PreparedWeights& prepared) {
    Candidate out;
    out.net = std::move(net);
    for (size_t i = 0; i < out.net->size(); ++i) {
        const Layer& l = out.net->model().layer(i);
        const LayerTensors& t = out.net->tensors()[i];
        const bool treated = policy != nullptr && is_matrix(l.op) && t.weight.defined();
        const WeightTreatment treatment =
            treated ? weight_treatment(l, policy->layers[i]) : WeightTreatment{};
        const assay_hash hash = hash_of(t.weight);
        CandidateLayer layer;
        layer.weight = treated ? prepared.get(i, t.weight, hash, treatment) : t.weight;
        layer.input = quantisers.empty() ? layer.input : quantisers[i];
        layer.identity = identity_of(t, hash, layer, treatment);
        out.layers.push_back(std::move(layer));
    }
    return out;
}

} // namespace assay
