#include "tiled_cases.hpp"

#include <stdexcept>

#include "context.hpp"
#include "rng.h"
#include "text.hpp"

namespace assay::tiled {
namespace {

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

DramOptions random_channel(Dice& dice) {
    DramOptions o;
    o.bits_per_cycle = dice.between(1, 200);
    o.latency_cycles = dice.chance(50) ? dice.between(1, 3) : dice.between(1, 100);
    if (dice.chance(40)) {
        o.banks = dice.between(1, 4);
        o.row_bytes = dice.between(1, 100);
        o.row_miss_cycles = dice.between(0, 20);
    }
    o.turnaround_cycles = dice.chance(40) ? dice.between(1, 12) : 0;
    if (dice.chance(40)) {
        o.refresh_cycles = dice.between(0, 15);
        o.refresh_interval_cycles = o.refresh_cycles + o.row_miss_cycles + dice.between(1, 80);
    }
    return o;
}

// What the list of steps is made with.
struct Shape {
    uint64_t bits, cycles, reuse[operand_count], channels;
    bool rests; // loads or stores of nothing, resumed partial sums
};

Step random_step(Dice& dice, const Shape& shape, bool first) {
    Step step;
    for (size_t operand = 0; operand < operand_count; ++operand) {
        step.visit.fresh[operand] = first || dice.chance(shape.reuse[operand]);
        const bool loads = operand != operand_output ? !(shape.rests && dice.chance(20))
                                                     : shape.rests && dice.chance(40);
        if (step.visit.fresh[operand] && loads) {
            step.load_bits[operand] = dice.between(1, shape.bits);
        }
        step.load_address[operand] = dice.between(0, 4000);
        step.load_channel[operand] = static_cast<uint8_t>(dice.between(0, shape.channels - 1));
    }
    step.visit.resumes = step.load_bits[operand_output] > 0;
    step.store_address = dice.between(0, 4000);
    step.store_channel = static_cast<uint8_t>(dice.between(0, shape.channels - 1));
    step.setup_cycles = dice.chance(40) ? dice.between(0, shape.cycles / 2) : 0;
    step.issue_cycles = dice.between(1, shape.cycles);
    step.drain_cycles = dice.chance(70) ? dice.between(0, 2 * shape.cycles) : 0;
    return step;
}

// A step's tile leaves when the next one is another.
void let_leave(Dice& dice, const Shape& shape, std::vector<Step>& steps) {
    for (size_t i = 0; i < steps.size(); ++i) {
        Step& step = steps[i];
        step.visit.leaves = i + 1 == steps.size() || steps[i + 1].visit.fresh[operand_output];
        if (step.visit.leaves && !(shape.rests && dice.chance(15))) {
            step.store_bits = dice.between(1, shape.bits);
        }
    }
}

} // namespace

PipelineCase make_pipeline_case(uint64_t seed, uint64_t index) {
    PipelineCase c;
    c.text = text("pipeline case %llu of seed %llu", static_cast<unsigned long long>(index),
                  static_cast<unsigned long long>(seed));
    Dice dice(seed, "pipeline" + std::to_string(index));
    Shape shape{};
    shape.channels = dice.between(1, 3);
    for (uint64_t i = 0; i < shape.channels; ++i) {
        c.options.channels.push_back(random_channel(dice));
    }
    c.options.halves = dice.between(1, 2);
    c.options.shared_ports = dice.chance(40);
    c.options.window = dice.chance(50) ? dice.between(1, 8) : 256;
    shape.bits = dice.between(1, dice.chance(50) ? 300 : 4000);
    shape.cycles = dice.between(1, dice.chance(50) ? 6 : 60);
    for (uint64_t& percent : shape.reuse) {
        percent = dice.between(0, 3) * 33 + 1;
    }
    shape.rests = dice.chance(60);
    const uint64_t steps = dice.between(1, 40);
    for (uint64_t i = 0; i < steps; ++i) {
        c.steps.push_back(random_step(dice, shape, i == 0));
    }
    let_leave(dice, shape, c.steps);
    return c;
}

PipelineCase make_regular_case(uint64_t seed, uint64_t index) {
    PipelineCase c;
    c.text = text("regular case %llu", static_cast<unsigned long long>(index));
    Dice dice(seed, "regular" + std::to_string(index));
    DramOptions channel;
    channel.bits_per_cycle = 128;
    channel.latency_cycles = 40;
    c.options.channels = {channel};
    const uint64_t per_output = dice.between(1, 4), per_weight = dice.between(1, 3);
    Step step;
    step.load_bits[operand_input] = dice.between(2000, 9000);
    step.issue_cycles = dice.between(20, 200);
    step.setup_cycles = 16;
    step.drain_cycles = 30;
    const uint64_t weights = dice.between(2000, 9000), store = dice.between(1000, 4000);
    for (uint64_t i = 0; i < 24; ++i) {
        step.visit.fresh = {true, i % per_weight == 0, i % per_output == 0};
        step.load_bits[operand_weight] = step.visit.fresh[operand_weight] ? weights : 0;
        step.visit.leaves = i + 1 == 24 || (i + 1) % per_output == 0;
        step.store_bits = step.visit.leaves ? store : 0;
        c.steps.push_back(step);
    }
    return c;
}

std::unique_ptr<Pipeline> make_clocked(const PipelineOptions& options) {
    return make_clocked_pipeline(options, nullptr);
}

PipelineCounters run_case(const PipelineCase& c, MakePipeline make) {
    ContextScope context;
    const std::unique_ptr<Pipeline> pipeline = make(c.options);
    PipelineCounters first, second;
    for (PipelineCounters* out : {&first, &second}) {
        size_t next = 0;
        const StepSource source = [&](Step& step) {
            if (next == c.steps.size()) {
                return false;
            }
            step = c.steps[next++];
            return true;
        };
        pipeline->run(source, {}, nullptr, {}, *out);
    }
    if (!first_difference(first, second).empty()) {
        throw std::runtime_error(c.text + ": runs differ in " + first_difference(first, second));
    }
    return first;
}

namespace {

class Differences {
  public:
    void compare(const std::string& name, uint64_t a, uint64_t b) {
        if (first_.empty() && a != b) {
            first_ = text("%s: %llu, %llu", name.c_str(), static_cast<unsigned long long>(a),
                          static_cast<unsigned long long>(b));
        }
    }
    const std::string& first() const { return first_; }

