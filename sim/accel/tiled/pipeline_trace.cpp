#include "pipeline_trace.hpp"

#include <algorithm>

#include "pipeline.hpp"

namespace assay::tiled {
namespace {

const char* const buffer_rows[operand_count] = {"input buffer", "weight buffer", "output buffer"};
const char* const transfer_rows[operand_count + 1] = {"load input", "load weight", "load output",
                                                      "store output"};
const char* const transfer_names[operand_count + 1] = {"input", "weight", "output", "store"};
constexpr uint64_t sum_bits = 32; // of an accumulator, on every machine

// Of an output tile that nothing brings.
uint64_t output_bits(const Step& step) {
    return std::max(step.visit.tile.outputs() * sum_bits, step.store_bits);
}

uint64_t active_pe_cycles(const Step& step) {
    uint64_t sum = 0;
    for (const Block& block : step.blocks) {
        sum += block.rows * block.cols * block.cycles;
    }
    return sum;
}

} // namespace

void PipelineTrace::attach(Timeline* timeline, const std::vector<std::string>& channels) {
    timeline_ = timeline;
    channels_ = channels;
}

void PipelineTrace::restart() {
    buffers_.fill(Buffer());
    moved_.fill(0);
    ports_.clear();
    begin_ = active_end_ = 0;
}

void PipelineTrace::wait(const char* cause, uint64_t begin, uint64_t end) {
    timeline_->slice("array", cause, begin, end);
}

void PipelineTrace::port(uint64_t begin, uint64_t end) {
    if (!ports_.empty() && ports_.back().end == begin) {
        ports_.back().end = end;
    } else {
        ports_.push_back({begin, end});
    }
}

void PipelineTrace::begin_step(const Step& step, uint64_t cycle) {
    begin_ = cycle;
    for (size_t operand = 0; operand < operand_count; ++operand) {
        Buffer& buffer = buffers_[operand];
        if (!step.visit.fresh[operand]) {
            continue;
        }
        if (step.load_bits[operand] > 0) {
            buffer.begun.push_back(buffer.loaded.front());
            buffer.loaded.pop_front();
        } else {
            buffer.begun.push_back(operand == operand_output ? output_bits(step) : 0);
            change(static_cast<Operand>(operand), cycle, static_cast<int64_t>(buffer.begun.back()));
        }
    }
}

void PipelineTrace::end_step(uint64_t number, const Step& step, uint64_t end, const Step* next) {
    uint64_t setup = step.setup_cycles;
    uint64_t at = begin_;
    for (const Span& span : ports_) {
        work(number, step, at, span.begin, setup);
        timeline_->slice("array", "port", span.begin, span.end);
        at = span.end;
    }
    ports_.clear();
    work(number, step, at, end, setup);
    for (Operand operand : {operand_input, operand_weight}) {
        if (next != nullptr && next->visit.fresh[operand]) {
            give_back(operand, end);
        }
    }
}

// Cycles in which the array went on with a step: first those of its set-up that are left.
void PipelineTrace::work(uint64_t number, const Step& step, uint64_t begin, uint64_t end,
                         uint64_t& setup) {
    const uint64_t preparing = std::min(setup, end - begin);
    setup -= preparing;
    timeline_->slice("array", "setup", begin, begin + preparing, {{"step", number}});
    timeline_->slice("array", "issue", begin + preparing, end,
                     {{"step", number}, {"pe_cycles", active_pe_cycles(step)}});
    if (begin + preparing < end) {
        active(step, begin + preparing, end);
    }
}

// How many PEs have operands, on average over the step.
void PipelineTrace::active(const Step& step, uint64_t begin, uint64_t end) {
    if (active_end_ < begin) {
        timeline_->level("active PEs", "PEs", active_end_, 0);
    }
    const uint64_t cycles = std::max<uint64_t>(step.issue_cycles, 1);
    timeline_->level("active PEs", "PEs", begin, (active_pe_cycles(step) + cycles / 2) / cycles);
    active_end_ = end;
}

void PipelineTrace::transfer(const Transfer& t) {
    const size_t row = t.store ? operand_count : t.operand;
    timeline_->slice(channels_[t.channel], transfer_names[row], t.first, t.last + 1,
                     {{"step", t.step},
                      {"bits", t.bits},
                      {"beats", t.beats},
                      {"waited", t.granted - t.raised - 1}});
    // Through two channels, transfers of one operand can overlap: a row shows the earlier one.
    const uint64_t free = moved_[row];
    timeline_->slice(transfer_rows[row], "wait", std::max(t.raised + 1, free), t.first);
    timeline_->slice(transfer_rows[row], "move", std::max(t.first, free), t.last + 1,
                     {{"step", t.step}, {"bits", t.bits}});
    moved_[row] = std::max(free, t.last + 1);
}

void PipelineTrace::left(uint64_t cycle) {
    give_back(operand_output, cycle);
}

void PipelineTrace::change(Operand operand, uint64_t cycle, int64_t bits) {
    buffers_[operand].change[cycle] += bits;
}

void PipelineTrace::take(Operand operand, uint64_t cycle, uint64_t bits) {
    buffers_[operand].loaded.push_back(bits);
    change(operand, cycle, static_cast<int64_t>(bits));
}

void PipelineTrace::give_back(Operand operand, uint64_t cycle) {
    Buffer& buffer = buffers_[operand];
    change(operand, cycle, -static_cast<int64_t>(buffer.begun.front()));
    buffer.begun.pop_front();
}

void PipelineTrace::settle(uint64_t cycle) {
    for (size_t i = 0; i < operand_count; ++i) {
        Buffer& buffer = buffers_[i];
        while (!buffer.change.empty() && buffer.change.begin()->first < cycle) {
            const auto [at, change] = *buffer.change.begin();
            buffer.change.erase(buffer.change.begin());
            buffer.bits += change;
            if (change != 0) {
                timeline_->level(buffer_rows[i], "bytes", at,
                                 (static_cast<uint64_t>(buffer.bits) + 7) / 8);
            }
        }
    }
}

// What is left in the buffers belongs to a layer that is over.
void PipelineTrace::finish(uint64_t cycles) {
    settle(cycles);
    for (size_t i = 0; i < operand_count; ++i) {
        if (buffers_[i].bits != 0) {
            timeline_->level(buffer_rows[i], "bytes", cycles, 0);
        }
    }
    if (active_end_ > 0) {
        timeline_->level("active PEs", "PEs", active_end_, 0);
    }
}

} // namespace assay::tiled
