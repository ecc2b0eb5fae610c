// Random layers for tiled machines, and what two models of a machine make of them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "design.hpp"
#include "rng.h"

namespace assay::tiled {

struct LayerCase {
    Layer layer;
    uint64_t batch = 1;
    unsigned w_bits = 8, a_bits = 8; // 1 .. 16
    std::string text;                // for messages
    Nest nest() const { return nest_of(layer, batch, w_bits, a_bits); }
};

// Case number `index` of the seed: fully connected, dense, grouped and depthwise layers, maps of
// one pixel, strides, dilations, paddings, all widths and signs. `macs`: not many more than these.
LayerCase make_layer_case(uint64_t seed, uint64_t index, uint64_t macs);

// From low to high, both included.
uint64_t between(assay_rng& rng, uint64_t low, uint64_t high);

// The DRAM options of a machine (ASSAY_DRAM_OPTIONS), drawn: rows and refresh in one case of three.
template <class Options>
void draw_dram(assay_rng& rng, Options& o) {
    o.dram_bits_per_cycle = between(rng, 1, 300);
    o.dram_latency_cycles = between(rng, 1, 120);
    const bool detailed = between(rng, 0, 2) == 0;
    o.dram_banks = detailed ? between(rng, 1, 4) : 0;
    o.dram_row_bytes = between(rng, 64, 600);
    o.dram_row_miss_cycles = detailed ? between(rng, 0, 30) : 0;
    o.dram_turnaround_cycles = detailed ? between(rng, 0, 20) : 0;
    o.dram_refresh_interval_cycles = detailed && between(rng, 0, 1) ? between(rng, 300, 2000) : 0;
    o.dram_refresh_cycles = o.dram_refresh_interval_cycles > 0 ? between(rng, 1, 60) : 0;
}

using MakeDesign = std::function<std::unique_ptr<Design>()>;

struct LayerRun {
    bool fits = false;
    std::string message; // if it does not
    LayerOutcome out;    // checked against the reference
    uint64_t counter(const char* name) const;
};
// In a SystemC context of its own. Without values: timing only.
LayerRun run_layer(const MakeDesign& make, const LayerCase& c, assay_model model,
                   bool values = true);

// The first counter (of the layer or a PE), stall or output that differs, or "" if all agree.
std::string first_difference(const LayerRun& a, const LayerRun& b);

} // namespace assay::tiled
