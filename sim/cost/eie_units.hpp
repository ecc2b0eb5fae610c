// What each event and each structure of an EIE machine costs, scaled to its technology. Separate
// from eie_cost.cpp so that a unit energy can be read and tested without a simulation.
#pragma once

#include "eie.hpp"

namespace assay::eie {

struct UnitEnergies {      // pJ, but for the leakage
    double spmat_word;     // a sparse-matrix word read into its register
    double spmat_entry;    // an entry selected from that word
    double ptr_pair;       // both pointer banks read at once
    double entry;          // codebook, multiply, add, address, pipeline registers
    double act_register;   // a source or destination register read or written
    double act_sram_read;  // a word
    double act_sram_write; // a word
    double queue_push;     // one activation in
    double queue_pop;      // the same one out
    double lnzd_tree;      // the whole tree for one cycle of work
    double clock;          // one PE for one cycle, busy or idle
    double leakage_mw;     // one PE, and its share of the tree
};
UnitEnergies unit_energies(const Options& options);

struct PeArea { // um2 of one PE
    double spmat_read, ptr_read, act_queue, arithmetic, act_rw, clock;
    double total() const { return spmat_read + ptr_read + act_queue + arithmetic + act_rw + clock; }
};
PeArea pe_area(const Options& options);
double lnzd_um2(const Options& options); // the whole tree
// Cells that fill the rows of a placed PE, for each um2 that does something.
double filler_per_um2();

} // namespace assay::eie
