// Energy of a simulated layer and area of the machine. Not modelled: the control unit, Eyeriss's
// networks on chip apart from the links between PEs, its run-length coding and its zero gating.
#include <algorithm>

#include "folds.hpp"
#include "logic.hpp"
#include "sram.hpp"
#include "systolic.hpp"
#include "technology.hpp"

namespace assay::systolic {
namespace {

using namespace assay::cost;

// Bit Fusion's authors' synthesis results at 45 nm and 500 MHz (systolic_array_synth.csv), 4 x 4
// arrays of fixed 8/8 and 16/16 units, a sixteenth of each: a cycle at work, area, leakage. The
// unit's registers are included.
struct Unit {
    double pj, um2, leakage_mw;
};
constexpr Unit unit_8 = {0.203, 510.7, 16.1e-3};
constexpr Unit unit_16 = {0.603, 1679, 57.0e-3};

// Eyeriss's energies relative to a product of 16 bits (nn_dataflow's defaults): 1 for an access to
// a scratchpad, of which a product makes four (input, weight, sum in, sum out), 2 for a sum's way
// from PE to PE.
constexpr double spad_accesses = 4, spad_energy = 1, link_energy = 2;

constexpr uint64_t word_bits = 64; // of the buffers (ours)

const Unit& unit_of(const Options& o) {
    return o.mac_bits == mac_8 ? unit_8 : unit_16;
}

double number(uint64_t value) {
    return static_cast<double>(value);
}

// itrs-lop for everything, as the other machines.
SramCost buffer(uint64_t bytes) {
    return sram_cost(SramCell::lop, bytes, word_bits);
}

double access_pj(uint64_t bytes, uint64_t read_bits, uint64_t write_bits) {
    const SramCost cost = buffer(bytes);
    return (number(read_bits) * cost.read_pj + number(write_bits) * cost.write_pj) /
           number(word_bits);
}

// rs: the filters' scratchpad is an SRAM, the others are registers, as in Eyeriss.
SramCost filter_spad(const Options& o) {
    return sram_cost(SramCell::lop, divide_up(o.filter_spad * o.mac_width(), 8), o.mac_width());
}

double spad_register_um2(const Options& o) {
    return number(o.psum_spad + o.input_spad) * o.mac_width() * register_um2_per_bit();
}

double spad_mm2(const Options& o) {
    const bool rs = o.dataflow == dataflow_rs;
    return rs ? filter_spad(o).area_mm2 + spad_register_um2(o) * 1e-6 : 0;
}

double spad_leakage_mw(const Options& o) {
    const bool rs = o.dataflow == dataflow_rs;
    return rs ? filter_spad(o).leakage_mw + spad_register_um2(o) * logic_leakage_mw_per_um2() : 0;
}

double leakage_mw(const Options& o) {
    const double pes = number(o.rows * o.cols);
    const double buffers = buffer(o.ibuf_bytes).leakage_mw + buffer(o.wbuf_bytes).leakage_mw +
                           buffer(o.obuf_bytes).leakage_mw +
                           (o.handover_bytes > 0 ? buffer(o.handover_bytes).leakage_mw : 0);
    return pes * (unit_of(o).leakage_mw + spad_leakage_mw(o)) + buffers;
}

// Sums go down a set from kernel row to kernel row.
double links(const tiled::LayerCounters& c, const Options& o, const Nest& nest) {
    const uint64_t kernel_rows = std::min(nest.kernel_h, o.rows);
    return number(c.output_write_bits / o.psum_bits) * number(kernel_rows - 1);
}

} // namespace

std::vector<Amount> energy(const Options& o, const tiled::LayerCounters& c, const Nest& nest) {
    const double scale = energy_scale(number(o.technology_nm)) * 1e-12;
    const double active = number(c.active_pe_cycles);
    const bool rs = o.dataflow == dataflow_rs;
    const double cycles = number(c.pe_cycles) / number(o.rows * o.cols);
    const double leakage = leakage_mw(o) * leakage_scale(number(o.technology_nm)) * 1e-3;
    const double element_pj = adder_pj(sum_bits) + 2 * sum_bits * register_pj_per_bit();
    return {
        {"mac", active * unit_of(o).pj * scale},
        {"scratchpad", rs ? active * spad_accesses * spad_energy * unit_of(o).pj * scale : 0},
        {"pe_links", rs ? links(c, o, nest) * link_energy * unit_of(o).pj * scale : 0},
        {"ibuf", access_pj(o.ibuf_bytes, c.input_read_bits, c.input_load_bits) * scale},
        {"wbuf", access_pj(o.wbuf_bytes, c.weight_read_bits, c.weight_load_bits) * scale},
        {"obuf", access_pj(o.obuf_bytes, c.output_read_bits + c.output_store_bits,
                           c.output_write_bits + c.output_load_bits) *
                     scale},
        {"handover",
         o.handover_bytes > 0 ? access_pj(o.handover_bytes, c.handover_bits, 0) * scale : 0},
        {"vector_unit", number(c.element_ops) * element_pj * scale},
        {"leakage", leakage * cycles / (o.clock_mhz * 1e6)},
        {"dram", number(c.dram_read_bits + c.dram_write_bits) * o.dram_pj_per_bit * 1e-12},
    };
}

std::vector<Amount> area(const Options& o) {
    const double scale = area_scale(number(o.technology_nm));
    const double pes = number(o.rows * o.cols);
    return {
        {"macs", pes * unit_of(o).um2 * 1e-6 * scale},
        {"scratchpads", pes * spad_mm2(o) * scale},
        {"ibuf", buffer(o.ibuf_bytes).area_mm2 * scale},
        {"wbuf", buffer(o.wbuf_bytes).area_mm2 * scale},
        {"obuf", buffer(o.obuf_bytes).area_mm2 * scale},
        {"handover", o.handover_bytes > 0 ? buffer(o.handover_bytes).area_mm2 * scale : 0},
    };
}

} // namespace assay::systolic
