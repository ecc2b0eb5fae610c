// Energy of a simulated layer and area of the machine. Nobody has published either for HAQ's
// machines: these are gates and SRAM at 45 nm (sim/cost), scaled, as if the array were a chip of
// its own. On an FPGA, as BISMO is, it takes more of both.
#include "bit_serial.hpp"

#include <algorithm>
#include <cmath>

#include "logic.hpp"
#include "sram.hpp"
#include "technology.hpp"

namespace assay::bit_serial {
namespace {

constexpr double sum_bits = 32;

double real(uint64_t value) {
    return static_cast<double>(value);
}

// A bit of a word in a unit: its AND, and its adder in the compressor that counts the ones (n ones
// take n - 1 full adders or fewer). An 8-bit multiplier is 64 ANDs and 56 adders of one bit, so a
// 64th of one is taken; an estimate.
constexpr double multiplier_bits = 64;

double unit_pj(const Options& o) {
    return real(o.dpu_bits) * cost::multiplier_pj(8, 8) / multiplier_bits +
           cost::adder_pj(sum_bits) + sum_bits * cost::register_pj_per_bit();
}

// Registers of the counts on their way: a count of up to dpu_bits in each stage of the pipeline.
double pipeline_bits(const Options& o) {
    return real(o.dpu_latency) * std::ceil(std::log2(real(o.dpu_bits) + 1));
}

double unit_um2(const Options& o) {
    return real(o.dpu_bits) * cost::multiplier_um2(8, 8) / multiplier_bits +
           cost::adder_um2(sum_bits) + (sum_bits + pipeline_bits(o)) * cost::register_um2_per_bit();
}

// A word's register in front of every row and column.
double feed_um2(const Options& o) {
    return real((o.rows + o.cols) * o.dpu_bits) * cost::register_um2_per_bit();
}

double logic_um2(const Options& o) {
    return real(o.rows * o.cols) * unit_um2(o) + feed_um2(o);
}

// `banks` memories that make up a buffer, each with a word of `width` bits.
struct Buffer {
    cost::SramCost bank;
    double banks, width;
    double read_pj(uint64_t bits) const { return real(bits) * bank.read_pj / width; }
    double write_pj(uint64_t bits) const { return real(bits) * bank.write_pj / width; }
    double leakage_mw() const { return banks * bank.leakage_mw; }
    double mm2() const { return banks * bank.area_mm2; }
};

Buffer buffer(uint64_t bytes, uint64_t banks, uint64_t width) {
    const uint64_t share = std::max<uint64_t>(bytes / banks, 1);
    return {cost::sram_cost(cost::SramCell::lop, share, width), real(banks), real(width)};
}

struct Buffers {
    Buffer weight, input, output, handover;
    bool has_handover;
    double leakage_mw() const {
        return weight.leakage_mw() + input.leakage_mw() + output.leakage_mw() +
               (has_handover ? handover.leakage_mw() : 0);
    }
};

Buffers buffers(const Options& o) {
    return {buffer(o.wbuf_bytes, o.rows, o.dpu_bits), buffer(o.ibuf_bytes, o.cols, o.dpu_bits),
            buffer(o.obuf_bytes, o.cols, 32), buffer(o.handover_bytes, o.cols, o.dpu_bits),
            o.handover_bytes > 0};
}

double output_pj(const Buffers& b, const tiled::LayerCounters& c) {
    return b.output.read_pj(c.output_read_bits + c.output_store_bits) +
           b.output.write_pj(c.output_write_bits + c.output_load_bits);
}

} // namespace

std::vector<Amount> energy(const Options& o, const tiled::LayerCounters& c) {
    const Buffers b = buffers(o);
    const double scale = 1e-12 * cost::energy_scale(real(o.technology_nm));
    const double feed = real(c.input_read_bits + c.weight_read_bits) * cost::register_pj_per_bit();
    const double seconds = real(c.pe_cycles) / real(o.rows * o.cols) / (o.clock_mhz * 1e6);
    const double leakage_mw = b.leakage_mw() + logic_um2(o) * cost::logic_leakage_mw_per_um2();
    return {
        {"array", scale * (real(c.active_pe_cycles) * unit_pj(o) + feed)},
        {"weight_buffer",
         scale * (b.weight.read_pj(c.weight_read_bits) + b.weight.write_pj(c.weight_load_bits))},
        {"input_buffer",
         scale * (b.input.read_pj(c.input_read_bits) + b.input.write_pj(c.input_load_bits))},
        {"output_buffer", scale * output_pj(b, c)},
        {"handover", scale * b.handover.read_pj(c.handover_bits)}, // a write costs about as much
        {"vector_unit", scale * real(c.element_ops) * cost::adder_pj(sum_bits)},
        {"leakage", 1e-3 * leakage_mw * cost::leakage_scale(real(o.technology_nm)) * seconds},
        {"dram", 1e-12 * o.dram_pj_per_bit * real(c.dram_read_bits + c.dram_write_bits)},
    };
}

std::vector<Amount> area(const Options& o) {
    const Buffers b = buffers(o);
    const double scale = cost::area_scale(real(o.technology_nm));
    return {
        {"array", scale * logic_um2(o) * 1e-6},
        {"weight_buffer", scale * b.weight.mm2()},
        {"input_buffer", scale * b.input.mm2()},
        {"output_buffer", scale * b.output.mm2()},
        {"handover", b.has_handover ? scale * b.handover.mm2() : 0},
    };
}

} // namespace assay::bit_serial
