// First principles, without looking at any other model: work takes slots, data take bandwidth, and
// every cycle of every PE has a cause.
#include <gtest/gtest.h>

#include "eie_cases.hpp"

using namespace assay;
using namespace assay::eie;

namespace {

uint64_t stall_sum(const PeStalls& s) {
    uint64_t sum = 0;
#define ASSAY_ADD(name, unit, help) sum += s.name;
    ASSAY_EIE_STALLS(ASSAY_ADD)
#undef ASSAY_ADD
    return sum;
}

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

void check_bounds(const Case& c, const Counters& m) {
    const Options& o = c.options;
    const Work work = count_work(c);
    ASSERT_EQ(m.total.broadcasts, work.broadcasts) << c.text;
    EXPECT_EQ(m.total.entries - m.total.padding_entries, work.macs) << c.text;
    // Time >= work / peak: a broadcast a cycle, an entry a cycle and PE, a row of inputs a cycle.
    EXPECT_GE(m.cycles, m.total.broadcasts) << c.text;
    EXPECT_GE(m.cycles, m.total.scan_rows + (m.total.broadcasts > 0 ? 1 : 0)) << c.text;
    EXPECT_GE(m.cycles * o.pe_count, m.total.entries) << c.text;
    EXPECT_GE(m.cycles, m.total.theoretical_cycles) << c.text;
    for (size_t k = 0; k < m.pe.size(); ++k) {
        const PeCounters& pe = m.pe[k];
        EXPECT_EQ(pe.entries - pe.padding_entries + stall_sum(m.stall[k]), m.cycles)
            << c.text << ", PE " << k;
        // Row register, broadcast and queue come before the first slot, one cycle after the last.
        EXPECT_GE(m.cycles, work.pe_slots[k] + (work.broadcasts > 0 ? 4 : 0))
            << c.text << ", PE " << k;
        EXPECT_EQ(pe.ptr_reads, m.total.broadcasts) << c.text;
        EXPECT_EQ(pe.queue_pushes, m.total.broadcasts) << c.text;
        EXPECT_LE(pe.spmat_reads, pe.entries) << c.text;
        EXPECT_GE(pe.spmat_reads * o.entries_per_word(), pe.entries > 0 ? 1 : 0) << c.text;
        EXPECT_LE(pe.queue_occupancy_cycles, m.cycles * o.queue_depth) << c.text;
        EXPECT_GE(pe.queue_occupancy_cycles, pe.queue_pushes) << c.text;
        EXPECT_LE(pe.bypasses, pe.act_dst_reads) << c.text;
        EXPECT_GE(pe.act_dst_writes, pe.act_dst_reads) << c.text;
    }
    // Bytes >= unique bytes: what does not live on the chip has to come through the channel.
    const uint64_t weight_bits = m.total.stored_entries * o.entry_bits();
    if (c.plan.residency == Residency::streamed) {
        EXPECT_GE(m.total.dram_read_bits, weight_bits) << c.text;
        EXPECT_GE(m.cycles * o.dram_bits_per_cycle, weight_bits) << c.text;
    }
    if (c.plan.residency == Residency::io_mode) {
        EXPECT_GE(m.total.io_bits, weight_bits) << c.text;
        EXPECT_GE(m.io_cycles * o.dram_bits_per_cycle, m.total.io_bits) << c.text;
    }
    if (o.dram_bits_per_cycle > 0) {
        EXPECT_GE(m.cycles * o.dram_bits_per_cycle +
                      2 * o.dram_bits_per_cycle * c.plan.act_slots * c.codes.cols * o.act_bits,
                  m.total.dram_read_bits)
            << c.text << ": prefetch may run past the end by what the slots hold";
    } else {
        EXPECT_EQ(m.total.dram_read_bits + m.total.dram_write_bits + m.total.io_bits, 0u);
    }
    EXPECT_EQ(m.total.pe_cycles, m.cycles * o.pe_count);
}

} // namespace

TEST(EieBounds, HoldOnRandomMachinesAndLayers) {
    uint64_t run = 0;
    for (uint64_t i = 0; i < 420; ++i) {
        Case c;
        if (make_case(20260711, i, c)) {
            check_bounds(c, run_case(c, make_event_model));
            ++run;
        }
        if (::testing::Test::HasFailure()) {
            break;
        }
    }
    EXPECT_GE(run, 300u);
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
