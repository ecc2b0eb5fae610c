#include "dram_module.hpp"

namespace assay {

DramModule::DramModule(sc_core::sc_module_name name, const DramOptions& options,
                       sc_core::sc_time period)
    : sc_module(name), latency_(options.latency_cycles), period_(period),
      dram_("channel", some_channel(options), period) {
    dram_.clock(clock);
    payload_.set_extension(&transfer_);
    socket_.bind(dram_.socket);
    socket_.register_nb_transport_bw(this, &DramModule::answer);
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

uint64_t DramModule::request(uint64_t cycle, uint64_t bits, Stream stream) {
    waiting_.push_back({cycle, bits, addresses_.next(stream, bits), stream == Stream::outputs});
    return requested_++;
}

void DramModule::restart(uint64_t edge) {
    origin_ = edge;
    addresses_ = StreamAddresses();
    dram_.restart(edge);
}

void DramModule::forget() {
    waiting_.clear();
    ready_.clear();
    requested_ = 0;
    busy_ = false;
}

// A request made in the cycle that this edge ends is not seen yet, whichever process runs first.
void DramModule::edge() {
    if (edges() < origin_) {
        forget();
    } else if (!busy_ && !waiting_.empty() && waiting_.front().cycle < edges() - origin_) {
        give(waiting_.front());
        waiting_.pop_front();
    }
}

void DramModule::give(const Request& request) {
    busy_ = true;
    transfer_.bits = request.bits;
    payload_.set_command(request.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload_.set_address(request.address);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket_->nb_transport_fw(payload_, phase, delay);
}

tlm::tlm_sync_enum DramModule::answer(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                      sc_core::sc_time& delay) {
    if (phase == tlm::END_REQ) {
        busy_ = false;
        return tlm::TLM_ACCEPTED;
    }
    // A write's response comes with its last beat; its data have arrived a latency later.
    const uint64_t arrival = payload_.is_write() ? latency_ : 0;
    ready_.push_back(edges() - origin_ + delay.value() / period_.value() + arrival);
    return tlm::TLM_COMPLETED;
}

} // namespace assay
