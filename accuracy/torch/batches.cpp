#include "batches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace assay {
namespace {

constexpr uint32_t shift_share = 8; // images move by up to this share of their side
constexpr double pi = 3.14159265358979323846;

uint64_t used_images(const Images& images, uint64_t limit) {
    return limit ? std::min<uint64_t>(limit, images.count) : images.count;
}

// Rows of an image that is read as a sequence stand for moments: nothing is shifted there.
Augmentation augmentation(const Dataset& data, const Preprocess& preprocess,
                          const TrainSettings& settings) {
    if (!settings.augment || preprocess.rows) {
        return {};
    }
    return {data.train.height / shift_share, data.train.width / shift_share,
            data.mirror && settings.mirror};
}

assay_rng stream(uint64_t seed, const char* what, uint64_t number) {
    return assay_rng_seed(seed, (what + std::to_string(number)).c_str());
}

} // namespace

Batches::Batches(const Dataset& data, const Preprocess& preprocess, const TrainSettings& settings)
    : images_(data.train), preprocess_(preprocess), seed_(settings.seed),
      augmentation_(augmentation(data, preprocess, settings)),
      count_(used_images(data.train, settings.images)),
      per_epoch_((count_ + settings.batch - 1) / settings.batch),
      steps_(
          static_cast<uint64_t>(std::llround(settings.epochs * static_cast<double>(per_epoch_)))) {}

void Batches::shuffle(uint64_t epoch) {
    assay_rng rng = stream(seed_, "order of epoch ", epoch);
    order_.resize(count_);
    std::iota(order_.begin(), order_.end(), 0u);
    for (uint64_t i = count_; i > 1; --i) {
        std::swap(order_[i - 1], order_[assay_rng_below(&rng, i)]);
    }
    epoch_ = epoch;
}

void Batches::load(uint64_t step, std::vector<float>& values, std::vector<int64_t>& labels) {
    if (step / per_epoch_ != epoch_) {
        shuffle(step / per_epoch_);
    }
    const uint64_t part = step % per_epoch_;
    const uint64_t first = part * count_ / per_epoch_, last = (part + 1) * count_ / per_epoch_;
    values.resize((last - first) * images_.values());
    load_values(images_, order_.data() + first, last - first, preprocess_, values.data());
    assay_rng rng = stream(seed_, "augmentation of step ", step);
    labels.clear();
    for (uint64_t i = first; i < last; ++i) {
        labels.push_back(images_.labels[order_[i]]);
        augment(values.data() + (i - first) * images_.values(), images_.channels, images_.height,
                images_.width, augmentation_, rng);
    }
}

double rate_of_step(const TrainSettings& settings, uint64_t step, uint64_t steps,
                    uint64_t per_epoch) {
    const double at = static_cast<double>(step);
    const double warm = std::min(settings.warmup_epochs * static_cast<double>(per_epoch),
                                 static_cast<double>(steps));
    if (at < warm) {
        return settings.rate * (at + 1) / (warm + 1);
    }
    if (!settings.cosine) {
        return settings.rate;
    }
    return settings.rate * 0.5 *
           (1 + std::cos(pi * (at - warm) / (static_cast<double>(steps) - warm)));
}

} // namespace assay
