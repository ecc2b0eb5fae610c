// Loaders, storer and arbiters of the clocked model.
#include <algorithm>

#include "pipeline_clocked.hpp"

namespace assay::tiled::clocked {

RequestPort::RequestPort(const std::string& name)
    : id((name + "_id").c_str()), step((name + "_step").c_str()), bits((name + "_bits").c_str()),
      address((name + "_address").c_str()), channel((name + "_channel").c_str(), no_channel) {}

Channel::Channel(sc_core::sc_module_name name, uint8_t number, const DramOptions& options,
                 const Time& time, const RequestPorts& requests, PipelineCounters& counters,
                 PipelineTrace& trace)
    : sc_module(name), dram("dram", options, time.period), number_(number), time_(time),
      requests_(requests), counters_(counters), trace_(trace) {
    for (auto& port : port_) {
        port = std::make_unique<GrantPort>();
    }
    payload_.set_extension(&transfer_);
    socket_.bind(dram.socket);
    socket_.register_nb_transport_bw(this, &Channel::answer);
    dram.clock(clock);
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

bool Channel::waits(Client client) const {
    const RequestPort& request = *requests_[client];
    return request.channel.read() == number_ && !granted(client, request.id.read());
}

// Clients are in the order of preference, so that only an earlier step goes before them.
void Channel::edge() {
    if (time_.resetting()) {
        busy_ = false;
        return;
    }
    Client chosen = client_count;
    unsigned waiting = 0;
    for (Client client : {client_weight, client_input, client_output, client_store}) {
        if (!waits(client)) {
            continue;
        }
        ++waiting;
        if (seen_id_[client] != requests_[client]->id.read()) {
            seen_id_[client] = requests_[client]->id.read();
            seen_in_[client] = time_.cycle();
        }
        if (chosen == client_count ||
            requests_[client]->step.read() < requests_[chosen]->step.read()) {
            chosen = client;
        }
    }
    if (waiting > 0 && !busy_) {
        grant(chosen);
        --waiting;
    }
    counters_.contention_cycles += waiting;
}

void Channel::grant(Client client) {
    const RequestPort& request = *requests_[client];
    served_ = client;
    served_id_ = request.id.read();
    port_[client]->granted.write(served_id_);
    busy_ = true;
    transfer_.bits = request.bits.read();
    if (trace_.on()) {
        trace_grant(client);
    }
    payload_.set_command(client == client_store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload_.set_address(request.address.read());
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket_->nb_transport_fw(payload_, phase, delay);
}

void Channel::trace_grant(Client client) {
    constexpr Operand operands[client_count] = {operand_weight, operand_input, operand_output,
                                                operand_output};
    const RequestPort& request = *requests_[client];
    traced_ = {operands[client],
               client == client_store,
               number_,
               request.step.read(),
               request.bits.read(),
               seen_in_[client] - 1,
               time_.cycle(),
               0,
               0,
               dram.counters().busy_cycles};
    if (!traced_.store) {
        trace_.take(traced_.operand, time_.cycle(), traced_.bits);
    }
}

void Channel::trace_transfer() {
    traced_.first = transfer_.first.value() / time_.period.value() - time_.origin;
    traced_.last = transfer_.last.value() / time_.period.value() - time_.origin;
    traced_.beats = dram.counters().busy_cycles - traced_.beats;
    trace_.transfer(traced_);
}

// Comes after the edge: the arbiter sees it at the next one.
tlm::tlm_sync_enum Channel::answer(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) {
    if (phase == tlm::END_REQ) {
        busy_ = false;
        return tlm::TLM_ACCEPTED;
    }
    GrantPort& port = *port_[served_];
    port.completed.write(served_id_);
    if (trace_.on()) {
        trace_transfer();
    }
    port.usable[served_id_ % 4].write(time_.cycle() + delay.value() / time_.period.value());
    return tlm::TLM_COMPLETED;
}

Storer::Storer(sc_core::sc_module_name name, const Time& time, const Progress& progress,
               RequestPort& request, const Channels& channels, PipelineCounters& counters,
               PipelineTrace& trace)
    : sc_module(name), time_(time), progress_(progress), request_(request), channels_(channels),
      counters_(counters), trace_(trace) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void Storer::reset() {
    queue_.clear();
    moving_.clear();
    released_ = 0;
    channel_ = no_channel;
    request_.channel.write(no_channel);
}

// Called at the edge at which the step issues its last operand; acted upon when a later cycle shows
// its results in the buffer.
void Storer::expect(uint64_t number, const Step& step) {
    queue_.push_back({number, step.store_bits, step.store_address, step.store_channel});
}

bool Storer::has_left(const Moving& store, uint64_t cycle) const {
    return store.id == 0 ? store.cycle < cycle
                         : channels_[store.channel]->moved(client_store, store.id);
}

uint64_t Storer::released(uint64_t cycle) const {
    uint64_t count = released_;
    for (size_t i = 0; i < moving_.size() && has_left(moving_[i], cycle); ++i) {
        ++count;
    }
    return count;
}

bool Storer::idle() const {
    return std::all_of(queue_.begin(), queue_.end(), [](const Store& s) { return s.bits == 0; }) &&
           std::all_of(moving_.begin(), moving_.end(), [this](const Moving& m) {
               return m.id == 0 || channels_[m.channel]->moved(client_store, m.id);
           });
}

void Storer::edge() {
    if (time_.resetting()) {
        reset();
        return;
    }
    while (!moving_.empty() && has_left(moving_.front(), time_.cycle())) {
        moving_.pop_front();
        ++released_;
        if (trace_.on()) {
            trace_.left(time_.cycle());
        }
    }
    const bool asked = channel_ != no_channel && !channels_[channel_]->granted(client_store, id_);
    if (!asked && !queue_.empty() && progress_.drained.read() > queue_.front().step) {
        raise(queue_.front());
        queue_.pop_front();
    }
}

void Storer::raise(const Store& store) {
    if (store.bits == 0) {
        moving_.push_back({0, time_.cycle(), no_channel});
        return;
    }
    ++counters_.stores;
    counters_.store_bits += store.bits;
    channel_ = store.channel;
    moving_.push_back({++id_, time_.cycle(), channel_});
    request_.id.write(id_);
    request_.channel.write(channel_);
    request_.step.write(store.step);
    request_.bits.write(store.bits);
    request_.address.write(store.address);
}

Loader::Loader(sc_core::sc_module_name name, Operand operand, const PipelineOptions& options,
               const Time& time, StepWindow& window, const Progress& progress, const Storer& storer,
               RequestPort& request, const Channels& channels, PipelineCounters& counters)
    : sc_module(name), operand_(operand), client_(operand == operand_weight  ? client_weight
                                                  : operand == operand_input ? client_input
                                                                             : client_output),
      options_(options), time_(time), window_(window), progress_(progress), storer_(storer),
      request_(request), channels_(channels), counters_(counters) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void Loader::reset() {
    slots_.fill({UINT64_MAX, 0, no_channel});
    scan_ = tiles_ = 0;
    found_ = false;
    channel_ = no_channel;
    request_.channel.write(no_channel);
}

bool Loader::usable(uint64_t tile, uint64_t cycle) const {
    const Slot& slot = slots_[tile % slots_.size()];
    return slot.tile == tile && channels_[slot.channel]->usable(client_, slot.id, cycle);
}

void Loader::edge() {
    if (time_.resetting()) {
        reset();
        return;
    }
    if (channel_ != no_channel && !channels_[channel_]->granted(client_, id_)) {
        return;
    }
    find();
    if (found_ && half_is_free()) {
        raise();
    }
}

// The next tile with bits to load among the steps that the control unit has queued.
void Loader::find() {
    const uint64_t end = progress_.begun.read() + options_.window;
    for (; !found_ && scan_ < end; ++scan_) {
        const Step* step = window_.at(scan_);
        if (step == nullptr) {
            return;
        }
        tiles_ += step->visit.fresh[operand_] ? 1 : 0;
        found_ = step->visit.fresh[operand_] && step->load_bits[operand_] > 0;
    }
}

// Tile number tiles_ - 1 takes the half of the tile `halves` before.
bool Loader::half_is_free() const {
    const uint64_t released = operand_ == operand_input    ? progress_.released_input.read()
                              : operand_ == operand_weight ? progress_.released_weight.read()
                                                           : storer_.released(time_.cycle());
    return tiles_ <= released + options_.halves;
}

void Loader::raise() {
    const Step& step = *window_.at(scan_ - 1);
    found_ = false;
    ++id_;
    channel_ = step.load_channel[operand_];
    slots_[(tiles_ - 1) % slots_.size()] = {tiles_ - 1, id_, channel_};
    ++counters_.loads[operand_];
    counters_.load_bits[operand_] += step.load_bits[operand_];
    request_.id.write(id_);
    request_.channel.write(channel_);
    request_.step.write(scan_ - 1);
    request_.bits.write(step.load_bits[operand_]);
    request_.address.write(step.load_address[operand_]);
}

} // namespace assay::tiled::clocked
