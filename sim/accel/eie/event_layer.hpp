// What the event model carries along while a layer runs.
#pragma once

#include <vector>

#include "dram_channel.hpp"
#include "eie_model.hpp"
#include "eie_walk.hpp"
#include "event_sums.hpp"
#include "event_trace.hpp"

namespace assay::eie::event_model {

// Everything that lives as long as one layer.
struct LayerState {
    const Options& options;
    const Job& job;
    Counters& counters;
    DramTimeline dram;
    HeldBatch held;
    ActFetches fetch;              // runs ahead of execution by plan.act_slots
    std::vector<uint64_t> arrival; // ring of arrival times of fetched batches
    uint64_t fetched = 0, loaded = 0;
    uint64_t now = 0; // cycles since the layer began, I/O mode included
    uint64_t weights_ready = 0, next_weights_ready = 0; // streamed segments
    uint64_t segment_loads_left = 0;
    uint64_t current_segment = UINT64_MAX;
    std::vector<uint64_t> slot_free; // ring of cycles from which output slots can be written again
    uint64_t writes = 0, last_arrival = 0;
    const Part* lines_of = nullptr; // part whose words the line registers hold
    std::vector<uint32_t> lines;
    Accumulators sums;
    std::vector<int16_t> column;
    uint64_t column_vector = UINT64_MAX;
    EventTrace trace;

    LayerState(const Options& o, const Job& j, Counters& c)
        : options(o), job(j), counters(c), dram(dram_options(o), j.timeline), fetch(j, o),
          arrival(j.plan->act_slots), slot_free(j.plan->output_slots), column(j.matrix->cols),
          trace(j.timeline) {}

    void fetch_next(uint64_t cycle) {
        uint64_t bits = 0;
        if (fetch.next(bits)) {
            arrival[fetched++ % arrival.size()] = dram.request(cycle, bits, Stream::inputs);
            counters.total.dram_read_bits += bits;
        }
    }
};

// The scan phase of one step: from the first row of activations to empty pipelines. layer.now is
// its first cycle; returns its length in cycles.
uint64_t run_scan_phase(LayerState& layer, const Part& part, uint32_t vector);

} // namespace assay::eie::event_model
