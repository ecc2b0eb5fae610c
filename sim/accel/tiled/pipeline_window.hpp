// The steps between the one that the array works on and the furthest that a loader has looked at:
// pulled from their source when first asked for, kept until the array has left them.
#pragma once

#include <vector>

#include "pipeline.hpp"

namespace assay::tiled {

class StepWindow {
  public:
    // `ahead`: how far anyone looks beyond the array's step.
    explicit StepWindow(uint64_t ahead) : ring_(size_for(ahead + 2)) {}

    void restart(const StepSource& source) {
        source_ = &source;
        pulled_ = 0;
        done_ = false;
    }
    // Null: there are fewer steps. Valid until the array has left the step.
    const Step* at(uint64_t index) {
        while (pulled_ <= index && !done_) {
            done_ = !(*source_)(ring_[pulled_ & (ring_.size() - 1)]);
            pulled_ += done_ ? 0 : 1;
        }
        return index < pulled_ ? &ring_[index & (ring_.size() - 1)] : nullptr;
    }

  private:
    static size_t size_for(uint64_t steps) {
        size_t size = 1;
        while (size < steps) {
            size *= 2;
        }
        return size;
    }
    std::vector<Step> ring_;
    const StepSource* source_ = nullptr;
    uint64_t pulled_ = 0;
    bool done_ = false;
};

} // namespace assay::tiled
