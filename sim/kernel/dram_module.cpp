#include "dram_module.hpp"

#include "dram_channel.hpp"

namespace assay {

DramModule::DramModule(sc_core::sc_module_name name, uint64_t bits_per_cycle,
                       uint64_t latency_cycles, sc_core::sc_time period)
    : sc_module(name), bits_per_cycle_(bits_per_cycle), latency_(latency_cycles), period_(period) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

uint64_t DramModule::request(uint64_t cycle, uint64_t bits) {
    waiting_.push_back({cycle, bits});
    return requested_++;
}

void DramModule::forget() {
    waiting_.clear();
    ready_.clear();
    requested_ = beats_left_ = 0;
    completed.write(0);
}

// A request made in the cycle that this edge ends is not seen yet, whichever process runs first.
void DramModule::edge() {
    const uint64_t edge = sc_core::sc_time_stamp().value() / period_.value();
    if (edge < origin_) {
        forget();
        return;
    }
    const uint64_t cycle = edge - origin_;
    if (beats_left_ == 0 && !waiting_.empty() && waiting_.front().cycle < cycle) {
        beats_left_ = transfer_cycles(waiting_.front().bits, bits_per_cycle_);
        waiting_.pop_front();
    }
    moving.write(beats_left_ > 0);
    if (beats_left_ > 0 && --beats_left_ == 0) {
        ready_.push_back(cycle + 1 + latency_);
        completed.write(ready_.size());
    }
}

} // namespace assay
