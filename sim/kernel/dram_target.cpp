#include "dram_target.hpp"

#include "contract.h"

namespace assay {

DramTarget::DramTarget(sc_core::sc_module_name name, const DramOptions& options,
                       sc_core::sc_time period)
    : sc_module(name), latency_(options.latency_cycles), period_(period), timing_(options) {
    socket.register_b_transport(this, &DramTarget::b_transport);
}

void DramTarget::restart(const sc_core::sc_time& origin) {
    origin_ = origin;
    timing_.restart();
}

void DramTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    DramTransfer* transfer = payload.get_extension<DramTransfer>();
    ASSAY_REQUIRE(transfer != nullptr);
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const uint64_t cycle = (now + delay - origin_).value() / period_.value();
    const DramTiming::Beats beats =
        timing_.transfer(cycle, payload.is_write(), payload.get_address(), transfer->bits);
    const auto start_of = [this](uint64_t c) {
        return origin_ + sc_core::sc_time::from_value(c * period_.value());
    };
    transfer->first = start_of(beats.first);
    transfer->last = start_of(beats.last);
    delay = start_of(beats.last + 1 + (payload.is_write() ? 0 : latency_)) - now;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace assay
