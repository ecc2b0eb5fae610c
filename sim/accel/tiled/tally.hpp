// From what the pipeline and the array counted to the counters of a layer.
#pragma once

#include <vector>

#include "design.hpp"
#include "element_ops.hpp"

namespace assay::tiled {

// How long each rectangle of the array, from its first row and column on, was busy.
class Occupancy {
  public:
    void add(const std::array<Block, 4>& blocks);
    std::vector<uint64_t> active_cycles(uint64_t rows, uint64_t cols) const; // row major
    uint64_t pe_cycles(uint64_t rows, uint64_t cols) const;                  // their sum

  private:
    std::vector<Block> blocks_; // one per size
};

// Everything but macs, pe_cycles, active_pe_cycles and element_ops.
LayerCounters tally(const PipelineCounters& counters, const BufferBits& bits,
                    uint8_t handover_channel, bool has_handover);

// Of a run after another one.
void add(PipelineCounters& sum, const PipelineCounters& more);

// Cuts steps into programs at their barriers.
class Programs {
  public:
    explicit Programs(const StepSource& steps) : steps_(steps) {}
    bool begin();          // the next program; false: no more
    bool next(Step& step); // of the current program

  private:
    const StepSource& steps_;
    Step pending_;
    bool has_pending_ = false, first_ = true, over_ = true;
};

// What took most of the array's cycles: "compute", "memory", "fill" (and drain), "setup", "port".
const char* bound_of(const ArrayCycles& cycles);

// What a layer on the vector unit moves and does, whole batch.
struct ElementLoad {
    uint64_t dram_input_bits = 0, chip_input_bits = 0, output_bits = 0;
    uint64_t operations = 0, outputs = 0; // outputs: elements
};

// The steps of a layer on the vector unit: pieces of 64 cycles' worth of lanes, each read, worked
// on and written; reading, working and writing overlap like a tile's. Inputs that were handed over
// on chip come as the pipeline's second operand.
class ElementSteps {
  public:
    ElementSteps(const ElementLoad& load, uint64_t lanes, uint8_t output_channel,
                 uint8_t chip_channel);
    bool next(Step& step);

  private:
    uint64_t share(uint64_t total) const; // of piece `at_`: the pieces add up to the total
    const ElementLoad load_;
    const uint64_t lanes_, pieces_;
    uint64_t at_ = 0;
    const uint8_t chip_channel_, output_channel_;
};

} // namespace assay::tiled
