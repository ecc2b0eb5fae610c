// The event model: the control unit is the only process; the PEs are annotated calls. Every time the
// control unit broadcasts, each PE answers when it takes the activation from its queue and how long it
// works on it. These times are max-plus in earlier ones (contract §4), so PEs are lanes of a vector loop and
// only broadcasts are serial. The process runs ahead of the kernel by one step and then waits.
#include <systemc>

#include <algorithm>
#include <cstring>
#include <limits>

#include "dram_channel.hpp"
#include "eie_model.hpp"
#include "eie_walk.hpp"

namespace assay::eie {
namespace {

enum class Cause { fill, scan, back_pressure, act_load, dram };

uint64_t& stall_of(PeStalls& s, Cause cause) {
    switch (cause) {
    case Cause::fill: return s.fill;
    case Cause::scan: return s.scan;
    case Cause::back_pressure: return s.back_pressure;
    case Cause::act_load: return s.act_load;
    case Cause::dram: return s.dram;
    }
    return s.fill;
}

// Per-PE state of one step, as arrays so that PEs are vector lanes. Time is signed and counts from
// the step's first scan-phase cycle; int32_t when the step is surely short enough.
template <class Time> struct Lanes {
    std::vector<Time> slot_free; // X: last cycle in which the issue slot is taken
    std::vector<Time> last_entry; // F: issue cycle of the last entry
    std::vector<uint32_t> line, entries, empty, spmat_reads, first_ptr;
    std::vector<Time> scan, back_pressure;
    std::vector<uint64_t> occupancy;
    std::vector<uint8_t> adjacent; // this column's first entry issues right after the previous one's last

    void reset(size_t pes, const uint32_t* ptr) {
        slot_free.assign(pes, -1);
        last_entry.assign(pes, std::numeric_limits<Time>::min() / 2);
        line.assign(pes, UINT32_MAX);
        entries.assign(pes, 0);
        empty.assign(pes, 0);
        spmat_reads.assign(pes, 0);
        first_ptr.assign(ptr, ptr + pes);
        scan.assign(pes, 0);
        back_pressure.assign(pes, 0);
        occupancy.assign(pes, 0);
        adjacent.assign(pes, 0);
    }
};

// Entries per SRAM word as a shift where possible: this division is in the innermost loop.
struct WordOf {
    uint32_t entries, shift;
    bool power;
    explicit WordOf(uint64_t per_word) : entries(static_cast<uint32_t>(per_word)), shift(0) {
        while ((2u << shift) <= entries) {
            ++shift;
        }
        power = (1u << shift) == entries;
    }
};

// One broadcast as all PEs see it. `arrive` is the first cycle in which a queue can hand it on;
// `blocked` the cycles for which a full queue held it. Returns the latest pop.
template <class Time, bool power_of_two>
Time broadcast_to_lanes(Lanes<Time>& lanes, const uint32_t* begin, const uint32_t* end, size_t pes,
                        Time arrive, Time blocked, const WordOf& word) {
    Time latest = std::numeric_limits<Time>::min();
    Time* __restrict slot_free = lanes.slot_free.data();
    Time* __restrict last_entry = lanes.last_entry.data();
    Time* __restrict scan = lanes.scan.data();
    Time* __restrict held = lanes.back_pressure.data();
    uint32_t* __restrict line = lanes.line.data();
    uint32_t* __restrict entries = lanes.entries.data();
    uint32_t* __restrict empty = lanes.empty.data();
    uint32_t* __restrict reads = lanes.spmat_reads.data();
    uint64_t* __restrict occupancy = lanes.occupancy.data();
    uint8_t* __restrict adjacent = lanes.adjacent.data();
    const uint32_t* __restrict base = lanes.first_ptr.data();
    for (size_t k = 0; k < pes; ++k) {
        const uint32_t n = end[k] - begin[k];
        const Time pop = std::max(arrive, slot_free[k]);
        const Time idle = pop - slot_free[k];
        const Time waited = std::min(idle, blocked);
        held[k] += waited;
        scan[k] += idle - waited;
        entries[k] += n;
        empty[k] += n == 0;
        slot_free[k] = pop + static_cast<Time>(n == 0 ? 1 : n);
        adjacent[k] = static_cast<uint8_t>(last_entry[k] == pop);
        last_entry[k] = n == 0 ? last_entry[k] : slot_free[k];
        latest = std::max(latest, pop);
        const uint32_t from = begin[k] - base[k], to = end[k] - base[k] - 1;
        const uint32_t first = power_of_two ? from >> word.shift : from / word.entries;
        const uint32_t last = power_of_two ? to >> word.shift : to / word.entries;
        reads[k] += n == 0 ? 0 : last - first + (first != line[k]);
        line[k] = n == 0 ? line[k] : last;
        occupancy[k] += static_cast<uint64_t>(pop - arrive) + 1;
    }
    return latest;
}

// The accumulators and the arithmetic of one step.
class Accumulators {
  public:
    void preset(const Job& job, uint32_t block) {
        const EncodedMatrix& m = *job.matrix;
        rows_ = m.blocks[block].rows_per_pe;
        sum_.assign(size_t{m.pes} * rows_, 0);
        last_row_.assign(m.pes, -1);
        first_row_ = size_t{block} * m.registers * m.pes;
        if (job.bias != nullptr) {
            for (uint64_t i = 0; i < block_rows(m, block); ++i) {
                sum_[i % m.pes * rows_ + i / m.pes] = (*job.bias)[first_row_ + i];
            }
        }
    }