  private:
    std::string first_;
};

} // namespace

std::string first_difference(const PipelineCounters& a, const PipelineCounters& b) {
    Differences d;
#define ASSAY_COMPARE(field) d.compare(#field, a.field, b.field)
    ASSAY_COMPARE(cycles);
    ASSAY_COMPARE(steps);
    ASSAY_COMPARE(array.issue);
    ASSAY_COMPARE(array.fill);
    ASSAY_COMPARE(array.setup);
    ASSAY_COMPARE(array.load_input);
    ASSAY_COMPARE(array.load_weight);
    ASSAY_COMPARE(array.load_output);
    ASSAY_COMPARE(array.buffer);
    ASSAY_COMPARE(array.port);
    ASSAY_COMPARE(array.drain);
    ASSAY_COMPARE(stores);
    ASSAY_COMPARE(store_bits);
    ASSAY_COMPARE(contention_cycles);
    for (size_t i = 0; i < operand_count; ++i) {
        ASSAY_COMPARE(loads[i]);
        ASSAY_COMPARE(load_bits[i]);
    }
    ASSAY_COMPARE(channels.size());
    for (size_t i = 0; i < std::min(a.channels.size(), b.channels.size()); ++i) {
        ASSAY_COMPARE(channels[i].transactions);
        ASSAY_COMPARE(channels[i].read_bits);
        ASSAY_COMPARE(channels[i].write_bits);
        ASSAY_COMPARE(channels[i].busy_cycles);
        ASSAY_COMPARE(channels[i].row_hits);
        ASSAY_COMPARE(channels[i].row_misses);
        ASSAY_COMPARE(channels[i].row_cycles);
        ASSAY_COMPARE(channels[i].turnaround_cycles);
        ASSAY_COMPARE(channels[i].refresh_cycles);
    }
#undef ASSAY_COMPARE
    return d.first();
}

} // namespace assay::tiled
