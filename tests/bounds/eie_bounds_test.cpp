// First principles, without looking at any other model: work takes slots, data take bandwidth, and
// every cycle of every PE has a cause.
#include <gtest/gtest.h>

#include "eie_cases.hpp"

using namespace assay;
using namespace assay::eie;

namespace {

// Work counted straight from matrix and input, not from a model.
struct Work {
    uint64_t broadcasts = 0, macs = 0;
    std::vector<uint64_t> pe_slots; // entries without padding, and a slot per empty column
};

Work count_work(const Case& c) {
    const uint64_t pes = c.options.pe_count, registers = c.options.act_registers;
    const uint64_t slice = (c.codes.rows + pes - 1) / pes;
    const uint64_t blocks = (slice + registers - 1) / registers;
    Work work;
    work.pe_slots.assign(pes, 0);
    std::vector<uint64_t> in_column(pes * blocks);
    for (const auto& input : c.inputs) {
        for (uint32_t col = 0; col < c.codes.cols; ++col) {
            if (input[col] == 0) {
                continue;
            }
            work.broadcasts += blocks;
            std::fill(in_column.begin(), in_column.end(), 0);
            for (uint32_t e = c.codes.col_start[col]; e < c.codes.col_start[col + 1]; ++e) {
                ++in_column[c.codes.row[e] / (pes * registers) * pes + c.codes.row[e] % pes];
                ++work.macs;
            }
            for (size_t i = 0; i < in_column.size(); ++i) {
                work.pe_slots[i % pes] += std::max<uint64_t>(in_column[i], 1);
            }
        }
    }
    return work;
}

// Collects the first bound that does not hold.
class Bounds {
  public:
    explicit Bounds(const Case& c) : case_(c) {}
    void require(bool holds, const char* bound, size_t pe = 0) {
        if (!holds && broken_.empty()) {
            broken_ = case_.text + ", PE " + std::to_string(pe) + ": " + bound;
        }
    }
    const std::string& broken() const { return broken_; }

