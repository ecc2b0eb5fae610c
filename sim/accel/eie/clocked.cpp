// The clocked model: a process per PE and block. The control unit is a thread that spends one
// wait() per cycle; what it does between two waits happens at the edge that ends a cycle. A monitor
// outside the design sorts every PE's cycles by cause from the signals alone.
#include <systemc>

#include <algorithm>
#include <deque>

#include "clocked_pe.hpp"
#include "dram_module.hpp"
#include "eie_walk.hpp"

namespace assay::eie {
namespace clocked {

enum Phase {
    idle,
    layer_switch,
    io_mode,
    segment_wait,
    bias_load,
    computing,
    write_back
};

// What the broadcaster did in a cycle of the computing phase.
enum Did {
    fill,
    scan,
    blocked,
    sent,
    load,
    dram,
    exhausted
};

using Pes = std::vector<std::unique_ptr<Pe>>;

// Extra pipeline stages between control unit and queues: stage 0 is driven by the control unit.
class BroadcastPipe : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    std::vector<std::unique_ptr<BroadcastBus>> stage;

    SC_HAS_PROCESS(BroadcastPipe);
    BroadcastPipe(sc_core::sc_module_name name, uint64_t stages) : sc_module(name) {
        for (uint64_t i = 0; i <= stages; ++i) {
            stage.push_back(std::make_unique<BroadcastBus>("stage" + std::to_string(i)));
        }
        SC_METHOD(edge);
        sensitive << clock.pos();
        dont_initialize();
    }
    bool in_flight() const {
        return std::any_of(stage.begin(), stage.end() - 1,
                           [](const auto& s) { return s->valid.read(); });
    }

  private:
    void edge() {
        for (size_t i = 1; i < stage.size(); ++i) {
            stage[i]->valid.write(stage[i - 1]->valid.read());
            stage[i]->column.write(stage[i - 1]->column.read());
            stage[i]->act.write(stage[i - 1]->act.read());
        }
    }
};

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

class Control : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<uint64_t> cycle{"cycle"}; // of the layer
    sc_core::sc_signal<int> phase{"phase"};
    sc_core::sc_signal<int> did{"did"};        // in the cycle before
    sc_core::sc_signal<uint64_t> step{"step"}; // counts scan phases
    sc_core::sc_signal<uint64_t> issued{"issued"};

    SC_HAS_PROCESS(Control);
    Control(sc_core::sc_module_name name, const Options& options, Context& context, Pes& pes,
            BroadcastPipe& pipe, DramModule& dram_channel, sc_core::sc_time period)
        : sc_module(name), options_(options), context_(context), pes_(pes), pipe_(pipe),
          dram_(dram_channel), period_(period) {
        SC_THREAD(control);
        sensitive << clock.pos();
        dont_initialize();
    }

    void submit(const Job& job) {
        job_ = &job;
        stopped_ = false;
    }
    bool stopped() const { return stopped_; }

