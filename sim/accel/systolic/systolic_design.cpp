#include "systolic_design.hpp"

#include <algorithm>

#include "fold_schedule.hpp"
#include "mac.hpp"
#include "text.hpp"

namespace assay::systolic {
namespace {

unsigned long long number(uint64_t value) {
    return value;
}

std::string layout_name(const Layout& layout, const Array& array) {
    if (array.dataflow != dataflow_rs) {
        return layout.groups > 1 ? text("%llu groups side by side", number(layout.groups))
                                 : std::string("one group at a time");
    }
    static const char* const names[loop_count] = {"batch", "group", "out_c", "in_c", "", ""};
    return text("%s down, %s right", names[layout.down], names[layout.right]);
}

// Sizes of the tile that the walk visits before `tile`; false if `tile` is the first.
bool before(const Nest& nest, const Mapping& mapping, const Tile& tile, Counts& sizes) {
    std::array<uint64_t, loop_count> at;
    for (size_t i = 0; i < loop_count; ++i) {
        at[i] = tile.range[i].first / mapping.tile[i];
    }
    bool found = false;
    for (size_t i = loop_count; i-- > 0 && !found;) {
        const Loop loop = mapping.order[i];
        found = at[loop] > 0;
        at[loop] = found ? at[loop] - 1 : divide_up(extent(nest, loop), mapping.tile[loop]) - 1;
    }
    for (size_t i = 0; i < loop_count; ++i) {
        const uint64_t first = at[i] * mapping.tile[i];
        sizes[i] = std::min(mapping.tile[i], extent(nest, static_cast<Loop>(i)) - first);
    }
    return found;
}

void fill_outputs(unsigned final_bits, uint64_t psum_bits, tiled::Step& step) {
    const Visit& visit = step.visit;
    const uint64_t outputs = visit.tile.outputs();
    step.load_bits[operand_output] = visit.resumes ? outputs * psum_bits : 0;
    step.store_bits = visit.leaves ? outputs * (visit.tile.last_in_c ? final_bits : psum_bits) : 0;
}

} // namespace

tiled::PipelineOptions Systolic::pipeline() const {
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

void Systolic::refuse(const Nest& nest, const std::string& layer, const Layout& layout,
                      assay_report* report) const {
    const Bytes need =
        bytes_for(options_, nest, smallest_tile(nest, array_at(options_, nest), layout));
    const Bytes room = bytes_of(options_);
    assay_report_add(
        report,
        "layer %s: its smallest tile needs %llu bytes of the weight buffer (a tile may "
        "have %llu), %llu of the input buffer (%llu), %llu of the output buffer (%llu)",
        layer.c_str(), number(need.weight), number(room.weight), number(need.input),
        number(room.input), number(need.output), number(room.output));
}

bool Systolic::map(const Nest& nest, const std::string& layer, Mapping& mapping, std::string& note,
                   assay_report* report) const {
    const Array array = array_at(options_, nest);
    const std::vector<Layout> layouts = layouts_for(options_, nest, array);
    Found best;
    std::string others;
    for (const Layout& layout : layouts) {
        const Found found = search(options_, nest, layout);
        if (found.estimate.cycles != UINT64_MAX) {
            others += text("%s%s %llu", others.empty() ? "" : "; ",
                           layout_name(layout, array).c_str(), number(found.estimate.cycles));
        }
        best = found.estimate.better_than(best.estimate) ? found : best;
    }
    if (best.estimate.cycles == UINT64_MAX) {
        refuse(nest, layer, layouts.front(), report);
        return false;
    }
    mapping = best.mapping;
    note = layout_name(best.layout, array) + "; " + mapping_text(nest, mapping);
    if (layouts.size() > 1) {
        note += "; predicted cycles: " + others;
    }
    return true;
}

void Systolic::fill(const Nest& nest, const Mapping& mapping, tiled::Step& step) const {
    const Array array = array_at(options_, nest);
    const Layout layout = layout_of(mapping.variant);
    const Visit& visit = step.visit;
    const Counts n = counts_of(visit.tile);
    const Cut cut(nest, array, layout, n);
    const bool kept = layout.keeps_inputs && visit.tile.range[loop_out_c].first > 0;
    if (visit.fresh[operand_input] && !kept) {
        step.load_bits[operand_input] = input_rows(nest, visit.tile).count *
                                        input_cols(nest, visit.tile).count * n[loop_batch] *
                                        n[loop_group] * n[loop_in_c] * nest.a_bits;
    }
    if (visit.fresh[operand_weight]) {
        step.load_bits[operand_weight] =
            n[loop_group] * n[loop_out_c] * n[loop_in_c] * nest.taps() * nest.w_bits;
    }
    fill_outputs(output_bits(nest), options_.psum_bits, step);
    Counts last;
    const bool first = !before(nest, mapping, visit.tile, last);
    const Cut previous(nest, array, layout, first ? n : last);
    const Operand stays = array.dataflow == dataflow_is ? operand_input : operand_weight;
    const bool stayed = array.dataflow != dataflow_os && !visit.fresh[stays] && cut.folds() == 1;
    step.setup_cycles = stayed ? 0 : cut.setup(first ? nullptr : &previous);
    step.issue_cycles = cut.issue();
    step.drain_cycles = cut.drain();
    const Works works = cut.works();
    for (size_t i = 0; i < step.blocks.size(); ++i) {
        step.blocks[i] = {works[i].rows, works[i].cols, works[i].folds * works[i].cycles};
    }
}

tiled::BufferBits Systolic::buffer_bits(const Nest& nest, const Mapping& mapping,
                                        const tiled::Step& step) const {
    const Array array = array_at(options_, nest);
    const Layout layout = layout_of(mapping.variant);
    const Cut cut(nest, array, layout, counts_of(step.visit.tile));
    tiled::BufferBits bits = cut.buffer_bits(!step.visit.tile.first_in_c);
    const bool stays = cut.folds() == 1;
    if (array.dataflow == dataflow_ws && stays && !step.visit.fresh[operand_weight]) {
        bits.weight_read = 0; // still in the array
    } else if (array.dataflow == dataflow_is && stays && !step.visit.fresh[operand_input]) {
        bits.input_read = 0;
    }
    return bits;
}

double Systolic::peak_macs(const Nest& nest) const {
    return static_cast<double>(options_.rows * options_.cols) /
           static_cast<double>(array_at(options_, nest).passes());
}

void Systolic::compute(const tiled::Operands& operands, const Mapping& mapping,
                       const tiled::Step& step) const {
    const Nest& nest = *operands.nest;
    const Array array = array_at(options_, nest);
    Schedule schedule(nest, array, layout_of(mapping.variant), step.visit.tile);
    for (Fold fold; schedule.next(fold);) {
        for (uint64_t row = 0; row < fold.rows; ++row) {
            for (uint64_t col = 0; col < fold.cols; ++col) {
                for (uint64_t at = 0; at < fold.steps; ++at) {
                    if (schedule.idle(fold, row, col, at)) {
                        continue;
                    }
                    const Product p = schedule.product(fold, row, col, at);
                    const int32_t w = weight_of(operands, p), a = input_of(operands, p);
                    uint32_t& sum = sum_of(operands, p);
                    for (unsigned pass = 0; pass < array.passes(); ++pass) {
                        sum +=
                            pass_product(w, a, array.w_parts, array.a_parts, array.mac_bits, pass);
                    }
                }
            }
        }
    }
}

std::unique_ptr<tiled::Design> make_design(const Options& options) {
    return std::make_unique<Systolic>(options);
}

} // namespace assay::systolic
