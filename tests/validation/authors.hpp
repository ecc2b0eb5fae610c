// What the Bit Fusion authors' simulator says of their eight networks (Sharma et al., ISCA 2018),
// against hw_configs/bit_fusion_authors.json, and its Eyeriss against our row-stationary array.
#pragma once

#include <string>
#include <vector>

#include "program.hpp"

namespace validation {

struct SweepNumbers {
    double cycles, stalls, dram_read, dram_write;
};
struct SweepLayer {
    std::string network, layer;
    SweepNumbers published, ours;
};
// The layers of AlexNet, SVHN and LSTM whose results are at hand; twins (conv1_b, ...) once.
std::vector<SweepLayer> measure_sweep();

struct AuthorsNet {
    const char* file;
    // Theirs, 16 images. Cycles of AlexNet, SVHN and LSTM are stored results; the others are their
    // formula, which gives the stored ones exactly. Energy 0: not at hand.
    double cycles, millijoules;
    const char* eyeriss_file; // of the original width
    double eyeriss_cycles;
    double macs, weight_mib; // of one image, counted by the authors (0.5 of the last digit)
    double macs_digit, mib_digit;
};
extern const std::vector<AuthorsNet> authors_nets;

struct Comparison {
    const AuthorsNet* net;
    double cycles, stalls, joules; // ours on bit_fusion_authors.json
    // Row stationary, 16 x 16 PEs at 500 MHz: cycles in which the array works (the authors'
    // baseline has no memory), all cycles, energy.
    double eyeriss_issue, eyeriss_cycles, eyeriss_joules;
};
std::vector<Comparison> compare_with_eyeriss();

// Their network on their machine, ours to simulate.
Csv run_authors(const std::string& file);

} // namespace validation