    // A step that goes on with a row block starts with empty pipelines.
    void forget_last_rows() { std::fill(last_row_.begin(), last_row_.end(), -1); }

    void add_column(const Job& job, const EncodedBlock& block, uint32_t column, int32_t act,
                    const uint8_t* adjacent, Counters& counters) {
        const uint32_t pes = job.matrix->pes;
        const uint32_t* begin = &block.ptr[size_t{column} * pes];
        const uint64_t first = block.column_start[column];
        const uint64_t count = block.column_start[column + 1] - first;
        make_products(job.format, act, count);
        const uint8_t* gap = block.gap.data() + first;
        const uint8_t* code = block.code.data() + first;
        for (uint32_t k = 0; k < pes; ++k) {
            const uint32_t n = begin[pes + k] - begin[k];
            if (n == 0) {
                continue;
            }
            counters.pe[k].bypasses += adjacent[k] && code[0] != 0 && last_row_[k] == gap[0];
            int32_t row = add_run(job.format, &sum_[size_t{k} * rows_], gap, code, n,
                                  counters.pe[k].saturations);
            last_row_[k] = code[n - 1] != 0 ? row : -1;
            gap += n;
            code += n;
        }
    }

    void store(const Job& job, uint32_t vector, uint32_t block) const {
        const EncodedMatrix& m = *job.matrix;
        int16_t* out = job.result->data() + size_t{vector} * m.rows + first_row_;
        for (uint64_t i = 0; i < block_rows(m, block); ++i) {
            out[i] = static_cast<int16_t>(sum_[i % m.pes * rows_ + i / m.pes]);
        }
    }

  private:
    // Few codes, many entries: the product of a code is needed once per column, not once per entry.
    void make_products(const Format& f, int32_t act, uint64_t count) {
        direct_ = count < codes_;
        act_ = act;
        if (!direct_) {
            for (uint32_t i = 0; i < codes_; ++i) {
                product_[i] = scaled_product(f, f.codebook[i], act);
            }
        }
    }

    // Adds one PE's entries of a column; returns the last row.
    int32_t add_run(const Format& f, int32_t* sum, const uint8_t* gap, const uint8_t* code,
                    uint32_t n, uint64_t& saturations) const {
        int32_t row = -1;
        for (uint32_t i = 0; i < n; ++i) {
            row += gap[i] + 1;
            const int32_t product =
                direct_ ? scaled_product(f, f.codebook[code[i]], act_) : product_[code[i]];
            sum[row] = accumulate(f, sum[row], product, saturations);
        }
        return row;
    }

  public:
    void set_codebook_size(size_t codes) { codes_ = static_cast<uint32_t>(codes); }

  private:
    uint32_t rows_ = 0, codes_ = 256;
    size_t first_row_ = 0;
    bool direct_ = false;
    int32_t act_ = 0;
    std::vector<int32_t> sum_, last_row_;
    int32_t product_[256] = {};
};

// Everything that lives as long as one layer.
struct LayerState {
    const Options& options;
    const Job& job;
    Counters& counters;
    DramTimeline dram;
    HeldBatch held;
    ActLoads fetch;                    // runs ahead of execution by plan.act_slots
    std::vector<uint64_t> arrival;     // ring of arrival times of fetched batches
    uint64_t fetched = 0, loaded = 0;
    uint64_t now = 0;                  // cycles since the layer began, I/O mode included
    uint64_t weights_ready = 0, next_weights_ready = 0; // streamed segments
    uint64_t segment_loads_left = 0;
    uint64_t current_segment = UINT64_MAX;
    Accumulators sums;
    std::vector<int16_t> column;
    uint64_t column_vector = UINT64_MAX;

