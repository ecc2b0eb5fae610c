// The scan phase of the event model: the broadcaster walks over the input, the PEs answer as lanes.
#include <algorithm>
#include <limits>

#include "event_layer.hpp"
#include "lanes.hpp"

namespace assay::eie::event_model {
namespace {

enum class Cause {
    fill,
    scan,
    back_pressure,
    act_load,
    dram
};

uint64_t& stall_of(PeStalls& s, Cause cause) {
    switch (cause) {
    case Cause::fill:
        return s.fill;
    case Cause::scan:
        return s.scan;
    case Cause::back_pressure:
        return s.back_pressure;
    case Cause::act_load:
        return s.act_load;
    case Cause::dram:
        return s.dram;
    }
    return s.fill;
}

// The scan phase of one step: from the first row of activations to empty pipelines.
template <class Time>
class ScanPhase {
  public:
    ScanPhase(LayerState& layer, const Part& part, uint32_t vector)
        : layer_(layer), o_(layer.options), part_(part), vector_(vector),
          block_(layer.job.matrix->blocks[part.block]), pes_(layer.job.matrix->pes),
          latency_(static_cast<Time>(layer.options.broadcast_latency_cycles)),
          word_(layer.options.entries_per_word(), layer.job.lanes, layer.job.passes),
          latest_pop_(layer.options.queue_depth), padding_cycles_(pes_) {}

    // Returns its length in cycles; layer.now is its first cycle.
    uint64_t run() {
        const Plan& plan = *layer_.job.plan;
        const std::vector<Batch>& batches = plan.batches[part_.block];
        lanes_.reset(pes_, &block_.ptr[size_t{part_.base_col} * pes_]);
        if (layer_.lines_of == &part_) { // the words are still the same
            lanes_.line = layer_.lines;
        }
        gap_.push_back({std::numeric_limits<Time>::min() / 2, 0, Cause::fill});
        for (uint32_t b = part_.first_batch; b < part_.end_batch; ++b) {
            load(batches[b]);
            scan(batches[b]);
        }
        return finish();
    }

  private:
    struct Run { // broadcaster cycles [start, end) spent on one cause
        Time start, end;
        Cause cause;
    };

    void spend(Time cycles, Cause cause) {
        if (cycles > 0) {
            control(cause == Cause::dram ? "dram" : "act_load", time_, time_ + cycles);
            cover_scan();
            gap_.push_back({time_, time_ + cycles, cause});
            time_ += cycles;
            covered_ = time_;
            plain_gap_ = false;
        }
    }

    // Cycles since `covered_` were passed over zeros.
    void cover_scan() {
        if (covered_ < time_) {
            gap_.push_back({covered_, time_, Cause::scan});
            covered_ = time_;
        }
    }

    void control(const char* what, Time begin, Time end) {
        layer_.trace.control(what, cycle_of(begin), cycle_of(end));
    }

    uint64_t cycle_of(Time time) const { return layer_.now + static_cast<uint64_t>(time); }

    void load(const Batch& batch) {
        const Plan& plan = *layer_.job.plan;
        if (!layer_.held.needs_load(plan, vector_, batch)) {
            return;
        }
        const uint64_t cycles = sram_cycles(o_, acts_per_pe(o_, batch.inputs));
        if (plan.source == Place::dram) {
            uint64_t ready = layer_.arrival[layer_.loaded++ % layer_.arrival.size()];
            uint64_t here = layer_.now + static_cast<uint64_t>(time_);
            spend(static_cast<Time>(ready > here ? ready - here : 0), Cause::dram);
            spend(static_cast<Time>(cycles), Cause::act_load);
            layer_.fetch_next(layer_.now + static_cast<uint64_t>(time_) - 1);
            fetched_words_ += cycles;
        } else {
            spend(static_cast<Time>(cycles), Cause::act_load);
        }
        loads_ += cycles;
        loaded_values_ += acts_per_pe(o_, batch.inputs);
    }

