// The clocked model: a process per PE and block. A monitor outside the design sorts every PE's
// cycles by cause from the signals alone.
#include <systemc>

#include <algorithm>
#include <deque>

#include "clocked_control.hpp"

namespace assay::eie {
namespace clocked {
namespace {

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
        case dram_wait:
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
        : options_(options), act_bits_(options.act_bits),
          period_(1e6 / options.clock_mhz, sc_core::SC_PS), clock_("clock", period_),
          pipe_("broadcast", options.broadcast_latency_cycles),
          dram_("dram", dram_options(options), period_) {
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
        options_.act_bits = job.act_bits != 0 ? job.act_bits : act_bits_;
        control_->submit(job);
        sc_core::sc_start();
        if (control_->stopped()) {
            return false;
        }
        finish_counters(job, counters);
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

    Options options_; // act_bits: the running layer's
    const uint64_t act_bits_;
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

} // namespace
} // namespace clocked

std::unique_ptr<Model> make_clocked_model(const Options& options, const char* vcd_path) {
    return std::make_unique<clocked::ClockedModel>(options, vcd_path);
}

} // namespace assay::eie
