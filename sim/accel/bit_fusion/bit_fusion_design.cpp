#include "bit_fusion_design.hpp"

#include <algorithm>

#include "bricks.hpp"
#include "step_maker.hpp"
#include "text.hpp"

namespace assay::bit_fusion {
namespace {

constexpr uint64_t sum_bits = 32;

unsigned long long number(uint64_t value) {
    return value;
}

// What of the sums is moved before and after the array works.
void fill_outputs(const Options& options, tiled::Step& step) {
    const Visit& visit = step.visit;
    const uint64_t outputs = visit.tile.outputs();
    const bool loaded = visit.fresh[operand_output] && continues(options, visit.tile);
    step.load_bits[operand_output] = loaded ? outputs * sum_bits : 0;
    const uint64_t bits = visit.tile.last_in_c ? options.output_bits : sum_bits;
    step.store_bits = visit.leaves ? outputs * bits : 0;
}

} // namespace

tiled::PipelineOptions BitFusion::pipeline() const {
    tiled::PipelineOptions out;
    out.channels.push_back(dram_options(options_));
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

// What the steps behind a forecast take, at its rate: by what decides it, issues or bits.
uint64_t BitFusion::rest_of(const tiled::Forecast& forecast, const Found& found) const {
    const bool moving = forecast.late.bits / options_.dram_bits_per_cycle > forecast.late.issue;
    const uint64_t all = moving ? found.estimate.dram_bits : found.issue;
    const uint64_t seen = moving ? forecast.work.bits : forecast.work.issue;
    const uint64_t late = moving ? forecast.late.bits : forecast.late.issue;
    return all <= seen || late == 0
               ? 0
               : static_cast<uint64_t>(static_cast<unsigned __int128>(forecast.late_cycles) *
                                       (all - seen) / late);
}

// What the pipeline does with the first steps, and goes on doing.
Estimate BitFusion::look_closer(const Nest& nest, const Found& found) const {
    if (found.layout.window > 0 || options_.shared_ports != 0) {
        return found.estimate; // programs of their own; or holds, which a forecast does not know
    }
    Nest in_dram = nest; // what is handed over on chip is not looked at: one channel
    in_dram.input_on_chip = in_dram.output_on_chip = false;
    tiled::StepMaker maker(*this, in_dram, found.mapping);
    const tiled::Forecast forecast =
        forecaster_.run([&](tiled::Step& step) { return maker.next(step); });
    Estimate closer = found.estimate;
    closer.cycles = forecast.cycles + rest_of(forecast, found);
    closer.grains = closer.cycles / grain_of(nest, array_at(options_, nest));
    return closer;
}

// Best first, and pipelines rather take longer than estimated: most often the first is looked at
// and no other.
Found BitFusion::best_of(const Nest& nest, const Shortlist& from) const {
    Found best;
    for (Found found : from.list()) {
        if (best.estimate.better_than(found.estimate)) {
            break;
        }
        found.estimate = look_closer(nest, found);
        best = found.estimate.better_than(best.estimate) ? found : best;
    }
    return best;
}

BitFusion::Choice BitFusion::choose(const Nest& nest) const {
    const Array array = array_at(options_, nest);
    const std::vector<Layout> layouts = layouts_for(options_, nest, array);
    Shortlist all;
    Choice choice;
    for (const Layout& layout : layouts) {
        const Shortlist some = search(options_, nest, layout);
        if (!some.list().empty()) {
            choice.others += text("%s%s %llu", choice.others.empty() ? "" : ", ",
                                  layout_name(layout, array).c_str(),
                                  number(some.list().front().estimate.cycles));
        }
        for (const Found& found : some.list()) {
            all.offer(found);
        }
    }
    choice.others = layouts.size() > 1 ? "; estimated cycles: " + choice.others : "";
    choice.best = best_of(nest, all);
    return choice;
}

bool BitFusion::map(const Nest& nest, const std::string& layer, Mapping& mapping, std::string& note,
                    assay_report* report) const {
    const Array array = array_at(options_, nest);
    const Choice choice = choose(nest);
    if (choice.best.estimate.cycles == UINT64_MAX) {
        assay_report_add(
            report, "layer %s: %s", layer.c_str(),
            shortage(options_, nest, layouts_for(options_, nest, array).front()).c_str());
        return false;
    }
    mapping = choice.best.mapping;
    note =
        layout_name(choice.best.layout, array) + "; " + mapping_text(nest, mapping) + choice.others;
    return true;
}

void BitFusion::fill(const Nest& nest, const Mapping& mapping, tiled::Step& step) const {
    const Array array = array_at(options_, nest);
    const Layout layout = layout_of(mapping.variant);
    const Cut cut(nest, array, layout);
    const Tile& tile = step.visit.tile;
    const Counts n = counts_of(tile);
    if (step.visit.fresh[operand_input]) {
        step.load_bits[operand_input] = input_elements(nest, layout, tile) * nest.a_bits;
    }
    if (step.visit.fresh[operand_weight]) {
        step.load_bits[operand_weight] = cut.weights(n) * nest.w_bits;
    }
    fill_outputs(options_, step);
    step.barrier = layout.window > 0 && step.visit.fresh[operand_weight];
    step.issue_cycles = cut.issues(n) * array.passes;
    step.drain_cycles = cut.drain(n);
    const Works works = cut.works(n);
    for (size_t i = 0; i < works.size(); ++i) {
        const uint64_t lanes = works[i].lanes;
        const uint64_t rows =
            lanes == 0 ? 0 : divide_up(lanes, lanes_per_row(array, layout, lanes));
        step.blocks[i] = {rows, works[i].cols, works[i].issues * array.passes};
    }
}

// An operand of 16 bits enters by halves, each as often as the other operand has halves.
tiled::BufferBits BitFusion::buffer_bits(const Nest& nest, const Mapping& mapping,
                                         const tiled::Step& step) const {
    const Array array = array_at(options_, nest);
    const Cut cut(nest, array, layout_of(mapping.variant));
    const uint64_t w_halves = array.w_width > 8 ? 2 : 1, a_halves = array.a_width > 8 ? 2 : 1;
    tiled::BufferBits bits;
    for (const Work& work : cut.works(counts_of(step.visit.tile))) {
        bits.input_read += work.issues * work.lanes * nest.a_bits * w_halves;
        bits.weight_read += work.issues * work.lanes * work.cols * nest.w_bits * a_halves;
    }
    bits.output_write = step.visit.tile.outputs() * sum_bits;
    bits.output_read = continues(options_, step.visit.tile) ? bits.output_write : 0;
    return bits;
}

std::unique_ptr<tiled::Design> make_design(const Options& options) {
    return std::make_unique<BitFusion>(options);
}

double BitFusion::peak_macs(const Nest& nest) const {
    const Array array = array_at(options_, nest);
    return static_cast<double>(array.lanes() * array.cols) / array.passes;
}

void BitFusion::compute(const tiled::Operands& operands, const Mapping& mapping,
                        const tiled::Step& step) const {
    const Nest& nest = *operands.nest;
    const Tile& tile = step.visit.tile;
    products_.prepare(nest);
    Schedule schedule(nest, array_at(options_, nest), layout_of(mapping.variant), tile);
    std::vector<Lane> lanes;
    std::vector<int32_t> values;
    for (Issue issue; schedule.next(issue);) {
        lanes.clear();
        values.clear();
        for (uint64_t i = 0; i < issue.lanes; ++i) {
            const Lane lane = schedule.lane(issue, i);
            lanes.push_back(lane);
            values.push_back(operands.input_at(tile.range[loop_batch].first + issue.batch,
                                               lane.group * nest.in_c + lane.in_c, lane.y, lane.x));
        }
        for (uint64_t c = 0; c < issue.cols; ++c) {
            const Column column = schedule.column(issue, c);
            if (!column.used) {
                continue;
            }
            uint32_t sum = 0;
            for (size_t i = 0; i < lanes.size(); ++i) {
                const int64_t weight = schedule.link(lanes[i], column);
                sum += weight < 0 ? 0 : products_.of(operands.weights[weight], values[i]);
            }
            operands.sum_at(tile.range[loop_batch].first + issue.batch,
                            column.group * nest.out_c + column.out_c, column.y, column.x) += sum;
        }
    }
}

std::unique_ptr<tiled::ClockedArray> BitFusion::clocked_array() const {
    return make_clocked_array(options_);
}

std::vector<Amount> BitFusion::energy(const tiled::LayerCounters& counters, const Nest&) const {
    return bit_fusion::energy(options_, counters);
}

std::vector<Amount> BitFusion::area() const {
    return bit_fusion::area(options_);
}

} // namespace assay::bit_fusion