    void scan(const Batch& batch) {
        const Time begin = time_;
        ++time_; // the first row goes into the row register
        layer_.counters.total.batches += 1;
        const int16_t* column = layer_.column.data();
        const uint32_t last_input = batch.first_col + batch.inputs;
        for (uint32_t row = batch.first_col; row < last_input; row += pes_) {
            const uint32_t end = std::min(row + pes_, last_input);
            bool last_lane = false;
            for (uint32_t c = row; c < end; ++c) {
                if (column[c] != 0) {
                    broadcast(c);
                    last_lane = c - row == pes_ - 1;
                }
            }
            time_ += last_lane ? 0 : 1;
        }
        if (batch.bias) {
            if (column[last_input] != 0) {
                broadcast(last_input);
            }
            time_ += column[last_input] != 0 && pes_ == 1 ? 0 : 1;
        }
        rows_ += batch.rows_scanned;
        control("scan", begin, time_);
    }

    void broadcast(uint32_t column) {
        Time& oldest = latest_pop_[broadcasts_ % latest_pop_.size()];
        Time blocked = 0;
        if (broadcasts_ >= latest_pop_.size()) {
            blocked = std::max<Time>(oldest + 1 - time_, 0);
        }
        const Time arrive = time_ + blocked + 1 + latency_;
        if (!plain_gap_) {
            attribute_gap(arrive, blocked);
        }
        if (layer_.trace.on()) {
            slot_before_ = lanes_.slot_free;
        }
        const uint32_t* begin = &block_.ptr[size_t{column} * pes_];
        oldest = broadcast_to_lanes(lanes_, begin, begin + pes_, arrive, blocked, word_);
        if (layer_.trace.on()) {
            trace_lanes(arrive);
        }
        if (!block_.padding.empty()) {
            count_padding(column);
        }
        if (layer_.job.outputs) {
            layer_.sums.add_column(layer_.job, column, layer_.column[column],
                                   lanes_.adjacent.data(), layer_.counters);
        }
        layer_.counters.total.blocked_cycles += static_cast<uint64_t>(blocked);
        ++broadcasts_;
        time_ += blocked + 1;
        covered_ = time_;
        gap_.clear();
        plain_gap_ = true;
    }

    // A PE takes the activation in the cycle after its last one's work, and works from the next.
    void trace_lanes(Time arrive) {
        for (uint32_t k = 0; k < pes_; ++k) {
            const uint64_t pop = cycle_of(std::max(arrive, slot_before_[k]));
            layer_.trace.queued(cycle_of(arrive), pop + 1);
            if (lanes_.last_entry[k] == lanes_.slot_free[k]) {
                layer_.trace.active(pop + 1, cycle_of(lanes_.slot_free[k]) + 1);
            }
        }
    }

    void count_padding(uint32_t column) {
        const uint16_t* counts = &block_.padding[size_t{column} * pes_];
        lanes_.add_padding(counts);
        if (!word_.one_by_one()) {
            add_padding_cycles({block_, lanes_.first_ptr.data(), column, pes_, word_}, counts,
                               padding_cycles_);
        }
    }

    // The gap before this broadcast holds more than zeros and back-pressure: sort idle cycles by
    // what the broadcaster did two cycles (and the wires' latency) earlier, and leave none to the
    // fast loop.
    void attribute_gap(Time arrive, Time blocked) {
        cover_scan();
        if (blocked > 0) {
            gap_.push_back({time_, time_ + blocked, Cause::back_pressure});
        }
        for (uint32_t k = 0; k < pes_; ++k) {
            attribute(layer_.counters.stall[k], lanes_.slot_free[k] + 1, arrive);
            lanes_.slot_free[k] = std::max(lanes_.slot_free[k], arrive);
        }
    }

    // Idle cycles [from, to] of one PE.
    void attribute(PeStalls& stalls, Time from, Time to) const {
        const Time first = from - 2 - latency_, last = to - 2 - latency_;
        for (const Run& run : gap_) {
            Time begin = std::max(first, run.start), end = std::min<Time>(last + 1, run.end);
            if (begin < end) {
                stall_of(stalls, run.cause) += static_cast<uint64_t>(end - begin);
            }
        }
    }

