// Parts of the event model. Each works in cycles of the layer and knows them ahead: an arbiter's
// decision fixes when a transfer ends, the begin of a step fixes when it ends. Only what is waiting
// in a given cycle has to be waited for, and that is what the SystemC processes do.
#pragma once

#include <systemc>

#include <functional>

#include <tlm_utils/simple_initiator_socket.h>

#include "dram_target.hpp"
#include "pipeline.hpp"
#include "pipeline_halves.hpp"
#include "pipeline_window.hpp"

namespace assay::tiled::event_pipeline {

// In the order in which an arbiter prefers them within a step.
enum Client {
    client_weight,
    client_input,
    client_output,
    client_store,
    client_count
};

struct Request {
    bool waiting = false, write = false;
    uint8_t channel = 0;
    uint64_t cycle = 0, step = 0; // raised in; of the tile's first step
    uint64_t bits = 0, address = 0;
};
using Requests = std::array<Request, client_count>;

// Cycles in which a channel's transfers have the buffers' port: the union over all channels.
class Ports {
  public:
    explicit Ports(size_t channels) : taken_(channels) {}
    void restart();
    void take(size_t channel, uint64_t begin, uint64_t end);
    // Cycles of [begin, end) that are taken; forgets what lies before `end`.
    uint64_t count(uint64_t begin, uint64_t end, PipelineTrace& trace);
    // The end of `cycles` free cycles from `begin` on, as far as is known.
    uint64_t after(uint64_t begin, uint64_t cycles) const;

  private:
    struct Span {
        uint64_t begin, end;
    };
    struct Spans {
        std::vector<Span> list;
        size_t first = 0; // still needed
    };
    Span next(uint64_t from) const;
    void forget(uint64_t before);
    std::vector<Spans> taken_;
};

// Walks the steps ahead of the array and loads the fresh tiles of one operand.
struct Loader {
    uint64_t scan = 0;  // next step to look at
    uint64_t tiles = 0; // fresh ones up to there
    bool found = false; // a tile to load, not yet asked for
    uint64_t tile = 0, step = 0;
    uint64_t earliest = 0;                                      // of the next request
    std::array<uint64_t, 4> usable{never, never, never, never}; // of tile i at i mod 4
};

struct Store {
    uint64_t step = 0, results = 0; // last cycle in which one is written to the buffer
    uint64_t bits = 0, address = 0;
    uint8_t channel = 0;
};

// Finished output tiles on their way out, oldest first; a buffer has no room for more.
struct Storer {
    std::array<Store, 4> queue;
    uint64_t pushed = 0, popped = 0;
    uint64_t earliest = 0, released = 0; // of the next request, of the next tile's half
    bool empty() const { return pushed == popped; }
    Store& head() { return queue[popped % queue.size()]; }
};

struct Array {
    uint64_t step = 0; // worked on, or next
    bool busy = false;
    uint64_t begin = 0, end = 0;    // of the step; end: as far as known
    uint64_t left = 0, counted = 0; // cycles of set-up and issue to go at cycle `counted`
    uint64_t results = 0;           // last cycle in which one is written, of steps so far
    std::array<uint64_t, operand_count> tiles{}; // fresh ones begun so far
};

// What a step needs, from which cycle on it is there, and where cycles without it are counted.
struct Wait {
    uint64_t ready;
    uint64_t* count;
    const char* cause; // on a timeline
};

// What an arbiter tells its pipeline. Cycles of the layer.
struct Grant {
    uint64_t cycle, first, last, usable, beats;
};

class Channel : public sc_core::sc_module {
  public:
    using Granted = std::function<void(Client, const Grant&)>;

    SC_HAS_PROCESS(Channel);
    Channel(sc_core::sc_module_name name, uint8_t number, const DramOptions& options,
            sc_core::sc_time period, Requests& requests, Granted granted);
    ~Channel() override { payload_.clear_extension(&transfer_); }
    void restart(const sc_core::sc_time& origin);
    // The request's slot has been filled.
    void post(const Request& request);
    const DramCounters& counters() const { return target_.counters(); }

  private:
    void arbitrate();
    int choose(uint64_t now) const;
    void grant(Client client, uint64_t now);
    void wake_for_next();
    void wake_at(uint64_t cycle);
    uint64_t cycle_of(const sc_core::sc_time& time) const {
        return (time - origin_).value() / period_.value();
    }
    const uint8_t number_;
    const sc_core::sc_time period_;
    Requests& requests_;
    const Granted granted_;
    DramTarget target_;
    tlm_utils::simple_initiator_socket<Channel> socket_{"socket"};
    tlm::tlm_generic_payload payload_;
    DramTransfer transfer_;
    sc_core::sc_event wake_;
    sc_core::sc_time origin_;
    bool arbitrating_ = false; // wakes itself when it is done
    uint64_t free_ = 0;        // first cycle after the last beat given
};

// All of it: the array is a process, and so is every channel.
class Layer : public sc_core::sc_module {
  public:
    SC_HAS_PROCESS(Layer);
    Layer(sc_core::sc_module_name name, const PipelineOptions& options, PipelineTrace& trace);
    bool run(const StepSource& steps, const ComputeStep& compute,
             const std::function<bool()>& keep_going, PipelineCounters& out);

  private:
    void restart(const StepSource& steps);
    void array_wakes();
    void schedule_array();
    bool port_was_taken();
    void end_step();
    void release_operands(const Step* next);
    void begin_if_ready();
    void count_waits(const std::array<Wait, operand_count>& waits, uint64_t from, uint64_t begin);
    uint64_t ready(const Step& step, Operand operand) const;
    void begin(const Step& step, uint64_t cycle);
    void seek(Operand operand);
    bool find(Operand operand, Loader& loader);
    void granted(Client client, const Grant& grant);
    void stored(const Grant& grant);
    void raise_store();
    void left(uint64_t cycle);
    void finish();
    void trace_grant(Client client, const Grant& grant);

    const PipelineOptions options_;
    PipelineTrace& trace_;
    const sc_core::sc_time period_;
    StepWindow window_;
    Requests requests_;
    std::vector<std::unique_ptr<Channel>> channels_;
    Ports ports_;
    std::array<Halves, operand_count> halves_;
    std::array<Loader, operand_count> loaders_;
    Storer storer_;
    Array array_;
    sc_core::sc_event wake_;
    sc_core::sc_time origin_;
    const ComputeStep* compute_ = nullptr;
    const std::function<bool()>* keep_going_ = nullptr;
    PipelineCounters* out_ = nullptr;
    uint64_t last_beat_ = 0; // cycle after it
    bool stopped_ = false;
};

} // namespace assay::tiled::event_pipeline
