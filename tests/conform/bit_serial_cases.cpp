#include "bit_serial_cases.hpp"

#include <stdexcept>

#include "context.hpp"
#include "operands.hpp"
#include "rng.h"
#include "tally.hpp"
#include "text.hpp"
#include "tiled_cases.hpp"
#include "tiling.hpp"

namespace assay::bit_serial {
namespace {

constexpr uint64_t most_cycles = 6000; // keeps the clocked model's share of the test small

class Dice {
  public:
    Dice(uint64_t seed, const std::string& stream) : rng_(assay_rng_seed(seed, stream.c_str())) {}
    bool chance(uint64_t percent) { return assay_rng_below(&rng_, 100) < percent; }
    uint64_t between(uint64_t low, uint64_t high) {
        return low + assay_rng_below(&rng_, high - low + 1);
    }

  private:
    assay_rng rng_;
};

void random_memory(Dice& dice, Options& o) {
    for (uint64_t* bits : {&o.weight_port_bits, &o.input_port_bits, &o.output_port_bits}) {
        *bits = dice.between(1, dice.chance(50) ? 40 : 600);
    }
    o.dram_latency_cycles = dice.chance(50) ? 1 : dice.between(2, 60);
    if (dice.chance(40)) {
        o.dram_banks = dice.between(1, 4);
        o.dram_row_bytes = dice.between(64, 256);
        o.dram_row_miss_cycles = dice.between(0, 20);
    }
    o.dram_turnaround_cycles = dice.chance(40) ? dice.between(1, 12) : 0;
    if (dice.chance(40)) {
        o.dram_refresh_cycles = dice.between(0, 15);
        o.dram_refresh_interval_cycles =
            o.dram_refresh_cycles + o.dram_row_miss_cycles + dice.between(1, 80);
    }
}

Options random_options(Dice& dice) {
    Options o{};
    assay_options_defaults(&option_table, &o);
    o.rows = dice.between(1, 8);
    o.cols = dice.between(1, 8);
    o.dpu_bits = dice.between(8, dice.chance(50) ? 24 : 140);
    o.dpu_latency = dice.between(1, 15);
    o.buffer_halves = dice.between(1, 2);
    o.shared_ports = dice.chance(30);
    o.output_bits = dice.chance(50) ? 0 : dice.between(1, 32);
    o.image_at_a_time = dice.chance(50);
    o.depthwise_mapping = dice.between(depthwise_auto, depthwise_single);
    random_memory(dice, o);
    const uint64_t word = o.buffer_halves * (o.dpu_bits + 7) / 8;
    o.wbuf_bytes = o.rows * dice.between(1, 30) * word;
    o.ibuf_bytes = o.cols * dice.between(1, 30) * word;
    o.obuf_bytes = dice.between(1, 600);
    return o;
}

uint64_t outputs(uint64_t in, uint64_t pads, uint64_t reach, uint64_t stride) {
    return (in + pads - reach) / stride + 1;
}

Nest random_nest(Dice& dice) {
    Nest n;
    n.batch = dice.chance(50) ? 1 : dice.between(2, 5);
    n.groups = dice.chance(60) ? 1 : dice.between(2, 9);
    n.in_c = n.groups > 1 && dice.chance(60) ? 1 : dice.between(1, 12);
    n.out_c = n.groups > 1 && dice.chance(60) ? 1 : dice.between(1, 20);
    n.in_h = dice.chance(30) ? 1 : dice.between(1, 8);
    n.in_w = dice.chance(30) ? 1 : dice.between(1, 8);
    n.stride_h = dice.between(1, 3);
    n.stride_w = dice.between(1, 3);
    n.dilation_h = dice.between(1, 2);
    n.dilation_w = dice.between(1, 2);
    n.kernel_h = dice.between(1, 3);
    n.kernel_w = dice.between(1, 3);
    const uint64_t reach_h = (n.kernel_h - 1) * n.dilation_h + 1;
    const uint64_t reach_w = (n.kernel_w - 1) * n.dilation_w + 1;
    n.pad_top = dice.between(0, reach_h - 1);
    n.pad_left = dice.between(0, reach_w - 1);
    n.out_h = outputs(n.in_h, n.pad_top + reach_h - 1, reach_h, n.stride_h);
    n.out_w = outputs(n.in_w, n.pad_left + reach_w - 1, reach_w, n.stride_w);
    n.w_bits = static_cast<unsigned>(dice.between(1, 16));
    n.a_bits = static_cast<unsigned>(dice.between(1, 16));
    n.w_signed = dice.chance(60);
    n.a_signed = dice.chance(40);
    return n;
}

std::vector<int32_t> drawn(Dice& dice, uint64_t count, unsigned bits, bool is_signed) {
    std::vector<int32_t> values(count);
    for (int32_t& value : values) {
        value = tiled::lowest(bits, is_signed) +
                static_cast<int32_t>(dice.between(0, (uint64_t{1} << bits) - 1));
    }
    return values;
}

// The buffers as drawn, or as much larger as it takes.
void fit(Case& c) {
    std::string note;
    while (!make_design(c.options)->map(c.nest, "layer", c.mapping, note, nullptr)) {
        c.options.wbuf_bytes *= 2;
        c.options.ibuf_bytes *= 2;
        c.options.obuf_bytes *= 2;
    }
}

// Steps of the layer by `design`; `see` looks at each.
tiled::StepSource source(const Case& c, const tiled::Design& design, TileWalk& walk,
                         const std::function<void(const tiled::Step&)>& see) {
    return [&, see](tiled::Step& step) {
        step = tiled::Step();
        if (!walk.next(step.visit)) {
            return false;
        }
        design.fill(c.nest, c.mapping, step);
        for (size_t i = 0; i < operand_count; ++i) {
            step.load_address[i] = (i << 20) + step.visit.id[i] * 100;
        }
        step.store_address = step.load_address[operand_output];
        see(step);
        return true;
    };
}

void add(tiled::BufferBits& sum, const tiled::BufferBits& more) {
    sum.input_read += more.input_read;
    sum.weight_read += more.weight_read;
    sum.output_read += more.output_read;
    sum.output_write += more.output_write;
}

std::string differs(const char* name, uint64_t a, uint64_t b) {
    return a == b ? ""
                  : text("%s: %llu, %llu", name, static_cast<unsigned long long>(a),
                         static_cast<unsigned long long>(b));
}

} // namespace

tiled::Operands Case::operands(std::vector<uint32_t>& sums) const {
    return {&nest, input.data(), weights.data(), sums.data()};
}

Case make_case(uint64_t seed, uint64_t index) {
    Dice dice(seed, "bit_serial" + std::to_string(index));
    Case c;
    c.text = text("bit_serial case %llu of seed %llu", static_cast<unsigned long long>(index),
                  static_cast<unsigned long long>(seed));
    do {
        c.options = random_options(dice);
        c.nest = random_nest(dice);
        fit(c);
    } while (predict(c.options, c.nest, c.mapping).cycles > most_cycles);
    c.input = drawn(dice, c.nest.input_elements(), c.nest.a_bits, c.nest.a_signed);
    c.weights = drawn(dice, c.nest.weight_elements(), c.nest.w_bits, c.nest.w_signed);
    return c;
}

Outcome run_event(const Case& c, const tiled::Design& design) {
    ContextScope context;
    const auto pipeline = tiled::make_event_pipeline(design.pipeline());
    Outcome out;
    out.sums.assign(c.nest.outputs(), 0);
    const tiled::Operands operands = c.operands(out.sums);
    tiled::Occupancy occupancy;
    TileWalk walk(c.nest, c.mapping);
    const auto steps = source(c, design, walk, [&](const tiled::Step& step) {
        occupancy.add(step.blocks);
        add(out.bits, design.buffer_bits(c.nest, c.mapping, step));
    });
    pipeline->run(
        steps, [&](const tiled::Step& step) { design.compute(operands, c.mapping, step); }, nullptr,
        {}, out.counters);
    out.active_cycles = occupancy.active_cycles(design.rows(), design.cols());
    return out;
}

Outcome run_clocked(const Case& c, const tiled::Design& design) {
    ContextScope context;
    const auto pipeline = tiled::make_clocked_pipeline(design.pipeline(), nullptr);
    const auto array = design.clocked_array();
    Outcome out;
    for (int run = 0; run < 2; ++run) { // the second run must not remember the first
        out = Outcome();
        out.sums.assign(c.nest.outputs(), 0);
        array->layer(c.operands(out.sums), c.mapping);
        TileWalk walk(c.nest, c.mapping);
        pipeline->run(source(c, design, walk, [](const tiled::Step&) {}), {}, array.get(), {},
                      out.counters);
        out.bits = array->buffer_bits();
        out.active_cycles = array->active_cycles();
    }
    return out;
}

std::string first_difference(const Outcome& a, const Outcome& b) {
    const std::string found[] = {
        tiled::first_difference(a.counters, b.counters),
        differs("input_read", a.bits.input_read, b.bits.input_read),
        differs("weight_read", a.bits.weight_read, b.bits.weight_read),
        differs("output_read", a.bits.output_read, b.bits.output_read),
        differs("output_write", a.bits.output_write, b.bits.output_write),
        a.active_cycles == b.active_cycles ? "" : "active cycles of a unit",
        a.sums == b.sums ? "" : "an output",
    };
    for (const std::string& difference : found) {
        if (!difference.empty()) {
            return difference;
        }
    }
    return "";
}

} // namespace assay::bit_serial
