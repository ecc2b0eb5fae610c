// Which images a step of training sees, and at which rate it learns: functions of the seed and of
// the step alone, so that a training can go on from anywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "augment.hpp"
#include "engine.hpp"

namespace assay {

class Batches {
  public:
    // `data` must outlive it.
    Batches(const Dataset& data, const Preprocess& preprocess, const TrainSettings& settings);

    // Steps of one epoch. Every image is in one of them; batches differ by at most one image.
    uint64_t per_epoch() const { return per_epoch_; }
    // Of the whole training, a fraction of an epoch rounded to steps.
    uint64_t steps() const { return steps_; }
    // Values [n][C][H][W] and labels [n] of one step.
    void load(uint64_t step, std::vector<float>& values, std::vector<int64_t>& labels);

  private:
    void shuffle(uint64_t epoch);

    const Images& images_;
    const Preprocess preprocess_;
    const uint64_t seed_;
    Augmentation augmentation_;
    uint64_t count_, per_epoch_, steps_;
    uint64_t epoch_ = UINT64_MAX; // that `order_` is of
    std::vector<uint32_t> order_;
};

// Rate of a step: linear warm-up, then a half cosine to 0 (or constant).
double rate_of_step(const TrainSettings& settings, uint64_t step, uint64_t steps,
                    uint64_t per_epoch);

} // namespace assay
