// One broadcast as all PEs see it: PEs are lanes of one vector loop. Kept apart from the event
// model because it is compiled twice, for any x86-64 and for AVX2 (integers only, so the same
// bits).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace assay::eie::event_model {

// Entries per SRAM word, and its logarithm where it has one: this division is in the innermost
// loop.
struct WordOf {
    uint32_t entries = 1, shift = 0;
    bool power = true;
    // How the entries of a column are issued: in groups of up to 2^group_shift, `passes` cycles
    // each.
    uint32_t group_shift = 0, passes = 1;
    WordOf(uint64_t per_word, uint32_t lanes, uint32_t cycles)
        : entries(static_cast<uint32_t>(per_word)), passes(cycles) {
        while ((2u << shift) <= entries) {
            ++shift;
        }
        power = (1u << shift) == entries;
        while ((2u << group_shift) <= lanes) {
            ++group_shift;
        }
    }
    bool one_by_one() const { return group_shift == 0 && passes == 1; }
    // Groups of `count` entries of one word.
    uint32_t groups(uint32_t count) const {
        return (count + (1u << group_shift) - 1) >> group_shift;
    }
};

// Per-PE state of one step. Time is signed and counts from the step's first scan cycle: int32_t, or
// int64_t when the step may be too long for it.
template <class Time>
struct Lanes {
    std::vector<Time> slot_free;  // X: last cycle in which the issue slot is taken
    std::vector<Time> last_entry; // F: issue cycle of the last entry
    std::vector<Time> scan, back_pressure;
    std::vector<Time> waited; // cycles in the queue since the last flush, see flush()
    std::vector<uint32_t> line, entries, padding, empty, spmat_reads, first_ptr;
    std::vector<uint32_t> groups; // counted unless entries are issued one by one
    std::vector<uint32_t>
        adjacent; // this column's first entry issues right after the last one's last
    std::vector<uint64_t> occupancy;
    Time waited_bound = 0; // no lane has waited longer since the last flush

    void reset(size_t pes, const uint32_t* ptr);
    // `waited` is narrow so that lanes stay narrow; it is emptied before it can overflow.
    void flush();
    // Padding entries of one column, per PE.
    void add_padding(const uint16_t* counts);
};

// The contract's section 4 for one item in every PE. `begin`, `end`: pointers of its column;
// `arrive`: first cycle in which a queue can hand it on; `blocked`: cycles for which a full queue
// held it. Returns the latest cycle in which a PE takes it from its queue.
template <class Time>
Time broadcast_to_lanes(Lanes<Time>& lanes, const uint32_t* begin, const uint32_t* end, Time arrive,
                        Time blocked, const WordOf& word);

} // namespace assay::eie::event_model
