// A queue of requests in front of the clocked DRAM channel, for a machine that asks in order (EIE).
// Same cycles as DramTimeline (dram_channel.hpp).
#pragma once

#include <systemc>

#include <deque>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>

#include "dram_channel.hpp"
#include "dram_clocked.hpp"

namespace assay {

class DramModule : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};

    SC_HAS_PROCESS(DramModule);
    DramModule(sc_core::sc_module_name name, const DramOptions& options, sc_core::sc_time period);
    ~DramModule() override { payload_.clear_extension(&transfer_); }
    // Requests a transfer in cycle `cycle`; returns its number.
    uint64_t request(uint64_t cycle, uint64_t bits, Stream stream);
    // True when the data of transfer `id` can be used in cycle `cycle`.
    bool usable(uint64_t id, uint64_t cycle) const {
        return id < ready_.size() && ready_[id] <= cycle;
    }
    // True when the memory that transfer `id` came from can be written again in cycle `cycle`.
    bool source_free(uint64_t id, uint64_t cycle) const {
        return id < ready_.size() && ready_[id] - latency_ + 1 <= cycle;
    }
    // Cycle 0 ends at clock edge `edge` (counted from time 0), at least two edges from now;
    // everything asked before is forgotten.
    void restart(uint64_t edge);

  private:
    struct Request {
        uint64_t cycle, bits, address;
        bool write;
    };
    void edge();
    void forget();
    void give(const Request& request);
    tlm::tlm_sync_enum answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
    uint64_t edges() const { return sc_core::sc_time_stamp().value() / period_.value(); }
    const uint64_t latency_;
    const sc_core::sc_time period_;
    ClockedDram dram_;
    tlm_utils::simple_initiator_socket<DramModule> socket_{"socket"};
    tlm::tlm_generic_payload payload_;
    DramTransfer transfer_;
    StreamAddresses addresses_;
    std::deque<Request> waiting_;
    // [completed transfers] first usable cycle. Grows a delta after an edge: whoever looks at an
    // edge sees the cycle before.
    std::vector<uint64_t> ready_;
    uint64_t requested_ = 0, origin_ = 0;
    bool busy_ = false;

  public:
    sc_core::sc_signal<bool>& moving = dram_.moving; // a beat in the cycle before
};

} // namespace assay
