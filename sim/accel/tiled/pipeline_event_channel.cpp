#include <algorithm>

#include "pipeline_event.hpp"

namespace assay::tiled::event_pipeline {

void Ports::restart() {
    for (Spans& spans : taken_) {
        spans.list.clear();
        spans.first = 0;
    }
}

void Ports::take(size_t channel, uint64_t begin, uint64_t end) {
    Spans& spans = taken_[channel];
    if (spans.first > spans.list.size() / 2) {
        spans.list.erase(spans.list.begin(),
                         spans.list.begin() + static_cast<ptrdiff_t>(spans.first));
        spans.first = 0;
    }
    spans.list.push_back({begin, end});
}

// The earliest span that ends after `from`.
Ports::Span Ports::next(uint64_t from) const {
    Span earliest{never, never};
    for (const Spans& spans : taken_) {
        size_t i = spans.first;
        while (i < spans.list.size() && spans.list[i].end <= from) {
            ++i;
        }
        if (i < spans.list.size() && spans.list[i].begin < earliest.begin) {
            earliest = spans.list[i];
        }
    }
    return earliest;
}

void Ports::forget(uint64_t before) {
    for (Spans& spans : taken_) {
        while (spans.first < spans.list.size() && spans.list[spans.first].end <= before) {
            ++spans.first;
        }
    }
}

uint64_t Ports::count(uint64_t begin, uint64_t end, PipelineTrace& trace) {
    uint64_t cycles = 0;
    for (uint64_t at = begin; at < end;) {
        forget(at);
        const Span span = next(at);
        const uint64_t from = std::min(std::max(span.begin, at), end);
        at = std::min(span.end, end);
        cycles += at - from;
        if (trace.on() && from < at) {
            trace.port(from, at);
        }
    }
    return cycles;
}

uint64_t Ports::after(uint64_t begin, uint64_t cycles) const {
    uint64_t at = begin;
    while (true) {
        const Span span = next(at);
        const uint64_t gap = span.begin > at ? span.begin - at : 0;
        if (gap >= cycles) {
            return at + cycles;
        }
        cycles -= gap;
        at = span.end;
    }
}

Channel::Channel(sc_core::sc_module_name name, uint8_t number, const DramOptions& options,
                 sc_core::sc_time period, Requests& requests, Granted granted)
    : sc_module(name), number_(number), period_(period), requests_(requests),
      granted_(std::move(granted)), target_("target", options, period) {
    socket_.bind(target_.socket);
    payload_.set_extension(&transfer_);
    SC_METHOD(arbitrate);
    sensitive << wake_;
    dont_initialize();
}

void Channel::restart(const sc_core::sc_time& origin) {
    wake_.cancel(); // of a run that was told to stop
    origin_ = origin;
    free_ = 0;
    target_.restart(origin);
}

// Seen from the cycle after. An event keeps the earliest of several notifications.
void Channel::post(const Request& request) {
    if (!arbitrating_) {
        wake_at(request.cycle + 1);
    }
}

void Channel::wake_at(uint64_t cycle) {
    const uint64_t begin = origin_.value() + std::max(cycle, free_) * period_.value();
    wake_.notify(sc_core::sc_time::from_value(begin - sc_core::sc_time_stamp().value()));
}

// The channel may have been given away since it was to wake: a request that was posted in the time
// step of the last grant, but before it, still took the channel to be free.
void Channel::arbitrate() {
    const uint64_t now = cycle_of(sc_core::sc_time_stamp());
    const int client = now < free_ ? -1 : choose(now);
    arbitrating_ = true;
    if (client >= 0) {
        grant(static_cast<Client>(client), now);
    }
    arbitrating_ = false;
    wake_for_next();
}

// The lowest step; of one step weights, inputs, partial sums, store. -1: nobody waits.
int Channel::choose(uint64_t now) const {
    int best = -1;
    for (int i = 0; i < client_count; ++i) {
        const Request& r = requests_[static_cast<size_t>(i)];
        if (!r.waiting || r.channel != number_ || r.cycle >= now) {
            continue;
        }
        const bool lower = best < 0 || r.step < requests_[static_cast<size_t>(best)].step;
        best = best < 0 || lower ? i : best;
    }
    return best;
}

void Channel::grant(Client client, uint64_t now) {
    Request& request = requests_[client];
    request.waiting = false;
    payload_.set_command(request.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload_.set_address(request.address);
    payload_.set_data_length(static_cast<unsigned>(std::min<uint64_t>(
        request.bits / 8 + (request.bits % 8 > 0 ? 1 : 0), UINT32_MAX))); // bits are in transfer_
    payload_.set_streaming_width(payload_.get_data_length());
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    transfer_.bits = request.bits;
    const uint64_t beats = target_.counters().busy_cycles;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket_->b_transport(payload_, delay);
    const Grant grant{now, cycle_of(transfer_.first), cycle_of(transfer_.last),
                      now + delay.value() / period_.value(),
                      target_.counters().busy_cycles - beats};
    free_ = grant.last + 1;
    granted_(client, grant);
}

void Channel::wake_for_next() {
    uint64_t earliest = never;
    for (const Request& request : requests_) {
        if (request.waiting && request.channel == number_) {
            earliest = std::min(earliest, request.cycle + 1);
        }
    }
    if (earliest != never) {
        wake_at(earliest);
    }
}

} // namespace assay::tiled::event_pipeline
