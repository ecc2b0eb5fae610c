// The control unit of the clocked model: leading non-zero detection, broadcast, transfers.
#pragma once

#include <systemc>

#include <functional>
#include <memory>
#include <vector>

#include "clocked_pe.hpp"
#include "dram_module.hpp"
#include "eie_walk.hpp"

namespace assay::eie::clocked {

enum Phase {
    idle,
    layer_switch,
    io_mode,
    dram_wait,
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
    void control();
    void spend(Phase in, Did doing = fill);
    bool told_to_stop();
    void spend_many(uint64_t cycles, Phase in, Did doing = fill);
    void run_layer();
    void start_transfers();
    void request_weights();
    void fetch_next(uint64_t cycle);
    void enter_segment(const Part& part, uint32_t vector);
    void run_step(const Part& part, uint32_t vector);
    void enter_part(const Part& part);
    void load_bias(uint64_t rows);
    void wait_for_dram(uint64_t transfer);

    template <class F>
    void for_all(F&& count) {
        std::for_each(context_.counters->pe.begin(), context_.counters->pe.end(), count);
    }
    void load_batch(const Batch& batch, uint32_t vector);
    void scan_batch(const Batch& batch);
    void scan_row(uint32_t first_col, uint32_t lanes);
    bool any_queue_full() const;
    void send(uint32_t column);
    void drain();
    void finish_block(const Part& part, uint32_t vector);

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
    std::unique_ptr<ActFetches> fetches_;
    HeldBatch held_;
    const Part* lines_of_ = nullptr; // part whose words the line registers hold
    std::vector<uint64_t> fetched_, segment_ids_, written_; // transfer numbers
    uint64_t loaded_ = 0, segments_left_ = 0, current_segment_ = 0, vector_ = 0;
    std::vector<int16_t> column_;
    std::function<void()> pending_; // done at the next edge, when registers have settled
};

} // namespace assay::eie::clocked
