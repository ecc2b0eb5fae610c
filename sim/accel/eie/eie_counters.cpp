#include <algorithm>

#include "eie_model.hpp"

namespace assay::eie {
namespace {

void add_pe(LayerTotals& t, const PeCounters& pe) {
    t.entries += pe.entries;
    t.padding_entries += pe.padding_entries;
    t.entries_max_pe = std::max(t.entries_max_pe, pe.entries);
    t.spmat_reads += pe.spmat_reads;
    t.ptr_reads += pe.ptr_reads;
    t.act_sram_reads += pe.act_sram_reads;
    t.act_sram_writes += pe.act_sram_writes;
    t.bypasses += pe.bypasses;
    t.saturations += pe.saturations;
    t.issue_cycles += pe.issue_cycles;
    t.groups += pe.groups;
}

} // namespace

uint64_t stall_sum(const PeStalls& s) {
    uint64_t sum = 0;
#define ASSAY_ADD(name, unit, help) sum += s.name;
    ASSAY_EIE_STALLS(ASSAY_ADD)
#undef ASSAY_ADD
    return sum;
}

bool every_cycle_has_a_cause(const Counters& counters) {
    for (size_t k = 0; k < counters.pe.size(); ++k) {
        const PeCounters& pe = counters.pe[k];
        const uint64_t useful = pe.issue_cycles - counters.stall[k].padding;
        if (useful + stall_sum(counters.stall[k]) != counters.cycles) {
            return false;
        }
    }
    return true;
}

void finish_counters(const Job& job, Counters& counters) {
    const EncodedMatrix& matrix = *job.matrix;
    LayerTotals& t = counters.total;
    for (const PeCounters& pe : counters.pe) {
        add_pe(t, pe);
    }
    const uint64_t slots = uint64_t{matrix.pes} * job.lanes;
    t.theoretical_cycles = (t.entries * job.passes + slots - 1) / slots;
    t.stored_entries = matrix.entries;
    t.stored_padding_entries = matrix.padding_entries;
    t.stored_entries_max_pe = matrix.pe_entries.empty() ? 0 : matrix.pe_entries[matrix.max_pe()];
    t.vectors = job.plan->vectors;
    t.row_blocks = matrix.blocks.size();
    t.segments = job.plan->segments.size();
    t.pe_cycles = counters.cycles * matrix.pes;
}

} // namespace assay::eie
