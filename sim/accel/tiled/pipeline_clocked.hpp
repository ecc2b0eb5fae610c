// Modules of the clocked model of the pipeline. Every process runs at the edge that ends cycle c,
// reads what the signals held during c and writes what they hold during c + 1. What one module asks
// another in a call has the same answer before and after that one's own edge.
#pragma once

#include <systemc>

#include <deque>
#include <memory>
#include <string>

#include <tlm_utils/simple_initiator_socket.h>

#include "dram_clocked.hpp"
#include "pipeline_window.hpp"

namespace assay::tiled::clocked {

constexpr uint8_t no_channel = UINT8_MAX;

// In the order in which an arbiter prefers them within a step.
enum Client {
    client_weight,
    client_input,
    client_output,
    client_store,
    client_count
};

// Counts clock edges; cycle 0 of a layer ends at edge `origin`. Modules reset themselves before,
// and between layers: another model in the same context can be what runs then.
struct Time {
    static constexpr uint64_t idle = UINT64_MAX;
    sc_core::sc_time period;
    uint64_t origin = idle;
    uint64_t edge() const { return sc_core::sc_time_stamp().value() / period.value(); }
    bool resetting() const { return edge() < origin; }
    uint64_t cycle() const { return edge() - origin; }
};

// A client's request, from the cycle after it is raised. Numbers start at 1 and go on from layer
// to layer.
struct RequestPort {
    sc_core::sc_signal<uint64_t> id, step, bits, address;
    sc_core::sc_signal<uint32_t> channel;

    explicit RequestPort(const std::string& name);
};
using RequestPorts = std::array<std::unique_ptr<RequestPort>, client_count>;

// The arbiter of a channel and the DRAM behind it.
class Channel : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    ClockedDram dram;

    SC_HAS_PROCESS(Channel);
    Channel(sc_core::sc_module_name name, uint8_t number, const DramOptions& options,
            const Time& time, const RequestPorts& requests, PipelineCounters& counters,
            PipelineTrace& trace);
    ~Channel() override { payload_.clear_extension(&transfer_); }
    // Of the client's request `id` in this channel.
    bool granted(Client client, uint64_t id) const { return port_[client]->granted.read() >= id; }
    bool moved(Client client, uint64_t id) const { return port_[client]->completed.read() >= id; }
    // Load: in `cycle` the data can be used. A client has at most four loads that it has not used.
    bool usable(Client client, uint64_t id, uint64_t cycle) const {
        return moved(client, id) && port_[client]->usable[id % 4].read() <= cycle;
    }

  private:
    struct GrantPort {
        sc_core::sc_signal<uint64_t> granted, completed;
        std::array<sc_core::sc_signal<uint64_t>, 4> usable;
    };
    void edge();
    bool waits(Client client) const;
    void grant(Client client);
    tlm::tlm_sync_enum answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
    void trace_grant(Client client);
    void trace_transfer();
    const uint8_t number_;
    const Time& time_;
    const RequestPorts& requests_;
    PipelineCounters& counters_;
    PipelineTrace& trace_;
    Transfer traced_{};                            // being served
    std::array<uint64_t, client_count> seen_id_{}; // last request that was seen
    std::array<uint64_t, client_count> seen_in_{}; // the cycle in which it was first
    tlm_utils::simple_initiator_socket<Channel> socket_{"socket"};
    std::array<std::unique_ptr<GrantPort>, client_count> port_;
    tlm::tlm_generic_payload payload_;
    DramTransfer transfer_;
    bool busy_ = false; // set at an edge, cleared after one
    Client served_ = client_store;
    uint64_t served_id_ = 0;
};
using Channels = std::vector<std::unique_ptr<Channel>>;

// What the sequencer shows the others.
struct Progress {
    sc_core::sc_signal<uint64_t> begun{"begun"};     // steps
    sc_core::sc_signal<uint64_t> drained{"drained"}; // steps whose results are in the buffer
    sc_core::sc_signal<uint64_t> released_input{"released_input"};   // tiles
    sc_core::sc_signal<uint64_t> released_weight{"released_weight"}; // tiles
};

