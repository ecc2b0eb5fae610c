// The Bit Fusion table that APQ was searched with (Wang et al., CVPR 2020): latency and energy of
// single layers at batch 1, against the machine of hw_configs/bit_fusion_16x32.json.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "program.hpp"
#include "statistics.hpp"

namespace validation {

struct Cost {
    double seconds, joules;
};

struct ApqEntry {
    Convolution layer;
    Cost published, ours;
    double dram_bits;         // ours
    std::string kind() const; // "pointwise", "depthwise 3x3", ...
};

// Every row of the part of the table that is at hand.
std::vector<ApqEntry> measure_apq();

struct CostErrors {
    Errors latency, energy;
    void add(const Cost& ours, const Cost& published);
};
// By kind, then weight bits * 10 + activation bits (0: all of them).
std::map<std::string, std::map<unsigned, CostErrors>>
errors_by_kind(const std::vector<ApqEntry>& entries);

// 6 x 6 over 8 x 8 bits, of the shapes that the table has at both.
struct SixBits {
    std::vector<double> published_latency, latency, published_energy, energy, dram_bits;
};
std::map<std::string, SixBits> six_over_eight(const std::vector<ApqEntry>& entries);

// Networks of APQ's space whose sums over the whole table were published: first layer, last layer
// and blocks of 1x1, depthwise, 1x1; all blocks of one kernel, expansion and width.
struct ApqNet {
    unsigned depth, kernel, expansion, bits;
    Cost published;
    std::string name() const;
};
extern const std::vector<ApqNet> apq_nets;
std::vector<Convolution> layers_of(const ApqNet& net);
Cost measure(const std::vector<Convolution>& layers);

// The table's "head" and "tail".
struct ApqEnd {
    const char* name;
    Convolution layer;
    Cost published;
};
extern const std::vector<ApqEnd> apq_ends;

// Whether the machine can hold this layer at all.
bool fits(const Convolution& layer);

} // namespace validation
