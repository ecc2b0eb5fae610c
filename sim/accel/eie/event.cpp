// The event model: the control unit is the only process; the PEs are annotated calls. Every time
// the control unit broadcasts, each PE answers when it takes the activation from its queue and how
// long it works on it. These times are max-plus in earlier ones (contract §4), so PEs are lanes of
// a vector loop and only broadcasts are serial. The process runs ahead of the kernel by one step
// and then waits.
#include <systemc>

#include "event_layer.hpp"

namespace assay::eie {
namespace event_model {
namespace {

void add_to_all(std::vector<PeStalls>& stalls, uint64_t PeStalls::*cause, uint64_t cycles) {
    for (PeStalls& s : stalls) {
        s.*cause += cycles;
    }
}

class EventMachine : public sc_core::sc_module {
  public:
    SC_HAS_PROCESS(EventMachine);
    EventMachine(sc_core::sc_module_name name, const Options& options)
        : sc_module(name), options_(options), act_bits_(options.act_bits),
          period_(1e6 / options.clock_mhz, sc_core::SC_PS) {
        SC_THREAD(control);
    }

    bool run(const Job& job, Counters& counters) {
        job_ = &job;
        counters_ = &counters;
        stopped_ = false;
        options_.act_bits = job.act_bits != 0 ? job.act_bits : act_bits_;
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
        layer.trace.control("layer_switch", 0, layer.now);
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
        wait_for_dram(layer, layer.last_arrival); // the layer ends when its last output is there
        counters_->cycles = layer.now - counters_->io_cycles;
        layer.trace.finish(layer.now);
    }

    void start_transfers(LayerState& layer) const {
        const Plan& plan = *job_->plan;
        if (plan.residency == Residency::streamed) {
            layer.segment_loads_left = segment_loads(plan);
            layer.weights_ready = request_weights(layer);
            layer.next_weights_ready = request_weights(layer);
        }
        if (plan.source == Place::dram) {
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
        return layer.dram.request(layer.now, segment.load_bits, Stream::weights);
    }

    void enter_segment(LayerState& layer, const Part& part, uint32_t vector) const {
        const Plan& plan = *job_->plan;
        const uint64_t id = segment_load_of(plan, part, vector);
        if (plan.residency == Residency::resident || id == layer.current_segment) {
            return;
        }
        const bool first = layer.current_segment == UINT64_MAX;
        layer.current_segment = id;
        if (plan.residency == Residency::io_mode) {
            const uint64_t bits = plan.segments[part.segment].load_bits;
            const uint64_t ready = layer.dram.request(layer.now, bits, Stream::weights);
            counters_->total.io_bits += bits;
            counters_->io_cycles += ready - layer.now;
            layer.trace.control("io_mode", layer.now, ready);
            layer.now = ready;
            return;
        }
        if (!first) {
            layer.weights_ready = layer.next_weights_ready;
        }
        wait_for_dram(layer, layer.weights_ready);
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
        layer.now += run_scan_phase(layer, part, vector);
        if (job_->outputs) {
            layer.sums.end_step(*counters_);
        }
        if (part.last_of_block) {
            end_block(layer, part, vector);
        }
    }

    void begin_block(LayerState& layer, const Part& part) const {
        if (job_->outputs) {
            layer.sums.start_step(options_, *job_, part);
        }
        if (!part.first_of_block) {
            return;
        }
        layer.sums.preset(*job_, part.block);
        if (job_->bias != nullptr) {
            const uint64_t rows = job_->matrix->blocks[part.block].rows_per_pe;
            const uint64_t cycles = preset_cycles(options_, *job_, rows);
            add_to_all(counters_->stall, &PeStalls::act_load, cycles);
            for (PeCounters& c : counters_->pe) {
                c.act_sram_reads += cycles;
                c.act_dst_writes += rows;
            }
            layer.trace.control("preset", layer.now, layer.now + cycles);
            layer.now += cycles;
        }
    }

    void end_block(LayerState& layer, const Part& part, uint32_t vector) const {
        if (job_->outputs) {
            layer.sums.store(*job_, vector, part.block);
        }
        if (!job_->plan->write_back()) {
            return;
        }
        const bool to_dram = job_->plan->output == Place::dram;
        if (to_dram && layer.writes >= layer.slot_free.size()) {
            wait_for_dram(layer, layer.slot_free[layer.writes % layer.slot_free.size()]);
        }
        const uint64_t rows = job_->matrix->blocks[part.block].rows_per_pe;
        const uint64_t cycles = sram_cycles(options_, rows);
        add_to_all(counters_->stall, &PeStalls::write_back, cycles);
        for (PeCounters& c : counters_->pe) {
            c.act_dst_reads += rows;
            c.act_sram_writes += cycles;
            c.act_sram_reads += to_dram ? cycles : 0;
        }
        layer.trace.control("write_back", layer.now, layer.now + cycles);
        layer.now += cycles;
        if (to_dram) {
            const uint64_t bits = block_rows(*job_->matrix, part.block) * options_.act_bits;
            layer.last_arrival = layer.dram.request(layer.now - 1, bits, Stream::outputs);
            layer.slot_free[layer.writes++ % layer.slot_free.size()] = layer.dram.source_free();
            counters_->total.dram_write_bits += bits;
        }
    }

    void wait_for_dram(LayerState& layer, uint64_t until) const {
        if (until > layer.now) {
            add_to_all(counters_->stall, &PeStalls::dram, until - layer.now);
            layer.trace.control("dram", layer.now, until);
            layer.now = until;
        }
    }

    Options options_; // act_bits: the running layer's
    const uint64_t act_bits_;
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
        finish_counters(job, counters);
        return true;
    }

  private:
    EventMachine machine_;
};

} // namespace
} // namespace event_model

std::unique_ptr<Model> make_event_model(const Options& options) {
    return std::make_unique<event_model::EventModel>(options);
}

} // namespace assay::eie
