// The event model of the pipeline: a process per channel, which decides who is next, and one for
// the array, which wakes when a step has issued its last operand. Loaders and the storer answer in
// between: when they raise their next request follows from what is known then.
#include "pipeline_event.hpp"

#include <algorithm>

#include "contract.h"

namespace assay::tiled {
namespace event_pipeline {
namespace {

constexpr uint64_t steps_per_question = 256; // to keep_going

Client client_of(Operand operand) {
    constexpr Client clients[operand_count] = {client_input, client_weight, client_output};
    return clients[operand];
}

Operand operand_of(Client client) {
    constexpr Operand operands[client_store] = {operand_weight, operand_input, operand_output};
    return operands[client];
}

} // namespace

Layer::Layer(sc_core::sc_module_name name, const PipelineOptions& options, PipelineTrace& trace)
    : sc_module(name), options_(options), trace_(trace), period_(1, sc_core::SC_NS),
      window_(options.window), ports_(options.channels.size()) {
    ASSAY_REQUIRE(options.halves == 1 || options.halves == 2);
    ASSAY_REQUIRE(!options.channels.empty() && options.channels.size() <= max_channels);
    ASSAY_REQUIRE(options.window >= 1);
    for (size_t i = 0; i < options.channels.size(); ++i) {
        channels_.push_back(std::make_unique<Channel>(
            ("channel" + std::to_string(i)).c_str(), static_cast<uint8_t>(i), options.channels[i],
            period_, requests_, [this](Client c, const Grant& g) { granted(c, g); }));
    }
    SC_METHOD(array_wakes);
    sensitive << wake_;
    dont_initialize();
}

void Layer::restart(const StepSource& steps) {
    origin_ = sc_core::sc_time_stamp();
    window_.restart(steps);
    requests_.fill(Request());
    for (auto& channel : channels_) {
        channel->restart(origin_);
    }
    ports_.restart();
    for (Halves& halves : halves_) {
        halves.restart(options_.halves);
    }
    loaders_.fill(Loader());
    storer_ = Storer();
    array_ = Array();
    array_.end = 1; // cycle 0 is the control unit's
    wake_.cancel();
    last_beat_ = 0;
    stopped_ = false;
    trace_.restart();
}

bool Layer::run(const StepSource& steps, const ComputeStep& compute,
                const std::function<bool()>& keep_going, PipelineCounters& out) {
    restart(steps);
    compute_ = &compute;
    keep_going_ = &keep_going;
    out = PipelineCounters();
    out_ = &out;
    for (Operand operand : {operand_weight, operand_input, operand_output}) {
        seek(operand);
    }
    begin_if_ready();
    if (window_.at(0) != nullptr) {
        sc_core::sc_start(); // until no event is left
    }
    if (!stopped_) {
        finish();
    }
    return !stopped_;
}

void Layer::finish() {
    ASSAY_REQUIRE(window_.at(array_.step) == nullptr && storer_.empty()); // else steps that no
    // order of loads and stores can serve
    PipelineCounters& out = *out_;
    for (const auto& channel : channels_) {
        out.channels.push_back(channel->counters());
    }
    out.steps = array_.step;
    if (out.steps > 0) {
        out.cycles = std::max(array_.results + 1, last_beat_);
        out.array.drain = out.cycles - array_.end;
    }
    if (trace_.on() && out.steps > 0) {
        trace_.wait("drain", array_.end, out.cycles);
        trace_.finish(out.cycles);
    }
}

// The array.

void Layer::schedule_array() {
    const uint64_t at = origin_.value() + array_.end * period_.value();
    wake_.notify(sc_core::sc_time::from_value(at - sc_core::sc_time_stamp().value()));
}

void Layer::array_wakes() {
    if (trace_.on()) {
        trace_.settle(array_.end);
    }
    if (port_was_taken()) {
        schedule_array();
        return;
    }
    end_step();
    if (array_.step % steps_per_question == 0 && *keep_going_ && !(*keep_going_)()) {
        stopped_ = true;
        sc_core::sc_pause();
        return;
    }
    begin_if_ready();
}

// Transfers that were granted since the step began may have held it up. What they leave over is
// known up to now; transfers to come can only move the end further.
bool Layer::port_was_taken() {
    if (!options_.shared_ports) {
        return false;
    }
    const uint64_t taken = ports_.count(array_.counted, array_.end, trace_);
    out_->array.port += taken;
    array_.left -= array_.end - array_.counted - taken;
    array_.counted = array_.end;
    array_.end = ports_.after(array_.end, array_.left);
    return array_.left > 0;
}

void Layer::end_step() {
    const Step& step = *window_.at(array_.step);
    out_->array.issue += step.issue_cycles;
    out_->array.setup += step.setup_cycles;
    array_.results = std::max(array_.results, array_.end - 1 + step.drain_cycles);
    if (step.visit.leaves) {
        storer_.queue[storer_.pushed++ % storer_.queue.size()] = {
            array_.step, array_.results, step.store_bits, step.store_address, step.store_channel};
        raise_store();
    }
    array_.busy = false;
    const Step* next = window_.at(array_.step + 1);
    if (trace_.on()) {
        trace_.end_step(array_.step, *window_.at(array_.step), array_.end, next);
    }
    ++array_.step;
    release_operands(next);
}

// The tiles that the next step no longer uses.
void Layer::release_operands(const Step* next) {
    for (Operand operand : {operand_weight, operand_input}) {
        if (next != nullptr && next->visit.fresh[operand]) {
            halves_[operand].release(array_.end);
            seek(operand);
        }
    }
}

// From which cycle on the step may begin as far as the operand goes; never: not yet known.
uint64_t Layer::ready(const Step& step, Operand operand) const {
    if (!step.visit.fresh[operand]) {
        return 0;
    }
    const uint64_t tile = array_.tiles[operand];
    if (step.load_bits[operand] > 0) {
        return loaders_[operand].usable[tile % 4];
    }
    if (operand != operand_output || tile < options_.halves) {
        return 0; // the half of an operand that nothing brings is free once its last user is done
    }
    const uint64_t free = halves_[operand].free_from(tile);
    return free == never ? never : free + 1; // the array decides in a cycle and begins in the next
}

void Layer::begin_if_ready() {
    const Step* step = array_.busy ? nullptr : window_.at(array_.step);
    if (step == nullptr) {
        return;
    }
    ArrayCycles& cycles = out_->array;
    const bool sums = step->load_bits[operand_output] > 0;
    const std::array<Wait, operand_count> waits{
        Wait{ready(*step, operand_input), &cycles.load_input, "load_input"},
        Wait{ready(*step, operand_weight), &cycles.load_weight, "load_weight"},
        Wait{ready(*step, operand_output), sums ? &cycles.load_output : &cycles.buffer,
             sums ? "load_output" : "buffer"}};
    const uint64_t cycle = std::max({array_.end, waits[0].ready, waits[1].ready, waits[2].ready});
    if (cycle == never) {
        return;
    }
    if (array_.step == 0) {
        cycles.fill = cycle;
        if (trace_.on()) {
            trace_.wait("fill", 0, cycle);
        }
    } else {
        count_waits(waits, array_.end, cycle);
    }
    begin(*step, cycle);
}

// Each cycle goes to what is there next: of two transfers that share a channel, to the one that has
// it.
void Layer::count_waits(const std::array<Wait, operand_count>& waits, uint64_t from,
                        uint64_t begin) {
    while (from < begin) {
        const Wait* next = nullptr;
        for (const Wait& wait : waits) {
            const bool sooner = next == nullptr || wait.ready < next->ready;
            next = wait.ready > from && sooner ? &wait : next;
        }
        *next->count += next->ready - from;
        if (trace_.on()) {
            trace_.wait(next->cause, from, next->ready);
        }
        from = next->ready;
    }
}

void Layer::begin(const Step& step, uint64_t cycle) {
    array_.busy = true;
    array_.begin = array_.counted = cycle;
    array_.left = step.setup_cycles + step.issue_cycles;
    array_.end = cycle + array_.left;
    if (trace_.on()) {
        trace_.begin_step(step, cycle);
    }
    for (size_t operand = 0; operand < operand_count; ++operand) {
        if (step.visit.fresh[operand]) {
            loaders_[operand].usable[array_.tiles[operand]++ % 4] = never;
        }
    }
    if (*compute_) {
        (*compute_)(step);
    }
    schedule_array();
    for (Operand operand : {operand_weight, operand_input, operand_output}) {
        seek(operand); // one more step is in the window
    }
}

// Loaders and storer.

// Raises the operand's next request if what it depends on is known.
void Layer::seek(Operand operand) {
    Loader& loader = loaders_[operand];
    Request& request = requests_[client_of(operand)];
    if (request.waiting || (!loader.found && !find(operand, loader))) {
        return;
    }
    const uint64_t half = halves_[operand].free_from(loader.tile);
    if (half == never) {
        return;
    }
    // The furthest step is in the window since the array began its own, or will.
    const uint64_t begun = array_.step + (array_.busy ? 1 : 0);
    const bool furthest = begun > 0 && loader.step + 1 == begun + options_.window;
    const Step& step = *window_.at(loader.step);
    request = {true,
               false,
               step.load_channel[operand],
               std::max({half, loader.earliest, furthest ? array_.begin : 0}),
               loader.step,
               step.load_bits[operand],
               step.load_address[operand]};
    loader.found = false;
    channels_[request.channel]->post(request);
}

// The next fresh tile that has bits to load, within the window.
bool Layer::find(Operand operand, Loader& loader) {
    const uint64_t end = array_.step + (array_.busy ? 1 : 0) + options_.window;
    while (!loader.found && loader.scan < end) {
        const Step* step = window_.at(loader.scan);
        if (step == nullptr) {
            return false;
        }
        if (step->visit.fresh[operand]) {
            loader.tile = loader.tiles++;
            loader.step = loader.scan;
            loader.found = step->load_bits[operand] > 0;
        }
        ++loader.scan;
    }
    return loader.found;
}

void Layer::trace_grant(Client client, const Grant& grant) {
    const Request& r = requests_[client];
    const bool store = client == client_store;
    const Operand operand = store ? operand_output : operand_of(client);
    trace_.settle(grant.cycle);
    if (!store) {
        trace_.take(operand, grant.cycle, r.bits);
    }
    trace_.transfer({operand, store, r.channel, r.step, r.bits, r.cycle, grant.cycle, grant.first,
                     grant.last, grant.beats});
}

void Layer::granted(Client client, const Grant& grant) {
    Request& request = requests_[client];
    if (trace_.on()) {
        trace_grant(client, grant);
    }
    out_->contention_cycles += grant.cycle - request.cycle - 1;
    last_beat_ = std::max(last_beat_, grant.last + 1);
    if (options_.shared_ports) {
        ports_.take(request.channel, grant.first + 1, grant.last + 2);
    }
    if (client == client_store) {
        stored(grant);
        return;
    }
    const Operand operand = operand_of(client);
    Loader& loader = loaders_[operand];
    ++out_->loads[operand];
    out_->load_bits[operand] += request.bits;
    loader.usable[loader.tile % 4] = grant.usable;
    loader.earliest = grant.cycle + 1;
    seek(operand);
    begin_if_ready();
}

void Layer::stored(const Grant& grant) {
    ++out_->stores;
    out_->store_bits += storer_.head().bits;
    storer_.earliest = grant.cycle + 1;
    left(grant.last);
    raise_store();
}

// The oldest tile's last beat left in `cycle`.
void Layer::left(uint64_t cycle) {
    ++storer_.popped;
    storer_.released = std::max(storer_.released, cycle + 1);
    if (trace_.on()) {
        trace_.left(storer_.released);
    }
    halves_[operand_output].release(storer_.released);
    seek(operand_output);
    begin_if_ready();
}

void Layer::raise_store() {
    Request& request = requests_[client_store];
    while (!request.waiting && !storer_.empty()) {
        const Store& store = storer_.head();
        const uint64_t cycle = std::max(store.results + 1, storer_.earliest);
        if (store.bits == 0) { // nothing to move: gone when seen
            storer_.earliest = cycle + 1;
            left(cycle);
            continue;
        }
        request = {true, true, store.channel, cycle, store.step, store.bits, store.address};
        channels_[request.channel]->post(request);
    }
}

namespace {

class EventPipeline : public Pipeline {
  public:
    explicit EventPipeline(const PipelineOptions& options) : layer_("pipeline", options, trace_) {}
    bool run(const StepSource& steps, const ComputeStep& compute, ArrayModel*,
             const std::function<bool()>& keep_going, PipelineCounters& out) override {
        return layer_.run(steps, compute, keep_going, out);
    }

  private:
    Layer layer_;
};

} // namespace
} // namespace event_pipeline

std::unique_ptr<Pipeline> make_event_pipeline(const PipelineOptions& options) {
    return std::make_unique<event_pipeline::EventPipeline>(options);
}

} // namespace assay::tiled
