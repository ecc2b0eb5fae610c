// The DRAM channel as a clocked module: a FIFO of requests, one transfer at a time, one beat a
// cycle. Same contract as DramTimeline (dram_channel.hpp), which the event models use.
#pragma once

#include <systemc>

#include <deque>
#include <vector>

namespace assay {

class DramModule : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<uint64_t> completed{"completed"}; // transfers that have left the pipe
    sc_core::sc_signal<bool> moving{"moving"};           // a beat in this cycle

    SC_HAS_PROCESS(DramModule);
    DramModule(sc_core::sc_module_name name, uint64_t bits_per_cycle, uint64_t latency_cycles,
               sc_core::sc_time period);
    // Requests a transfer in cycle `cycle`; returns its number.
    uint64_t request(uint64_t cycle, uint64_t bits);
    // True when the data of transfer `id` can be used in cycle `cycle`.
    bool usable(uint64_t id, uint64_t cycle) const {
        return id < completed.read() && ready_[id] <= cycle;
    }
    // True when the memory that transfer `id` came from can be written again in cycle `cycle`.
    bool source_free(uint64_t id, uint64_t cycle) const {
        return id < completed.read() && ready_[id] - latency_ + 1 <= cycle;
    }
    // Cycle 0 ends at clock edge `edge` (counted from time 0), at least two edges from now;
    // everything asked before is forgotten.
    void restart(uint64_t edge) { origin_ = edge; }

  private:
    struct Request {
        uint64_t cycle, bits;
    };
    void edge();
    void forget();
    const uint64_t bits_per_cycle_, latency_;
    std::deque<Request> waiting_;
    std::vector<uint64_t> ready_; // [completed transfers] first usable cycle
    uint64_t requested_ = 0, beats_left_ = 0, origin_ = 0;
    const sc_core::sc_time period_;
};

} // namespace assay
