// The DRAM channel as a clocked TLM-2.0 target with the approximately timed protocol: refresh
// timer, row state of every bank and one beat a cycle. Same contract as DramTarget
// (docs/contracts/dram.md), written independently of it.
//
// BEGIN_REQ in a cycle may bring the first beat in that cycle. END_REQ comes with the last beat:
// the channel takes the next request from the next cycle on. BEGIN_RESP comes with it, annotated
// with the time from then until the data can be used (writes: until the last beat has left); the
// initiator answers TLM_COMPLETED.
#pragma once

#include <systemc>

#include <vector>

#include "dram_target.hpp"

namespace assay {

class ClockedDram : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    tlm_utils::simple_target_socket<ClockedDram> socket{"socket"};
    // In the cycle after: from a transaction's first beat to its last.
    sc_core::sc_signal<bool> moving{"moving"};

    SC_HAS_PROCESS(ClockedDram);
    ClockedDram(sc_core::sc_module_name name, const DramOptions& options, sc_core::sc_time period);
    // Cycle 0 ends at clock edge number `edge` (counted from time 0), at least two from now.
    void restart(uint64_t edge) { origin_ = edge; }
    const DramCounters& counters() const { return counters_; }

  private:
    struct Bank {
        uint64_t row, wait; // open or being opened; cycles until it can be used
    };
    tlm::tlm_sync_enum begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
    void edge() { settled_.notify(sc_core::SC_ZERO_TIME); } // after this edge's requests
    void cycle();
    void reset();
    bool in_refresh(uint64_t cycle);
    void close_rows();
    void enter_piece();
    void move();
    bool row_is_open();
    bool open(uint64_t row);
    void beat();
    void end_piece();
    void respond();
    uint64_t row_of(uint64_t bit) const { return bit / 8 / options_.row_bytes; }

    const DramOptions options_;
    const sc_core::sc_time period_;
    sc_core::sc_event settled_;
    uint64_t origin_ = 0;
    DramCounters counters_;
    std::vector<Bank> banks_;
    uint64_t timer_ = 0, refresh_left_ = 0, turn_left_ = 0;
    tlm::tlm_generic_payload* active_ = nullptr;
    DramTransfer* transfer_ = nullptr;
    bool started_ = false, opened_ = false, opened_next_ = false;
    uint64_t bit_ = 0, beats_left_ = 0;
    uint64_t next_row_ = 0;               // of the transaction's next piece
    bool written_ = false, read_ = false; // the last transaction was one
};

} // namespace assay
