// Energy and area from the authors' synthesis and CACTI figures (45 nm, 500 MHz).
#include <algorithm>
#include <array>

#include "bit_fusion_design.hpp"
#include "interpolate.hpp"
#include "logic.hpp"
#include "technology.hpp"

namespace assay::bit_fusion {
namespace {

// CACTI 7 rows of the authors' simulator, words of 32 bits: bank size, energy of an access, and the
// bank's share of the area that their notebook prints (weight, output and input buffer of 64, 16
// and 32 KB: 0.767, 0.243 and 0.242 mm2).
struct Bank {
    double bytes, read_pj, write_pj, um2;
};
constexpr Bank banks[] = {
    {128, .683701, .925317, .767e6 / 512},
    {512, 1.06097, 2.33869, .243e6 / 32},
    {2048, 1.90318, 3.63853, .242e6 / 16},
};
constexpr double bank_word_bits = 32;
constexpr double unit_um2 = 1734.6; // synthesised array, 8 to 2 bits, per fusion unit

// Power law through the neighbouring two; exact at the three.
double at_size(double bytes, double Bank::*quantity) {
    const Bank& low = bytes <= banks[1].bytes ? banks[0] : banks[1];
    const Bank& high = bytes <= banks[1].bytes ? banks[1] : banks[2];
    return cost::log_log(low.bytes, low.*quantity, high.bytes, high.*quantity, bytes);
}

struct Buffer {
    uint64_t bytes, count; // of all banks together; banks
    double bank() const { return static_cast<double>(bytes) / static_cast<double>(count); }
    double read_pj_per_bit() const { return at_size(bank(), &Bank::read_pj) / bank_word_bits; }
    double write_pj_per_bit() const { return at_size(bank(), &Bank::write_pj) / bank_word_bits; }
    // Cells rule a large bank's area.
    double mm2() const {
        const double known = std::min(bank(), banks[2].bytes);
        return at_size(known, &Bank::um2) * bank() / known * static_cast<double>(count) * 1e-6;
    }
    double pj(uint64_t read_bits, uint64_t write_bits) const {
        return static_cast<double>(read_bits) * read_pj_per_bit() +
               static_cast<double>(write_bits) * write_pj_per_bit();
    }
};

struct Buffers {
    Buffer weight, input, output;
    explicit Buffers(const Options& o)
        : weight{o.wbuf_bytes, o.rows * o.cols}, input{o.ibuf_bytes, o.rows}, output{o.obuf_bytes,
                                                                                     o.cols} {}
};

Buffer handover_of(const Options& o) {
    return {o.handover_bytes, o.rows};
}

double count(uint64_t value) {
    return static_cast<double>(value);
}

} // namespace

std::vector<Amount> energy(const Options& options, const tiled::LayerCounters& c) {
    const Buffers buffers(options);
    const double node = cost::energy_scale(count(options.technology_nm)) * 1e-12;
    const double units = count(options.rows * options.cols);
    const double array_cycles = c.products > 0 ? count(c.issue_cycles) : 0;
    const double unit_seconds = count(c.pe_cycles) / (options.clock_mhz * 1e6);
    return {
        {"array", node * options.unit_pj_per_cycle * units * array_cycles},
        {"wbuf", node * buffers.weight.pj(c.weight_read_bits, c.weight_load_bits)},
        {"ibuf", node * buffers.input.pj(c.input_read_bits, c.input_load_bits)},
        {"obuf", node * buffers.output.pj(c.output_read_bits + c.output_store_bits,
                                          c.output_write_bits + c.output_load_bits)},
        {"vector_unit", node * cost::adder_pj(32) * count(c.element_ops)},
        {"handover", c.handover_bits == 0 ? 0 : node * handover_of(options).pj(c.handover_bits, 0)},
        {"leakage", cost::leakage_scale(count(options.technology_nm)) * 1e-6 *
                        options.unit_leakage_uw * unit_seconds},
        {"dram", 1e-12 * options.dram_pj_per_bit * count(c.dram_read_bits + c.dram_write_bits)},
    };
}

std::vector<Amount> area(const Options& options) {
    const Buffers buffers(options);
    const double node = cost::area_scale(count(options.technology_nm));
    return {
        {"array", node * unit_um2 * 1e-6 * count(options.rows * options.cols)},
        {"wbuf", node * buffers.weight.mm2()},
        {"ibuf", node * buffers.input.mm2()},
        {"obuf", node * buffers.output.mm2()},
        {"handover", options.handover_bytes > 0 ? node * handover_of(options).mm2() : 0},
    };
}

} // namespace assay::bit_fusion
