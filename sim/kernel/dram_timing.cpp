#include "dram_timing.hpp"

#include <algorithm>

namespace assay {
namespace {

constexpr uint64_t none = UINT64_MAX; // no row, no cycle

} // namespace

uint64_t transfer_cycles(uint64_t bits, uint64_t bits_per_cycle) {
    const uint64_t whole = bits / bits_per_cycle;
    return std::max<uint64_t>(whole + (bits % bits_per_cycle > 0 ? 1 : 0), 1);
}

DramTiming::DramTiming(const DramOptions& options) : options_(options), banks_(options.banks) {
    restart();
}

void DramTiming::restart() {
    counters_ = DramCounters();
    cursor_ = refreshes_ = 0;
    any_ = false;
    std::fill(banks_.begin(), banks_.end(), Bank{none, 0});
}

// The bus turns round in the cycles right after the last beat, whether or not anyone waits.
uint64_t DramTiming::turn_ends(bool write) const {
    return any_ && write != write_ ? cursor_ + options_.turnaround_cycles : 0;
}

DramTiming::Beats DramTiming::transfer(uint64_t cycle, bool write, uint64_t address,
                                       uint64_t bits) {
    const uint64_t turn = turn_ends(write);
    cursor_ = std::max(cursor_, cycle);
    any_ = true;
    write_ = write;
    const uint64_t beats = transfer_cycles(bits, options_.bits_per_cycle);
    ++counters_.transactions;
    (write ? counters_.write_bits : counters_.read_bits) += bits;
    counters_.busy_cycles += beats;
    return move(turn, address, beats);
}

DramTiming::Beats DramTiming::move(uint64_t turn, uint64_t address, uint64_t beats) {
    moved_ = opened_next_ = false;
    uint64_t bit = address * 8;
    while (beats > 0) {
        const uint64_t piece = piece_beats(bit, beats);
        const uint64_t next = bit + piece * options_.bits_per_cycle;
        const bool more = beats > piece;
        move_piece(banks_.empty() ? none : row_of(bit), piece, more ? row_of(next) : none, turn);
        bit = next;
        beats -= piece;
    }
    return {first_, cursor_ - 1};
}

// A beat belongs to the row of its first bit.
uint64_t DramTiming::piece_beats(uint64_t bit, uint64_t beats) const {
    if (banks_.empty()) {
        return beats;
    }
    const uint64_t row_bits = options_.row_bytes * 8;
    const uint64_t left = row_bits - bit % row_bits;
    return std::min(beats, (left + options_.bits_per_cycle - 1) / options_.bits_per_cycle);
}

void DramTiming::move_piece(uint64_t row, uint64_t beats, uint64_t next_row, uint64_t turn) {
    opened_ = opened_next_;
    opened_next_ = false;
    while (beats > 0) {
        pass_refresh();
        const uint64_t refresh = next_refresh();
        const uint64_t begin = std::max({cursor_, turn, row_ready(row)});
        idle_until(std::min(begin, refresh), turn);
        if (begin >= refresh) {
            continue; // the row is closed before it could be used
        }
        first_ = moved_ ? first_ : begin;
        moved_ = true;
        const uint64_t now = std::min(beats, refresh - begin);
        if (next_row != none && next_row % banks_.size() != row % banks_.size()) {
            opened_next_ |= open(next_row, begin);
        }
        beats -= now;
        cursor_ = begin + now;
    }
    counters_.row_hits += banks_.empty() || opened_ ? 0 : 1;
}

// To the first cycle outside a refresh; rows have been closed by all refreshes up to there.
void DramTiming::pass_refresh() {
    if (options_.refresh_interval_cycles == 0) {
        return;
    }
    const uint64_t count = cursor_ / options_.refresh_interval_cycles;
    if (count != refreshes_) {
        refreshes_ = count;
        std::fill(banks_.begin(), banks_.end(), Bank{none, 0});
    }
    const uint64_t end = count * options_.refresh_interval_cycles + options_.refresh_cycles;
    if (count > 0 && cursor_ < end) {
        counters_.refresh_cycles += end - cursor_;
        cursor_ = end;
    }
}

uint64_t DramTiming::next_refresh() const {
    return options_.refresh_interval_cycles == 0
               ? none
               : (refreshes_ + 1) * options_.refresh_interval_cycles;
}

// First cycle in which the row can be used, opened from now on if need be.
uint64_t DramTiming::row_ready(uint64_t row) {
    if (banks_.empty()) {
        return 0;
    }
    opened_ |= open(row, cursor_);
    return banks_[row % banks_.size()].ready;
}

// False: it was open, or is being opened.
bool DramTiming::open(uint64_t row, uint64_t cycle) {
    Bank& bank = banks_[row % banks_.size()];
    if (bank.row == row) {
        return false;
    }
    bank = {row, cycle + options_.row_miss_cycles};
    ++counters_.row_misses;
    return true;
}

void DramTiming::idle_until(uint64_t cycle, uint64_t turn) {
    const uint64_t turned = std::min(std::max(turn, cursor_), cycle) - cursor_;
    counters_.turnaround_cycles += turned;
    counters_.row_cycles += cycle - cursor_ - turned;
    cursor_ = cycle;
}

} // namespace assay