class Storer : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};

    SC_HAS_PROCESS(Storer);
    Storer(sc_core::sc_module_name name, const Time& time, const Progress& progress,
           RequestPort& request, const Channels& channels, PipelineCounters& counters,
           PipelineTrace& trace);
    // From the sequencer: the step's output tile leaves once its results are in the buffer.
    void expect(uint64_t number, const Step& step);
    // Tiles whose last beat has left in a cycle before `cycle`, in order.
    uint64_t released(uint64_t cycle) const;
    // Nothing is left to move.
    bool idle() const;

  private:
    struct Store {
        uint64_t step, bits, address;
        uint8_t channel;
    };
    struct Moving {
        uint64_t id;    // 0: nothing to move
        uint64_t cycle; // raised
        uint8_t channel;
    };
    void edge();
    void reset();
    bool has_left(const Moving& store, uint64_t cycle) const;
    void raise(const Store& store);
    const Time& time_;
    const Progress& progress_;
    RequestPort& request_;
    const Channels& channels_;
    PipelineCounters& counters_;
    PipelineTrace& trace_;
    std::deque<Store> queue_;
    std::deque<Moving> moving_; // raised, oldest first
    uint64_t released_ = 0, id_ = 0;
    uint8_t channel_ = no_channel; // of the last request
};

// Walks the steps ahead of the array and loads the fresh tiles of one operand.
class Loader : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};

    SC_HAS_PROCESS(Loader);
    Loader(sc_core::sc_module_name name, Operand operand, const PipelineOptions& options,
           const Time& time, StepWindow& window, const Progress& progress, const Storer& storer,
           RequestPort& request, const Channels& channels, PipelineCounters& counters);
    // Tile number `tile` of the operand, which had bits to load, can be used in `cycle`.
    bool usable(uint64_t tile, uint64_t cycle) const;

  private:
    struct Slot {
        uint64_t tile, id;
        uint8_t channel;
    };
    void edge();
    void reset();
    void find();
    bool half_is_free() const;
    void raise();
    const Operand operand_;
    const Client client_;
    const PipelineOptions& options_;
    const Time& time_;
    StepWindow& window_;
    const Progress& progress_;
    const Storer& storer_;
    RequestPort& request_;
    const Channels& channels_;
    PipelineCounters& counters_;
    std::array<Slot, 4> slots_; // of tile i at i mod 4
    uint64_t scan_ = 0, tiles_ = 0;
    bool found_ = false;
    uint64_t id_ = 0;
    uint8_t channel_ = no_channel;
};

// Stands in for an array: counts the cycles that the steps state.
class CountingArray : public ArrayModel {
  public:
    void begin(const Step& step) override;
    void cycle(bool may_issue) override;
    bool issuing() const override { return issue_left_ > 0; }
    uint64_t drained() const override { return drained_; }

  private:
    uint64_t issue_left_ = 0, drain_ = 0, drained_ = 0;
    std::deque<uint64_t> draining_; // cycles left, oldest step first
};

// Begins the steps on the array and sorts every cycle by cause.
class Sequencer : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<int> phase{"phase"};

    SC_HAS_PROCESS(Sequencer);
    Sequencer(sc_core::sc_module_name name, const PipelineOptions& options, const Time& time,
              StepWindow& window, Progress& progress, Storer& storer, const Channels& channels,
              std::vector<std::unique_ptr<Loader>>& loaders, PipelineCounters& counters,
              PipelineTrace& trace);
    void submit(ArrayModel* array, const std::function<bool()>& keep_going);
    bool stopped() const { return stopped_; }

  private:
    enum Phase {
        waiting,
        setting_up,
        issuing,
        finished
    };
    enum Cause {
        input,
        weight,
        sums,
        buffer,
        no_cause
    };
    void edge();
    void reset();
    bool done() const;
    void work(bool port_taken);
    void set_up(bool port_taken);
    void issue(bool port_taken);
    void end_step();
    void finish(uint64_t cycle);
    void begin_if_ready(uint64_t cycle);
    std::array<bool, no_cause> missing(const Step& step, uint64_t cycle) const;
    void count_wait(const std::array<bool, no_cause>& now);
    void begin(const Step& step);
    bool port_taken() const;

    const PipelineOptions& options_;
    const Time& time_;
    StepWindow& window_;
    Progress& progress_;
    Storer& storer_;
    const Channels& channels_;
    std::vector<std::unique_ptr<Loader>>& loaders_;
    PipelineCounters& counters_;
    PipelineTrace& trace_;
    CountingArray counting_;
    ArrayModel* array_ = nullptr;
    const std::function<bool()>* keep_going_ = nullptr;
    Phase phase_ = waiting;
    uint64_t step_ = 0, setup_left_ = 0, waited_ = 0;
    uint64_t on_array_ = 0;       // steps given to the array
    uint64_t drained_before_ = 0; // by the array, in earlier layers
    std::array<bool, no_cause> missed_{};
    std::array<uint64_t, operand_count> tiles_{}; // fresh ones begun so far
    uint64_t released_input_ = 0, released_weight_ = 0;
    bool stopped_ = false;
};

} // namespace assay::tiled::clocked
