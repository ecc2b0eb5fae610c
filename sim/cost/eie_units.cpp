// Figures of logic are in logic.cpp, of SRAM in sram_table.cpp. The machine's own are here, from
// Table II of the EIE paper (Han et al., ISCA 2016): power and area of one PE at 45 nm and 800 MHz.
//
// Not modelled, because the paper gives no figure and leaves them out of its own totals: the wires
// of the broadcast tree, the central control unit, and writing the SRAMs from DRAM (0.2 pJ a bit,
// 1 % of what the DRAM itself takes).
#include "eie_units.hpp"

#include <algorithm>

#include "eie_parts.hpp"
#include "logic.hpp"
#include "sram.hpp"
#include "technology.hpp"

namespace assay::eie {
namespace {

using namespace assay::cost;

constexpr double published_mhz = 800;
// Register bits of the published PE as register_bits() counts them.
constexpr double published_register_bits = 2738;

// Calibrated on EIE Table II: clock network 1.874 mW and 866 um2 in a PE, spread over its
// registers. The one energy of this model that is fitted: a clock tree's wires are layout.
constexpr double clock_pj_per_bit = 1.874e3 / published_mhz / published_register_bits;
constexpr double clock_um2_per_bit = 866 / published_register_bits;
// Calibrated on EIE Table II: 23961 um2 of filler in a PE of 638024 um2.
constexpr double published_filler = 23961.0 / (638024 - 23961);

// EIE section on physical design: a leading non-zero detection node of 4 inputs and 16 bits takes
// 0.023 mW and 189 um2, published; read as the power of a node at work in every cycle. Other sizes
// in proportion to inputs and bits (assumed). Its leakage is inside the published power.
constexpr double lnzd_node_pj = 0.023e3 / published_mhz;
constexpr double lnzd_node_um2 = 189;

// itrs-lop for reads, writes, leakage and area alike: one transistor type that can be built, and
// the only one of the three that suits the published PE without being fitted to it. itrs-hp leaks
// 167 mW in the 128 KB array alone, 18 times all of a PE's 9.2 mW; itrs-lstp cycles in 1.65 ns
// there, longer than the 1.25 ns of 800 MHz. itrs-lop cycles in 1.08 ns; its access of 1.56 ns
// spans two clocks.
SramCost sram(uint64_t bytes, uint64_t width_bits) {
    return sram_cost(SramCell::lop, std::max<uint64_t>(bytes, 1), width_bits);
}

SramCost spmat_sram(const Options& options) {
    return sram(options.spmat_bytes, options.spmat_width_bits);
}

// Even and odd columns' pointers lie in banks of their own, so that a pair is read in one cycle.
SramCost ptr_bank(const Options& options) {
    return sram(options.ptr_bytes / 2, options.ptr_bits);
}

SramCost act_sram(const Options& options) {
    return sram(options.act_sram_bytes, options.act_sram_width_bits);
}

double register_pj(uint64_t bits) {
    return static_cast<double>(bits) * register_pj_per_bit();
}

double register_um2(uint64_t bits) {
    return static_cast<double>(bits) * register_um2_per_bit();
}

double sram_um2(const SramCost& cost) {
    return cost.area_mm2 * 1e6;
}

double selector_area(uint64_t inputs, uint64_t bits) {
    return selector_um2(static_cast<double>(inputs), static_cast<double>(bits));
}

double lnzd_node_size(const Options& options) {
    return static_cast<double>(options.lnzd_group * options.act_bits) / (4 * 16);
}

// Padding entries pay it in full: no gating of their operands is described.
double entry_pj(const Options& options) {
    const double weight = static_cast<double>(options.weight_bits);
    const double act = static_cast<double>(options.act_bits);
    const double row = static_cast<double>(row_bits(options));
    const double look_up = register_pj(options.weight_bits);
    return look_up + multiplier_pj(weight, act) + adder_pj(act) + adder_pj(row) +
           register_pj(pipeline_bits(options));
}

double arithmetic_um2(const Options& options) {
    const double weight = static_cast<double>(options.weight_bits);
    const double act = static_cast<double>(options.act_bits);
    const double row = static_cast<double>(row_bits(options));
    return register_um2(register_bits(options).arithmetic) +
           selector_area(uint64_t{1} << options.codebook_bits, options.weight_bits) +
           multiplier_um2(weight, act) + adder_um2(act) + adder_um2(row);
}

double sram_leakage_mw(const Options& options) {
    return spmat_sram(options).leakage_mw + 2 * ptr_bank(options).leakage_mw +
           act_sram(options).leakage_mw;
}

double logic_leakage_mw(const Options& options) {
    const double sram_area = sram_um2(spmat_sram(options)) + 2 * sram_um2(ptr_bank(options)) +
                             sram_um2(act_sram(options));
    const double logic = pe_area(options).total() / area_scale(double(options.technology_nm));
    return (logic - sram_area) * logic_leakage_mw_per_um2();
}

UnitEnergies unit_energies_45nm(const Options& options) {
    const double nodes = static_cast<double>(lnzd_nodes(options));
    UnitEnergies pj;
    pj.spmat_word = spmat_sram(options).read_pj + register_pj(options.spmat_width_bits);
    pj.spmat_entry = register_pj(options.entry_bits());
    pj.ptr_pair = 2 * ptr_bank(options).read_pj + register_pj(2 * options.ptr_bits);
    pj.entry = entry_pj(options);
    pj.act_register = register_pj(options.act_bits);
    pj.act_sram_read = act_sram(options).read_pj;
    pj.act_sram_write = act_sram(options).write_pj;
    pj.queue_push = register_pj(queue_slot_bits(options));
    pj.queue_pop = pj.queue_push;
    pj.lnzd_tree = nodes * lnzd_node_pj * lnzd_node_size(options);
    pj.clock = static_cast<double>(register_bits(options).total()) * clock_pj_per_bit;
    pj.leakage_mw = sram_leakage_mw(options) + logic_leakage_mw(options);
    return pj;
}

} // namespace

UnitEnergies unit_energies(const Options& options) {
    UnitEnergies pj = unit_energies_45nm(options);
    const double scale = energy_scale(static_cast<double>(options.technology_nm));
    for (double* value : {&pj.spmat_word, &pj.spmat_entry, &pj.ptr_pair, &pj.entry,
                          &pj.act_register, &pj.act_sram_read, &pj.act_sram_write, &pj.queue_push,
                          &pj.queue_pop, &pj.lnzd_tree, &pj.clock}) {
        *value *= scale;
    }
    pj.leakage_mw *= leakage_scale(static_cast<double>(options.technology_nm));
    return pj;
}

PeArea pe_area(const Options& options) {
    const RegisterBits bits = register_bits(options);
    const double scale = area_scale(static_cast<double>(options.technology_nm));
    const uint64_t files = 2;
    PeArea um2;
    um2.spmat_read = scale * (sram_um2(spmat_sram(options)) + register_um2(bits.spmat_read) +
                              selector_area(options.entries_per_word(), options.entry_bits()));
    um2.ptr_read = scale * (2 * sram_um2(ptr_bank(options)) + register_um2(bits.ptr_read));
    um2.act_queue = scale * (register_um2(bits.act_queue) +
                             selector_area(options.queue_depth + 1, queue_slot_bits(options)));
    um2.arithmetic = scale * arithmetic_um2(options);
    um2.act_rw = scale * (sram_um2(act_sram(options)) + register_um2(bits.act_rw) +
                          selector_area(options.act_registers, files * options.act_bits));
    um2.clock = scale * clock_um2_per_bit * static_cast<double>(bits.total());
    return um2;
}

double lnzd_um2(const Options& options) {
    return static_cast<double>(lnzd_nodes(options)) * lnzd_node_um2 * lnzd_node_size(options) *
           area_scale(static_cast<double>(options.technology_nm));
}

double filler_per_um2() {
    return published_filler;
}

} // namespace assay::eie
