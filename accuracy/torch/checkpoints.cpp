#include "checkpoints.hpp"

#include <algorithm>

#include "inputs.hpp"

namespace assay {
namespace {

bool same(const assay_hash& a, const assay_hash& b) {
    return a.low == b.low && a.high == b.high;
}

// Work that an output at a cut saves, by its size.
struct Offer {
    size_t layer = 0;
    uint64_t bytes = 0;
    double worth = 0;
};

std::vector<Offer> offers(const Model& model, const Structure& structure, uint64_t images) {
    std::vector<Offer> out;
    double work = 0;
    size_t next = 0;
    for (size_t i = 0; i < model.size(); ++i) {
        work += static_cast<double>(model.layer(i).macs() + model.layer(i).out.size());
        if (next < structure.cuts.size() && structure.cuts[next] == i) {
            const uint64_t bytes = model.layer(i).out.size() * images * sizeof(float);
            out.push_back({i, bytes, work / static_cast<double>(bytes)});
            ++next;
        }
    }
    return out;
}

} // namespace

Checkpoints::Checkpoints(const Model& model, const Structure& structure, uint64_t budget)
    : model_(model), structure_(structure), budget_(budget), wanted_(model.size(), false),
      kept_(model.size()) {}

void Checkpoints::choose(size_t batches) {
    std::vector<Offer> all = offers(model_, structure_, batches * batch_size(*model_.workload));
    std::stable_sort(all.begin(), all.end(),
                     [](const Offer& a, const Offer& b) { return a.worth > b.worth; });
    std::fill(wanted_.begin(), wanted_.end(), false);
    uint64_t left = budget_;
    for (const Offer& offer : all) {
        if (offer.bytes <= left) {
            wanted_[offer.layer] = true;
            left -= offer.bytes;
        }
    }
    batches_ = batches;
}

void Checkpoints::forget() {
    identities_.clear();
    for (std::vector<torch::Tensor>& outputs : kept_) {
        outputs.clear();
    }
    batches_ = 0;
}

size_t Checkpoints::begin(const Candidate& candidate, size_t batches) {
    if (batches != batches_) {
        forget();
        choose(batches);
    }
    size_t equal = 0;
    while (equal < identities_.size() &&
           same(identities_[equal], candidate.layers[equal].identity)) {
        ++equal;
    }
    identities_.clear(); // until commit: a run that fails leaves nothing that seems to hold
    size_t first = 0;
    for (size_t i = 0; i < equal; ++i) {
        first = wanted_[i] ? i + 1 : first;
    }
    for (size_t i = first; i < kept_.size(); ++i) {
        kept_[i].assign(wanted_[i] ? batches : 0, {});
    }
    return first;
}

void Checkpoints::commit(const Candidate& candidate) {
    for (const CandidateLayer& layer : candidate.layers) {
        identities_.push_back(layer.identity);
    }
}

void Checkpoints::keep(size_t layer, size_t batch, const torch::Tensor& output) {
    kept_[layer][batch] = output;
}

} // namespace assay
