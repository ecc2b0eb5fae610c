// Unit energies and areas of datapath logic at 45 nm, about 1 V. Every figure has its source at its
// definition in logic.cpp; "recalled" there means quoted from memory and not checked again.
#pragma once

namespace assay::cost {

// Whole-word integer operations. Widths > 0 in bits.
double adder_pj(double width_bits);
double adder_um2(double width_bits);
// A product of two operands costs as much as a square one of their geometric mean width.
double multiplier_pj(double a_bits, double b_bits);
double multiplier_um2(double a_bits, double b_bits);

// A flip-flop: writing (or reading, through the multiplexers behind it) one bit.
double register_pj_per_bit();
double register_um2_per_bit();
// Area of a multiplexer that selects one of `inputs` words of `width_bits`.
double selector_um2(double inputs, double width_bits);
// Leakage of logic cells.
double logic_leakage_mw_per_um2();

} // namespace assay::cost