    LayerState(const Options& o, const Job& j, Counters& c)
        : options(o), job(j), counters(c), dram(std::max<uint64_t>(o.dram_bits_per_cycle, 1),
                                               o.dram_latency_cycles),
          fetch(j, o), arrival(j.plan->act_slots), column(j.matrix->cols) {
        sums.set_codebook_size(j.matrix->codebook.size());
    }

    void fetch_next(uint64_t cycle) {
        ActLoads::Load load;
        if (fetch.next(load)) {
            arrival[fetched++ % arrival.size()] = dram.request(cycle, load.bits);
            counters.total.dram_read_bits += load.bits;
        }
    }
};

void add_to_all(std::vector<PeStalls>& stalls, uint64_t PeStalls::*cause, uint64_t cycles) {
    for (PeStalls& s : stalls) {
        s.*cause += cycles;
    }
}

// The scan phase of one step: from the first row of activations to empty pipelines.
template <class Time> class ScanPhase {
  public:
    ScanPhase(LayerState& layer, const Part& part, uint32_t vector)
        : layer_(layer), o_(layer.options), part_(part), vector_(vector),
          block_(layer.job.matrix->blocks[part.block]), pes_(layer.job.matrix->pes),
          latency_(static_cast<Time>(layer.options.broadcast_latency_cycles)),
          word_(layer.options.entries_per_word()), latest_pop_(layer.options.queue_depth) {}

    // Returns its length in cycles; layer.now is its first cycle.
    uint64_t run() {
        const Plan& plan = *layer_.job.plan;
        const std::vector<Batch>& batches = plan.batches[part_.block];
        lanes_.reset(pes_, &block_.ptr[size_t{batches[part_.first_batch].first_col} * pes_]);
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

    void load(const Batch& batch) {
        const Plan& plan = *layer_.job.plan;
        if (!layer_.held.needs_load(plan, vector_, batch)) {
            return;
        }
        const uint64_t cycles = sram_cycles(o_, acts_per_pe(o_, batch.inputs));
        if (plan.source == ActSource::dram) {
            uint64_t ready = layer_.arrival[layer_.loaded++ % layer_.arrival.size()];
            uint64_t here = layer_.now + static_cast<uint64_t>(time_);
            spend(static_cast<Time>(ready > here ? ready - here : 0), Cause::dram);
            spend(static_cast<Time>(cycles), Cause::act_load);
            layer_.fetch_next(layer_.now + static_cast<uint64_t>(time_) - 1);
        } else {
            spend(static_cast<Time>(cycles), Cause::act_load);
        }
        loads_ += cycles;
        loaded_values_ += acts_per_pe(o_, batch.inputs);
    }

    void scan(const Batch& batch) {
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
        const uint32_t* begin = &block_.ptr[size_t{column} * pes_];
        oldest = word_.power ? broadcast_to_lanes<Time, true>(lanes_, begin, begin + pes_, pes_,
                                                              arrive, blocked, word_)
                             : broadcast_to_lanes<Time, false>(lanes_, begin, begin + pes_, pes_,
                                                               arrive, blocked, word_);
        count_padding(column);
        if (layer_.job.outputs) {
            layer_.sums.add_column(layer_.job, block_, column, layer_.column[column],
                                   lanes_.adjacent.data(), layer_.counters);
        }
        layer_.counters.total.blocked_cycles += static_cast<uint64_t>(blocked);
        ++broadcasts_;
        time_ += blocked + 1;
        covered_ = time_;
        gap_.clear();
        plain_gap_ = true;
    }

    // The gap before this broadcast holds more than zeros and back-pressure: sort idle cycles by what
    // the broadcaster did two cycles (and the wires' latency) earlier, and leave none to the fast loop.
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

    void count_padding(uint32_t column) {
        if (!block_.padding.empty()) {
            const uint16_t* padding = &block_.padding[size_t{column} * pes_];
            for (uint32_t k = 0; k < pes_; ++k) {
                layer_.counters.pe[k].padding_entries += padding[k];
                layer_.counters.stall[k].padding += padding[k];
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
        return static_cast<uint64_t>(done) + 1;
    }

    void collect() {
        for (uint32_t k = 0; k < pes_; ++k) {
            PeCounters& c = layer_.counters.pe[k];
            PeStalls& s = layer_.counters.stall[k];
            c.entries += lanes_.entries[k];
            c.ptr_reads += broadcasts_;
            c.queue_pushes += broadcasts_;
            c.queue_occupancy_cycles += lanes_.occupancy[k];
            c.spmat_reads += lanes_.spmat_reads[k];
            c.act_src_reads += rows_;
            c.act_sram_reads += loads_;
            c.act_src_writes += loaded_values_;
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
    std::vector<Time> latest_pop_; // ring: pop of the broadcast queue_depth ago, latest over PEs
    std::vector<Run> gap_;         // what the broadcaster did since the last broadcast
    Time time_ = 0;                // the broadcaster's next cycle
    Time covered_ = 0;             // gap_ describes cycles before this one
    bool plain_gap_ = false;       // only zeros since the last broadcast
    uint64_t broadcasts_ = 0, rows_ = 0, loads_ = 0, loaded_values_ = 0;
};

// An upper bound of a scan phase, to choose the width of time.
uint64_t longest_phase(const LayerState& layer, const Part& part) {
    const Options& o = layer.options;
    const EncodedBlock& block = layer.job.matrix->blocks[part.block];
    const std::vector<Batch>& batches = layer.job.plan->batches[part.block];
    const uint32_t first = batches[part.first_batch].first_col;
    const uint32_t end = batches[part.end_batch - 1].end_col;
    uint64_t work = block.column_start[end] - block.column_start[first] + 4 * uint64_t{end - first};
    uint64_t per_batch = 2 * (o.dram_latency_cycles + o.act_registers * o.pe_count * 16) + 64;
    return work + (part.end_batch - part.first_batch) * per_batch * layer.job.plan->act_slots +
           layer.job.plan->segments[part.segment].load_bits * 2 + 1024;
}

class EventMachine : public sc_core::sc_module {
  public:
    SC_HAS_PROCESS(EventMachine);
    EventMachine(sc_core::sc_module_name name, const Options& options)
        : sc_module(name), options_(options),
          period_(1e6 / options.clock_mhz, sc_core::SC_PS) {
        SC_THREAD(control);
    }

    bool run(const Job& job, Counters& counters) {
        job_ = &job;
        counters_ = &counters;
        stopped_ = false;
        submitted_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start();
        return !stopped_;
    }

  private:
    // The control unit: waits for a layer in the command queue, runs it step by step.
    void control() {
        while (true) {
            wait(submitted_);
            run_layer();
            sc_core::sc_pause();
        }
    }

    void run_layer() {
        LayerState layer(options_, *job_, *counters_);
        const Plan& plan = *job_->plan;
        layer.now = options_.layer_switch_cycles;
        add_to_all(counters_->stall, &PeStalls::layer_switch, layer.now);
        start_transfers(layer);
        for (uint64_t i = 0; i < plan.steps() && !stopped_; ++i) {
            const uint64_t before = layer.now;
            const Step step = step_at(plan, i);
            run_step(layer, plan.parts[step.part], step.vector);
            wait(static_cast<double>(layer.now - before) * period_);
            if ((i & 255) == 0 && job_->keep_going) {
                stopped_ = !job_->keep_going(static_cast<double>(i) /
                                             static_cast<double>(plan.steps()));
            }
        }
        counters_->cycles = layer.now - counters_->io_cycles;
    }

    void start_transfers(LayerState& layer) const {
        const Plan& plan = *job_->plan;
        if (plan.residency == Residency::streamed) {
            layer.segment_loads_left = segment_loads(plan);
            layer.weights_ready = request_weights(layer);
            layer.next_weights_ready = request_weights(layer);
        }
        if (plan.source == ActSource::dram) {
            for (uint32_t slot = 0; slot < plan.act_slots; ++slot) {
                layer.fetch_next(layer.now);
            }
        }
    }

    // Requests the weights of the next segment not yet asked for; returns when they can be used.
    uint64_t request_weights(LayerState& layer) const {
        if (layer.segment_loads_left == 0) {
            return 0;
        }
        const Plan& plan = *job_->plan;
        const uint64_t done = segment_loads(plan) - layer.segment_loads_left--;
        const Segment& segment = plan.segments[done % plan.segments.size()];
        counters_->total.dram_read_bits += segment.load_bits;
        return layer.dram.request(layer.now, segment.load_bits);
    }

    void enter_segment(LayerState& layer, const Part& part, uint32_t vector) const {
        const Plan& plan = *job_->plan;
        const uint64_t id = plan.segment_outer ? part.segment
                                               : uint64_t{vector} * plan.segments.size() + part.segment;
        if (plan.residency == Residency::resident || id == layer.current_segment) {
            return;
        }
        const bool first = layer.current_segment == UINT64_MAX;
        layer.current_segment = id;
        if (plan.residency == Residency::io_mode) {
            const uint64_t bits = plan.segments[part.segment].load_bits;
            const uint64_t ready = layer.dram.request(layer.now, bits);
            counters_->total.io_bits += bits;
            counters_->io_cycles += ready - layer.now;
            layer.now = ready;
            return;
        }
        if (!first) {
            layer.weights_ready = layer.next_weights_ready;
        }
        if (layer.weights_ready > layer.now) {
            add_to_all(counters_->stall, &PeStalls::dram, layer.weights_ready - layer.now);
            layer.now = layer.weights_ready;
        }
        if (!first) {
            layer.next_weights_ready = request_weights(layer);
        }
    }

    void run_step(LayerState& layer, const Part& part, uint32_t vector) const {
        enter_segment(layer, part, vector);
        if (layer.column_vector != vector) {
            job_->input(vector, layer.column.data());
            layer.column_vector = vector;
        }
        begin_block(layer, part);
        layer.now += longest_phase(layer, part) < (uint64_t{1} << 30)
                         ? ScanPhase<int32_t>(layer, part, vector).run()
                         : ScanPhase<int64_t>(layer, part, vector).run();
        if (part.last_of_block) {
            end_block(layer, part, vector);
        }
    }

    void begin_block(LayerState& layer, const Part& part) const {
        if (!part.first_of_block) {
            layer.sums.forget_last_rows();
            return;
        }
        layer.sums.preset(*job_, part.block);
        if (job_->bias != nullptr) {
            const uint64_t rows = job_->matrix->blocks[part.block].rows_per_pe;
            const uint64_t cycles = sram_cycles(options_, rows);
            add_to_all(counters_->stall, &PeStalls::act_load, cycles);
            for (PeCounters& c : counters_->pe) {
                c.act_sram_reads += cycles;
                c.act_dst_writes += rows;
            }
            layer.now += cycles;
        }
    }

    void end_block(LayerState& layer, const Part& part, uint32_t vector) const {
        if (job_->outputs) {
            layer.sums.store(*job_, vector, part.block);
        }
        if (!job_->plan->write_back) {
            return;
        }
        const uint64_t cycles =
            sram_cycles(options_, job_->matrix->blocks[part.block].rows_per_pe);
        add_to_all(counters_->stall, &PeStalls::write_back, cycles);
        for (PeCounters& c : counters_->pe) {
            c.act_sram_writes += cycles;
        }
        layer.now += cycles;
        if (job_->plan->outputs_to_dram) {
            const uint64_t bits = block_rows(*job_->matrix, part.block) * options_.act_bits;
            layer.dram.request(layer.now - 1, bits);
            counters_->total.dram_write_bits += bits;
        }
    }

    const Options options_;
    const sc_core::sc_time period_;
    sc_core::sc_event submitted_;
    const Job* job_ = nullptr;
    Counters* counters_ = nullptr;
    bool stopped_ = false;
};

class EventModel : public Model {
  public:
    explicit EventModel(const Options& options) : machine_("eie", options) {
        sc_core::sc_start(sc_core::SC_ZERO_TIME); // elaborates; the control unit waits for a layer
    }
    bool run(const Job& job, Counters& counters) override {
        counters = Counters();
        counters.pe.resize(job.matrix->pes);
        counters.stall.resize(job.matrix->pes);
        if (!machine_.run(job, counters)) {
            return false;
        }
        for (PeCounters& c : counters.pe) {
            c.act_dst_reads += c.entries - c.padding_entries;
            c.act_dst_writes += c.entries - c.padding_entries;
        }
        finish_counters(*job.matrix, *job.plan, counters);
        return true;
    }

  private:
    EventMachine machine_;
};

} // namespace

std::unique_ptr<Model> make_event_model(const Options& options) {
    return std::make_unique<EventModel>(options);
}

} // namespace assay::eie
