// The event model: the control unit is the only process; the PEs are annotated calls. Every time
// the control unit broadcasts, each PE answers when it takes the activation from its queue and how
// long it works on it. These times are max-plus in earlier ones (contract §4), so PEs are lanes of
// a vector loop and only broadcasts are serial. The process runs ahead of the kernel by one step
// and then waits.
#include <systemc>

#include <algorithm>
#include <cstring>
#include <limits>

#include "dram_channel.hpp"
#include "eie_model.hpp"
#include "eie_walk.hpp"
#include "lanes.hpp"

namespace assay::eie {
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

// The accumulators and the arithmetic of a row block.
class Accumulators {
  public:
    void preset(const Job& job, uint32_t block) {
        const EncodedMatrix& m = *job.matrix;
        rows_ = m.blocks[block].rows_per_pe;
        sum_.assign(size_t{m.pes} * rows_, 0);
        first_row_ = size_t{block} * m.registers * m.pes;
        if (job.bias != nullptr) {
            for (uint64_t i = 0; i < block_rows(m, block); ++i) {
                sum_[i % m.pes * rows_ + i / m.pes] = (*job.bias)[first_row_ + i];
            }
        }
    }

    // Pipelines are empty at the start of a step: nothing is in the adder.
    void start_step(const Job& job, uint32_t block) {
        block_ = &job.matrix->blocks[block];
        targets_ = &(*job.targets)[block];
        last_row_.assign(job.matrix->pes, BlockTargets::none);
        bypasses_.assign(job.matrix->pes, 0);
    }

    void add_column(const Job& job, uint32_t column, int32_t act, const uint32_t* adjacent,
                    Counters& counters) {
        count_bypasses(size_t{column} * job.matrix->pes, adjacent);
        const uint64_t begin = block_->column_start[column], end = block_->column_start[column + 1];
        const Format& f = job.format;
        const uint32_t codes = static_cast<uint32_t>(job.matrix->codebook.size());
        // Few codes, many entries: the product of a code is needed once per column, not per entry.
        if (end - begin >= codes) {
            for (uint32_t i = 0; i < codes; ++i) {
                product_[i] = scaled_product(f, f.codebook[i], act);
            }
            add(f, begin, end, counters, [this](uint8_t code) { return product_[code]; });
        } else {
            add(f, begin, end, counters,
                [&](uint8_t code) { return scaled_product(f, f.codebook[code], act); });
        }
    }

    void end_step(Counters& counters) const {
        for (size_t k = 0; k < bypasses_.size(); ++k) {
            counters.pe[k].bypasses += bypasses_[k];
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
    // Two entries on adjacent cycles with the same row: the first of this column, the last of the
    // one before (rows ascend within a column).
    void count_bypasses(size_t column, const uint32_t* adjacent) {
        const size_t pes = last_row_.size();
        const uint16_t* first = &targets_->first_row[column];
        const uint16_t* last = &targets_->last_row[column];
        const uint32_t* begin = &block_->ptr[column];
        uint16_t* previous = last_row_.data();
        uint32_t* count = bypasses_.data();
        for (size_t k = 0; k < pes; ++k) {
            const bool empty = begin[pes + k] == begin[k];
            const bool same = first[k] == previous[k] && first[k] != BlockTargets::none;
            count[k] += same && adjacent[k] != 0 ? 1 : 0;
            previous[k] = empty ? previous[k] : last[k];
        }
    }

    template <class Product>
    void add(const Format& f, uint64_t begin, uint64_t end, Counters& counters, Product product) {
        if (targets_->wide.empty()) {
            add_run(f, targets_->narrow.data(), begin, end, counters, product);
        } else {
            add_run(f, targets_->wide.data(), begin, end, counters, product);
        }
    }

    template <class Index, class Product>
    void add_run(const Format& f, const Index* target, uint64_t begin, uint64_t end,
                 Counters& counters, Product product) {
        const uint8_t* code = block_->code.data();
        int32_t* sums = sum_.data();
        for (uint64_t e = begin; e < end; ++e) {
            uint64_t clipped = 0;
            const uint32_t row = target[e];
            sums[row] = accumulate(f, sums[row], product(code[e]), clipped);
            if (clipped != 0) {
                ++counters.pe[row / rows_].saturations;
            }
        }
    }

    uint32_t rows_ = 0;
    size_t first_row_ = 0;
    const EncodedBlock* block_ = nullptr;
    const BlockTargets* targets_ = nullptr;
    std::vector<int32_t> sum_;
    std::vector<uint16_t> last_row_;
    std::vector<uint32_t> bypasses_;
    int32_t product_[256] = {};
};

// Everything that lives as long as one layer.
struct LayerState {
    const Options& options;
    const Job& job;
    Counters& counters;
    DramTimeline dram;
    HeldBatch held;
    ActLoads fetch;                // runs ahead of execution by plan.act_slots
    std::vector<uint64_t> arrival; // ring of arrival times of fetched batches
    uint64_t fetched = 0, loaded = 0;
    uint64_t now = 0; // cycles since the layer began, I/O mode included
    uint64_t weights_ready = 0, next_weights_ready = 0; // streamed segments
    uint64_t segment_loads_left = 0;
    uint64_t current_segment = UINT64_MAX;
    Accumulators sums;
    std::vector<int16_t> column;
    uint64_t column_vector = UINT64_MAX;

    LayerState(const Options& o, const Job& j, Counters& c)
        : options(o), job(j), counters(c),
          dram(std::max<uint64_t>(o.dram_bits_per_cycle, 1), o.dram_latency_cycles), fetch(j, o),
          arrival(j.plan->act_slots), column(j.matrix->cols) {}

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
template <class Time>
class ScanPhase {
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
        oldest = broadcast_to_lanes(lanes_, begin, begin + pes_, arrive, blocked, word_);
        if (!block_.padding.empty()) {
            lanes_.add_padding(&block_.padding[size_t{column} * pes_]);
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
        return static_cast<uint64_t>(done) + 1;
    }

    void collect() {
        lanes_.flush();
        for (uint32_t k = 0; k < pes_; ++k) {
            PeCounters& c = layer_.counters.pe[k];
            PeStalls& s = layer_.counters.stall[k];
            c.entries += lanes_.entries[k];
            c.padding_entries += lanes_.padding[k];
            c.ptr_reads += broadcasts_;
            c.queue_pushes += broadcasts_;
            c.queue_occupancy_cycles += lanes_.occupancy[k];
            c.spmat_reads += lanes_.spmat_reads[k];
            c.act_src_reads += rows_;
            c.act_sram_reads += loads_;
            c.act_src_writes += loaded_values_;
            s.padding += lanes_.padding[k];
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
        : sc_module(name), options_(options), period_(1e6 / options.clock_mhz, sc_core::SC_PS) {
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
                stopped_ =
                    !job_->keep_going(static_cast<double>(i) / static_cast<double>(plan.steps()));
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
        const uint64_t id = plan.segment_outer
                                ? part.segment
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
        if (job_->outputs) {
            layer.sums.end_step(*counters_);
        }
        if (part.last_of_block) {
            end_block(layer, part, vector);
        }
    }

    void begin_block(LayerState& layer, const Part& part) const {
        if (job_->outputs) {
            layer.sums.start_step(*job_, part.block);
        }
        if (!part.first_of_block) {
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
        const uint64_t cycles = sram_cycles(options_, job_->matrix->blocks[part.block].rows_per_pe);
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
