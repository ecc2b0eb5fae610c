#include "bit_serial_design.hpp"

#include <algorithm>

#include "dpa.hpp"
#include "planes.hpp"
#include "product.hpp"
#include "text.hpp"
#include "tiling.hpp"

namespace assay::bit_serial {
namespace {

constexpr uint64_t sum_bits = 32;

DramOptions port(const Options& o, uint64_t bits_per_cycle) {
    DramOptions out;
    out.bits_per_cycle = bits_per_cycle;
    out.latency_cycles = o.dram_latency_cycles;
    out.banks = o.dram_banks;
    out.row_bytes = o.dram_row_bytes;
    out.row_miss_cycles = o.dram_row_miss_cycles;
    out.turnaround_cycles = o.dram_turnaround_cycles;
    out.refresh_interval_cycles = o.dram_refresh_interval_cycles;
    out.refresh_cycles = o.dram_refresh_cycles;
    return out;
}

struct Choice {
    Mapping mapping;
    Prediction prediction;
    bool found = false;
};

// The first of the best: all are looked at.
Choice best_of(const Options& options, const Nest& nest, uint64_t groups) {
    Choice best;
    for (const Mapping& mapping : tilings(options, nest, groups)) {
        const Prediction prediction = predict(options, nest, mapping);
        if (!best.found || prediction < best.prediction) {
            best = {mapping, prediction, true};
        }
    }
    return best;
}

std::string predicted(const Choice& choice) {
    return choice.found ? text("%llu", static_cast<unsigned long long>(choice.prediction.cycles))
                        : "does not fit";
}

// The first tile of an image.
bool begins_image(const Tile& tile) {
    for (Loop loop : {loop_group, loop_out_c, loop_in_c, loop_out_h, loop_out_w}) {
        if (tile.range[loop].first > 0) {
            return false;
        }
    }
    return true;
}

} // namespace

unsigned output_bits(const Options& options, const Nest& nest) {
    return options.output_bits > 0 ? static_cast<unsigned>(options.output_bits) : nest.a_bits;
}

uint64_t tile_words(const Options& options, uint64_t buffer_bytes) {
    return buffer_bytes * 8 / options.dpu_bits / options.buffer_halves;
}

tiled::PipelineOptions BitSerial::pipeline() const {
    tiled::PipelineOptions out;
    out.channels = {port(options_, options_.input_port_bits),
                    port(options_, options_.weight_port_bits),
                    port(options_, options_.output_port_bits)};
    if (options_.handover_bytes > 0) {
        DramOptions buffer;
        buffer.bits_per_cycle = options_.handover_bits_per_cycle;
        buffer.latency_cycles = 1;
        out.channels.push_back(buffer);
    }
    out.halves = options_.buffer_halves;
    out.shared_ports = options_.shared_ports != 0;
    return out;
}

unsigned BitSerial::output_bits(const Nest& nest) const {
    return bit_serial::output_bits(options_, nest);
}

bool BitSerial::map(const Nest& nest, const std::string& layer, Mapping& mapping, std::string& note,
                    assay_report* report) const {
    const uint64_t packed = packed_groups(options_, nest);
    const bool may_pack = packed > 1 && options_.depthwise_mapping != depthwise_single;
    const bool may_not = packed == 1 || options_.depthwise_mapping != depthwise_packed;
    const Choice side_by_side = may_pack ? best_of(options_, nest, packed) : Choice();
    const Choice single = may_not || !side_by_side.found ? best_of(options_, nest, 1) : Choice();
    if (!side_by_side.found && !single.found) {
        assay_report_add(report,
                         "layer %s does not fit at %u-bit weights and %u-bit activations: %s",
                         layer.c_str(), nest.w_bits, nest.a_bits, lacking(options_, nest).c_str());
        return false;
    }
    const bool pack =
        side_by_side.found && (!single.found || side_by_side.prediction < single.prediction);
    mapping = (pack ? side_by_side : single).mapping;
    note = mapping_text(nest, mapping);
    if (may_pack && may_not) {
        note += text("; predicted cycles: packed by %llu groups %s, single %s",
                     static_cast<unsigned long long>(packed), predicted(side_by_side).c_str(),
                     predicted(single).c_str());
    }
    return true;
}

void BitSerial::fill(const Nest& nest, const Mapping&, tiled::Step& step) const {
    Visit& visit = step.visit;
    const Product p = product_of(options_, nest, visit.tile);
    // Nobody remembers, from image to image, that the weights are there already.
    visit.fresh[operand_weight] |= refetches(options_, nest) && begins_image(visit.tile);
    const uint64_t weights = weight_bits(options_, nest, p), inputs = input_bits(options_, nest, p);
    step.load_bits[operand_weight] = visit.fresh[operand_weight] ? weights : 0;
    step.load_bits[operand_input] = visit.fresh[operand_input] ? inputs : 0;
    step.load_channel = {channel_input, channel_weight, channel_output};
    step.store_channel = channel_output;
    const uint64_t bits = visit.tile.last_in_c ? output_bits(nest) : sum_bits;
    step.store_bits = visit.leaves ? visit.tile.outputs() * bits : 0;
    step.load_bits[operand_output] = visit.resumes ? visit.tile.outputs() * sum_bits : 0;
    step.issue_cycles = p.cycles();
    step.drain_cycles = options_.dpu_latency;
    const uint64_t m = p.m % options_.rows, n = p.n % options_.cols, each = p.slot_cycles();
    const uint64_t rows = p.m / options_.rows, cols = p.n / options_.cols; // full slots
    step.blocks = {tiled::Block{options_.rows, options_.cols, rows * cols * each},
                   tiled::Block{m, options_.cols, m > 0 ? cols * each : 0},
                   tiled::Block{options_.rows, n, n > 0 ? rows * each : 0},
                   tiled::Block{m, n, m > 0 && n > 0 ? each : 0}};
}

// Every pass reads a word from the buffer of each row and column that it uses; a unit's sum goes to
// the result buffer once.
tiled::BufferBits BitSerial::buffer_bits(const Nest& nest, const Mapping&,
                                         const tiled::Step& step) const {
    const Product p = product_of(options_, nest, step.visit.tile);
    const uint64_t word = p.slot_cycles() * options_.dpu_bits;
    tiled::BufferBits bits;
    bits.weight_read = p.m * p.col_slots * word;
    bits.input_read = p.n * p.row_slots * word;
    const Tile& tile = step.visit.tile;
    bits.output_write = p.m * p.n * (tile.last_in_c ? output_bits(nest) : sum_bits);
    bits.output_read = tile.first_in_c ? 0 : p.m * p.n * sum_bits;
    return bits;
}

double BitSerial::peak_macs(const Nest& nest) const {
    return static_cast<double>(options_.rows * options_.cols * options_.dpu_bits) /
           (nest.w_bits * nest.a_bits);
}

void BitSerial::compute(const tiled::Operands& operands, const Mapping&,
                        const tiled::Step& step) const {
    const Nest& nest = *operands.nest;
    const Tile& tile = step.visit.tile;
    const Product p = product_of(options_, nest, tile);
    const TilePlanes planes = tile_planes(operands, tile, p);
    const std::vector<Pass> order = passes(nest);
    for (uint64_t row = 0; row < p.m; ++row) {
        for (uint64_t col = 0; col < p.n; ++col) {
            uint32_t sum = 0;
            for (const Pass& pass : order) {
                const uint32_t count =
                    common_bits(planes.weights.plane(row, pass.w_plane),
                                planes.inputs.plane(col, pass.a_plane), planes.weights.chunks());
                sum = accumulate(sum, pass.shift, pass.negative, count);
            }
            sum_of(operands, tile, row, col) += sum;
        }
    }
}

std::unique_ptr<tiled::ClockedArray> BitSerial::clocked_array() const {
    return make_dot_product_array(options_);
}

std::unique_ptr<tiled::Design> make_design(const Options& options) {
    return std::make_unique<BitSerial>(options);
}

} // namespace assay::bit_serial
