// Energy of a simulated layer and area of the machine: counters and structures times their unit
// costs.
#include "eie.hpp"
#include "eie_units.hpp"

namespace assay::eie {
namespace {

PeCounters sum_of_pes(const Counters& counters) {
    PeCounters sum;
    for (const PeCounters& pe : counters.pe) {
#define ASSAY_ADD(name, unit, help) sum.name += pe.name;
        ASSAY_EIE_PE_COUNTERS(ASSAY_ADD)
#undef ASSAY_ADD
    }
    return sum;
}

double events(uint64_t count) {
    return static_cast<double>(count);
}

double act_rw_pj(const UnitEnergies& pj, const PeCounters& sum) {
    const double registers = events(sum.act_src_reads) + events(sum.act_src_writes) +
                             events(sum.act_dst_reads) + events(sum.act_dst_writes);
    return registers * pj.act_register + events(sum.act_sram_reads) * pj.act_sram_read +
           events(sum.act_sram_writes) * pj.act_sram_write;
}

double dram_pj(const Options& options, const LayerTotals& total) {
    return options.dram_pj_per_bit *
           (events(total.dram_read_bits) + events(total.dram_write_bits) + events(total.io_bits));
}

} // namespace

std::vector<Amount> energy(const Options& options, const Counters& counters) {
    const UnitEnergies pj = unit_energies(options);
    const PeCounters sum = sum_of_pes(counters);
    const LayerTotals& total = counters.total;
    const double joule = 1e-12;
    // Computing or not, every PE is clocked and leaks.
    const double cycles = events(counters.cycles) + events(counters.io_cycles);
    const double pe_cycles = cycles * events(options.pe_count);
    const double pe_seconds = pe_cycles / (options.clock_mhz * 1e6);
    // The detection tree works when it finds an activation or moves to the next row of them.
    const double lnzd_cycles = events(total.broadcasts) + events(total.scan_rows);
    const double spmat =
        events(sum.spmat_reads) * pj.spmat_word + events(sum.entries) * pj.spmat_entry;
    return {
        {"spmat_read", joule * spmat},
        {"ptr_read", joule * events(sum.ptr_reads) * pj.ptr_pair},
        {"act_rw", joule * act_rw_pj(pj, sum)},
        {"arithmetic", joule * events(sum.entries) * pj.entry},
        {"act_queue", joule * events(sum.queue_pushes) * (pj.queue_push + pj.queue_pop)},
        {"lnzd", joule * lnzd_cycles * pj.lnzd_tree},
        {"clock", joule * pe_cycles * pj.clock},
        {"leakage", 1e-3 * pj.leakage_mw * pe_seconds},
        {"dram", joule * dram_pj(options, total)},
    };
}

std::vector<Amount> area(const Options& options) {
    const PeArea pe = pe_area(options);
    const double pes = events(options.pe_count) * 1e-6; // um2 of one PE to mm2 of all
    return {
        {"spmat_read", pe.spmat_read * pes}, {"ptr_read", pe.ptr_read * pes},
        {"act_rw", pe.act_rw * pes},         {"arithmetic", pe.arithmetic * pes},
        {"act_queue", pe.act_queue * pes},   {"clock", pe.clock * pes},
        {"lnzd", lnzd_um2(options) * 1e-6},  {"filler", pe.total() * filler_per_um2() * pes},
    };
}

} // namespace assay::eie
