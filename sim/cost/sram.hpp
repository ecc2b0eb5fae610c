// Energy, leakage and area of an on-chip SRAM at 45 nm.
//
// Figures are CACTI 7 runs (see sram_table.cpp). A point of the table is returned as it stands.
// Outside the table:
//  - between two sizes of one width: power law (a straight line in log-log) along the size;
//  - between two widths: the same, across the results for the two neighbouring widths. This is the
//    weaker of the two: CACTI reorganises the array from width to width, so that the steps are not
//    smooth and not even always upwards (tests/unit/cost_sram_test.cpp lists where they fall);
//  - narrower than 16 bit: the figures of 16 bit (too high; CACTI was not run below it);
//  - smaller than the smallest size of that width: the figures of that size (too high likewise);
//  - wider than 512 bit: equal lanes of at most 512 bit side by side, all of them accessed;
//  - larger than 2 MB: as many banks of 2 MB as that takes (a real number), one of them accessed.
//    The wires between lanes and between banks are not counted, so both are lower bounds.
#pragma once

#include <array>
#include <cstdint>

namespace assay::cost {

// ITRS transistor types of CACTI: high performance, low operating power, low standby power.
enum class SramCell {
    hp,
    lop,
    lstp
};

struct SramCost {
    double read_pj = 0;    // per access of a whole word
    double write_pj = 0;   // per access of a whole word
    double leakage_mw = 0; // always
    double area_mm2 = 0;
};

struct SramPoint {
    SramCell cell;
    uint32_t bytes;
    uint32_t width_bits;
    SramCost cost;
};

// By cell, then size, then width, each ascending.
extern const std::array<SramPoint, 225> sram_table;

// bytes > 0, width_bits > 0.
SramCost sram_cost(SramCell cell, uint64_t bytes, uint64_t width_bits);

} // namespace assay::cost
