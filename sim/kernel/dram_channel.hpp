// The DRAM channel: one in-order pipe of fixed bandwidth and latency. A request made in cycle t
// starts moving in cycle t + 1 or when the previous one has left the pipe; it occupies the pipe for
// bits / bandwidth cycles (rounded up, at least one) and its data can be used `latency` cycles
// after that. Latency is at least one cycle: completion is a registered signal.
#pragma once

#include <algorithm>
#include <cstdint>

namespace assay {

inline uint64_t transfer_cycles(uint64_t bits, uint64_t bits_per_cycle) {
    return std::max<uint64_t>((bits + bits_per_cycle - 1) / bits_per_cycle, 1);
}

// The channel as arithmetic on request times: exact because it is in order and never reschedules.
class DramTimeline {
  public:
    DramTimeline(uint64_t bits_per_cycle, uint64_t latency_cycles)
        : bits_per_cycle_(bits_per_cycle), latency_(latency_cycles) {}

    // First cycle in which the data can be used. Requests come in order of `cycle`.
    uint64_t request(uint64_t cycle, uint64_t bits) {
        uint64_t start = std::max(cycle + 1, free_);
        free_ = start + transfer_cycles(bits, bits_per_cycle_);
        return free_ + latency_;
    }
    // First cycle in which the memory that the last request came from can be written again: its
    // last beat has left, and the completion has been registered.
    uint64_t source_free() const { return free_ + 1; }

  private:
    uint64_t bits_per_cycle_, latency_, free_ = 0;
};

} // namespace assay
