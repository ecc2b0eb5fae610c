// The machine around an array: operands come from memory into double-buffered on-chip buffers, the
// array works through tiles, results leave. Every tiled accelerator (Bit Fusion, bit-serial,
// systolic) is such a pipeline with an array of its own. The cycle contract is
// docs/contracts/tiled.md; both models below are held to it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "dram.hpp"
#include "nest.hpp"
#include "pipeline_trace.hpp"

namespace assay::tiled {

constexpr unsigned max_channels = 4;

struct PipelineOptions {
    // What moves operands: channel 0 is DRAM (or the first of several ports), the others as the
    // machine says (a port per operand, an on-chip tensor buffer).
    std::vector<DramOptions> channels;
    uint64_t halves = 2; // tiles that a buffer holds at a time: 2 = double-buffered, or 1
    // True: a transfer that fills or empties a buffer takes the port that the array needs, and the
    // array stands still from the cycle after its first beat to the cycle after its last.
    bool shared_ports = false;
    // Steps that loaders may look ahead of the one that the array begins, >= 1: the control unit's
    // queue of tile descriptors.
    uint64_t window = 256;
};

// A rectangle of the array, from its first row and column on, that works for some cycles.
struct Block {
    uint64_t rows = 0, cols = 0, cycles = 0;
};

// One visit of a tile, as the pipeline sees it.
struct Step {
    Visit visit;
    // Bits of fresh tiles to bring before the array can start; 0: already there. [operand_output]:
    // partial sums.
    std::array<uint64_t, operand_count> load_bits{};
    uint64_t store_bits = 0; // leaves when the results are in their buffer; 0 unless visit.leaves
    // Byte addresses of the four transfers (loads, then the store), for the DRAM's rows.
    std::array<uint64_t, operand_count> load_address{};
    uint64_t store_address = 0;
    std::array<uint8_t, operand_count> load_channel{};
    uint8_t store_channel = 0;
    uint64_t setup_cycles = 0; // the array takes no operands: weights shifted in, ... (not hidden)
    uint64_t issue_cycles = 0; // the array takes operands, >= 1
    uint64_t drain_cycles = 0; // from the cycle after the last issue to all results in the buffer
    // Nothing of it moves before all earlier steps have left the chip: a program of its own, which
    // TiledMachine makes a run of its own.
    bool barrier = false;
    // What is busy while the array takes operands. Cycles add up to issue_cycles, or to less if
    // nothing is busy between two blocks: a gap, in which the step goes on all the same.
    std::array<Block, 4> blocks{};
};

// Steps of a layer, in order. The same source is asked again for a second run.
using StepSource = std::function<bool(Step&)>;

// Array-wide: what the array did in each cycle. Adds up to `cycles`.
struct ArrayCycles {
    uint64_t issue = 0;      // took operands
    uint64_t fill = 0;       // before the first step could start
    uint64_t setup = 0;      // setup_cycles
    uint64_t load_input = 0; // the operand that was there next
    uint64_t load_weight = 0;
    uint64_t load_output = 0; // partial sums
    uint64_t buffer = 0;      // no half of the output buffer free: an earlier tile is still leaving
    uint64_t port = 0;        // shared_ports: a beat took the buffer's port
    uint64_t drain = 0;       // after the last issue: results on their way and out of the chip
    uint64_t sum() const {
        return issue + fill + setup + load_input + load_weight + load_output + buffer + port +
               drain;
    }
};

struct PipelineCounters {
    uint64_t cycles = 0, steps = 0;
    ArrayCycles array;
    std::array<uint64_t, operand_count> loads{}, load_bits{}; // transfers and bits by operand
    uint64_t stores = 0, store_bits = 0;
    // Cycles that a request waited while its channel served another one, summed over requests.
    uint64_t contention_cycles = 0;
    std::vector<DramCounters> channels;
};

// What the array does with a step, cycle by cycle: the clocked model's array. Called by the
// pipeline's sequencer; `model` of an accelerator that has none may be null for the event model.
class ArrayModel {
  public:
    virtual ~ArrayModel() = default;
    // The array takes the step's first operands in the next cycle. Never called while issuing.
    virtual void begin(const Step& step) = 0;
    // Clock edge of an issuing cycle; false in a cycle in which the ports were taken (the array
    // holds). Called once per cycle while anything is in flight.
    virtual void cycle(bool may_issue) = 0;
    virtual bool issuing() const = 0; // operands of the current step are still to be taken
    // Steps, of those begun since the layer's first, whose results are all in the buffer. In order:
    // a step never counts before the one begun before it.
    virtual uint64_t drained() const = 0;
};

// Called once per step, in order, when the step's operands are on chip: the event model computes
// the tile's values here. May be empty (timing only).
using ComputeStep = std::function<void(const Step&)>;

class Pipeline {
  public:
    virtual ~Pipeline() = default;
    // Simulates one layer. `array` is used by the clocked model only, `compute` by the event model.
    // False: `keep_going` asked to stop.
    virtual bool run(const StepSource& steps, const ComputeStep& compute, ArrayModel* array,
                     const std::function<bool()>& keep_going, PipelineCounters& out) = 0;
    // To be attached to a timeline.
    PipelineTrace& trace() { return trace_; }

  protected:
    PipelineTrace trace_;
};
std::unique_ptr<Pipeline> make_event_pipeline(const PipelineOptions& options);
std::unique_ptr<Pipeline> make_clocked_pipeline(const PipelineOptions& options,
                                                const char* vcd_path);

} // namespace assay::tiled
