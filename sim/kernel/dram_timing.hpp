// When the beats of a transaction move: docs/contracts/dram.md as arithmetic. Exact because a
// channel serves transactions in the order in which it is given them and never changes its mind.
#pragma once

#include <vector>

#include "dram.hpp"

namespace assay {

// Beats of a transaction; one of no bits takes one.
uint64_t transfer_cycles(uint64_t bits, uint64_t bits_per_cycle);

class DramTiming {
  public:
    struct Beats {
        uint64_t first, last; // cycles
    };
    explicit DramTiming(const DramOptions& options);
    // Moves `bits` from byte `address` on. Given in cycle `cycle`, later than the last beat before.
    Beats transfer(uint64_t cycle, bool write, uint64_t address, uint64_t bits);
    // Cycle 0 again: rows closed, counters at 0.
    void restart();
    const DramCounters& counters() const { return counters_; }

  private:
    struct Bank {
        uint64_t row, ready; // open row, first cycle in which it can be used
    };
    uint64_t turn_ends(bool write) const;
    Beats move(uint64_t turn, uint64_t address, uint64_t beats);
    uint64_t piece_beats(uint64_t bit, uint64_t beats) const;
    uint64_t row_of(uint64_t bit) const { return bit / 8 / options_.row_bytes; }
    void move_piece(uint64_t row, uint64_t beats, uint64_t next_row, uint64_t turn);
    void pass_refresh();
    uint64_t next_refresh() const;
    uint64_t row_ready(uint64_t row);
    bool open(uint64_t row, uint64_t cycle);
    void idle_until(uint64_t cycle, uint64_t turn);

    const DramOptions options_;
    std::vector<Bank> banks_;
    DramCounters counters_;
    uint64_t cursor_ = 0; // first cycle not yet decided
    uint64_t refreshes_ = 0;
    uint64_t first_ = 0;
    bool moved_ = false, opened_ = false, opened_next_ = false; // this piece, the next one
    bool any_ = false, write_ = false;                          // direction of the last transaction
};

} // namespace assay
