// Energy of a simulated layer and area of the machine: EIE's parts (sim/cost/eie_*), less its
// multiplier, plus the fusion unit and what issuing several entries at once takes.
//
// Not modelled: the wires from the fusion unit's adder tree, which must be tapped at the level of
// the layer's products, and the requantiser, of which a PE needs one for its read port.
#include "eie_parts.hpp"
#include "eie_units.hpp"
#include "logic.hpp"
#include "sparse_fusion.hpp"
#include "technology.hpp"

namespace assay::sparse_fusion {
namespace {

using eie::Options;
using namespace assay::cost;

// Bit Fusion's authors' synthesis results at 45 nm and 500 MHz (systolic_array_synth.csv), 4 x 4
// arrays of units for 8 down to 2 bits, a sixteenth of each: 0.459 pJ of dynamic energy in a cycle
// at work, 1734.6 um2, 59.3 uW of leakage. Includes the unit's shifters, adders and registers.
constexpr double unit_pj = 0.459;
constexpr double unit_um2 = 1734.6;
constexpr double unit_leakage_mw = 59.3e-3;

// EIE's structures hold the widest operands whatever a layer's are.
Options structure(const Options& options) {
    Options widest = options;
    widest.weight_bits = widest.act_bits = widest_operand;
    return widest;
}

double number(uint64_t value) {
    return static_cast<double>(value);
}

// Registers that a PE has beyond EIE's: both files are 32 bits wide, and every lane has the sum,
// row and product stages of its own, of which EIE's PE has one of 16-bit sums.
double more_register_bits(const Options& o) {
    const double files = 2 * number(o.act_registers) * (sum_bits - widest_operand);
    const double lane = 3 * number(eie::row_bits(o)) + 2 * widest_operand + 2 * sum_bits;
    return files + number(o.lanes) * lane - number(eie::pipeline_bits(structure(o)));
}

// What one entry does besides its product: codebook, row, sum, and their registers.
double entry_pj(const Options& o) {
    const double row = number(eie::row_bits(o));
    const double pipeline = 3 * row + 2 * widest_operand + 2 * sum_bits;
    return (widest_operand + pipeline) * register_pj_per_bit() + adder_pj(sum_bits) + adder_pj(row);
}

// A port of the destination registers selects one of them to read, and each of them selects the
// port that writes it.
double ports_um2(const Options& o) {
    const double registers = number(o.act_registers), lanes = number(o.lanes);
    const double published = selector_um2(registers, 2 * widest_operand); // EIE's own, both files
    const double source = selector_um2(registers, sum_bits);
    const double reads = lanes * selector_um2(registers, sum_bits);
    const double writes = registers * selector_um2(lanes, sum_bits);
    return source + reads + writes - published;
}

double lanes_um2(const Options& o) {
    const double codes = number(uint64_t{1} << o.codebook_bits);
    return number(o.lanes) * (selector_um2(codes, widest_operand) + adder_um2(sum_bits) +
                              adder_um2(number(eie::row_bits(o))));
}

// At 45 nm: what EIE's PE has in its arithmetic unit besides registers.
double eie_lane_um2(const Options& o) {
    return selector_um2(number(uint64_t{1} << o.codebook_bits), widest_operand) +
           multiplier_um2(widest_operand, widest_operand) + adder_um2(widest_operand) +
           adder_um2(number(eie::row_bits(o)));
}

struct PeParts { // um2 of one PE, scaled to its technology
    double spmat_read, ptr_read, act_queue, arithmetic, fusion_unit, act_rw, clock;
    double total() const {
        return spmat_read + ptr_read + act_queue + arithmetic + fusion_unit + act_rw + clock;
    }
};

PeParts pe_parts(const Options& o) {
    const eie::PeArea parent = eie::pe_area(structure(o));
    const double scale = area_scale(number(o.technology_nm));
    const double more_bits = more_register_bits(o);
    const double files = 2 * number(o.act_registers) * (sum_bits - widest_operand);
    const double parent_bits = number(eie::register_bits(structure(o)).total());
    PeParts pe;
    pe.spmat_read =
        parent.spmat_read + scale * (number(o.lanes) - 1) *
                                selector_um2(number(o.entries_per_word()), number(o.entry_bits()));
    pe.ptr_read = parent.ptr_read;
    pe.act_queue = parent.act_queue;
    pe.arithmetic = parent.arithmetic + scale * (lanes_um2(o) - eie_lane_um2(o) +
                                                 (more_bits - files) * register_um2_per_bit());
    pe.fusion_unit = scale * unit_um2;
    pe.act_rw = parent.act_rw + scale * (files * register_um2_per_bit() + ports_um2(o));
    pe.clock = parent.clock * (parent_bits + more_bits) / parent_bits;
    return pe;
}

// What is added to EIE's PE leaks like other logic, the fusion unit as synthesised.
double leakage_mw(const Options& o, const eie::UnitEnergies& parent) {
    const double nm = number(o.technology_nm);
    const PeParts pe = pe_parts(o);
    const double added =
        (pe.total() - pe.fusion_unit - eie::pe_area(structure(o)).total()) / area_scale(nm);
    return parent.leakage_mw +
           leakage_scale(nm) * (unit_leakage_mw + added * logic_leakage_mw_per_um2());
}

eie::PeCounters sum_of_pes(const eie::Counters& counters) {
    eie::PeCounters sum;
    for (const eie::PeCounters& pe : counters.pe) {
#define ASSAY_ADD(name, unit, help) sum.name += pe.name;
        ASSAY_SPARSE_FUSION_PE_COUNTERS(ASSAY_ADD)
#undef ASSAY_ADD
    }
    return sum;
}

double act_rw_pj(const eie::UnitEnergies& pj, const eie::PeCounters& sum) {
    const double registers = number(sum.act_src_reads) + number(sum.act_src_writes) +
                             number(sum.act_dst_reads) + number(sum.act_dst_writes);
    return registers * pj.act_register * sum_bits / widest_operand +
           number(sum.act_sram_reads) * pj.act_sram_read +
           number(sum.act_sram_writes) * pj.act_sram_write;
}

} // namespace

std::vector<Amount> energy(const Options& options, const eie::Counters& counters) {
    const Options o = structure(options);
    const eie::UnitEnergies pj = eie::unit_energies(o);
    const eie::PeCounters sum = sum_of_pes(counters);
    const eie::LayerTotals& t = counters.total;
    const double joule = 1e-12, scale = energy_scale(number(o.technology_nm));
    const double pe_cycles =
        (number(counters.cycles) + number(counters.io_cycles)) * number(o.pe_count);
    const double pe_seconds = pe_cycles / (o.clock_mhz * 1e6);
    const double bits = number(eie::register_bits(o).total());
    const double clock = pj.clock * (bits + more_register_bits(o)) / bits;
    const double dram = number(t.dram_read_bits) + number(t.dram_write_bits) + number(t.io_bits);
    return {
        {"spmat_read",
         joule * (number(sum.spmat_reads) * pj.spmat_word + number(sum.entries) * pj.spmat_entry)},
        {"ptr_read", joule * number(sum.ptr_reads) * pj.ptr_pair},
        {"act_rw", joule * act_rw_pj(pj, sum)},
        {"arithmetic", joule * number(sum.entries) * scale * entry_pj(o)},
        {"fusion_unit", joule * number(sum.issue_cycles) * scale * unit_pj},
        {"act_queue", joule * number(sum.queue_pushes) * (pj.queue_push + pj.queue_pop)},
        {"lnzd", joule * (number(t.broadcasts) + number(t.scan_rows)) * pj.lnzd_tree},
        {"clock", joule * pe_cycles * clock},
        {"leakage", 1e-3 * leakage_mw(o, pj) * pe_seconds},
        {"dram", joule * o.dram_pj_per_bit * dram},
    };
}

std::vector<Amount> area(const Options& options) {
    const Options o = structure(options);
    const PeParts pe = pe_parts(o);
    const double pes = number(o.pe_count) * 1e-6; // um2 of one PE to mm2 of all
    return {
        {"spmat_read", pe.spmat_read * pes},
        {"ptr_read", pe.ptr_read * pes},
        {"act_rw", pe.act_rw * pes},
        {"arithmetic", pe.arithmetic * pes},
        {"fusion_unit", pe.fusion_unit * pes},
        {"act_queue", pe.act_queue * pes},
        {"clock", pe.clock * pes},
        {"lnzd", eie::lnzd_um2(o) * 1e-6},
        {"filler", pe.total() * eie::filler_per_um2() * pes},
    };
}

} // namespace assay::sparse_fusion
