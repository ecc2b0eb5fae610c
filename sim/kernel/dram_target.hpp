// The DRAM channel as a loosely timed TLM-2.0 target. Protocol: docs/contracts/dram.md, which also
// says how another DRAM simulator takes its place.
#pragma once

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

#include "dram_timing.hpp"

namespace assay {

// What a generic payload cannot say: sizes that are not whole bytes, and when the beats moved.
// Belongs to the initiator, who attaches it to its payload.
struct DramTransfer : tlm::tlm_extension<DramTransfer> {
    uint64_t bits = 0;
    sc_core::sc_time first, last; // starts of the cycles of the first and the last beat

    tlm::tlm_extension_base* clone() const override { return new DramTransfer(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override {
        *this = static_cast<const DramTransfer&>(other);
    }
    void free() override {} // it is a member of its initiator
};

class DramTarget : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<DramTarget> socket{"socket"};

    DramTarget(sc_core::sc_module_name name, const DramOptions& options, sc_core::sc_time period);
    // Cycle 0 begins at `origin`.
    void restart(const sc_core::sc_time& origin);
    const DramCounters& counters() const { return timing_.counters(); }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    const uint64_t latency_;
    const sc_core::sc_time period_;
    DramTiming timing_;
    sc_core::sc_time origin_;
};

} // namespace assay
