// What the pipeline will take for a layer's first steps: the event model's arithmetic without its
// processes, for searches that ask for many mappings. Exact for machines of one channel whose array
// does not share its buffers' ports.
#pragma once

#include <deque>
#include <vector>

#include "dram_timing.hpp"
#include "pipeline.hpp"
#include "pipeline_halves.hpp"

namespace assay::tiled {

struct Forecast {
    uint64_t steps = 0;
    uint64_t cycles = 0; // until the last of these steps has left
    struct Work {
        uint64_t issue = 0, bits = 0; // of the array, and moved
    };
    Work work;
    // The second half of them, from begin to begin: how long the steps after them may take.
    Work late;
    uint64_t late_cycles = 0;
};

class Forecaster {
  public:
    // `limit`: steps that are looked at.
    Forecaster(const PipelineOptions& options, size_t limit);
    Forecast run(const StepSource& steps);

  private:
    // In the order in which the arbiter prefers them within a step.
    enum Client {
        client_weight,
        client_input,
        client_output,
        client_store,
        client_count
    };
    struct Request {
        bool waiting = false;
        uint64_t cycle = 0; // raised in
        uint64_t step = 0, bits = 0, address = 0;
    };
    struct Loader {
        uint64_t scan = 0, tiles = 0; // steps looked at, fresh tiles among them
        uint64_t tile = 0;            // of the request
        uint64_t earliest = 0;
        std::array<uint64_t, 4> usable{never, never, never, never}; // of tile i at i mod 4
    };
    struct Leaving {
        uint64_t step, results;
    };

    void restart(const StepSource& steps);
    Forecast::Work work(size_t first, size_t end) const;
    bool begin_next();
    void end_step(const Step& step);
    uint64_t ready(const Step& step, Operand operand) const;
    void seek(Operand operand);
    void raise_store();
    void left(uint64_t cycle);
    int choose(uint64_t cycle) const;
    bool grant_next();

    const uint64_t halves_of_buffer_, window_, latency_;
    const size_t limit_;
    DramTiming timing_;
    std::vector<Step> steps_;
    std::vector<uint64_t> begun_; // cycle in which each step begins
    std::array<Request, client_count> requests_;
    std::array<Loader, operand_count> loaders_;
    std::array<Halves, operand_count> halves_;
    std::array<uint64_t, operand_count> tiles_{}; // fresh ones that the array has begun
    std::deque<Leaving> leaving_;
    uint64_t end_ = 0, results_ = 0;             // of the step begun last
    uint64_t store_earliest_ = 0, released_ = 0; // of the next store, of the next output half
    uint64_t channel_free_ = 0;
};

} // namespace assay::tiled