  private:
    void control() {
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
    void spend(Phase in, Did doing = fill) {
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
    bool told_to_stop() {
        if ((now_ & 1023) == 0 && !stopped_ && job_->keep_going) {
            stopped_ = !job_->keep_going(static_cast<double>(steps_done_) /
                                         static_cast<double>(job_->plan->steps()));
        }
        return stopped_;
    }

    void spend_many(uint64_t cycles, Phase in, Did doing = fill) {
        for (uint64_t i = 0; i < cycles; ++i) {
            spend(in, doing);
        }
    }

    void run_layer() {
        const Plan& plan = *job_->plan;
        loads_ = std::make_unique<ActLoads>(*job_, options_);
        held_ = HeldBatch();
        fetched_.clear();
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
        phase.write(idle);
        wait(); // the last register write, then the last store
        if (pending_) {
            pending_();
            pending_ = nullptr;
        }
    }

    void start_transfers() {
        if (job_->plan->residency == Residency::streamed) {
            request_weights();
            request_weights();
        }
        if (job_->plan->source == ActSource::dram) {
            for (uint32_t slot = 0; slot < job_->plan->act_slots; ++slot) {
                fetch_next(now_);
            }
        }
    }

    void request_weights() {
        if (segments_left_ == 0) {
            return;
        }
        const std::vector<Segment>& segments = job_->plan->segments;
        const uint64_t done = segment_loads(*job_->plan) - segments_left_--;
        const uint64_t bits = segments[done % segments.size()].load_bits;
        context_.counters->total.dram_read_bits += bits;
        segment_ids_.push_back(dram_.request(now_, bits));
    }

    void fetch_next(uint64_t cycle) {
        ActLoads::Load load;
        if (loads_->next(load)) {
            context_.counters->total.dram_read_bits += load.bits;
            fetched_.push_back(dram_.request(cycle, load.bits));
        }
    }

    void enter_segment(const Part& part, uint32_t vector) {
        const Plan& plan = *job_->plan;
        const uint64_t id = plan.segment_outer
                                ? part.segment
                                : uint64_t{vector} * plan.segments.size() + part.segment;
        if (plan.residency == Residency::resident || id == current_segment_) {
            return;
        }
        current_segment_ = id;
        if (plan.residency == Residency::io_mode) {
            const uint64_t bits = plan.segments[part.segment].load_bits;
            context_.counters->total.io_bits += bits;
            const uint64_t transfer = dram_.request(now_, bits);
            while (!dram_.usable(transfer, now_)) {
                spend(io_mode);
            }
            return;
        }
        while (!dram_.usable(segment_ids_[id], now_)) {
            spend(segment_wait);
        }
        if (id > 0) {
            request_weights();
        }
    }

    void run_step(const Part& part, uint32_t vector) {
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

    void enter_part(const Part& part) {
        context_.block = part.block;
        context_.first_col = job_->plan->batches[part.block][part.first_batch].first_col;
        for (auto& pe : pes_) {
            pe->spmat.forget_line();
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

    void load_bias(uint64_t rows) {
        for (uint64_t i = 0; i < sram_cycles(options_, rows); ++i) {
            spend(bias_load);
            for_all([](PeCounters& c) { ++c.act_sram_reads; });
        }
        for_all([rows](PeCounters& c) { c.act_dst_writes += rows; });
    }

    template <class F>
    void for_all(F&& count) {
        std::for_each(context_.counters->pe.begin(), context_.counters->pe.end(), count);
    }

    void load_batch(const Batch& batch, uint32_t vector) {
        const Plan& plan = *job_->plan;
        if (!held_.needs_load(plan, vector, batch)) {
            return;
        }
        const bool from_dram = plan.source == ActSource::dram;
        if (from_dram) {
            const uint64_t transfer = fetched_[loaded_++];
            while (!dram_.usable(transfer, now_)) {
                spend(computing, dram);
            }
        }
        const uint64_t values = acts_per_pe(options_, batch.inputs);
        for (uint64_t i = 0; i < sram_cycles(options_, values); ++i) {
            spend(computing, load);
            for_all([](PeCounters& c) { ++c.act_sram_reads; });
        }
        for_all([values](PeCounters& c) { c.act_src_writes += values; });
        if (from_dram) {
            fetch_next(now_ - 1);
        }
    }

    void scan_batch(const Batch& batch) {
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
    void scan_row(uint32_t first_col, uint32_t lanes) {
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

    bool any_queue_full() const {
        const uint64_t sent_so_far = issued.read();
        return std::any_of(pes_.begin(), pes_.end(), [&](const auto& pe) {
            return sent_so_far - pe->ptr.taken.read() == options_.queue_depth;
        });
    }

    void send(uint32_t column) {
        BroadcastBus& bus = *pipe_.stage[0];
        bus.valid.write(true);
        bus.column.write(column);
        bus.act.write(column_[column]);
        issued.write(issued.read() + 1);
        did.write(sent);
        ++context_.counters->total.broadcasts;
    }

    void drain() {
        bool empty = false;
        while (!empty) {
            spend(computing, exhausted);
            empty = !pipe_.in_flight() && std::all_of(pes_.begin(), pes_.end(), [](const auto& pe) {
                return pe->empty_next();
            });
        }
    }

    void finish_block(const Part& part, uint32_t vector) {
        if (job_->outputs) {
            pending_ = [this, vector, block = part.block] {
                for (auto& pe : pes_) {
                    pe->act.store(vector, block);
                }
            };
        }
        if (!job_->plan->write_back) {
            return;
        }
        const uint64_t rows = job_->matrix->blocks[part.block].rows_per_pe;
        for (uint64_t i = 0; i < sram_cycles(options_, rows); ++i) {
            spend(write_back);
            for_all([](PeCounters& c) { ++c.act_sram_writes; });
        }
        if (job_->plan->outputs_to_dram) {
            const uint64_t bits = block_rows(*job_->matrix, part.block) * options_.act_bits;
            dram_.request(now_ - 1, bits);
            context_.counters->total.dram_write_bits += bits;
        }
    }

    const Options& options_;
    Context& context_;
    Pes& pes_;
    BroadcastPipe& pipe_;
    DramModule& dram_;
    const sc_core::sc_time period_;
    const Job* job_ = nullptr;
    bool stopped_ = false;
    uint64_t now_ = 0; // the next cycle of the layer
    uint64_t steps_done_ = 0;
    std::unique_ptr<ActLoads> loads_;
    HeldBatch held_;
    std::vector<uint64_t> fetched_, segment_ids_; // transfer numbers
    uint64_t loaded_ = 0, segments_left_ = 0, current_segment_ = 0, vector_ = 0;
    std::vector<int16_t> column_;
    std::function<void()> pending_; // done at the next edge, when registers have settled
};

// Sorts every PE's cycles by cause (contract §6). Not part of the design.
class Monitor : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};

    SC_HAS_PROCESS(Monitor);
    Monitor(sc_core::sc_module_name name, const Options& options, Context& context, const Pes& pes,
            const Control& control)
        : sc_module(name), context_(context), pes_(pes), control_(control),
          history_(options.broadcast_latency_cycles + 2, fill) {
        SC_METHOD(edge);
        sensitive << clock.pos();
        dont_initialize();
    }

  private:
    void edge() {
        const int phase = control_.phase.read();
        if (phase == idle) {
            return;
        }
        ++(phase == io_mode ? context_.counters->io_cycles : context_.counters->cycles);
        switch (phase) {
        case layer_switch:
            return all(&PeStalls::layer_switch);
        case segment_wait:
            return all(&PeStalls::dram);
        case bias_load:
            return all(&PeStalls::act_load);
        case write_back:
            return all(&PeStalls::write_back);
        case computing:
            return computing_cycle();
        default:
            return;
        }
    }

    void all(uint64_t PeStalls::*cause) {
        for (PeStalls& s : context_.counters->stall) {
            ++(s.*cause);
        }
    }

    // An idle slot now means that nothing was broadcast two cycles and the wires' latency ago.
    void computing_cycle() {
        if (control_.step.read() != step_) {
            step_ = control_.step.read();
            std::fill(history_.begin(), history_.end(), fill);
        } else {
            history_.push_back(control_.did.read());
            history_.pop_front();
        }
        const bool active = std::any_of(pes_.begin(), pes_.end(),
                                        [](const auto& pe) { return pe->column_waiting(); });
        for (size_t k = 0; k < pes_.size(); ++k) {
            sort_cycle(*pes_[k], context_.counters->pe[k], context_.counters->stall[k], active);
        }
    }

    void sort_cycle(const Pe& pe, PeCounters& count, PeStalls& stall, bool active) const {
        count.queue_occupancy_cycles += pe.queue.waiting(pe.ptr.taken.read());
        if (pe.ptr.busy.read()) {
            stall.empty_column += pe.ptr.empty.read();
            return;
        }
        switch (history_.front()) {
        case fill:
            ++stall.fill;
            return;
        case blocked:
            ++stall.back_pressure;
            return;
        case load:
            ++stall.act_load;
            return;
        case dram:
            ++stall.dram;
            return;
        case exhausted:
            ++(active ? stall.imbalance : stall.drain);
            return;
        default:
            ++stall.scan;
            return;
        }
    }

    Context& context_;
    const Pes& pes_;
    const Control& control_;
    std::deque<int> history_; // front: 2 + latency cycles ago
    uint64_t step_ = 0;
};

class ClockedModel : public Model {
  public:
    ClockedModel(const Options& options, const char* vcd_path)
        : options_(options), period_(1e6 / options.clock_mhz, sc_core::SC_PS),
          clock_("clock", period_), pipe_("broadcast", options.broadcast_latency_cycles),
          dram_("dram", std::max<uint64_t>(options.dram_bits_per_cycle, 1),
                options.dram_latency_cycles, period_) {
        context_.options = &options_;
        for (uint32_t k = 0; k < options.pe_count; ++k) {
            pes_.push_back(std::make_unique<Pe>("pe" + std::to_string(k), context_, k,
                                                *pipe_.stage.back(), clock_));
        }
        control_ =
            std::make_unique<Control>("control", options_, context_, pes_, pipe_, dram_, period_);
        monitor_ = std::make_unique<Monitor>("monitor", options_, context_, pes_, *control_);
        pipe_.clock(clock_);
        dram_.clock(clock_);
        control_->clock(clock_);
        monitor_->clock(clock_);
        if (vcd_path != nullptr) {
            trace(vcd_path);
        }
    }

    ~ClockedModel() override {
        if (trace_ != nullptr) {
            sc_core::sc_close_vcd_trace_file(trace_);
        }
    }

    bool run(const Job& job, Counters& counters) override {
        counters = Counters();
        counters.pe.resize(job.matrix->pes);
        counters.stall.resize(job.matrix->pes);
        context_.job = &job;
        context_.counters = &counters;
        control_->submit(job);
        sc_core::sc_start();
        if (control_->stopped()) {
            return false;
        }
        finish_counters(*job.matrix, *job.plan, counters);
        return true;
    }

  private:
    // SystemC appends ".vcd" itself.
    void trace(std::string path) {
        const std::string suffix = ".vcd";
        if (path.size() > suffix.size() &&
            path.compare(path.size() - suffix.size(), suffix.size(), suffix) == 0) {
            path.resize(path.size() - suffix.size());
        }
        trace_ = sc_core::sc_create_vcd_trace_file(path.c_str());
        trace_->set_time_unit(1, sc_core::SC_PS);
        sc_trace(trace_, clock_, "clock");
        sc_trace(trace_, control_->cycle, "control.cycle");
        sc_trace(trace_, control_->phase, "control.phase");
        sc_trace(trace_, control_->did, "control.did");
        sc_trace(trace_, control_->issued, "control.issued");
        sc_trace(trace_, pipe_.stage[0]->valid, "broadcast.valid");
        sc_trace(trace_, pipe_.stage[0]->column, "broadcast.column");
        sc_trace(trace_, pipe_.stage[0]->act, "broadcast.act");
        sc_trace(trace_, dram_.moving, "dram.moving");
        for (size_t k = 0; k < pes_.size(); ++k) {
            pes_[k]->trace(trace_, "pe" + std::to_string(k));
        }
    }

    const Options options_;
    const sc_core::sc_time period_;
    Context context_;
    sc_core::sc_clock clock_;
    BroadcastPipe pipe_;
    DramModule dram_;
    Pes pes_;
    std::unique_ptr<Control> control_;
    std::unique_ptr<Monitor> monitor_;
    sc_core::sc_trace_file* trace_ = nullptr;
};

} // namespace clocked

std::unique_ptr<Model> make_clocked_model(const Options& options, const char* vcd_path) {
    return std::make_unique<clocked::ClockedModel>(options, vcd_path);
}

} // namespace assay::eie
