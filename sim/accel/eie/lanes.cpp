#include "lanes.hpp"

#include <algorithm>

namespace assay::eie::event_model {

template <class Time>
void Lanes<Time>::reset(size_t pes, const uint32_t* ptr) {
    slot_free.assign(pes, -1);
    last_entry.assign(pes, std::numeric_limits<Time>::min() / 2);
    scan.assign(pes, 0);
    back_pressure.assign(pes, 0);
    waited.assign(pes, 0);
    line.assign(pes, UINT32_MAX);
    entries.assign(pes, 0);
    groups.assign(pes, 0);
    padding.assign(pes, 0);
    empty.assign(pes, 0);
    spmat_reads.assign(pes, 0);
    first_ptr.assign(ptr, ptr + pes);
    adjacent.assign(pes, 0);
    occupancy.assign(pes, 0);
    waited_bound = 0;
}

template <class Time>
void Lanes<Time>::flush() {
    for (size_t k = 0; k < waited.size(); ++k) {
        occupancy[k] += static_cast<uint64_t>(waited[k]);
        waited[k] = 0;
    }
    waited_bound = 0;
}

template <class Time>
void Lanes<Time>::add_padding(const uint16_t* counts) {
    const size_t pes = padding.size();
    uint32_t* sums = padding.data();
    for (size_t k = 0; k < pes; ++k) {
        sums[k] += counts[k];
    }
}

namespace {

// Groups of the entries [from, to] of a column, `first` and `last` being the words they are in.
[[gnu::always_inline]] inline uint32_t groups_of(uint32_t from, uint32_t to, uint32_t first,
                                                 uint32_t last, const WordOf& word) {
    const uint32_t head = word.groups((first + 1) * word.entries - from);
    const uint32_t middle = (last - first - 1) * word.groups(word.entries);
    const uint32_t tail = word.groups(to + 1 - last * word.entries);
    return first == last ? word.groups(to - from + 1) : head + middle + tail;
}

template <class Time, bool power_of_two, bool grouped>
[[gnu::always_inline]] inline Time lane_loop(Lanes<Time>& lanes, const uint32_t* __restrict begin,
                                             const uint32_t* __restrict end, Time arrive,
                                             Time blocked, const WordOf word) {
    Time latest = std::numeric_limits<Time>::min();
    Time* __restrict slot_free = lanes.slot_free.data();
    Time* __restrict last_entry = lanes.last_entry.data();
    Time* __restrict scan = lanes.scan.data();
    Time* __restrict held = lanes.back_pressure.data();
    Time* __restrict waited = lanes.waited.data();
    uint32_t* __restrict line = lanes.line.data();
    uint32_t* __restrict entries = lanes.entries.data();
    uint32_t* __restrict groups = lanes.groups.data();
    uint32_t* __restrict empty = lanes.empty.data();
    uint32_t* __restrict reads = lanes.spmat_reads.data();
    uint32_t* __restrict adjacent = lanes.adjacent.data();
    const uint32_t* __restrict base = lanes.first_ptr.data();
    const size_t pes = lanes.slot_free.size();
#pragma GCC ivdep // the arrays are different vectors; checking that at run time is what the
                  // compiler gives up on
    for (size_t k = 0; k < pes; ++k) {
        const uint32_t stored = end[k] - begin[k];
        const uint32_t from = begin[k] - base[k], to = end[k] - base[k] - 1;
        const uint32_t first = power_of_two ? from >> word.shift : from / word.entries;
        const uint32_t last = power_of_two ? to >> word.shift : to / word.entries;
        uint32_t n = stored; // cycles of the issue slot
        if (grouped) {
            const uint32_t issued = stored == 0 ? 0 : groups_of(from, to, first, last, word);
            groups[k] += issued;
            n = issued * word.passes;
        }
        const Time free = slot_free[k];
        const Time pop = arrive > free ? arrive : free;
        const Time idle = pop - free;
        const Time behind = idle < blocked ? idle : blocked;
        held[k] += behind;
        scan[k] += idle - behind;
        waited[k] += pop - arrive + 1;
        entries[k] += stored;
        empty[k] += n == 0 ? 1 : 0;
        const Time busy_until = pop + static_cast<Time>(n == 0 ? 1 : n);
        slot_free[k] = busy_until;
        const Time previous = last_entry[k];
        adjacent[k] = previous == pop ? 1 : 0;
        last_entry[k] = n == 0 ? previous : busy_until;
        latest = latest > pop ? latest : pop;
        const uint32_t held_line = line[k];
        const uint32_t words = last - first + (first != held_line ? 1 : 0);
        reads[k] += n == 0 ? 0 : words;
        line[k] = n == 0 ? held_line : last;
    }
    return latest;
}

[[gnu::target("avx2")]] int32_t avx2_loop(Lanes<int32_t>& lanes, const uint32_t* begin,
                                          const uint32_t* end, int32_t arrive, int32_t blocked,
                                          const WordOf& word) {
    return word.one_by_one()
               ? lane_loop<int32_t, true, false>(lanes, begin, end, arrive, blocked, word)
               : lane_loop<int32_t, true, true>(lanes, begin, end, arrive, blocked, word);
}

template <class Time>
Time any_loop(Lanes<Time>& lanes, const uint32_t* begin, const uint32_t* end, Time arrive,
              Time blocked, const WordOf& word) {
    if (word.one_by_one()) {
        return word.power ? lane_loop<Time, true, false>(lanes, begin, end, arrive, blocked, word)
                          : lane_loop<Time, false, false>(lanes, begin, end, arrive, blocked, word);
    }
    return lane_loop<Time, false, true>(lanes, begin, end, arrive, blocked, word);
}

template <class Time>
void account_wait(Lanes<Time>& lanes, Time longest) {
    lanes.waited_bound += longest;
    if (lanes.waited_bound > std::numeric_limits<Time>::max() / 4) {
        lanes.flush();
    }
}

} // namespace

template <>
int32_t broadcast_to_lanes(Lanes<int32_t>& lanes, const uint32_t* begin, const uint32_t* end,
                           int32_t arrive, int32_t blocked, const WordOf& word) {
    static const bool avx2 = __builtin_cpu_supports("avx2");
    const int32_t latest = avx2 && word.power ? avx2_loop(lanes, begin, end, arrive, blocked, word)
                                              : any_loop(lanes, begin, end, arrive, blocked, word);
    account_wait(lanes, latest - arrive + 1);
    return latest;
}

template <>
int64_t broadcast_to_lanes(Lanes<int64_t>& lanes, const uint32_t* begin, const uint32_t* end,
                           int64_t arrive, int64_t blocked, const WordOf& word) {
    const int64_t latest = any_loop(lanes, begin, end, arrive, blocked, word);
    account_wait(lanes, latest - arrive + 1);
    return latest;
}

template struct Lanes<int32_t>;
template struct Lanes<int64_t>;

} // namespace assay::eie::event_model
