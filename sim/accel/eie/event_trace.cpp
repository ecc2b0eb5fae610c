#include "event_trace.hpp"

#include <algorithm>

namespace assay::eie {
namespace {

constexpr size_t most_windows = 4096; // of a layer: more than a screen shows

// Windows twice as long.
void merge_pairs(std::vector<uint64_t>& sums) {
    for (size_t i = 0; i < sums.size(); i += 2) {
        sums[i / 2] = sums[i] + (i + 1 < sums.size() ? sums[i + 1] : 0);
    }
    sums.resize((sums.size() + 1) / 2);
}

} // namespace

void Curve::add(uint64_t begin, uint64_t end) {
    while (end > width_ * most_windows) {
        merge_pairs(sums_);
        width_ *= 2;
    }
    if (begin < end && (end - 1) / width_ >= sums_.size()) {
        sums_.resize((end - 1) / width_ + 1, 0);
    }
    for (uint64_t at = begin; at < end;) {
        const uint64_t next = std::min(end, (at / width_ + 1) * width_);
        sums_[at / width_] += next - at;
        at = next;
    }
}

void Curve::tell(Timeline& timeline, const char* row, const char* name, uint64_t end) const {
    uint64_t told = 0;
    for (size_t i = 0; i < sums_.size(); ++i) {
        const uint64_t cycles = std::min(width_, end - i * width_);
        const uint64_t mean = (sums_[i] + cycles / 2) / cycles;
        if (mean != told) {
            timeline.level(row, name, i * width_, mean);
            told = mean;
        }
    }
    if (told != 0) {
        timeline.level(row, name, end, 0);
    }
}

void EventTrace::finish(uint64_t end) {
    if (on()) {
        queues_.tell(*timeline_, "queues", "activations", end);
        active_.tell(*timeline_, "active PEs", "PEs", end);
    }
}

} // namespace assay::eie
