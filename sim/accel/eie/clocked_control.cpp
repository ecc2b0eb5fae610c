// The control unit is a thread that spends one wait() per cycle; what it does between two waits
// happens at the edge that ends a cycle.
#include "clocked_control.hpp"

#include <algorithm>

namespace assay::eie::clocked {
namespace {

// Leading non-zero detection as a tree of nodes of `group` inputs: a node passes on the first of
// its inputs that holds a non-zero. Returns the lane, or `values` when all are zero (from lane
// `from` on).
uint32_t leading_non_zero(const int16_t* row, uint32_t values, uint32_t from, uint64_t group) {
    std::vector<uint32_t> level(values);
    for (uint32_t i = 0; i < values; ++i) {
        level[i] = i >= from && row[i] != 0 ? i : values;
    }
    while (level.size() > 1) {
        std::vector<uint32_t> up;
        for (size_t i = 0; i < level.size(); i += group) {
            const auto end = level.begin() + std::min(i + group, level.size());
            auto first =
                std::find_if(level.begin() + i, end, [&](uint32_t lane) { return lane != values; });
            up.push_back(first == end ? values : *first);
        }
        level = std::move(up);
    }
    return level.empty() ? values : level[0];
}

} // namespace

void Control::control() {
    while (true) {
        if (job_ != nullptr) {
            run_layer();
            job_ = nullptr;
            sc_core::sc_pause();
        }
        wait();
    }
}

// One cycle in a phase. Returns at the edge that ends it; now_ is then the next cycle.
void Control::spend(Phase in, Did doing) {
    phase.write(in);
    cycle.write(now_);
    wait();
    ++now_;
    pipe_.stage[0]->valid.write(false);
    did.write(doing);
    if (pending_) {
        pending_();
        pending_ = nullptr;
    }
}

// Whether to go on, asked once in a while: a step can take seconds.
bool Control::told_to_stop() {
    if ((now_ & 1023) == 0 && !stopped_ && job_->keep_going) {
        stopped_ = !job_->keep_going(static_cast<double>(steps_done_) /
                                     static_cast<double>(job_->plan->steps()));
    }
    return stopped_;
}

void Control::spend_many(uint64_t cycles, Phase in, Did doing) {
    for (uint64_t i = 0; i < cycles; ++i) {
        spend(in, doing);
    }
}

void Control::run_layer() {
    const Plan& plan = *job_->plan;
    fetches_ = std::make_unique<ActFetches>(*job_, options_);
    held_ = HeldBatch();
    fetched_.clear();
    written_.clear();
    lines_of_ = nullptr;
    loaded_ = steps_done_ = 0;
    segments_left_ = plan.residency == Residency::streamed ? segment_loads(plan) : 0;
    segment_ids_.clear();
    current_segment_ = vector_ = UINT64_MAX;
    column_.resize(job_->matrix->cols);
    dram_.restart(sc_core::sc_time_stamp().value() / period_.value() + 2);
    phase.write(idle);
    wait(); // the channel forgets the last layer
    now_ = 0;
    spend_many(options_.layer_switch_cycles, layer_switch);
    start_transfers();
    for (uint64_t i = 0; i < plan.steps() && !stopped_; ++i) {
        const Step s = step_at(plan, i);
        run_step(plan.parts[s.part], s.vector);
        steps_done_ = i + 1;
    }
    if (!written_.empty()) { // the layer ends when its last output has arrived
        wait_for_dram(written_.back());
    }
    phase.write(idle);
    wait(); // the last register write, then the last store
    if (pending_) {
        pending_();
        pending_ = nullptr;
    }
}

void Control::start_transfers() {
    if (job_->plan->residency == Residency::streamed) {
        request_weights();
        request_weights();
    }
    if (job_->plan->source == Place::dram) {
        for (uint32_t slot = 0; slot < job_->plan->act_slots; ++slot) {
            fetch_next(now_);
        }
    }
}

void Control::request_weights() {
    if (segments_left_ == 0) {
        return;
    }
    const std::vector<Segment>& segments = job_->plan->segments;
    const uint64_t done = segment_loads(*job_->plan) - segments_left_--;
    const uint64_t bits = segments[done % segments.size()].load_bits;
    context_.counters->total.dram_read_bits += bits;
    segment_ids_.push_back(dram_.request(now_, bits, Stream::weights));
}

void Control::fetch_next(uint64_t cycle) {
    uint64_t bits = 0;
    if (fetches_->next(bits)) {
        context_.counters->total.dram_read_bits += bits;
        fetched_.push_back(dram_.request(cycle, bits, Stream::inputs));
    }
}

void Control::enter_segment(const Part& part, uint32_t vector) {
    const Plan& plan = *job_->plan;
    const uint64_t id = segment_load_of(plan, part, vector);
    if (plan.residency == Residency::resident || id == current_segment_) {
        return;
    }
    current_segment_ = id;
    if (plan.residency == Residency::io_mode) {
        const uint64_t bits = plan.segments[part.segment].load_bits;
        context_.counters->total.io_bits += bits;
        const uint64_t transfer = dram_.request(now_, bits, Stream::weights);
        while (!dram_.usable(transfer, now_)) {
            spend(io_mode);
        }
        return;
    }
    wait_for_dram(segment_ids_[id]);
    if (id > 0) {
        request_weights();
    }
}

void Control::run_step(const Part& part, uint32_t vector) {
    enter_segment(part, vector);
    if (vector_ != vector) {
        job_->input(vector, column_.data());
        vector_ = vector;
    }
    enter_part(part);
    step.write(step.read() + 1);
    const std::vector<Batch>& batches = job_->plan->batches[part.block];
    for (uint32_t b = part.first_batch; b < part.end_batch; ++b) {
        load_batch(batches[b], vector);
        scan_batch(batches[b]);
    }
    drain();
    if (part.last_of_block) {
        finish_block(part, vector);
    }
}

void Control::enter_part(const Part& part) {
    context_.block = part.block;
    context_.base_col = part.base_col;
    if (lines_of_ != &part) {
        for (auto& pe : pes_) {
            pe->spmat.forget_line();
        }
        lines_of_ = &part;
    }
    if (!part.first_of_block) {
        return;
    }
    auto store = pending_;
    pending_ = [this, store, block = part.block] {
        if (store) {
            store();
        }
        for (auto& pe : pes_) {
            pe->act.preset(block);
        }
    };
    if (job_->bias != nullptr) {
        load_bias(job_->matrix->blocks[part.block].rows_per_pe);
    }
}

void Control::load_bias(uint64_t rows) {
    for (uint64_t i = 0; i < preset_cycles(options_, *job_, rows); ++i) {
        spend(bias_load);
        for_all([](PeCounters& c) { ++c.act_sram_reads; });
    }
    for_all([rows](PeCounters& c) { c.act_dst_writes += rows; });
}

void Control::load_batch(const Batch& batch, uint32_t vector) {
    const Plan& plan = *job_->plan;
    if (!held_.needs_load(plan, vector, batch)) {
        return;
    }
    const bool from_dram = plan.source == Place::dram;
    if (from_dram) {
        const uint64_t transfer = fetched_[loaded_++];
        while (!dram_.usable(transfer, now_)) {
            spend(computing, dram);
        }
    }
    const uint64_t values = acts_per_pe(options_, batch.inputs);
    for (uint64_t i = 0; i < sram_cycles(options_, values); ++i) {
        spend(computing, load);
        for_all([from_dram](PeCounters& c) {
            ++c.act_sram_reads;
            c.act_sram_writes += from_dram; // where the channel had put it
        });
    }
    for_all([values](PeCounters& c) { c.act_src_writes += values; });
    if (from_dram) {
        fetch_next(now_ - 1);
    }
}

void Control::scan_batch(const Batch& batch) {
    ++context_.counters->total.batches;
    const uint32_t width = static_cast<uint32_t>(options_.pe_count);
    const uint32_t last_input = batch.first_col + batch.inputs;
    spend(computing, scan);
    for (uint32_t c = batch.first_col; c < last_input; c += width) {
        scan_row(c, std::min(width, last_input - c));
    }
    if (batch.bias) {
        scan_row(last_input, 1);
    }
}

// One row of pe_count activations, lanes beyond `lanes` are zero.
void Control::scan_row(uint32_t first_col, uint32_t lanes) {
    for_all([](PeCounters& c) { ++c.act_src_reads; });
    ++context_.counters->total.scan_rows;
    uint32_t from = 0;
    while (!told_to_stop()) {
        spend(computing, scan);
        const uint32_t lane =
            leading_non_zero(&column_[first_col], lanes, from, options_.lnzd_group);
        if (lane == lanes) {
            return;
        }
        if (any_queue_full()) {
            did.write(blocked);
            ++context_.counters->total.blocked_cycles;
            continue;
        }
        send(first_col + lane);
        from = lane + 1;
        if (from == options_.pe_count) {
            return;
        }
    }
}

bool Control::any_queue_full() const {
    const uint64_t sent_so_far = issued.read();
    return std::any_of(pes_.begin(), pes_.end(), [&](const auto& pe) {
        return sent_so_far - pe->ptr.taken.read() == options_.queue_depth;
    });
}

void Control::send(uint32_t column) {
    BroadcastBus& bus = *pipe_.stage[0];
    bus.valid.write(true);
    bus.column.write(column);
    bus.act.write(column_[column]);
    issued.write(issued.read() + 1);
    did.write(sent);
    ++context_.counters->total.broadcasts;
}

void Control::drain() {
    bool empty = false;
    while (!empty) {
        spend(computing, exhausted);
        empty = !pipe_.in_flight() && std::all_of(pes_.begin(), pes_.end(),
                                                  [](const auto& pe) { return pe->empty_next(); });
    }
}

void Control::finish_block(const Part& part, uint32_t vector) {
    if (job_->outputs) {
        pending_ = [this, vector, block = part.block] {
            for (auto& pe : pes_) {
                pe->act.store(vector, block);
            }
        };
    }
    if (!job_->plan->write_back()) {
        return;
    }
    const bool to_dram = job_->plan->output == Place::dram;
    const uint64_t slots = job_->plan->output_slots;
    while (to_dram && written_.size() >= slots &&
           !dram_.source_free(written_[written_.size() - slots], now_)) {
        spend(dram_wait);
    }
    const uint64_t rows = job_->matrix->blocks[part.block].rows_per_pe;
    for (uint64_t i = 0; i < sram_cycles(options_, rows); ++i) {
        spend(write_back);
        for_all([to_dram](PeCounters& c) {
            ++c.act_sram_writes;
            c.act_sram_reads += to_dram;
        });
    }
    for_all([rows](PeCounters& c) { c.act_dst_reads += rows; });
    if (to_dram) {
        const uint64_t bits = block_rows(*job_->matrix, part.block) * options_.act_bits;
        written_.push_back(dram_.request(now_ - 1, bits, Stream::outputs));
        context_.counters->total.dram_write_bits += bits;
    }
}

void Control::wait_for_dram(uint64_t transfer) {
    while (!dram_.usable(transfer, now_)) {
        spend(dram_wait);
    }
}

} // namespace assay::eie::clocked