  private:
    const Case& case_;
    std::string broken_;
};

// Time >= work / peak: a broadcast a cycle, an entry a cycle and PE, a row of inputs a cycle.
void check_machine(const Case& c, const Work& work, const Counters& m, Bounds& bounds) {
    const uint64_t pes = c.options.pe_count;
    bounds.require(m.total.broadcasts == work.broadcasts,
                   "a broadcast per non-zero input and block");
    bounds.require(m.total.entries - m.total.padding_entries == work.macs, "an entry per product");
    bounds.require(m.cycles >= m.total.broadcasts, "cycles >= broadcasts");
    bounds.require(m.cycles >= m.total.scan_rows + m.total.vectors, "cycles >= rows scanned");
    bounds.require(m.cycles * pes >= m.total.entries, "cycles >= entries / PEs");
    bounds.require(m.cycles >= m.total.theoretical_cycles, "cycles >= theoretical cycles");
    bounds.require(m.total.pe_cycles == m.cycles * pes, "pe_cycles == cycles * PEs");
}

void check_pe(const Case& c, const Work& work, const Counters& m, size_t k, Bounds& bounds) {
    const PeCounters& pe = m.pe[k];
    const uint64_t useful = pe.entries - pe.padding_entries;
    bounds.require(useful + stall_sum(m.stall[k]) == m.cycles, "every cycle has a cause", k);
    // Row register, broadcast and queue come before the first slot, one cycle after the last.
    bounds.require(m.cycles >= work.pe_slots[k] + (work.broadcasts > 0 ? 4 : 0),
                   "cycles >= slots, fill and end", k);
    bounds.require(pe.ptr_reads == m.total.broadcasts, "a pointer read per broadcast", k);
    bounds.require(pe.queue_pushes == m.total.broadcasts, "a queue write per broadcast", k);
    bounds.require(pe.spmat_reads <= pe.entries, "no more words than entries", k);
    bounds.require(pe.entries == 0 || pe.spmat_reads >= 1, "entries come from words", k);
    bounds.require(pe.queue_occupancy_cycles <= m.cycles * c.options.queue_depth,
                   "no queue holds more than its depth", k);
    bounds.require(pe.queue_occupancy_cycles >= pe.queue_pushes, "an item is queued a cycle", k);
    bounds.require(pe.bypasses <= pe.act_dst_reads, "a bypass serves a read", k);
    bounds.require(pe.act_dst_reads >= useful, "a register read per product", k);
    bounds.require(pe.act_dst_writes >= useful, "a register write per product", k);
}

// Bytes >= unique bytes, and bandwidth: what does not live on the chip comes through the channel.
void check_traffic(const Case& c, const Counters& m, Bounds& bounds) {
    const uint64_t weights = m.total.stored_entries * c.options.entry_bits();
    const uint64_t bandwidth = c.options.dram_bits_per_cycle;
    const uint64_t acts = c.options.act_bits;
    const uint64_t moved = m.total.dram_read_bits + m.total.dram_write_bits + m.total.io_bits;
    bounds.require((m.cycles + m.io_cycles) * bandwidth >= moved, "traffic takes bandwidth");
    if (c.plan.residency == Residency::streamed) {
        bounds.require(m.total.dram_read_bits >= weights, "streamed weights are all read");
    }
    if (c.plan.source == Place::dram && !c.plan.windows_slide) {
        bounds.require(m.total.dram_read_bits >=
                           uint64_t{c.plan.vectors} * c.plan.batches[0][0].inputs * acts,
                       "inputs come from DRAM");
    }
    if (c.plan.output == Place::dram) {
        bounds.require(m.total.dram_write_bits == uint64_t{c.plan.vectors} * c.codes.rows * acts,
                       "every output goes to DRAM once");
    }
    if (c.plan.residency == Residency::io_mode) {
        const uint64_t pointers = uint64_t{c.codes.cols} * c.options.pe_count * c.options.ptr_bits;
        bounds.require(m.total.io_bits >= pointers, "I/O mode loads all pointers");
        bounds.require(m.io_cycles * bandwidth >= m.total.io_bits, "I/O mode takes bandwidth");
    } else {
        bounds.require(m.io_cycles + m.total.io_bits == 0, "no I/O mode unless planned");
    }
    if (bandwidth == 0) {
        bounds.require(m.total.dram_read_bits + m.total.dram_write_bits == 0,
                       "no channel, no traffic");
    }
}

// "" if every bound holds.
std::string broken_bound(const Case& c, const Counters& m) {
    const Work work = count_work(c);
    Bounds bounds(c);
    check_machine(c, work, m, bounds);
    for (size_t k = 0; k < m.pe.size(); ++k) {
        check_pe(c, work, m, k, bounds);
    }
    check_traffic(c, m, bounds);
    return bounds.broken();
}

struct Planted {
    const char* name;
    void (*change)(Counters&);
};

// A model with one of these errors must not pass.
const Planted planted[] = {
    {"a lost cycle", [](Counters& m) { --m.cycles; }},
    {"a cycle without cause", [](Counters& m) { ++m.stall[0].scan; }},
    {"a lost broadcast", [](Counters& m) { m.total.broadcasts -= m.total.broadcasts > 0; }},
    {"a lost entry", [](Counters& m) { m.total.entries -= m.total.entries > 0; }},
    {"an impossible time", [](Counters& m) { m.cycles = m.total.broadcasts / 2; }},
    {"free words", [](Counters& m) { m.pe[0].spmat_reads = 0; }},
    {"words for nothing", [](Counters& m) { m.pe[0].spmat_reads = m.pe[0].entries + 1; }},
    {"a missing pointer read", [](Counters& m) { ++m.pe[0].ptr_reads; }},
    {"an overfull queue", [](Counters& m) { m.pe[0].queue_occupancy_cycles += m.cycles * 64; }},
    {"half of the reads", [](Counters& m) { m.total.dram_read_bits /= 2; }},
    {"half of the writes", [](Counters& m) { m.total.dram_write_bits /= 2; }},
    {"free writes", [](Counters& m) { m.total.dram_write_bits += m.cycles * 1000; }},
    {"fast I/O mode", [](Counters& m) { m.io_cycles /= 2; }},
};

} // namespace

TEST(EieBounds, HoldOnRandomMachinesAndLayers) {
    uint64_t run = 0;
    for (uint64_t i = 0; i < 420; ++i) {
        Case c;
        if (make_case(20260711, i, c)) {
            ASSERT_EQ(broken_bound(c, run_case(c, make_event_model)), "");
            ++run;
        }
    }
    EXPECT_GE(run, 300u);
}

TEST(EieBounds, CatchPlantedErrors) {
    std::vector<uint64_t> caught(std::size(planted), 0);
    for (uint64_t i = 0; i < 150; ++i) {
        Case c;
        if (!make_case(20260711, i, c)) {
            continue;
        }
        const Counters right = run_case(c, make_event_model);
        for (size_t p = 0; p < std::size(planted); ++p) {
            Counters wrong = right;
            planted[p].change(wrong);
            caught[p] += !broken_bound(c, wrong).empty();
        }
    }
    for (size_t p = 0; p < std::size(planted); ++p) {
        EXPECT_GE(caught[p], 1u) << planted[p].name;
    }
}

// A deeper queue, or wires without latency, never make a layer slower.
TEST(EieBounds, DeeperQueuesAreNeverSlower) {
    uint64_t faster = 0;
    for (uint64_t i = 0; i < 150; ++i) {
        Case c;
        if (!make_case(7, i, c)) {
            continue;
        }
        c.options.queue_depth = 1;
        uint64_t before = run_case(c, make_event_model).cycles;
        for (uint64_t depth : {2, 4, 8, 64}) {
            c.options.queue_depth = depth;
            const uint64_t cycles = run_case(c, make_event_model).cycles;
            ASSERT_LE(cycles, before) << c.text << " depth " << depth;
            faster += cycles < before;
            before = cycles;
        }
    }
    EXPECT_GE(faster, 50u);
}