    uint64_t finish() {
        const Time exhausted = time_;
        const Time last_slot = *std::max_element(lanes_.slot_free.begin(), lanes_.slot_free.end());
        const Time last_entry =
            *std::max_element(lanes_.last_entry.begin(), lanes_.last_entry.end());
        const Time done = std::max({exhausted, last_slot + 1, last_entry + 5});
        cover_scan();
        for (uint32_t k = 0; k < pes_; ++k) {
            PeStalls& s = layer_.counters.stall[k];
            const Time from = lanes_.slot_free[k] + 1;
            const Time seen = std::min<Time>(done, exhausted + 1 + latency_);
            attribute(s, from, seen);
            const Time rest = std::max(from, seen + 1);
            const Time active = std::min(last_slot, done);
            const Time waiting = std::max<Time>(active - rest + 1, 0);
            s.imbalance += static_cast<uint64_t>(waiting);
            s.drain += static_cast<uint64_t>(std::max<Time>(done - rest + 1 - waiting, 0));
        }
        collect();
        control("drain", exhausted, done + 1);
        return static_cast<uint64_t>(done) + 1;
    }

    void collect() {
        lanes_.flush();
        layer_.lines = lanes_.line;
        layer_.lines_of = &part_;
        for (uint32_t k = 0; k < pes_; ++k) {
            PeCounters& c = layer_.counters.pe[k];
            PeStalls& s = layer_.counters.stall[k];
            const bool single = word_.one_by_one();
            const uint64_t groups = single ? lanes_.entries[k] : lanes_.groups[k];
            c.entries += lanes_.entries[k];
            c.groups += groups;
            c.issue_cycles += groups * word_.passes;
            c.padding_entries += lanes_.padding[k];
            c.ptr_reads += broadcasts_;
            c.queue_pushes += broadcasts_;
            c.queue_occupancy_cycles += lanes_.occupancy[k];
            c.spmat_reads += lanes_.spmat_reads[k];
            c.act_src_reads += rows_;
            c.act_sram_reads += loads_;
            c.act_sram_writes += fetched_words_;
            c.act_src_writes += loaded_values_;
            s.padding += single ? lanes_.padding[k] : padding_cycles_[k];
            s.empty_column += lanes_.empty[k];
            s.scan += static_cast<uint64_t>(lanes_.scan[k]);
            s.back_pressure += static_cast<uint64_t>(lanes_.back_pressure[k]);
        }
        layer_.counters.total.broadcasts += broadcasts_;
        layer_.counters.total.scan_rows += rows_;
    }

    LayerState& layer_;
    const Options& o_;
    const Part& part_;
    uint32_t vector_;
    const EncodedBlock& block_;
    uint32_t pes_;
    Time latency_;
    WordOf word_;
    Lanes<Time> lanes_;
    std::vector<Time> latest_pop_;  // ring: pop of the broadcast queue_depth ago, latest over PEs
    std::vector<Time> slot_before_; // timeline: slot_free before the broadcast
    std::vector<uint64_t> padding_cycles_;
    std::vector<Run> gap_;   // what the broadcaster did since the last broadcast
    Time time_ = 0;          // the broadcaster's next cycle
    Time covered_ = 0;       // gap_ describes cycles before this one
    bool plain_gap_ = false; // only zeros since the last broadcast
    uint64_t broadcasts_ = 0, rows_ = 0, loads_ = 0, loaded_values_ = 0, fetched_words_ = 0;
};

// An upper bound of a scan phase, to choose the width of time.
uint64_t longest_phase(const LayerState& layer, const Part& part) {
    const Options& o = layer.options;
    const EncodedBlock& block = layer.job.matrix->blocks[part.block];
    const std::vector<Batch>& batches = layer.job.plan->batches[part.block];
    const uint32_t first = batches[part.first_batch].first_col;
    const uint32_t end = batches[part.end_batch - 1].end_col;
    uint64_t work = (block.column_start[end] - block.column_start[first]) * layer.job.passes +
                    4 * uint64_t{end - first};
    uint64_t per_batch = 2 * (o.dram_latency_cycles + o.act_registers * o.pe_count * 16) + 64;
    return work + (part.end_batch - part.first_batch) * per_batch * layer.job.plan->act_slots +
           layer.job.plan->segments[part.segment].load_bits * 2 + 1024;
}

} // namespace

uint64_t run_scan_phase(LayerState& layer, const Part& part, uint32_t vector) {
    return longest_phase(layer, part) < (uint64_t{1} << 30)
               ? ScanPhase<int32_t>(layer, part, vector).run()
               : ScanPhase<int64_t>(layer, part, vector).run();
}

} // namespace assay::eie::event_model
