// The sequencer of the clocked model.
#include <algorithm>

#include "pipeline_clocked.hpp"

namespace assay::tiled::clocked {
namespace {

constexpr uint64_t cycles_per_question = 4096; // to keep_going

} // namespace

void CountingArray::begin(const Step& step) {
    issue_left_ = step.issue_cycles;
    drain_ = step.drain_cycles;
}

void CountingArray::cycle(bool may_issue) {
    for (uint64_t& left : draining_) {
        left -= left > 0 ? 1 : 0;
    }
    if (may_issue && issue_left_ > 0 && --issue_left_ == 0) {
        draining_.push_back(drain_);
    }
    while (!draining_.empty() && draining_.front() == 0) {
        draining_.pop_front();
        ++drained_;
    }
}

Sequencer::Sequencer(sc_core::sc_module_name name, const PipelineOptions& options, const Time& time,
                     StepWindow& window, Progress& progress, Storer& storer,
                     const Channels& channels, std::vector<std::unique_ptr<Loader>>& loaders,
                     PipelineCounters& counters, PipelineTrace& trace)
    : sc_module(name), options_(options), time_(time), window_(window), progress_(progress),
      storer_(storer), channels_(channels), loaders_(loaders), counters_(counters), trace_(trace) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void Sequencer::submit(ArrayModel* array, const std::function<bool()>& keep_going) {
    counting_ = CountingArray();
    array_ = array != nullptr ? array : &counting_;
    drained_before_ = array_->drained();
    keep_going_ = &keep_going;
    stopped_ = false;
}

void Sequencer::reset() {
    phase_ = waiting;
    step_ = setup_left_ = waited_ = on_array_ = 0;
    released_input_ = released_weight_ = 0;
    missed_.fill(false);
    tiles_.fill(0);
    progress_.begun.write(0);
    progress_.drained.write(0);
    progress_.released_input.write(0);
    progress_.released_weight.write(0);
}

// In this cycle nothing is left to do.
bool Sequencer::done() const {
    return phase_ == waiting && window_.at(step_) == nullptr && progress_.drained.read() == step_ &&
           storer_.idle();
}

void Sequencer::edge() {
    if (time_.resetting()) {
        reset();
        return;
    }
    const uint64_t cycle = time_.cycle();
    if (trace_.on()) {
        trace_.settle(cycle);
    }
    if (done()) {
        finish(cycle);
        sc_core::sc_pause();
    } else if (cycle % cycles_per_question == cycles_per_question - 1 && *keep_going_ &&
               !(*keep_going_)()) {
        stopped_ = true;
        sc_core::sc_pause();
    } else {
        work(options_.shared_ports && port_taken());
        if (phase_ == waiting) {
            begin_if_ready(cycle);
        }
        progress_.drained.write(array_->drained() - drained_before_);
    }
    phase.write(phase_);
}

void Sequencer::finish(uint64_t cycle) {
    counters_.cycles = cycle;
    counters_.steps = step_;
    phase_ = finished;
    if (trace_.on() && step_ > 0) {
        trace_.wait("drain", cycle - counters_.array.drain, cycle);
        trace_.finish(cycle);
    }
}

bool Sequencer::port_taken() const {
    return std::any_of(channels_.begin(), channels_.end(),
                       [](const auto& channel) { return channel->dram.moving.read(); });
}

void Sequencer::work(bool port_taken) {
    if (trace_.on() && port_taken && phase_ != waiting) {
        trace_.port(time_.cycle(), time_.cycle() + 1);
    }
    if (array_->drained() - drained_before_ < on_array_) {
        array_->cycle(!port_taken);
    }
    switch (phase_) {
    case setting_up:
        return set_up(port_taken);
    case issuing:
        return issue(port_taken);
    default:
        ++(window_.at(step_) == nullptr ? counters_.array.drain : waited_);
    }
}

void Sequencer::set_up(bool port_taken) {
    ++(port_taken ? counters_.array.port : counters_.array.setup);
    setup_left_ -= port_taken ? 0 : 1;
    if (setup_left_ == 0) {
        phase_ = issuing;
        ++on_array_;
        array_->begin(*window_.at(step_));
    }
}

void Sequencer::issue(bool port_taken) {
    ++(port_taken ? counters_.array.port : counters_.array.issue);
    if (!array_->issuing()) {
        end_step();
    }
}

void Sequencer::end_step() {
    const Step& step = *window_.at(step_);
    if (step.visit.leaves) {
        storer_.expect(step_, step);
    }
    phase_ = waiting;
    waited_ = 0;
    const Step* next = window_.at(step_ + 1);
    if (trace_.on()) {
        trace_.end_step(step_, step, time_.cycle() + 1, next);
    }
    ++step_;
    if (next != nullptr) {
        released_input_ += next->visit.fresh[operand_input] ? 1 : 0;
        released_weight_ += next->visit.fresh[operand_weight] ? 1 : 0;
        progress_.released_input.write(released_input_);
        progress_.released_weight.write(released_weight_);
    }
}

// What the step would lack if it began in `cycle` + 1.
std::array<bool, Sequencer::no_cause> Sequencer::missing(const Step& step, uint64_t cycle) const {
    const auto lacks = [&](Operand operand) {
        return step.visit.fresh[operand] && step.load_bits[operand] > 0 &&
               !loaders_[operand]->usable(tiles_[operand], cycle + 1);
    };
    const bool room = !step.visit.fresh[operand_output] || step.load_bits[operand_output] > 0 ||
                      tiles_[operand_output] < storer_.released(cycle) + options_.halves;
    return {lacks(operand_input), lacks(operand_weight), lacks(operand_output), !room};
}

void Sequencer::begin_if_ready(uint64_t cycle) {
    const Step* step = window_.at(step_);
    if (step == nullptr) {
        return;
    }
    const std::array<bool, no_cause> now = missing(*step, cycle);
    if (step_ > 0) {
        count_wait(now);
    }
    missed_ = now;
    if (std::find(now.begin(), now.end(), true) == now.end()) {
        counters_.array.fill += step_ == 0 ? waited_ : 0;
        if (trace_.on() && step_ == 0) {
            trace_.wait("fill", 0, cycle + 1);
        }
        begin(*step);
    }
}

// Cycles since something was there last go to what is there now.
void Sequencer::count_wait(const std::array<bool, no_cause>& now) {
    ArrayCycles& cycles = counters_.array;
    uint64_t* const counts[no_cause] = {&cycles.load_input, &cycles.load_weight,
                                        &cycles.load_output, &cycles.buffer};
    const char* const names[no_cause] = {"load_input", "load_weight", "load_output", "buffer"};
    const uint64_t end = time_.cycle() + 1;
    for (size_t cause = 0; cause < no_cause; ++cause) {
        if (missed_[cause] && !now[cause]) {
            *counts[cause] += waited_;
            if (trace_.on()) {
                trace_.wait(names[cause], end - waited_, end);
            }
            waited_ = 0;
        }
    }
}

void Sequencer::begin(const Step& step) {
    for (size_t operand = 0; operand < operand_count; ++operand) {
        tiles_[operand] += step.visit.fresh[operand] ? 1 : 0;
    }
    progress_.begun.write(step_ + 1);
    if (trace_.on()) {
        trace_.begin_step(step, time_.cycle() + 1);
    }
    setup_left_ = step.setup_cycles;
    phase_ = setup_left_ > 0 ? setting_up : issuing;
    if (phase_ == issuing) {
        ++on_array_;
        array_->begin(step);
    }
}

} // namespace assay::tiled::clocked
